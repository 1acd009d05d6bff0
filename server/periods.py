"""PURE: calendar periods as values: day, ISO week, month, quarter and year.

A period is written `2013-12-31`, `2013-W52`, `2013-12`, `2013-Q4` or `2013`, and reads back as the
same period. No clock is read here: whoever asks says which day it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

from server.errors import InvalidInput

Kind = Literal["day", "week", "month", "quarter", "year"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FIRST_YEAR, LAST_YEAR = 1900, 2299  # the days that the fact store can hold

FORMS = ("2013-12-31", "2013-W52", "2013-12", "2013-Q4", "2013")
_FORM = re.compile(
    r"(?P<year>[0-9]{4})"
    r"(?:-(?:(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?|Q(?P<quarter>[1-4])|W(?P<week>[0-9]{2})))?"
)


@dataclass(frozen=True, order=True)
class Period:
    """One period of a calendar; periods of one kind sort in time."""

    kind: Kind
    year: int  # of a week: the ISO year
    index: int = 1  # day of the year, ISO week, month or quarter; a year has 1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InvalidInput(
                f"{self.kind!r} is not a kind of period; allowed: {', '.join(KINDS)}",
                field="period",
                allowed=KINDS,
            )
        if not FIRST_YEAR <= self.year <= LAST_YEAR:
            raise InvalidInput(
                f"the year {self.year} is outside {FIRST_YEAR} to {LAST_YEAR}", field="period"
            )
        if not 1 <= self.index <= _count(self.kind, self.year):
            raise InvalidInput(
                f"{self.year} has no {self.kind} {self.index}; "
                f"it has 1 to {_count(self.kind, self.year)}",
                field="period",
            )

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read one of the written forms."""
        form = _FORM.fullmatch(text)
        if form is None:
            raise _not_a_period(text)
        parts = {name: int(digits) for name, digits in form.groupdict().items() if digits}
        try:
            return _from_parts(parts)
        except (ValueError, InvalidInput) as mistake:
            raise _not_a_period(text, str(mistake)) from mistake

    @classmethod
    def containing(cls, day: date, kind: Kind) -> "Period":
        """The period of that kind in which a day lies."""
        if kind == "week":
            iso = day.isocalendar()
            return cls("week", iso.year, iso.week)
        if kind == "day":
            return cls("day", day.year, day.timetuple().tm_yday)
        months = _MONTHS_IN[kind]
        return cls(kind, day.year, (day.month - 1) // months + 1)

    def __str__(self) -> str:
        match self.kind:
            case "day":
                return self.first_day.isoformat()
            case "week":
                return f"{self.year}-W{self.index:02}"
            case "month":
                return f"{self.year}-{self.index:02}"
            case "quarter":
                return f"{self.year}-Q{self.index}"
            case "year":
                return f"{self.year}"

    @property
    def first_day(self) -> date:
        """The day on which the period begins."""
        if self.kind == "day":
            return date(self.year, 1, 1) + timedelta(days=self.index - 1)
        if self.kind == "week":
            return date.fromisocalendar(self.year, self.index, 1)
        return date(self.year, (self.index - 1) * _MONTHS_IN[self.kind] + 1, 1)

    @property
    def last_day(self) -> date:
        """The last day that belongs to the period."""
        if self.kind == "day":
            return self.first_day
        if self.kind == "week":
            return self.first_day + timedelta(days=6)
        month = self.index * _MONTHS_IN[self.kind]
        following = date(self.year + month // 12, month % 12 + 1, 1)
        return following - timedelta(days=1)

    @property
    def days(self) -> int:
        """How many days the period has."""
        return (self.last_day - self.first_day).days + 1

    def previous(self) -> "Period":
        """The period of the same kind just before."""
        return self.shift(-1)

    def next(self) -> "Period":
        """The period of the same kind just after."""
        return self.shift(1)

    def shift(self, steps: int) -> "Period":
        """The period of the same kind so many steps later, or earlier when negative."""
        if self.kind in ("day", "week"):
            width = 1 if self.kind == "day" else 7
            try:
                moved = self.first_day + timedelta(days=steps * width)
            except OverflowError:
                raise InvalidInput(
                    f"{steps} {self.kind}s from {self} is outside {FIRST_YEAR} to {LAST_YEAR}",
                    field="period",
                ) from None
            return Period.containing(moved, self.kind)
        in_year = 12 // _MONTHS_IN[self.kind]
        years, index = divmod(self.index - 1 + steps, in_year)
        return Period(self.kind, self.year + years, index + 1)

    def year_earlier(self) -> "Period":
        """The period it is compared with year on year.

        29 February is compared with 28 February, and week 53 with the last week of a year that has
        only 52: each the nearest that exists, never a day that rolls into another month.
        """
        year = self.year - 1
        if self.kind == "day":
            day = self.first_day
            is_leap_day = (day.month, day.day) == (2, 29)
            earlier = day.replace(year=year, day=28 if is_leap_day else day.day)
            return Period.containing(earlier, "day")
        if self.kind == "week":
            return Period("week", year, min(self.index, _count("week", year)))
        return Period(self.kind, year, self.index)

    def months(self) -> tuple["Period", ...]:
        """The months that it is made of; a day or a week is not made of months."""
        if self.kind in ("day", "week"):
            return ()
        width = _MONTHS_IN[self.kind]
        first = (self.index - 1) * width + 1
        return tuple(Period("month", self.year, first + step) for step in range(width))

    def contains(self, day: date) -> bool:
        """Whether a day belongs to the period."""
        return self.first_day <= day <= self.last_day

    def within(self, first: date, last: date) -> bool:
        """Whether the whole period lies between two days, both included."""
        return first <= self.first_day and self.last_day <= last


def last_full_period(kind: Kind, watermark: date) -> Period:
    """The last period of that kind that has ended on the watermark or before."""
    present = Period.containing(watermark, kind)
    return present if present.last_day <= watermark else present.previous()


def periods_between(first: Period, last: Period) -> Iterator[Period]:
    """Every period from the first to the last, both included; none when they are reversed."""
    if first.kind != last.kind:
        raise InvalidInput(f"{first} and {last} are periods of two kinds", field="period")
    while first <= last:
        yield first
        if first == last:
            return
        first = first.next()


def equal_elapsed(now: Period, before: Period, watermark: date) -> tuple[date, date]:
    """The last days up to which an unfinished period and an earlier one are compared.

    Both parts have the same number of days, counted from the first day of each. A finished period
    is compared with the whole of the other, however many days that has.
    """
    if watermark >= now.last_day:
        return now.last_day, before.last_day
    elapsed = (watermark - now.first_day).days  # days after the first one
    if elapsed < 0:
        raise InvalidInput(f"{now} has not begun on {watermark.isoformat()}", field="period")
    elapsed = min(elapsed, before.days - 1)
    return now.first_day + timedelta(days=elapsed), before.first_day + timedelta(days=elapsed)


_MONTHS_IN: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}


def _count(kind: Kind, year: int) -> int:
    """How many periods of that kind a year has."""
    if kind == "day":
        return date(year, 12, 31).timetuple().tm_yday
    if kind == "week":
        return date(year, 12, 28).isocalendar().week  # 28 December is always in the last week
    return 12 // _MONTHS_IN[kind]


def _from_parts(parts: dict[str, int]) -> Period:
    if not FIRST_YEAR <= parts["year"] <= LAST_YEAR:
        raise ValueError(f"the year lies outside {FIRST_YEAR} to {LAST_YEAR}")
    if "day" in parts:
        return Period.containing(date(parts["year"], parts["month"], parts["day"]), "day")
    kinds: tuple[Kind, ...] = ("month", "quarter", "week")
    for kind in kinds:
        if kind in parts:
            return Period(kind, parts["year"], parts[kind])
    return Period("year", parts["year"])


def _not_a_period(text: str, reason: str = "") -> InvalidInput:
    because = f" ({reason})" if reason else ""
    return InvalidInput(
        f"{text[:40]!r} is not a period{because}; write one like {', '.join(FORMS)}",
        field="period",
        allowed=FORMS,
    )
