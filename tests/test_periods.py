"""Calendar periods: written forms, first and last days, neighbours, the last full one."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import InvalidInput
from server.periods import (
    KINDS,
    Period,
    equal_elapsed,
    last_full_period,
    periods_between,
)

DAYS = st.dates(date(1901, 1, 7), date(2298, 12, 24))
PERIODS = st.builds(Period.containing, DAYS, st.sampled_from(KINDS))


@pytest.mark.parametrize(
    ("text", "first", "last", "days"),
    [
        ("2013", date(2013, 1, 1), date(2013, 12, 31), 365),
        ("2012", date(2012, 1, 1), date(2012, 12, 31), 366),
        ("2013-Q1", date(2013, 1, 1), date(2013, 3, 31), 90),
        ("2013-Q4", date(2013, 10, 1), date(2013, 12, 31), 92),
        ("2013-02", date(2013, 2, 1), date(2013, 2, 28), 28),
        ("2012-02", date(2012, 2, 1), date(2012, 2, 29), 29),
        ("1900-02", date(1900, 2, 1), date(1900, 2, 28), 28),  # a century that is no leap year
        ("2013-12", date(2013, 12, 1), date(2013, 12, 31), 31),
        ("2013-12-31", date(2013, 12, 31), date(2013, 12, 31), 1),
        ("2013-W01", date(2012, 12, 31), date(2013, 1, 6), 7),
        ("2013-W52", date(2013, 12, 23), date(2013, 12, 29), 7),
        ("2015-W53", date(2015, 12, 28), date(2016, 1, 3), 7),
    ],
)
def test_a_written_period_has_its_days(text: str, first: date, last: date, days: int) -> None:
    period = Period.parse(text)

    assert (period.first_day, period.last_day, period.days) == (first, last, days)
    assert str(period) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "13",
        "2013-1",
        "2013-13",
        "2013-00",
        "2013-Q5",
        "2013-Q0",
        "2013-W00",
        "2013-W53",  # 2013 has 52 ISO weeks
        "2013-02-29",
        "2013-02-30",
        "2013-12-31 ",
        "2013-12-31\n",
        "2013-q4",
        "0001",
        "1899-12",
        "2300",
        "٢٠١٣",
        "2013-12-31T00:00",
        "last month",
    ],
)
def test_anything_else_is_refused_with_the_allowed_forms(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a period") as refused:
        Period.parse(text)

    assert refused.value.field == "period"
    assert refused.value.allowed == ("2013-12-31", "2013-W52", "2013-12", "2013-Q4", "2013")


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        period = Period.parse(text)
    except InvalidInput:
        return

    assert str(period) == text


@given(PERIODS)
def test_what_is_written_is_read_back(period: Period) -> None:
    assert Period.parse(str(period)) == period


def test_every_day_of_26_years_lies_in_its_iso_week() -> None:
    day = date(2015, 1, 1)
    while day <= date(2040, 12, 31):
        week = Period.containing(day, "week")

        assert (week.year, week.index) == day.isocalendar()[:2]
        assert week.first_day <= day <= week.last_day
        assert week.first_day.isoweekday() == 1
        assert week.next().first_day == week.last_day + timedelta(days=1)
        day += timedelta(days=1)


@given(PERIODS)
def test_neighbours_leave_no_gap(period: Period) -> None:
    assert period.next().first_day == period.last_day + timedelta(days=1)
    assert period.next().previous() == period
    assert period.previous() < period < period.next()


@given(PERIODS, st.integers(-100, 100))
def test_shifting_there_and_back_is_no_shift(period: Period, steps: int) -> None:
    try:
        moved = period.shift(steps)
    except InvalidInput:
        assert period.year < 2004 or period.year > 2196
        return

    assert moved.shift(-steps) == period


def test_a_shift_out_of_the_calendar_is_refused() -> None:
    with pytest.raises(InvalidInput, match="outside 1900 to 2299"):
        Period.parse("2013-12").shift(10_000)
    with pytest.raises(InvalidInput, match="outside 1900 to 2299"):
        Period.parse("2013-12-01").shift(10_000_000)


@pytest.mark.parametrize(
    ("text", "earlier"),
    [
        ("2013", "2012"),
        ("2013-Q1", "2012-Q1"),
        ("2013-03", "2012-03"),
        ("2013-12-31", "2012-12-31"),
        ("2013-03-01", "2012-03-01"),
        ("2012-02-29", "2011-02-28"),
        ("2013-W10", "2012-W10"),
        ("2015-W53", "2014-W52"),
        ("2016-W52", "2015-W52"),
    ],
)
def test_a_year_earlier_is_the_nearest_that_exists(text: str, earlier: str) -> None:
    assert str(Period.parse(text).year_earlier()) == earlier


def test_months_make_quarters_and_years() -> None:
    assert [str(month) for month in Period.parse("2013-Q4").months()] == [
        "2013-10",
        "2013-11",
        "2013-12",
    ]
    assert len(Period.parse("2013").months()) == 12
    assert Period.parse("2013-05").months() == (Period.parse("2013-05"),)
    assert Period.parse("2013-W05").months() == ()
    assert Period.parse("2013-05-05").months() == ()


def test_within_asks_for_the_whole_period() -> None:
    december = Period.parse("2013-12")

    assert december.within(date(2013, 12, 1), date(2013, 12, 31))
    assert not december.within(date(2013, 12, 2), date(2013, 12, 31))
    assert not december.within(date(2013, 12, 1), date(2013, 12, 30))
    assert december.contains(date(2013, 12, 31))
    assert not december.contains(date(2014, 1, 1))


@pytest.mark.parametrize(
    ("kind", "watermark", "expected"),
    [
        ("month", date(2013, 12, 31), "2013-12"),
        ("month", date(2013, 12, 30), "2013-11"),
        ("month", date(2014, 1, 1), "2013-12"),
        ("quarter", date(2013, 12, 31), "2013-Q4"),
        ("quarter", date(2013, 12, 30), "2013-Q3"),
        ("year", date(2013, 12, 31), "2013"),
        ("year", date(2013, 12, 30), "2012"),
        ("week", date(2013, 12, 31), "2013-W52"),  # 31 December 2013 is a Tuesday of 2014-W01
        ("week", date(2013, 12, 29), "2013-W52"),
        ("week", date(2013, 12, 28), "2013-W51"),
        ("day", date(2013, 12, 30), "2013-12-30"),
    ],
)
def test_the_last_full_period_has_ended(kind: str, watermark: date, expected: str) -> None:
    period = Period.parse(expected)

    assert period.kind == kind
    assert last_full_period(period.kind, watermark) == period


def test_periods_between_hold_both_ends() -> None:
    between = periods_between(Period.parse("2012-11"), Period.parse("2013-02"))

    assert [str(period) for period in between] == ["2012-11", "2012-12", "2013-01", "2013-02"]
    assert list(periods_between(Period.parse("2013-02"), Period.parse("2013-01"))) == []
    with pytest.raises(InvalidInput, match="two kinds"):
        list(periods_between(Period.parse("2013"), Period.parse("2013-01")))


@pytest.mark.parametrize(
    ("now", "before", "watermark", "ends"),
    [
        # a finished month against the whole of the other
        ("2013-02", "2013-01", date(2013, 2, 28), (date(2013, 2, 28), date(2013, 1, 31))),
        ("2013-02", "2013-01", date(2013, 3, 15), (date(2013, 2, 28), date(2013, 1, 31))),
        # ten days against ten days
        ("2013-02", "2013-01", date(2013, 2, 10), (date(2013, 2, 10), date(2013, 1, 10))),
        # 30 days of March against all 28 of February: both cut at 28
        ("2013-03", "2013-02", date(2013, 3, 30), (date(2013, 3, 28), date(2013, 2, 28))),
        ("2013-Q2", "2012-Q2", date(2013, 4, 1), (date(2013, 4, 1), date(2012, 4, 1))),
    ],
)
def test_an_unfinished_period_is_compared_over_equal_parts(
    now: str, before: str, watermark: date, ends: tuple[date, date]
) -> None:
    assert equal_elapsed(Period.parse(now), Period.parse(before), watermark) == ends


def test_a_period_that_has_not_begun_has_no_part_to_compare() -> None:
    with pytest.raises(InvalidInput, match="has not begun"):
        equal_elapsed(Period.parse("2013-03"), Period.parse("2013-02"), date(2013, 2, 28))


def test_an_impossible_period_cannot_be_made() -> None:
    with pytest.raises(InvalidInput, match="2013 has no month 13"):
        Period("month", 2013, 13)
    with pytest.raises(InvalidInput, match="not a kind of period"):
        Period("decade", 2013)  # type: ignore[arg-type]
