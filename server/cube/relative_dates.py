"""PURE: days named from today, as the Slicer API writes them: `yesterday`, `lastmonth`.

`[N]unit(s)ago` and `[N]unit(s)forward` move today by so many units; `last[N]unit(s)` and
`next[N]unit(s)` go to the first day of today's unit before they move. Today is a day that has
arrived whole, so its present hour is its last one.
"""

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta

from server.errors import InvalidInput

UNITS = ("hour", "day", "week", "month", "quarter", "year")

_NAMED = {"yesterday": -1, "today": 0, "tomorrow": 1}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_UNIT = f"({'|'.join(UNITS)})s?"
_FINE = re.compile(rf"(\d+)?{_UNIT}(ago|forward)", re.ASCII)
_WHOLE = re.compile(rf"(last|next)(\d+)?{_UNIT}", re.ASCII)
_MOST_DIGITS = 6


def relative_day(text: str, today: date) -> date | None:
    """The day that the text names, counted from today; None when it is no relative date.

    Raises:
        InvalidInput: it is one, of a day that no calendar has.
    """
    if text in _NAMED:
        return _moved(text, today, "day", _NAMED[text])
    if fine := _FINE.fullmatch(text):
        number, unit, direction = fine.groups()
        return _moved(text, today, unit, _signed(text, number, direction == "ago"))
    if whole := _WHOLE.fullmatch(text):
        direction, number, unit = whole.groups()
        first = _first_day(today, unit)
        return _moved(text, first, unit, _signed(text, number, direction == "last"))
    return None


def is_relative(text: str) -> bool:
    """Whether the text names a day from today."""
    return bool(text in _NAMED or _FINE.fullmatch(text) or _WHOLE.fullmatch(text))


def _signed(text: str, number: str | None, is_past: bool) -> int:
    if number and len(number) > _MOST_DIGITS:
        raise _no_such_day(text)
    amount = int(number) if number else 1
    return -amount if is_past else amount


def _first_day(day: date, unit: str) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit not in _MONTHS:
        return day
    return date(day.year, day.month - (day.month - 1) % _MONTHS[unit], 1)


def _moved(text: str, day: date, unit: str, amount: int) -> date:
    try:
        if unit in _MONTHS:
            return _months_later(day, amount * _MONTHS[unit])
        if unit == "hour":
            return (datetime.combine(day, time(23)) + timedelta(hours=amount)).date()
        return day + timedelta(days=amount * (7 if unit == "week" else 1))
    except (OverflowError, ValueError):
        raise _no_such_day(text) from None


def _months_later(day: date, months: int) -> date:
    """The same day of another month, or its last day where it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if not 1 <= year <= 9999:
        raise OverflowError(year)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _no_such_day(text: str) -> InvalidInput:
    return InvalidInput(
        f"{text[:40]!r} is a day that no calendar has.", code="invalid_value", field="cut"
    )
