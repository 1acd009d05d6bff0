"""Brings the tables in line with the cube model: a plan of changes, refused if it loses anything.

A table without rows can be made anew. In a table with rows a column may be added if it can be
empty or has a default of the ledger (old rows would otherwise get values that nobody loaded);
nothing is dropped, retyped or resorted.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from server.errors import ManyErrors, ModelMismatch
from server.store.arrow import AnyTable
from server.store.client import Store
from server.store.projections import add_projection, differing, roll_up_name
from server.store.tables import (
    LOAD_COLUMN,
    STARTING,
    DimensionTableSpec,
    Placement,
    TableSpec,
    column_ddl,
    dictionary_columns,
    dictionary_ddl,
    dimension_table_ddl,
    distributed_ddl,
    fact_table_ddl,
    quoted,
    stored_name,
)
from server.store.trees import tree_columns, tree_view_ddl


class HasTables(Protocol):
    """A cube model, as far as the store must know it."""

    @property
    def fact_tables(self) -> Mapping[str, TableSpec]: ...
    @property
    def dimension_tables(self) -> Mapping[str, DimensionTableSpec]: ...


@dataclass(frozen=True)
class Change:
    """One step of a plan: what it does, and the statements that do it."""

    sentence: str
    statements: tuple[str, ...]
    dropped: str = ""  # the empty table that it makes anew


@dataclass(frozen=True)
class Plan:
    """What must change, and what stands against it; nothing is done while anything does."""

    changes: tuple[Change, ...]
    refusals: tuple[str, ...]


def ensure_tables(
    store: Store, model: HasTables, withheld: Collection[tuple[str, str]] = ()
) -> Plan:
    """Do the plan for the model; nothing at all when a part of it would lose data.

    The `withheld` projections, each with its table, are not declared although the model has them.
    """
    planned = plan_tables(store, model, withheld)
    if planned.refusals:
        errors = [ModelMismatch(sentence) for sentence in planned.refusals]
        raise errors[0] if len(errors) == 1 else ManyErrors(errors)
    with store.writer() as writer:
        for change in planned.changes:
            for statement in change.statements:
                writer.run(statement)
    return planned


def plan_tables(store: Store, model: HasTables, withheld: Collection[tuple[str, str]] = ()) -> Plan:
    """What `ensure_tables` would do."""
    present = _present_tables(store)
    changes: list[Change] = []
    refusals: list[str] = []
    facts = [_without(table, withheld) for table in model.fact_tables.values()]
    tables: list[AnyTable] = [*model.dimension_tables.values(), *facts]
    for table in tables:
        planned = _plan_stored(table, present, store.placement)
        changes += planned.changes
        refusals += planned.refusals
    anew = {change.dropped for change in changes}
    for dimension in model.dimension_tables.values():
        gone = dimension.name in anew
        changes += _plan_tree(dimension, None if gone else present, store.placement)
        found = None if gone else present.get(dimension.dictionary)
        changes += _plan_dictionary(dimension, found, store.placement)
    return Plan(tuple(changes), tuple(refusals))


@dataclass(frozen=True)
class _Present:
    """A table or dictionary as the store has it."""

    columns: Mapping[str, str]  # name -> type, in their order
    sort_key: tuple[str, ...] = ()
    partition_by: str = ""
    rows: int = 0
    engine: str = ""  # with its settings
    projections: tuple[str, ...] = ()


def _present_tables(store: Store) -> dict[str, _Present]:
    columns: dict[str, dict[str, str]] = {}
    with store.writer() as writer:
        for table, name, kind in writer.ask("columns", database=store.database):
            columns.setdefault(table, {})[name] = kind
        tables = writer.ask("tables", database=store.database)
        projections: dict[str, tuple[str, ...]] = {}
        for table, name in writer.ask("projections", database=store.database):
            projections[table] = (*projections.get(table, ()), name)
    present = {name: _Present(found) for name, found in columns.items()}
    for name, sort_key, partition_by, rows, engine in tables:
        if name not in columns:  # another process has made it since
            continue
        key, kept = _names(sort_key), projections.get(name, ())
        present[name] = _Present(columns[name], key, partition_by, rows, engine, kept)
    return present


def _without(table: TableSpec, withheld: Collection[tuple[str, str]]) -> TableSpec:
    kept = tuple(each for each in table.projections if (table.name, each.physical) not in withheld)
    return replace(table, projections=kept)


def _names(key: str) -> tuple[str, ...]:
    return tuple(part.strip(" `") for part in key.split(",")) if key else ()


def _plan_stored(table: AnyTable, present: Mapping[str, _Present], placement: Placement) -> Plan:
    """A table as it is stored: on shards facts are in one on each, and asked through another."""
    if not isinstance(table, TableSpec) or not placement.is_sharded:
        return _plan_table(table, present.get(table.name), placement)
    local = replace(table, name=stored_name(table.name, placement))
    planned = _plan_table(local, present.get(local.name), replace(placement, is_sharded=False))
    return Plan((*planned.changes, *_plan_asked(table, present, placement)), planned.refusals)


def _plan_asked(
    table: TableSpec, present: Mapping[str, _Present], placement: Placement
) -> tuple[Change, ...]:
    """What is asked and written holds no rows: where it differs it is made anew."""
    create = distributed_ddl(table, placement)
    if table.name not in present:
        return (Change(f"spread {table.name} over the shards", (create,)),)
    if present[table.name].columns == {each.name: each.type for each in table.stored_columns}:
        return ()
    drop = f"DROP TABLE {quoted(table.name)}{_on_cluster(placement)} SYNC"
    return (Change(f"spread {table.name} over the shards anew", (drop, create)),)


def _plan_table(table: AnyTable, present: _Present | None, placement: Placement) -> Plan:
    create = _create(table, placement)
    if present is None:
        return Plan((Change(f"create the table {table.name}", (create,)),), ())
    added, other = _differences(table, present)
    if not added and not other:
        settled = _let_it_start(table, present, placement)
        return Plan((*settled, *_plan_roll_ups(table, present, placement)), ())
    if present.rows == 0:
        sentence = f"make the empty table {table.name} anew"
        drops = _drops(table, placement)
        return Plan((Change(sentence, (*drops, create), dropped=table.name),), ())
    refusals = [f"{table.name} holds {present.rows} rows: {reason}" for reason in other]
    refusals += [
        f"{table.name} holds {present.rows} rows: the new column {name} must be Nullable, "
        "for they have no value in it"
        for name in added
        if not table.column(name).is_nullable and not table.column(name).default
    ]
    changes = [_add_column(table, name, placement) for name in added]
    changes += _let_it_start(table, present, placement)
    return Plan((*changes, *_plan_roll_ups(table, present, placement)), tuple(refusals))


def _drops(table: AnyTable, placement: Placement) -> tuple[str, ...]:
    """What drops a table; the dictionary that reads it goes first."""
    where = f"{_on_cluster(placement)} SYNC"
    drop = f"DROP TABLE {quoted(table.name)}{where}"
    if isinstance(table, TableSpec):
        return (drop,)
    view = f"DROP VIEW IF EXISTS {quoted(table.dictionary_source)}{where}"
    dictionary = f"DROP DICTIONARY IF EXISTS {quoted(table.dictionary)}{where}"
    return (dictionary, view, drop) if table.tree else (dictionary, drop)


def _differences(table: AnyTable, present: _Present) -> tuple[tuple[str, ...], tuple[str, ...]]:
    wanted = {column.name: column.type for column in table.stored_columns}
    added = tuple(name for name in wanted if name not in present.columns)
    other = [
        f"the column {name} would be dropped" for name in present.columns if name not in wanted
    ]
    other += [
        f"the column {name} would change from {present.columns[name]} to {kind}"
        for name, kind in wanted.items()
        if name in present.columns and present.columns[name] != kind
    ]
    for what, now, then in _placements(table, present):
        if now != then:
            other.append(f"its {what} would change from ({now}) to ({then})")
    return added, tuple(other)


def _placements(table: AnyTable, present: _Present) -> Iterable[tuple[str, str, str]]:
    if isinstance(table, TableSpec):
        yield "sort key", ", ".join(present.sort_key), ", ".join(table.sort_key)
        yield "partition", present.partition_by.replace("`", ""), table.partition_by
    else:
        yield "sort key", ", ".join(present.sort_key), f"{LOAD_COLUMN}, {table.key}"


def _add_column(table: AnyTable, name: str, placement: Placement) -> Change:
    column = table.column(name)
    statement = (
        f"ALTER TABLE {quoted(table.name)}{_on_cluster(placement)} "
        f"ADD COLUMN IF NOT EXISTS {column_ddl(column)}"
    )
    return Change(f"add the column {name} to {table.name}", (statement,))


def _let_it_start(table: AnyTable, present: _Present, placement: Placement) -> tuple[Change, ...]:
    """What a table lacks of the settings with which the engine starts whatever is broken."""
    lacking = [
        f"{name} = {value}" for name, value in STARTING.items() if name not in present.engine
    ]
    if not lacking:
        return ()
    where = f"{quoted(table.name)}{_on_cluster(placement)}"
    statement = f"ALTER TABLE {where} MODIFY SETTING {', '.join(lacking)}"
    return (Change(f"let the engine start with broken parts of {table.name}", (statement,)),)


def _plan_tree(
    table: DimensionTableSpec, present: Mapping[str, _Present] | None, placement: Placement
) -> list[Change]:
    """The view that follows a member's parents; the dictionary that read an older one reads it."""
    name = table.dictionary_source
    if table.tree is None or (
        present and name in present and set(present[name].columns) == set(tree_columns(table))
    ):
        return []
    statements = [tree_view_ddl(table, placement)]
    found = (present or {}).get(table.dictionary)
    if found and dict(found.columns) == dictionary_columns(table):  # else it is made anew anyway
        statements.append(_dictionary_anew(table, placement))
    return [Change(f"follow the parents in {table.name}", tuple(statements))]


def _plan_roll_ups(table: AnyTable, present: _Present, placement: Placement) -> tuple[Change, ...]:
    """Roll-ups that the model declares or declares no more; a changed one is another one."""
    if not isinstance(table, TableSpec):
        return ()
    lacking, surplus = differing(table.projections, present.projections)
    alter = f"ALTER TABLE {quoted(table.name)}{_on_cluster(placement)}"
    dropped = [
        Change(
            f"drop the roll-up {roll_up_name(name)} of {table.name}",
            (f"{alter} DROP PROJECTION IF EXISTS `{name}`",),
        )
        for name in surplus
    ]
    declared = [
        Change(
            f"declare the roll-up {each.name} of {table.name}",
            (f"{alter} {add_projection(each)}",),
        )
        for each in lacking
    ]
    return (*dropped, *declared)


def _plan_dictionary(
    table: DimensionTableSpec, present: _Present | None, placement: Placement
) -> list[Change]:
    create = dictionary_ddl(table, placement)
    if present is None:
        return [Change(f"create the dictionary {table.dictionary}", (create,))]
    if dictionary_columns(table) == dict(present.columns):
        return []
    anew = _dictionary_anew(table, placement)
    return [Change(f"make the dictionary {table.dictionary} anew", (anew,))]


def _dictionary_anew(table: DimensionTableSpec, placement: Placement) -> str:
    create = dictionary_ddl(table, placement)
    return create.replace("CREATE DICTIONARY IF NOT EXISTS", "CREATE OR REPLACE DICTIONARY", 1)


def _create(table: AnyTable, placement: Placement) -> str:
    if isinstance(table, DimensionTableSpec):
        return dimension_table_ddl(table, placement)
    return fact_table_ddl(table, placement)


def _on_cluster(placement: Placement) -> str:
    return f" ON CLUSTER {quoted(placement.cluster)}" if placement.cluster else ""
