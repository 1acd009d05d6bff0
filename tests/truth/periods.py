"""Periods on the calendar of the wall, worked out with nothing but Python's own dates."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from tests.truth.calendars import UNITS, path_of, retail_start, spans

Days = tuple[date, date]
DAY = timedelta(days=1)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_STARTS = {"wtd": "week", "mtd": "month", "qtd": "quarter", "ytd": "year"}


@dataclass(frozen=True)
class Grain:
    """A grain of an answer: how long its periods are, and by which calendar."""

    unit: str  # year, quarter, month, week, day
    hierarchy: str = "ymd"

    def containing(self, day: date, unit: str = "") -> Days:
        """The period, or the one of another unit, that a day is in."""
        unit = unit or self.unit
        if unit == "day":
            return day, day
        if self.hierarchy in ("fiscal", "retail"):
            depth = UNITS[self.hierarchy].index(unit) + 1
            return spans(self.hierarchy)[path_of(day, self.hierarchy)[:depth]]
        if unit == "week":
            first = day - timedelta(days=day.weekday())
            return first, first + 6 * DAY
        if self.hierarchy == "iso" and unit == "year":
            year = day.isocalendar().year
            return date.fromisocalendar(year, 1, 1), date.fromisocalendar(year + 1, 1, 1) - DAY
        first_month = day.month - (day.month - 1) % _MONTHS[unit]
        last_month = first_month + _MONTHS[unit] - 1
        last = date(day.year, last_month, monthrange(day.year, last_month)[1])
        return date(day.year, first_month, 1), last

    def before(self, period: Days, steps: int = 1) -> Days:
        """The period so many before."""
        for _ in range(steps):
            period = self.containing(period[0] - DAY)
        return period

    def year_earlier(self, day: date) -> date:
        """The same day of the year before; of weeks the same weekday of the same week."""
        if self.hierarchy == "iso":
            year, week, weekday = day.isocalendar()
            weeks = date(year - 1, 12, 28).isocalendar().week
            return date.fromisocalendar(year - 1, min(week, weeks), weekday)
        if self.hierarchy == "retail":
            year, _, _, week, weekday = path_of(day, "retail")
            weeks = (retail_start(year) - retail_start(year - 1)).days // 7
            return retail_start(year - 1) + (min(week, weeks) * 7 + weekday - 8) * DAY
        is_leap_day = (day.month, day.day) == (2, 29)
        return date(day.year - 1, 2, 28) if is_leap_day else day.replace(year=day.year - 1)


@dataclass(frozen=True)
class Span:
    """A period up to its last day with facts; no period: any run of days."""

    grain: Grain
    days: Days
    period: Days | None

    def against(self, word: str) -> "Span":
        """The span that it is compared with: the same part of another period."""
        first, last = self.days
        if self.period is None:
            if word == "last_year":
                earlier = self.grain.year_earlier(first), self.grain.year_earlier(last)
                return Span(self.grain, earlier, None)
            return Span(self.grain, (first - (last - first) - DAY, first - DAY), None)
        if word == "previous":
            other = self.grain.before(self.period)
        else:
            other = self.grain.containing(self.grain.year_earlier(self.period[0]))
        begin = other[0] if first == self.period[0] else self._aligned(other, first, word)
        end = other[1] if last == self.period[1] else self._aligned(other, last, word)
        return Span(self.grain, (begin, end), other)

    def by(self, modifier: str, carry: int = 0) -> Days:
        """The days that a modifier makes of it; a stock is looked for some periods back."""
        first, last = self.days
        if modifier in _STARTS:
            first = self.grain.containing(last, _STARTS[modifier])[0]
        elif modifier and self.period is not None:
            steps = int(modifier.removeprefix("rolling-")) - 1
            first = self.grain.before(self.period, steps)[0]
        first = min(first, self._carried(carry)) if carry else first
        return first, last

    def _aligned(self, other: Days, day: date, word: str) -> date:
        """The day of the other period up to which as much of it has gone by."""
        if word == "last_year":
            return self.grain.year_earlier(day)
        period = self.period or self.days
        return min(other[0] + (day - period[0]), other[1])

    def _carried(self, carry: int) -> date:
        if self.period is not None:
            return self.grain.before(self.period, carry)[0]
        return self.days[0] - carry * (self.days[1] - self.days[0] + DAY)
