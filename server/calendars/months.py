"""Calendars made of months: the Gregorian one, and fiscal years that begin in any month."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from typing import Literal

from server.calendars.calendar import FIRST_YEAR, LAST_YEAR, Calendar
from server.calendars.period import Grain, Leaf, Names

NamedBy = Literal["end", "start"]
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def gregorian(name: str, names: Names) -> Calendar:
    """Years from January, in quarters, months and days."""
    return Calendar(name, names, ("year", "quarter", "month"), lambda: _leaves(1, 0), _gregorian)


def fiscal(name: str, names: Names, start_month: int, named_by: NamedBy) -> Calendar:
    """Years that begin with a month and are called after the year they end, or begin, in."""
    later = 1 if named_by == "end" and start_month > 1 else 0
    return Calendar(
        name, names, ("year", "quarter", "month"), lambda: _leaves(start_month, later), _fiscal
    )


def _leaves(start_month: int, later: int) -> Iterator[Leaf]:
    """The months in time; `later` is added to the year in which the calendar's own begins."""
    for begin in range(FIRST_YEAR - 1, LAST_YEAR + 1):
        for step in range(12):
            year, month = begin + (start_month - 1 + step) // 12, (start_month - 1 + step) % 12 + 1
            path = (begin + later, step // 3 + 1, step + 1)
            last = date(year, month, monthrange(year, month)[1])
            yield Leaf(path, date(year, month, 1), last)


def _gregorian(grain: Grain, path: tuple[int, ...], first: date) -> Names:
    if grain == "year":
        return Names(f"{path[0]}", f"{path[0]}年")
    if grain == "quarter":
        return Names(f"Q{path[-1]} {path[0]}", f"{path[0]}年第{path[-1]}季度")
    return _month(first)


def _fiscal(grain: Grain, path: tuple[int, ...], first: date) -> Names:
    if grain == "year":
        return Names(f"FY{path[0]}", f"{path[0]}财年")
    if grain == "quarter":
        return Names(f"FY{path[0]} Q{path[-1]}", f"{path[0]}财年第{path[-1]}季度")
    return _month(first)


def _month(first: date) -> Names:
    return Names(f"{_MONTHS[first.month - 1]} {first.year}", f"{first.year}年{first.month}月")
