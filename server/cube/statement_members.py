"""The SQL that lists a dimension's members: those of the facts, or all of its table."""

from collections.abc import Iterable, Sequence

from server.cube.cell import ScopedCell
from server.cube.conditions import any_of, cell_conditions
from server.cube.drilldown import Drill
from server.cube.elements import ValueType
from server.cube.grouping import Output, grouping_of, output_name
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
from server.cube.terms import Terms
from server.snapshot import Snapshot


def members_statement(
    cell: ScopedCell,
    snapshot: Snapshot,
    drill: Drill,
    *,
    search: str = "",
    order: Sequence[Order] = (),
    page: Page | None = None,
    language: str = "en",
) -> Statement:
    """The members down to a level that have facts in the cell, found by text in key or label."""
    terms = Terms(cell.cube, snapshot, language)
    grouping = grouping_of(terms, drill)
    lines = [
        *select_lines(grouping.outputs),
        *from_lines(cell.cube.fact.name, cell_conditions(terms, cell)),
        *group_lines([grouping]),
        *_having(terms, drill, grouping.outputs, search),
        *order_lines([*order_items(order), *grouping.order]),
        *page_lines(terms, page),
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
