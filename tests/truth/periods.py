"""Periods on the calendar of the wall, worked out with nothing but Python's own dates."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

Days = tuple[date, date]
DAY = timedelta(days=1)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_STARTS = {"wtd": "week", "mtd": "month", "qtd": "quarter", "ytd": "year"}


@dataclass(frozen=True)
class Grain:
    """A grain of an answer: how long its periods are, and whether years are those of ISO weeks."""

    unit: str  # year, quarter, month, week, day
    is_iso: bool = False

    def containing(self, day: date, unit: str = "") -> Days:
        """The period, or the one of another unit, that a day is in."""
        unit = unit or self.unit
        if unit == "day":
            return day, day
        if unit == "week":
            first = day - timedelta(days=day.weekday())
            return first, first + 6 * DAY
        if self.is_iso and unit == "year":
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
        """The same day of the year before; of ISO weeks the same weekday of the same week."""
        if self.is_iso:
            year, week, weekday = day.isocalendar()
            weeks = date(year - 1, 12, 28).isocalendar().week
            return date.fromisocalendar(year - 1, min(week, weeks), weekday)
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
        is_whole = last == self.period[1]
        if word == "previous":
            other = self.grain.before(self.period)
            end = other[1] if is_whole else min(other[0] + (last - first), other[1])
        else:
            other = self.grain.containing(self.grain.year_earlier(self.period[0]))
            end = other[1] if is_whole else self.grain.year_earlier(last)
        return Span(self.grain, (other[0], end), other)

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

    def _carried(self, carry: int) -> date:
        if self.period is not None:
            return self.grain.before(self.period, carry)[0]
        return self.days[0] - carry * (self.days[1] - self.days[0] + DAY)
