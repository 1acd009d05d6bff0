"""Calendars made of weeks: ISO weeks, and retail years of 4-4-5, 4-5-4 or 5-4-4 weeks a quarter."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

from server.calendars.calendar import FIRST_YEAR, LAST_YEAR, Calendar
from server.calendars.months import NamedBy
from server.calendars.period import Grain, Leaf, Names

Pattern = Literal["4-4-5", "4-5-4", "5-4-4"]
Closing = Literal["last", "nearest"]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEK = timedelta(days=7)


def iso_weeks(name: str, names: Names) -> Calendar:
    """Years of 52 or 53 weeks from Monday, as ISO 8601 counts them."""
    return Calendar(name, names, ("year", "week"), _iso_leaves, _iso)


def retail(
    name: str,
    names: Names,
    pattern: Pattern,
    closing: Closing,
    weekday: int,  # 0: Monday
    month: int,
    named_by: NamedBy,
) -> Calendar:
    """Years that close on a weekday: the last of a month, or the nearest to that month's end.

    A 53rd week belongs to the last month. A year is called after the calendar year that the named
    month is in (`end`), or after the one before it (`start`).
    """
    widths = [int(width) for width in pattern.split("-")] * 4
    earlier = 1 if named_by == "start" else 0

    def leaves() -> Iterator[Leaf]:
        for year in range(FIRST_YEAR - 1, LAST_YEAR + 1):
            first = year_end(year - 1, closing, weekday, month) + timedelta(days=1)
            last = year_end(year, closing, weekday, month)
            yield from _retail_year(year - earlier, first, last, widths)

    return Calendar(name, names, ("year", "quarter", "month", "week"), leaves, _retail)


def year_end(year: int, closing: Closing, weekday: int, month: int) -> date:
    """The day on which the year that closes around the end of a month is over."""
    end = date(year, month, monthrange(year, month)[1])
    last = end - timedelta(days=(end.weekday() - weekday) % 7)
    is_nearer_after = closing == "nearest" and (end - last).days > 3
    return last + _WEEK if is_nearer_after else last


def _retail_year(year: int, first: date, last: date, widths: list[int]) -> Iterator[Leaf]:
    month = [number for number, width in enumerate(widths, 1) for _ in range(width)]
    weeks = ((last - first).days + 1) // 7
    for week in range(1, weeks + 1):
        number = month[min(week, 52) - 1]
        begin = first + (week - 1) * _WEEK
        path = (year, (number + 2) // 3, number, week)
        yield Leaf(path, begin, begin + timedelta(days=6))


def _iso_leaves() -> Iterator[Leaf]:
    for year in range(FIRST_YEAR - 1, LAST_YEAR + 1):
        begin, following = date.fromisocalendar(year, 1, 1), date.fromisocalendar(year + 1, 1, 1)
        for week in range(1, (following - begin).days // 7 + 1):
            first = begin + (week - 1) * _WEEK
            yield Leaf((year, week), first, first + timedelta(days=6))


def _iso(grain: Grain, path: tuple[int, ...], _first: date) -> Names:
    if grain == "year":
        return Names(f"{path[0]}", f"{path[0]}年")
    return Names(f"{path[0]} W{path[-1]:02}", f"{path[0]}年第{path[-1]}周")


def _retail(grain: Grain, path: tuple[int, ...], _first: date) -> Names:
    year, number = path[0], path[-1]
    if grain == "year":
        return Names(f"FY{year}", f"{year}财年")
    english, chinese = {
        "quarter": (f"Q{number}", f"第{number}季度"),
        "month": (f"P{number:02}", f"第{number}期"),
        "week": (f"W{number:02}", f"第{number}周"),
    }[grain]
    return Names(f"FY{year} {english}", f"{year}财年{chinese}")
