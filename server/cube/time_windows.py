"""PURE: which days an answer's periods, their modifiers and comparisons are.

A moment is one period of an answer, as far as cuts leave it in and facts have arrived. An
unfinished one is compared with the same part of the other: up to the same day of the period before
it, or up to the day that the calendar says is a year earlier. No date is worked out but by asking
the calendar's table.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from server.calendars.calendar import Calendar
from server.calendars.period import CalendarPeriod, Grain
from server.cube.modifiers import Against, Modifier
from server.errors import InvalidInput

Days = tuple[date, date]  # the first and the last, both included
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Moment:
    """One period of an answer; without a period it is any run of days."""

    period: CalendarPeriod | None
    days: Days

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the period is missing."""
        return self.period is None or self.days == (self.period.first, self.period.last)


def moments_of(
    calendar: Calendar, grain: Grain, runs: Iterable[Days], loaded: Days
) -> tuple[Moment, ...]:
    """The periods of a grain that have days in some runs, as far as facts are loaded.

    Raises:
        InvalidInput: the runs leave holes in a period, so that it has no first and last day.
    """
    found: list[Moment] = []
    for first, last in runs:
        end = min(last, loaded[1])
        begun = max(first, loaded[0])
        for period in calendar.between(begun, end, grain) if begun <= end else ():
            if found and found[-1].period == period:
                raise _has_holes()
            days = max(period.first, first), min(period.last, end)
            found.append(Moment(period, days))
    return tuple(found)


def whole_moment(calendar: Calendar, runs: tuple[Days, ...], loaded: Days) -> Moment | None:
    """All days of the cell as one moment: a period where they are one; none where none is loaded.

    Raises:
        InvalidInput: they are several runs with days between them.
    """
    if len(runs) > 1:
        raise _has_holes()
    for first, last in runs:
        end = min(last, loaded[1])
        if max(first, loaded[0]) > end:
            return None
        for grain in calendar.grains:
            period = calendar.containing(first, grain)
            if period and (period.first, period.last) == (first, last):
                return Moment(period, (first, end))
        return Moment(None, (max(first, loaded[0]), end))
    return None


def compared(calendar: Calendar, moment: Moment, against: Against) -> Moment | None:
    """The moment that it is compared with; none where the calendar has none."""
    if moment.period is None:
        return _any_run_compared(calendar, moment.days, against)
    period = moment.period
    other = calendar.previous(period) if against == "previous" else calendar.year_earlier(period)
    if other is None:
        return None
    first, last = moment.days
    start, end = other.first, other.last
    if first != period.first:
        start = _aligned(calendar, period, other, first, against)
    if last != period.last:
        end = _aligned(calendar, period, other, last, against)
    return Moment(other, (start, end))


def window(calendar: Calendar, moment: Moment, modifier: Modifier | None) -> Days:
    """The days over which a figure is asked.

    Raises:
        InvalidInput: the calendar has no such periods.
    """
    if modifier is None:
        return moment.days
    last = moment.days[1]
    if modifier.to_date:
        unit = calendar.containing(last, _unit(calendar, modifier))
        return (unit.first if unit else moment.days[0]), last
    if moment.period is None:
        raise ValueError(f"{modifier.text} counts periods, and there is none to count from.")
    first = calendar.previous(moment.period, modifier.rolling - 1)
    return (first.first if first else calendar.first_day), last


def carried(calendar: Calendar, moment: Moment, run: Days, periods: int) -> Days:
    """A run of days with so many periods before the moment: stocks last known then count too.

    Before a moment that is no period of the calendar these are as many days, as often.
    """
    first, last = moment.days
    if moment.period is None:
        return min(run[0], first - periods * (last - first + _DAY)), run[1]
    earlier = calendar.previous(moment.period, periods)
    return min(run[0], earlier.first if earlier else calendar.first_day), run[1]


def knows(calendar: Calendar, modifier: Modifier | None) -> bool:
    """Whether a calendar has the periods that a modifier goes from the start of, if from any."""
    return modifier is None or not modifier.to_date or _grain(calendar, modifier) is not None


def _unit(calendar: Calendar, modifier: Modifier) -> Grain:
    if found := _grain(calendar, modifier):
        return found
    raise InvalidInput(
        f"{modifier.text} goes from the start of a {modifier.to_date}, which calendar "
        f"{calendar.name} does not have; it has: {', '.join(calendar.grains)}.",
        code="invalid_modifier",
        field="time",
        allowed=calendar.grains,
    )


def _grain(calendar: Calendar, modifier: Modifier) -> Grain | None:
    """The grain from whose start it goes; the months of a written calendar are its periods."""
    named = "period" if modifier.to_date == "month" and "month" not in calendar.grains else ""
    return next((one for one in calendar.grains if one in (modifier.to_date, named)), None)


def _aligned(
    calendar: Calendar, period: CalendarPeriod, other: CalendarPeriod, day: date, against: Against
) -> date:
    """The day of the other period at which as much of it has gone by."""
    if against == "last_year":
        earlier = _year_earlier(calendar, day)
        if earlier is not None and other.contains(earlier):
            return earlier
    return min(other.first + (day - period.first), other.last)


def _any_run_compared(calendar: Calendar, days: Days, against: Against) -> Moment | None:
    """As many days before, or each end on the day a year earlier."""
    if against == "previous":
        before = days[0] - _DAY
        return Moment(None, (before - (days[1] - days[0]), before))
    first, last = (_year_earlier(calendar, day) for day in days)
    return Moment(None, (first, last)) if first and last else None


def _year_earlier(calendar: Calendar, day: date) -> date | None:
    found = calendar.containing(day, "day")
    earlier = calendar.year_earlier(found) if found else None
    return earlier.first if earlier else None


def _has_holes() -> InvalidInput:
    return InvalidInput(
        "Cuts of time leave days out between others: a modifier or a comparison needs a run of "
        "days without a hole.",
        code="invalid_cut",
        field="cut",
    )
