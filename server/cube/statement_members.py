"""The SQL that lists a dimension's members: those of the facts, or all of its table."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from server.cube.cell import ScopedCell
from server.cube.conditions import any_of, cell_conditions, narrowing_conditions
from server.cube.drilldown import Drill
from server.cube.elements import AS_IS, ValueType
from server.cube.grouping import Output, grouping_of, output_name
from server.cube.noted import about
from server.cube.rollup_serving import Needs, serving
from server.cube.statement import (
    Order,
    Page,
    Statement,
    from_lines,
    group_lines,
    order_items,
    order_lines,
    page_lines,
    select_lines,
    statement,
)
from server.cube.terms import Terms, today_of
from server.snapshot import Snapshot
from server.store.tables import LOAD_COLUMN, TableSpec


@dataclass(frozen=True)
class Wanted:
    """Which members to list, and how."""

    drill: Drill
    search: str = ""  # in the key or in the label
    order: tuple[Order, ...] = ()
    page: Page | None = None
    language: str = "en"


def members_statement(cell: ScopedCell, snapshot: Snapshot, wanted: Wanted) -> Statement:
    """The members that have facts in the cell."""
    roll_up = serving(cell, snapshot, Needs((wanted.drill,)))
    terms = Terms(cell.cube, snapshot, wanted.language, roll_up=roll_up)
    found = _statement(terms, cell.cube.fact.name, cell_conditions(terms, cell), wanted)
    return replace(found, about=partial(about, "members", cell, (wanted.drill,)))


def table_members_statement(cell: ScopedCell, snapshot: Snapshot, wanted: Wanted) -> Statement:
    """All members of the dimension's table, with facts or without, within its own cuts and scope.

    The rows of the table stand in for facts: each hangs on its own key.
    """
    dimension, table = wanted.drill.dimension, wanted.drill.dimension.table
    if table is None or not is_about(cell, dimension.name):
        raise ValueError(f"The members of {dimension.name} are not those of a table alone.")
    dimension = replace(dimension, fact_column=table.column(table.key))
    fact = TableSpec(table.name, table.columns, (table.key,))
    # Members without facts have no day of their own: they are listed where they belong now.
    cube = replace(cell.cube, fact=fact, dimensions=(dimension,), membership=AS_IS)
    today = today_of(cell.cube, snapshot)
    terms = Terms(cube, snapshot, wanted.language, today)
    conditions = [
        f"{terms.column(LOAD_COLUMN)} = {terms.version(table.name)}",
        *narrowing_conditions(terms, cell),
    ]
    wanted = replace(wanted, drill=replace(wanted.drill, dimension=dimension))
    return _statement(terms, table.name, conditions, wanted)


def is_about(cell: ScopedCell, dimension: str) -> bool:
    """Whether nothing but this dimension narrows the cell, neither cuts nor scope."""
    return all(cut.dimension == dimension for cut in (*cell.cuts, *cell.scope_cuts))


def _statement(terms: Terms, table: str, conditions: Iterable[str], wanted: Wanted) -> Statement:
    grouping = grouping_of(terms, wanted.drill)
    lines = [
        *select_lines(grouping.outputs),
        *from_lines(table, conditions),
        *group_lines(grouping.keys),
        *_having(terms, wanted.drill, grouping.outputs, wanted.search),
        *order_lines([*order_items(wanted.order), *grouping.order]),
        *page_lines(terms, wanted.page),
    ]
    return statement(lines, terms, grouping.outputs)


def _having(terms: Terms, drill: Drill, outputs: Iterable[Output], search: str) -> list[str]:
    if not search:
        return []
    level = drill.levels[-1]
    names = {level.key.ref, level.label.ref}
    text = terms.parameter("search", "String", search)
    found = [
        f"positionCaseInsensitiveUTF8({_as_text(level_output.ref, drill)}, {text}) > 0"
        for level_output in outputs
        if level_output.ref in names
    ]
    return [f"HAVING {any_of(found)}"]


def _as_text(ref: str, drill: Drill) -> str:
    level = drill.levels[-1]
    attribute = level.key if level.key.ref == ref else level.label
    name = output_name(ref)
    return name if attribute.value_type is ValueType.TEXT else f"toString({name})"
