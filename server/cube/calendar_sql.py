"""What a calendar says of a fact's day, in SQL: the calendar's table is sent as parameters.

The first days of the periods are sent as numbers of days since 1970; a day is rounded down to the
one of its period, and what the period is called is looked up by it, once for each group. A day
outside the calendar is in no period: its number and its label are NULL.
"""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from server.calendars.period import CalendarPeriod
from server.cube.calendar_parts import CalendarPart

if TYPE_CHECKING:
    from server.cube.terms import Terms

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2149, 6, 6)  # of the engine's type Date


def first_day_sql(terms: "Terms", part: CalendarPart, day: str) -> str:
    """The first day of the period that a day is in; of the grain `day` it is the day itself."""
    return day if part.grain == "day" else f"toDate({_start(terms, part, day)})"


def part_sql(terms: "Terms", part: CalendarPart, day: str) -> str:
    """The number, or the label, of the period that a day is in."""
    if part.grain == "day":
        leaf = CalendarPart(part.calendar, part.calendar.grains[-2])
        within = f"toInt32(toUInt16({day}) - {_start(terms, leaf, day)} + 1)"
        return f"if(isNull({part_sql(terms, leaf, day)}), NULL, {within})"
    periods = _periods(terms, part)
    if part.is_label:
        words = [each and each.names.in_language(terms.language) for each in periods]
        values = terms.parameter(f"{part}s", "Array(Nullable(String))", words)
    else:
        numbers = [each and each.number for each in periods]
        values = terms.parameter(f"{part}s", "Array(Nullable(Int32))", numbers)
    return f"transform({_start(terms, part, day)}, {_starts(terms, part)}, {values}, NULL)"


def day_number(day: date) -> int:
    """A day as the engine counts it."""
    return (day - FIRST_DAY).days


def _start(terms: "Terms", part: CalendarPart, day: str) -> str:
    return f"roundDown(toUInt16({day}), {_starts(terms, part)})"


def _starts(terms: "Terms", part: CalendarPart) -> str:
    """The first days of the periods, and of the time before and after them."""
    periods = _periods(terms, part)
    starts: list[int] = []
    for each, before in zip(periods, (None, *periods), strict=False):
        if each is not None:
            starts.append(day_number(max(each.first, FIRST_DAY)))
        else:
            starts.append(day_number(before.last + timedelta(days=1)) if before else 0)
    name = f"{part.calendar.name}_{part.grain}_starts"
    return terms.parameter(name, "Array(UInt16)", starts)


def _periods(terms: "Terms", part: CalendarPart) -> list[CalendarPeriod | None]:
    """The periods that facts can be in, in time; None stands for the days outside the calendar."""
    first, last = terms.days()
    listed = list(part.calendar.between(first, last, part.grain))
    before: list[CalendarPeriod | None] = []
    after: list[CalendarPeriod | None] = []
    if not listed or listed[0].first > first:
        before.append(None)
    if listed and listed[-1].last < last:
        after.append(None)
    return [*before, *listed, *after]
