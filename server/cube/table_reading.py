"""What is asked of a table, in words, and checked: levels, totals, top, marks, order, page."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from server.cube import asked
from server.cube.grains import Grain, read_totals
from server.cube.marked import RUNNING, Mark, read_marks
from server.cube.table import TableQuestion, Top
from server.errors import IndicubeError, InvalidInput, LimitReached, ManyErrors, NotAllowed

MOST_TOP = 1_000  # members, as they are cut to and cut away in one condition

_TOP = re.compile(r"([0-9]{1,6}):([\w.]+)(:only)?")


def read_table(
    whose: str,
    names: Sequence[str],
    drills: Callable[[Any], Grain],
    most: int,
    *,
    drilldown: str | Sequence[str] | None = None,
    columns: str | Sequence[str] | None = None,
    totals: Sequence[str] = (),
    top: str | None = None,
    marks: Sequence[str] = (),
    order: str | Sequence[Any] | None = None,
    page: int | None = None,
    page_size: int | None = None,
    summary: bool = True,
) -> TableQuestion:
    """The question for a table whose rows hold figures of these names.

    Raises:
        NotFound, InvalidInput, LimitReached: a word that is none, told with what is allowed;
            all of them at once as `ManyErrors`.
    """
    rows, across = drills(drilldown), drills(columns)
    _refuse_misfits(rows, across, any((totals, top, marks)))
    reading = Reading()
    question = TableQuestion(
        rows=rows,
        columns=across,
        totals=reading.attempt(lambda: read_totals((*rows, *across), totals, drills), ()),
        top=reading.attempt(lambda: read_top(top, names), None),
        marks=reading.attempt(lambda: read_marks(marks, names), ()),
        page=reading.attempt(lambda: asked.page(page, page_size, most), None),
        has_summary=summary,
    )
    allowed = _sortable(rows, names, question.marks)
    ordered = reading.attempt(
        lambda: asked.ordering(whose, order, allowed, asked.attributes_of(rows)), ()
    )
    reading.tell()
    return replace(question, order=ordered)


def read_top(text: str | None, names: Sequence[str]) -> Top | None:
    """The top in a text such as `10:flights`; `10:flights:only` leaves the others out."""
    if not text:
        return None
    found = _TOP.fullmatch(text)
    if found is None or found[2] not in names:
        raise InvalidInput(
            f"{text[:100]!r} is no top; write a number, a colon and one of {', '.join(names)}, and "
            "`:only` to leave the others out.",
            code="invalid_top",
            field="top",
            allowed=tuple(names),
        )
    number = int(found[1])
    if not 1 <= number <= MOST_TOP:
        raise LimitReached(f"A top has 1 to {MOST_TOP:,} members, not {number:,}.", field="top")
    return Top(number, found[2], not found[3])


class Reading:
    """Gathers what is wrong."""

    def __init__(self) -> None:
        self.errors: list[IndicubeError] = []

    def attempt(self, read: Callable[[], Any], otherwise: Any, field: str | None = None) -> Any:
        """What was read, or something else once a mistake was found; `field` is where it is."""
        before = len(self.errors)
        try:
            return read()
        except NotAllowed:
            raise
        except ManyErrors as several:
            self.errors.extend(several.errors)
        except IndicubeError as error:
            self.errors.append(error)
        for found in self.errors[before:]:
            found.field = field or found.field
        return otherwise

    def tell(self) -> None:
        """Raise what is wrong, if anything is."""
        if len(self.errors) == 1:
            raise self.errors[0]
        if self.errors:
            raise ManyErrors(self.errors)


def _refuse_misfits(rows: Grain, columns: Grain, needs_rows: bool) -> None:
    if not rows and (columns or needs_rows):
        raise InvalidInput(
            "Columns, totals, a top and marks go with a drill-down.", field="drilldown"
        )
    both = {(one.dimension.name, one.hierarchy.name) for one in rows}
    twice = [one.text for one in columns if (one.dimension.name, one.hierarchy.name) in both]
    if twice:
        raise InvalidInput(
            f"{', '.join(twice)} cannot be both in the rows and in the columns.", field="columns"
        )


def _sortable(rows: Grain, names: Sequence[str], marks: Sequence[Mark]) -> tuple[str, ...]:
    """All that rows can be sorted by: a running total follows the order and cannot make it."""
    refs = [
        attribute.ref for drill in rows for level in drill.levels for attribute in level.attributes
    ]
    marked = [name for mark in marks if mark.kind != RUNNING for name in mark.names]
    return (*refs, *names, *marked)
