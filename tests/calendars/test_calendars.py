"""Single days of calendars, against what others have published."""

from datetime import date

import pytest

from server.calendars.calendar import Calendar
from server.calendars.period import CalendarPeriod, Grain, Names
from server.calendars.table import Row, row_mistakes
from server.calendars.weeks import year_end
from server.errors import InvalidInput
from tests.calendars.samples import CALENDARS, spring_festival

RETAIL = CALENDARS["retail_454"]


def _at(calendar: Calendar, grain: Grain, *path: int) -> CalendarPeriod:
    grains = {"year": ("year",), "day": calendar.grains}.get(grain, ("year", grain))
    return calendar.at(grains, path)


# The 4-5-4 calendar of the National Retail Federation.
@pytest.mark.parametrize(
    ("year", "first", "last", "weeks"),
    [
        (2012, date(2012, 1, 29), date(2013, 2, 2), 53),
        (2016, date(2016, 1, 31), date(2017, 1, 28), 52),
        (2017, date(2017, 1, 29), date(2018, 2, 3), 53),
        (2022, date(2022, 1, 30), date(2023, 1, 28), 52),
        (2023, date(2023, 1, 29), date(2024, 2, 3), 53),
        (2024, date(2024, 2, 4), date(2025, 2, 1), 52),
        (2025, date(2025, 2, 2), date(2026, 1, 31), 52),
    ],
)
def test_retail_years_are_those_of_the_federation(
    year: int, first: date, last: date, weeks: int
) -> None:
    found = _at(RETAIL, "year", year)
    assert (found.first, found.last, found.days) == (first, last, 7 * weeks)


@pytest.mark.parametrize(
    ("month", "first", "last"),
    [
        (1, date(2024, 2, 4), date(2024, 3, 2)),
        (2, date(2024, 3, 3), date(2024, 4, 6)),
        (3, date(2024, 4, 7), date(2024, 5, 4)),
        (11, date(2024, 12, 1), date(2025, 1, 4)),
        (12, date(2025, 1, 5), date(2025, 2, 1)),
    ],
)
def test_retail_months_are_those_of_the_federation(month: int, first: date, last: date) -> None:
    found = _at(RETAIL, "month", 2024, month)
    assert (found.first, found.last) == (first, last)


def test_the_53rd_week_belongs_to_the_last_month() -> None:
    assert _at(RETAIL, "month", 2023, 12).days == 5 * 7
    assert _at(RETAIL, "week", 2023, 53).path == (2023, 4, 12, 53)


# Years of two companies that close on the last Saturday of September and of July.
@pytest.mark.parametrize(
    ("month", "year", "last"),
    [
        (9, 2017, date(2017, 9, 30)), (9, 2018, date(2018, 9, 29)), (9, 2022, date(2022, 9, 24)),
        (9, 2023, date(2023, 9, 30)), (9, 2024, date(2024, 9, 28)), (7, 2016, date(2016, 7, 30)),
        (7, 2022, date(2022, 7, 30)), (7, 2023, date(2023, 7, 29)),
    ],
)  # fmt: skip
def test_years_close_on_the_last_weekday_of_a_month(month: int, year: int, last: date) -> None:
    assert year_end(year, "last", 5, month) == last


@pytest.mark.parametrize("month", range(1, 13))
def test_the_nearest_weekday_is_at_most_three_days_from_the_months_end(month: int) -> None:
    for year in range(2000, 2060):
        end = max(date(year, month, day) for day in range(28, 32) if day <= _length(year, month))
        assert abs((year_end(year, "nearest", 5, month) - end).days) <= 3


def _length(year: int, month: int) -> int:
    return (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days


@pytest.mark.parametrize(
    ("calendar", "grain", "path", "earlier"),
    [
        ("iso", "week", (2020, 53), (2019, 52)),
        ("iso", "week", (2026, 53), (2025, 52)),
        ("iso", "week", (2021, 1), (2020, 1)),
        ("iso", "day", (2026, 53, 5), (2025, 52, 5)),
        ("gregorian", "day", (2020, 1, 2, 29), (2019, 1, 2, 28)),
        ("gregorian", "day", (2020, 1, 3, 31), (2019, 1, 3, 31)),
        ("gregorian", "month", (2020, 2), (2019, 1, 2)),
        ("fiscal_april", "quarter", (2014, 2), (2013, 2)),
        ("retail_454", "week", (2023, 53), (2022, 4, 12, 52)),
        ("merged", "period", (2020, 1), (2019, 1)),
        ("merged", "day", (2020, 1, 60), (2019, 1, 59)),
    ],
)
def test_a_period_is_compared_with_the_one_a_year_earlier(
    calendar: str, grain: Grain, path: tuple[int, ...], earlier: tuple[int, ...]
) -> None:
    found = CALENDARS[calendar].year_earlier(_at(CALENDARS[calendar], grain, *path))
    assert found is not None
    assert found.path[0] == earlier[0]
    assert found.path[-1] == earlier[-1]


def test_a_holiday_that_moves_is_compared_with_itself() -> None:
    calendar = spring_festival()
    festival = _at(calendar, "period", 2016, 2)
    earlier = calendar.year_earlier(festival)

    assert (festival.first, festival.last) == (date(2016, 2, 8), date(2016, 2, 14))
    assert earlier is not None
    assert (earlier.first, earlier.last) == (date(2015, 2, 19), date(2015, 2, 25))
    third = calendar.year_earlier(_at(calendar, "day", 2016, 2, 3))
    assert third is not None
    assert third.first == date(2015, 2, 21)


def test_a_year_without_an_earlier_one_is_compared_with_nothing() -> None:
    calendar = spring_festival()
    assert calendar.year_earlier(_at(calendar, "period", 2014, 2)) is None
    assert calendar.previous(_at(calendar, "period", 2014, 1)) is None
    assert calendar.containing(date(2013, 12, 31), "period") is None


def test_periods_have_a_key_and_a_label_in_both_languages() -> None:
    august = _at(CALENDARS["fiscal_april"], "month", 2014, 5)
    assert (august.key, august.names) == ("2014-05", Names("August 2013", "2013年8月"))
    assert august.path == (2014, 2, 5)
    week = _at(RETAIL, "week", 2024, 7)
    assert (week.key, week.names) == ("2024-W07", Names("FY2024 W07", "2024财年第7周"))
    assert _at(CALENDARS["merged"], "period", 2020, 1).names.zh == "1–2月"


@pytest.mark.parametrize(
    ("calendar", "grains", "path"),
    [
        ("gregorian", ("year", "quarter", "month"), (2013, 1, 12)),
        ("gregorian", ("year", "month", "day"), (2013, 2, 29)),
        ("iso", ("year", "week"), (2021, 53)),
        ("fiscal_april", ("year", "quarter"), (2014, 5)),
        ("retail_454", ("year", "week"), (2024, 53)),
        ("gregorian", ("year",), (1234,)),
    ],
)
def test_a_path_that_names_no_period_is_refused(
    calendar: str, grains: tuple[Grain, ...], path: tuple[int, ...]
) -> None:
    with pytest.raises(InvalidInput):
        CALENDARS[calendar].at(grains, path)


def test_a_table_with_a_gap_or_a_wrong_number_is_refused() -> None:
    names = Names("P", "期")
    rows = [
        Row(2020, 1, date(2020, 1, 1), date(2020, 1, 31), names),
        Row(2020, 2, date(2020, 2, 2), date(2020, 2, 29), names, compared=(2019, 2)),
        Row(2020, 4, date(2020, 3, 1), date(2020, 2, 29), names),
    ]
    assert row_mistakes(rows) == [
        "period 2020-4 ends before it begins.",
        "period 2020-2 is compared with 2019-2, which is not there.",
        "period 2020-2 does not begin the day after period 2020-1 ends.",
        "period 2020-4 does not follow period 2020-2.",
    ]
