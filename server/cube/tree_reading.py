"""Reads what a document says of members that stand under each other, and makes levels of depths."""

from collections.abc import Mapping

from server.cube.document import Section
from server.cube.elements import Attribute, Hierarchy, Labels, Level, frozen, value_type_of
from server.store.tables import ColumnSpec, DimensionTableSpec, ParentChild

MOST_DEPTH = 32
_USUAL_DEPTH = 8
_ROOTS = ("one", "many")
_NAME = Labels("By parent", "按上级")


def read_parent_child(
    section: Section, key: str, columns: tuple[ColumnSpec, ...]
) -> ParentChild | None:
    """The column of a table that names each member's parent, if it says so."""
    if "parent_child" not in section.values:
        return None
    said = section.section("parent_child")
    said.allow("parent", "depth", "roots")
    texts = [
        column.name for column in columns if column.plain_type == "String" and column.name != key
    ]
    parent = said.text("parent")
    if parent not in texts:
        said.wrong(f"parent is {parent!r}, not a text column of the table.", texts)
    roots = said.text("roots", "one")
    if roots not in _ROOTS:
        said.wrong(f"roots is {roots!r}.", _ROOTS)
    tree = ParentChild(parent, _depth(said), roots == "many")
    for name in {column.name for column in columns} & {*tree.levels, f"path_by_{parent}"}:
        section.wrong(f"{name} is the name of an ancestor; no column may be called so.")
    return tree if parent in texts else None


def tree_levels(
    section: Section, dimension: str, table: DimensionTableSpec | None
) -> tuple[tuple[Level, ...], tuple[Hierarchy, ...]]:
    """The levels of a dimension whose members have parents, and the hierarchy along them."""
    if "parent_child" not in section.values:
        return (), ()
    said = section.section("parent_child")
    said.allow("name", "label", "labels", "label_column", "localized", "levels")
    if table is None or table.tree is None:
        said.wrong("its table does not say parent_child, so its members have no parents.")
        return (), ()
    named = {column.name: column for column in table.columns}
    label = _column(said, said.text("label_column", table.key), named)
    localized = said.section("localized")
    localized.allow("zh")
    others = {
        language: _column(localized, localized.text(language), named).name
        for language in localized.values
    }
    levels = tuple(
        _level(dimension, depth, labels, label, others)
        for depth, labels in enumerate(_labels(said, table.tree), start=1)
    )
    name = said.name() if "name" in said.values else "tree"
    labels = said.labels() if "label" in said.values else _NAME
    return levels, (Hierarchy(name, labels, levels),)


def _depth(said: Section) -> int:
    depth = said.values.get("depth", _USUAL_DEPTH)
    if isinstance(depth, int) and not isinstance(depth, bool) and 2 <= depth <= MOST_DEPTH:
        return depth
    said.wrong(f"depth must be a whole number from 2 to {MOST_DEPTH}, it is {depth!r}.")
    return 2


def _column(section: Section, name: str, columns: Mapping[str, ColumnSpec]) -> ColumnSpec:
    if name not in columns:
        section.wrong(f"{name!r} is not a column of the dimension's table.", columns)
    return columns.get(name, ColumnSpec(name, "String"))


def _labels(said: Section, tree: ParentChild) -> list[Labels]:
    """What the depths are called: as the model says, the others by their number."""
    given = [each.labels() for each in said.sections("levels", "level")]
    if len(given) > tree.depth:
        said.wrong(f"there are {len(given)} levels, but the depth is {tree.depth}.")
    numbers = range(len(given) + 1, tree.depth + 1)
    usual = [Labels(f"Level {number}", f"第 {number} 级") for number in numbers]
    return [*given[: tree.depth], *usual]


def _level(
    dimension: str, depth: int, labels: Labels, label: ColumnSpec, localized: Mapping[str, str]
) -> Level:
    name = f"level{depth}"
    text = value_type_of("String")
    code = Labels(f"{labels.en} code", f"{labels.zh}代码")
    key = Attribute(name, f"{dimension}.{name}", code, text, column=name, depth=depth)
    shown = Attribute(
        f"{name}_name",
        f"{dimension}.{name}_name",
        labels,
        value_type_of(label.plain_type),
        column=label.name,
        localized=frozen(localized),
        depth=depth,
    )
    return Level(name, labels, (key, shown), key, shown, key)
