"""Parts of a date as levels of time: which nest, and the span of days that a path names."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Literal

from server.cube.calendar_parts import calendar_of, path_in, period_of
from server.errors import InvalidInput

End = Literal["first", "last"]  # of a run of days

# Each part of a date, with the least and the greatest number that it can be.
PARTS = {
    "year": (1, 9999),
    "quarter": (1, 4),
    "month": (1, 12),
    "day": (1, 31),
    "iso_year": (1, 9998),
    "iso_week": (1, 53),
    "iso_weekday": (1, 7),
    "date": (0, 0),
}

# The orders of parts that a hierarchy of time may have.
KEY_CHAINS = (
    ("year",),
    ("year", "quarter"),
    ("year", "month"),
    ("year", "quarter", "month"),
    ("year", "month", "day"),
    ("year", "quarter", "month", "day"),
    ("iso_year",),
    ("iso_year", "iso_week"),
    ("iso_year", "iso_week", "iso_weekday"),
    ("date",),
)


def span(parts: tuple[str, ...], path: tuple[object, ...]) -> tuple[date, date]:
    """The first and the last day of a path, for example (year, quarter), (2013, 4).

    A path that names no day, such as month 12 of quarter 1, is `InvalidInput`.
    """
    if (calendar := calendar_of(parts)) is not None:
        period = period_of(calendar, parts, path)
        return period.first, period.last
    named = dict(zip(parts, path, strict=False))
    if isinstance(whole := named.get("date"), date):
        return whole, whole
    numbers = {part: _number(part, value) for part, value in named.items()}
    if "iso_year" in numbers:
        return _week_span(numbers)
    return _calendar_span(numbers)


def path_of(parts: tuple[str, ...], day: date) -> tuple[int | date, ...]:
    """The full path of a day: the value of each part."""
    if (calendar := calendar_of(parts)) is not None:
        return path_in(calendar, parts, day)
    iso = day.isocalendar()
    values: dict[str, int | date] = {
        "year": day.year,
        "quarter": (day.month + 2) // 3,
        "month": day.month,
        "day": day.day,
        "iso_year": iso.year,
        "iso_week": iso.week,
        "iso_weekday": iso.weekday,
        "date": day,
    }
    return tuple(values[part] for part in parts)


def path_reached(
    parts: tuple[str, ...], day: date, end: End | None = None
) -> tuple[int | date | None, ...]:
    """The full path of any day, also of one that a calendar does not reach.

    At an end of a run it is that of the nearest day which the run can have; else no fact is there.
    """
    calendar = calendar_of(parts)
    if calendar is None or calendar.containing(day, "day") is not None:
        return path_of(parts, day)
    if end == "first" and day < calendar.first_day:
        return path_of(parts, calendar.first_day)
    if end == "last" and day > calendar.last_day:
        return path_of(parts, calendar.last_day)
    return (None,) * len(parts)


def _number(part: str, value: object) -> int:
    least, greatest = PARTS[part]
    if not isinstance(value, int) or not least <= value <= greatest:
        raise InvalidInput(
            f"There is no {_word(part)} {value}; it goes from {least} to {greatest}.",
            code="invalid_value",
        )
    return value


def _word(part: str) -> str:
    return part.replace("iso_", "ISO ")


def _calendar_span(numbers: dict[str, int]) -> tuple[date, date]:
    year = numbers["year"]
    quarter = numbers.get("quarter")
    first_month, last_month = (3 * quarter - 2, 3 * quarter) if quarter else (1, 12)
    month = numbers.get("month")
    if month is not None:
        if not first_month <= month <= last_month:
            raise InvalidInput(f"Month {month} is not in quarter {quarter}.", code="invalid_value")
        first_month = last_month = month
    last_day = monthrange(year, last_month)[1]
    day = numbers.get("day")
    if day is None:
        return date(year, first_month, 1), date(year, last_month, last_day)
    if day > last_day:
        raise InvalidInput(f"There is no day {year}-{month:02}-{day:02}.", code="invalid_value")
    return date(year, first_month, day), date(year, last_month, day)


def _week_span(numbers: dict[str, int]) -> tuple[date, date]:
    year = numbers["iso_year"]
    weeks = date(year, 12, 28).isocalendar().week  # 28 December is always in the last week
    week = numbers.get("iso_week")
    if week is None:
        return date.fromisocalendar(year, 1, 1), date.fromisocalendar(year, weeks, 7)
    if week > weeks:
        raise InvalidInput(f"{year} has {weeks} ISO weeks, not {week}.", code="invalid_value")
    monday = date.fromisocalendar(year, week, 1)
    weekday = numbers.get("iso_weekday")
    if weekday is None:
        return monday, monday + timedelta(days=6)
    chosen = monday + timedelta(days=weekday - 1)
    return chosen, chosen
