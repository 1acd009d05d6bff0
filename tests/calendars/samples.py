"""The calendars that the tests of time go through."""

from datetime import date, timedelta

from server.calendars.calendar import Calendar
from server.calendars.months import fiscal, gregorian
from server.calendars.period import Names
from server.calendars.table import Row, table
from server.calendars.weeks import iso_weeks, retail

NAMES = Names("Calendar", "日历")

# The first day of the Spring Festival.
SPRING = {
    2014: date(2014, 1, 31), 2015: date(2015, 2, 19), 2016: date(2016, 2, 8),
    2017: date(2017, 1, 28), 2018: date(2018, 2, 16), 2019: date(2019, 2, 5),
    2020: date(2020, 1, 25),
}  # fmt: skip


def spring_festival() -> Calendar:
    """Each year before the festival, its seven days, and after it."""
    rows = []
    for year, first in SPRING.items():
        after = first + timedelta(days=7)
        begins, ends = date(year, 1, 1), date(year, 12, 31)
        rows += [
            Row(year, 1, begins, first - timedelta(days=1), Names("Before", "节前")),
            Row(year, 2, first, after - timedelta(days=1), Names("Spring Festival", "春节")),
            Row(year, 3, after, ends, Names("After", "节后")),
        ]
    return table("spring", NAMES, rows)


def merged_months() -> Calendar:
    """Months, with January and February as one, so that the festival moves inside it."""
    rows = []
    for year in range(2014, 2042):
        for number, month in enumerate((1, *range(3, 13)), start=1):
            last_month = 2 if month == 1 else month
            ends = date(year + last_month // 12, last_month % 12 + 1, 1) - timedelta(days=1)
            label = "1–2月" if month == 1 else f"{month}月"
            rows.append(Row(year, number, date(year, month, 1), ends, Names(label, label)))
    return table("merged", NAMES, rows)


CALENDARS = {
    "gregorian": gregorian("gregorian", NAMES),
    "iso": iso_weeks("iso", NAMES),
    "fiscal_april": fiscal("fiscal_april", NAMES, 4, "end"),
    "fiscal_july": fiscal("fiscal_july", NAMES, 7, "start"),
    "fiscal_january": fiscal("fiscal_january", NAMES, 1, "end"),
    "retail_454": retail("retail_454", NAMES, "4-5-4", "nearest", 5, 1, "start"),
    "retail_445": retail("retail_445", NAMES, "4-4-5", "last", 5, 9, "end"),
    "retail_544": retail("retail_544", NAMES, "5-4-4", "last", 4, 12, "end"),
    "merged": merged_months(),
}
