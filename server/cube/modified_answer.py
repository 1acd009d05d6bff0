"""An answer with modifiers of time in the form of cubes: sorted and paged here, not by SQL."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

from server.cube.cubes_result import result_of
from server.cube.databrewery import AggregationResult, Cube
from server.cube.modified import (
    Question,
    Row,
    check,
    modified_cells,
    modified_summary,
    ordered,
    unfinished,
    without_modifiers,
)
from server.cube.statement import Breakdown, Order, Page, Statement


class Rows(Protocol):
    """Asks a statement for its rows, and notes what they were read from."""

    def __call__(self, statement: Statement, served_by: list[str], /) -> list[dict[str, Any]]: ...


def modified_answer(
    form: Cube,
    question: Question,
    orders: Sequence[Order],
    pages: Page | None,
    rows_of: Rows,
    plain_summary: Callable[[list[str]], Row] | Literal[False],
) -> AggregationResult:
    """All rows in their order, cut to a page, so that none is missed; and their summary.

    Where the cell is several runs of days, which are no one period, its summary is the plain one;
    without a way to ask for that there is none.
    """
    check(question)
    breakdown = Breakdown(question.drills, question.split)
    result = result_of(form, question.cell, question.aggregates, breakdown)
    served_by: list[str] = []

    def ask(statement: Statement) -> list[Row]:
        return rows_of(statement, served_by)

    if question.drills or question.split is not None:
        rows = ordered(modified_cells(question, ask), orders)
        result.total_cell_count = len(rows)
        result.cells = rows[pages.skip : pages.skip + pages.size] if pages else rows
    if plain_summary:
        summary = modified_summary(question, ask)
        if summary is None:
            summary = without_modifiers(question, plain_summary(served_by))
        result.summary = summary
    result.outputs = question.outputs
    result.unfinished = unfinished(question)
    result.served_by = ", ".join(dict.fromkeys(served_by))
    return result
