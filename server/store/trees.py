"""The view that follows a member's parents up to the root, for the dictionary of its table.

Paths are not stored: the view works them out of the rows of a version whenever the dictionary is
reloaded, so that they can neither be stale nor get lost. Of a dated table a member has a row for
each span of days on which its whole path holds.
"""

from server.store.tables import (
    ALONE,
    LOAD_COLUMN,
    DimensionTableSpec,
    ParentChild,
    Placement,
    Validity,
    quoted,
)

_FIRST_DAY, _LAST_DAY = "toDate(0)", "toDate(65535)"  # of the engine's type Date


def tree_columns(table: DimensionTableSpec) -> tuple[str, ...]:
    """The columns of the view; one is called after the parents that it follows."""
    tree = _tree_of(table)
    own = tuple(column.name for column in table.columns)
    return (LOAD_COLUMN, *own, *tree.levels, f"path_by_{tree.parent}")


def tree_view_ddl(table: DimensionTableSpec, placement: Placement = ALONE) -> str:
    """The view that the dictionary reads; roots are the rows without a parent."""
    tree = _tree_of(table)
    on_cluster = f" ON CLUSTER {quoted(placement.cluster)}" if placement.cluster else ""
    lines = [
        f"CREATE OR REPLACE VIEW {quoted(table.dictionary_source)}{on_cluster} AS",
        "WITH RECURSIVE tree AS",
        "(",
        *_roots(table, tree),
        "    UNION ALL",
        *_children(table, tree),
        ")",
        "SELECT",
        _outputs(table, tree),
        f"FROM {quoted(table.name)} AS own",
        f"INNER JOIN tree ON own.{quoted(LOAD_COLUMN)} = tree.load "
        f"AND own.{quoted(table.key)} = tree.member{_within(table.dated)}",
    ]
    return "\n".join([*lines, ""])


def _roots(table: DimensionTableSpec, tree: ParentChild) -> list[str]:
    load, key = f"root.{quoted(LOAD_COLUMN)}", f"root.{quoted(table.key)}"
    return [
        f"    SELECT {load} AS load, {key} AS member, [{key}] AS path{_days(table.dated)}",
        f"    FROM {quoted(table.name)} AS root",
        f"    WHERE ifNull(root.{quoted(tree.parent)}, '') = ''",
    ]


def _children(table: DimensionTableSpec, tree: ParentChild) -> list[str]:
    load, key, dated = f"child.{quoted(LOAD_COLUMN)}", f"child.{quoted(table.key)}", table.dated
    return [
        f"    SELECT {load}, {key}, arrayConcat(tree.path, [{key}]){_narrowed(dated)}",
        f"    FROM {quoted(table.name)} AS child",
        f"    INNER JOIN tree ON {load} = tree.load AND child.{quoted(tree.parent)} = tree.member",
        f"    WHERE length(tree.path) < {tree.depth}{_overlap(dated)}",
    ]


def _tree_of(table: DimensionTableSpec) -> ParentChild:
    if table.tree is None:
        raise ValueError(f"The members of {table.name} have no parents.")
    return table.tree


def _outputs(table: DimensionTableSpec, tree: ParentChild) -> str:
    spans = dict(zip(table.span, ("tree.first", "tree.last"), strict=False))
    columns = [column.name for column in table.columns]
    lines = [f"own.{quoted(LOAD_COLUMN)} AS {quoted(LOAD_COLUMN)}"]
    lines += [f"{spans.get(name, f'own.{quoted(name)}')} AS {quoted(name)}" for name in columns]
    lines += [f"tree.path[{n}] AS {quoted(name)}" for n, name in enumerate(tree.levels, start=1)]
    lines.append(f"tree.path AS {quoted(f'path_by_{tree.parent}')}")
    return ",\n".join(f"    {line}" for line in lines)


def _first(row: str, dated: Validity) -> str:
    return f"ifNull({row}.{quoted(dated.first)}, {_FIRST_DAY})"


def _last(row: str, dated: Validity) -> str:
    return f"ifNull({row}.{quoted(dated.last)}, {_LAST_DAY})"


def _days(dated: Validity | None) -> str:
    return f", {_first('root', dated)} AS first, {_last('root', dated)} AS last" if dated else ""


def _narrowed(dated: Validity | None) -> str:
    if dated is None:
        return ""
    first, last = _first("child", dated), _last("child", dated)
    return f", greatest(tree.first, {first}), least(tree.last, {last})"


def _overlap(dated: Validity | None) -> str:
    if dated is None:
        return ""
    first, last = _first("child", dated), _last("child", dated)
    return f" AND {first} <= tree.last AND {last} >= tree.first"


def _within(dated: Validity | None) -> str:
    if dated is None:
        return ""
    return f"\n    AND {_first('own', dated)} <= tree.first AND {_last('own', dated)} >= tree.last"
