"""Years that do not begin in January, worked out with nothing but Python's own dates.

Fiscal years go from February to January and are called after the year they end in. Retail years
close on the Saturday nearest to the end of January and are called after the year they begin in;
their quarters have months of four, five and four weeks.
"""

from datetime import date, timedelta
from functools import cache

import pyarrow as pa

from tests.truth.parts import Document, labelled

Path = tuple[int, ...]
Days = tuple[date, date]
DAY = timedelta(days=1)
FIRST, LAST = date(2004, 1, 1), date(2037, 12, 31)
UNITS = {
    "ymd": ("year", "quarter", "month", "day"),
    "iso": ("year", "week", "day"),
    "fiscal": ("year", "quarter", "month", "day"),
    "retail": ("year", "quarter", "month", "week", "day"),
}
DOCUMENTS: tuple[Document, ...] = (
    labelled("fiscal", kind="fiscal", start_month=2, named_by="end"),
    labelled(
        "retail", kind="445", pattern="4-5-4", closing="nearest", weekday="saturday", month=1,
        named_by="start",
    ),
)  # fmt: skip
# The last week of each month of a retail year; a 53rd week belongs to the last one.
_WEEKS = (4, 9, 13, 17, 22, 26, 30, 35, 39, 43, 48, 53)
_SATURDAY = 5
_WORDS = {
    "quarter": ("Q{}", "第{}季度"),
    "month": ("P{:02}", "第{}期"),
    "week": ("W{:02}", "第{}周"),
}
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def path_of(day: date, hierarchy: str) -> Path:
    """The numbers of a day, from the year down."""
    if hierarchy == "iso":
        return tuple(day.isocalendar())
    if hierarchy == "fiscal":
        begins = day.year if day.month > 1 else day.year - 1
        month = (day.month - 2) % 12 + 1
        return begins + 1, (month + 2) // 3, month, day.day
    if hierarchy == "retail":
        year = day.year if day >= retail_start(day.year) else day.year - 1
        week, weekday = divmod((day - retail_start(year)).days, 7)
        month = next(n for n, last in enumerate(_WEEKS, start=1) if week + 1 <= last)
        return year, (month + 2) // 3, month, week + 1, weekday + 1
    return day.year, (day.month - 1) // 3 + 1, day.month, day.day


@cache
def retail_start(year: int) -> date:
    """The day after the Saturday nearest to the end of January."""
    end = date(year, 1, 31)
    near = (end + step * DAY for step in range(-3, 4))
    return next(each for each in near if each.weekday() == _SATURDAY) + DAY


@cache
def spans(hierarchy: str) -> dict[Path, Days]:
    """The first and the last day of every period, by its path."""
    found: dict[Path, Days] = {}
    day = FIRST
    while day <= LAST:
        path = path_of(day, hierarchy)
        for depth in range(1, len(path) + 1):
            first, _ = found.get(path[:depth], (day, day))
            found[path[:depth]] = first, day
        day += DAY
    return found


def label_of(day: date, hierarchy: str, unit: str, language: str) -> str:
    """What a period of a fiscal or a retail year is called."""
    path = path_of(day, hierarchy)
    number = path[UNITS[hierarchy].index(unit)]
    if unit == "year":
        return f"{path[0]}财年" if language == "zh" else f"FY{path[0]}"
    if (hierarchy, unit) == ("fiscal", "month"):
        if language == "zh":
            return f"{day.year}年{day.month}月"
        return f"{_MONTHS[day.month - 1]} {day.year}"
    words = {
        "quarter": ("Q{}", "第{}季度"),
        "month": ("P{:02}", "第{}期"),
        "week": ("W{:02}", "第{}周"),
    }
    english, chinese = words[unit]
    if language == "zh":
        return f"{path[0]}财年{chinese.format(number)}"
    return f"FY{path[0]} {english.format(number)}"


@cache
def table_of_days() -> pa.Table:
    """Every day with its numbers and labels in these calendars, a column for each."""
    days = [FIRST + step * DAY for step in range((LAST - FIRST).days + 1)]
    columns: dict[str, list[int] | list[str] | list[date]] = {"calendar_day": days}
    for hierarchy in ("fiscal", "retail"):
        paths = [path_of(day, hierarchy) for day in days]
        for place, unit in enumerate(UNITS[hierarchy]):
            columns[f"{hierarchy}_{unit}"] = [path[place] for path in paths]
            if unit != "day":
                for language in ("en", "zh"):
                    columns[f"{hierarchy}_{unit}_{language}"] = [
                        label_of(day, hierarchy, unit, language) for day in days
                    ]
    return pa.table(columns)
