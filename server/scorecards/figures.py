"""Operands from the cube: one statement answers every aggregate of every period of a window.

What the cube leaves out becomes a figure here: a period that has arrived and holds no fact is 0
for counts and sums, one that has not arrived is `not_loaded`, or `late` when it was due; a filter
on a dimension that the cube does not have makes everything `not_applicable`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from server.cube.browser import ClickHouseBrowser
from server.cube.derived import why_none
from server.cube.elements import Aggregate
from server.cube.model import CubeModel
from server.indicators.absence import Absence, Figure
from server.periods import Kind, Period
from server.scorecards.arrival import ALL, Within, absence_of, arrival
from server.snapshot import Snapshot

Operands = Mapping[str, Figure]

_LEVELS = {
    "day": ("ymd", ("year", "quarter", "month", "day")),
    "month": ("ymd", ("year", "quarter", "month")),
    "quarter": ("ymd", ("year", "quarter")),
    "year": ("ymd", ("year",)),
    "week": ("iso", ("iso_year", "week")),
}


@dataclass(frozen=True)
class Question:
    """What is asked of one cube: aggregates for a run of periods of one kind, under cuts."""

    aggregates: tuple[str, ...]
    periods: tuple[Period, ...]  # oldest first, without gaps
    cuts: tuple[str, ...] = ()
    by: str | None = None  # a further drill-down, such as "organisation:carrier"
    within: Within = ALL  # whose arrival tells whether a period without facts is 0


def count_name(cube: CubeModel) -> str:
    """The name of the aggregate that counts a cube's facts."""
    return cube.counting.name


def period_cut(first: Period, last: Period) -> str:
    """The cut text that keeps the days of `first` to `last`, both included."""
    hierarchy, _ = _LEVELS[first.kind]
    return f"time@{hierarchy}:{_path(first)}-{_path(last)}"


def days_cut(first: date, last: date) -> str:
    """The cut text that keeps some days, both included."""
    return period_cut(Period.containing(first, "day"), Period.containing(last, "day"))


def period_point(period: Period) -> str:
    """The cut text that keeps one period."""
    hierarchy, _ = _LEVELS[period.kind]
    return f"time@{hierarchy}:{_path(period)}"


def period_drilldown(kind: Kind) -> str:
    """The drill-down text that gives one cell for each period of a kind."""
    hierarchy, levels = _LEVELS[kind]
    return f"time@{hierarchy}:{levels[-1]}"


def period_of(cell: Mapping[str, object], kind: Kind) -> Period:
    """The period that a cell of `period_drilldown` belongs to."""
    _, levels = _LEVELS[kind]
    numbers = [int(str(cell[f"time.{level}"])) for level in levels]
    if kind == "day":
        year, _, month, day = numbers
        return Period.containing(date(year, month, day), "day")
    return Period(kind, numbers[0], numbers[-1] if len(numbers) > 1 else 1)


def cells(browser: ClickHouseBrowser, question: Question) -> list[dict[str, object]]:
    """Ask the cube; one cell for each period (and member of `by`) that holds facts."""
    window = period_cut(question.periods[0], question.periods[-1])
    drilldown = [period_drilldown(question.periods[0].kind)]
    if question.by:
        drilldown.append(question.by)
    result = browser.aggregate(
        (window, *question.cuts),
        aggregates=question.aggregates,
        drilldown=drilldown,
        summary=False,
    )
    return [dict(cell) for cell in result.cells]


def operands_by_period(
    browser: ClickHouseBrowser, cube: CubeModel, question: Question, snapshot: Snapshot
) -> dict[Period, Operands]:
    """Every aggregate of the question as a figure, for every period of the question."""
    asked = cells(browser, question) if any_arrived(question, cube, snapshot) else []
    found = {period_of(cell, question.periods[0].kind): cell for cell in asked}
    return {
        period: figures_of(
            found.get(period, {}), cube, question.aggregates, period, snapshot, question.within
        )
        for period in question.periods
    }


def any_arrived(question: Question, cube: CubeModel, snapshot: Snapshot) -> bool:
    """Whether any period of the question holds facts, so that asking makes sense."""
    return any(
        not absence_of(arrival(period, snapshot, cube.fact.name, question.within))
        for period in question.periods
    )


def figures_of(
    cell: Mapping[str, object],
    cube: CubeModel,
    aggregates: Iterable[str],
    period: Period,
    snapshot: Snapshot,
    asked: Within = ALL,
) -> Operands:
    """The aggregates of one cell as figures; a missing cell is an empty mapping."""
    absent = absence_of(arrival(period, snapshot, cube.fact.name, asked))
    if absent is not None:
        return dict.fromkeys(aggregates, absent)
    return figures_in(cell, cube, aggregates)


def figures_in(cell: Mapping[str, object], cube: CubeModel, aggregates: Iterable[str]) -> Operands:
    """The aggregates of a cell whose days have arrived."""
    return {name: _figure(cell.get(name), cube.aggregate(name)) for name in aggregates}


def not_applicable(aggregates: Sequence[str], periods: Sequence[Period]) -> dict[Period, Operands]:
    """The answer of a cube that lacks a dimension of the slice."""
    return {period: dict.fromkeys(aggregates, Absence.NOT_APPLICABLE) for period in periods}


def _figure(value: object, aggregate: Aggregate) -> Figure:
    if value is None:
        return of_nothing(aggregate)
    if isinstance(value, int | float | Decimal | Fraction):
        return Fraction(value)
    raise TypeError(f"an aggregate answered {value!r}, which is not a number")


def of_nothing(aggregate: Aggregate) -> Figure:
    """What an aggregate is of a cell that holds no facts, or none that it could be made of."""
    return Fraction(0) if aggregate.is_zero_of_nothing else why_none(aggregate)


def _path(period: Period) -> str:
    day = period.first_day
    parts = {
        "year": day.year,
        "quarter": (day.month + 2) // 3,
        "month": day.month,
        "day": day.day,
        "iso_year": period.year,
        "week": period.index,
    }
    return ",".join(str(parts[level]) for level in _LEVELS[period.kind][1])
