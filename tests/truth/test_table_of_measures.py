"""Each cell of the table of measures, modifiers and grains is what the other engine says.

The table is read from the documentation. At every grain that a cell names there is a figure, or
none where there is nothing to tell it from; at every other there is none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

import pytest

from server.errors import InvalidInput
from tests.truth.figures import exact, figure_of
from tests.truth.other_engine import OtherEngine
from tests.truth.our_engine import OurEngine
from tests.truth.periods import Days, Grain, Span
from tests.truth.table import GRAINS, Cell, cells, name_of, table_world

CELLS = cells()
AS_IT_IS = "as it is"
TO_DATE = ("wtd", "mtd", "qtd", "ytd", "rolling-3")
CUTS = {
    "T": "time:2020,4-2021,1",  # two quarters, the second of which has only begun
    "D": "time:2020,4,12,10-2021,1,1,10",
    "W": "time@iso:2020,48-2021,6",  # week 53 among them
}
DRILLS = {"Y": "ymd:year", "Q": "ymd:quarter", "M": "ymd:month", "D": "ymd:day", "W": "iso:week"}
UNITS = {"Y": "year", "Q": "quarter", "M": "month", "D": "day", "W": "week", "T": "day"}
KEYS = {
    "Y": ("time.year",),
    "Q": ("time.year", "time.quarter"),
    "M": ("time.year", "time.month"),
    "D": ("time.date",),
    "W": ("time.iso_year", "time.week"),
}
Figure = Fraction | float | None


@dataclass
class Table:
    """Both engines, and what was asked of them already."""

    ours: OurEngine
    other: OtherEngine

    def __post_init__(self) -> None:
        self._answers: dict[tuple[str, tuple[str, ...]], Any] = {}
        self._figures: dict[Days, dict[str, Figure]] = {}

    @cached_property
    def today(self) -> date:
        """The last day of the facts."""
        return self.other.today(self.ours.world.moments[-1])

    @cached_property
    def first(self) -> date:
        """The first day of the facts."""
        place = 2 + [name for name, _ in self.ours.world.columns].index("day")
        shown = self.ours.world.moments[-1].visible
        days: list[date] = [fact[place] for fact in self.ours.world.facts if fact[0] in shown]
        return min(days)

    def answer(self, grain: str, modifier: str) -> Any:
        """The answer at a grain with every measure, for all columns that name the grain at once."""
        listed = {cell.modifier for cell in CELLS if grain in cell.grains} - {AS_IT_IS}
        together = tuple(sorted(listed)) if modifier in listed else (modifier,)
        key = grain, together
        if key not in self._answers:
            browser = self.ours.browser(self.ours.world.moments[-1])
            drill = f"time@{DRILLS[grain]}" if grain in DRILLS else "time@ymd:month"
            asked = [split(each) for each in together]
            self._answers[key] = browser.aggregate(
                CUTS.get(grain),
                drilldown=drill,
                time=[to_date for to_date, _ in asked if to_date],
                compare=[against for _, against in asked if against],
            )
        return self._answers[key]

    def figures(self, days: Days) -> dict[str, Figure]:
        """What the other engine says of the days, of every measure at once."""
        if days not in self._figures:
            table = self.other.flat(self.ours.world.moments[-1], "as_was", "en")
            source = f"(SELECT * FROM {table} WHERE day BETWEEN '{days[0]}' AND '{days[1]}')"
            aggregates = self.ours.world.aggregates
            for column, sql in [each for one in aggregates for each in one.windows]:
                source = f"(SELECT *, {sql.replace('<span>', 'true')} AS {column} FROM {source})"
            pieces = [piece for each in aggregates for piece in each.pieces]
            (row,) = self.other.rows(f"SELECT {', '.join(pieces)} FROM {source}")
            values = iter(row)
            self._figures[days] = {
                each.name: figure_of(each, [next(values) for _ in each.pieces])
                for each in aggregates
            }
        return self._figures[days]


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    world = table_world()
    ours, other = OurEngine(world), OtherEngine(world)
    yield Table(ours, other)
    ours.close()
    other.close()


def test_the_table_has_a_row_for_every_measure_and_a_column_for_every_modifier() -> None:
    names = {each.name for each in table_world().aggregates}

    assert {name_of(cell.measure) for cell in CELLS} == names
    assert len(CELLS) == len(names) * len({cell.modifier for cell in CELLS})
    assert {*TO_DATE, "previous", "last_year"} <= {cell.modifier for cell in CELLS}


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: f"{cell.measure}, {cell.modifier}")
def test_at_every_grain_a_figure_is_what_the_other_engine_says(table: Table, cell: Cell) -> None:
    for grain in GRAINS:
        if grain in cell.grains:
            _check(table, cell, grain)
        else:
            assert not _has_figure(table, cell, grain)


def _check(table: Table, cell: Cell, grain: str) -> None:
    answer = table.answer(grain, cell.modifier)
    rows = [answer.summary] if grain == "T" else answer.cells
    assert any(row[_output(cell)] is not None for row in rows)
    for row in rows:
        value = row[_output(cell)]
        expected = _expected(table, cell, _span(table, grain, row))
        if isinstance(value, float) and expected is not None:
            assert value == pytest.approx(float(expected))
        else:
            assert exact(value) == expected, row
        if _is_modified(cell):
            assert (value is None) == (_output(cell) in row.get("absences", {}))


def split(modifier: str) -> tuple[str | None, str | None]:
    """What a column of the table asks for: a modifier of time, a comparison, or both."""
    words = modifier.split()
    to_date = next((word for word in words if word in TO_DATE), None)
    against = next((word for word in words if word.startswith(("previous", "last_year"))), None)
    return to_date, against


def _is_modified(cell: Cell) -> bool:
    return split(cell.modifier) != (None, None)


def _output(cell: Cell) -> str:
    to_date, against = split(cell.modifier)
    words = [name_of(cell.measure), to_date, against]
    return (
        "__".join(word for word in words if word).replace("rolling-", "rolling_").replace(":", "__")
    )


def _has_figure(table: Table, cell: Cell, grain: str) -> bool:
    try:
        answer = table.answer(grain, cell.modifier)
    except InvalidInput:
        return False
    rows = [answer.summary] if grain == "T" else answer.cells
    return any(row[_output(cell)] is not None for row in rows)


def _span(table: Table, letter: str, row: dict[str, Any]) -> Span:
    grain = Grain(UNITS[letter], "iso" if letter == "W" else "ymd")
    if letter == "T":
        return Span(grain, (date(2020, 10, 1), table.today), None)
    key = [row[ref] for ref in KEYS[letter]]
    if letter == "W":
        day = date.fromisocalendar(key[0], key[1], 1)
    elif letter == "D":
        day = key[0]
    else:
        month = {"Y": 1, "Q": 3 * key[-1] - 2, "M": key[-1]}[letter]
        day = date(key[0], month, 1)
    period = grain.containing(day)
    return Span(grain, (period[0], min(period[1], table.today)), period)


def _expected(table: Table, cell: Cell, span: Span) -> Figure:
    to_date, against = split(cell.modifier)
    word, _, form = (against or "").partition(":")
    value = _of(table, cell, span, to_date)
    if not against:
        return value
    base = _of(table, cell, span.against(word), to_date)
    if not form:
        return base
    if value is None or base is None:
        return None
    if form == "difference":
        return exact(value - base)
    if cell.is_points:
        return exact((value - base) * 100)
    return exact((value - base) / base) if base > 0 else None


def _of(table: Table, cell: Cell, span: Span, to_date: str | None) -> Figure:
    """The figure of a span, carried on where it is; of days before all facts there is none."""
    carry = 2 if cell.measure.endswith("carry") else 0
    days = span.by(to_date or "")
    if days[1] < table.first or days[0] > table.today:
        return None
    return table.figures(span.by(to_date or "", carry))[name_of(cell.measure)]
