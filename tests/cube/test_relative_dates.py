"""Days named from today: what each name is, and that a cut of it is the plain cut of that day."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.cube.cuts import parse_cuts, text_of
from server.cube.relative_dates import relative_day
from server.cube.terms import today_of
from server.errors import InvalidInput
from server.snapshot import Snapshot
from tests.cube.market import market_model

SALES = market_model().cube("sales")
TODAY = date(2021, 3, 31)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", date(2021, 3, 31)),
        ("yesterday", date(2021, 3, 30)),
        ("tomorrow", date(2021, 4, 1)),
        ("dayago", date(2021, 3, 30)),
        ("2daysago", date(2021, 3, 29)),
        ("0daysago", date(2021, 3, 31)),
        ("weekago", date(2021, 3, 24)),
        ("3weeksforward", date(2021, 4, 21)),
        ("monthago", date(2021, 2, 28)),
        ("monthforward", date(2021, 4, 30)),
        ("13monthsago", date(2020, 2, 29)),
        ("quarterago", date(2020, 12, 31)),
        ("2quartersforward", date(2021, 9, 30)),
        ("yearago", date(2020, 3, 31)),
        ("10yearsforward", date(2031, 3, 31)),
        ("23hoursago", date(2021, 3, 31)),
        ("24hoursago", date(2021, 3, 30)),
        ("hourforward", date(2021, 4, 1)),
        ("lastday", date(2021, 3, 30)),
        ("last7days", date(2021, 3, 24)),
        ("lastweek", date(2021, 3, 22)),
        ("nextweek", date(2021, 4, 5)),
        ("lastmonth", date(2021, 2, 1)),
        ("last3months", date(2020, 12, 1)),
        ("nextmonth", date(2021, 4, 1)),
        ("lastquarter", date(2020, 10, 1)),
        ("nextquarter", date(2021, 4, 1)),
        ("last2years", date(2019, 1, 1)),
        ("lasthour", date(2021, 3, 31)),
    ],
)
def test_a_name_is_a_day_counted_from_today(text: str, day: date) -> None:
    assert relative_day(text, TODAY) == day


@pytest.mark.parametrize(
    "text", ["", "Today", "last", "ago", "lastfortnight", "2decadesago", "last-1month", " today",
             "today ", "monthsagox", "１dayago", "1.5daysago", "lastmonthago"]
)  # fmt: skip
def test_any_other_text_is_no_relative_date(text: str) -> None:
    assert relative_day(text, TODAY) is None


@given(st.text(max_size=30), st.dates())
def test_any_text_is_a_day_or_none_or_a_sentence(text: str, today: date) -> None:
    with suppress(InvalidInput):
        assert relative_day(text, today) in (None, today, *_next_to(today))


def _next_to(day: date) -> list[date]:
    number = day.toordinal()
    return [date.fromordinal(each) for each in (number - 1, number + 1) if 0 < each < 3_652_060]


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(0, 500))
def test_units_ago_come_back_forward(today: date, number: int) -> None:
    for unit, days in (("day", 1), ("week", 7)):
        earlier = relative_day(f"{number}{unit}sago", today)
        assert earlier == today - timedelta(days=number * days)
        assert relative_day(f"{number}{unit}sforward", earlier) == today
    first = relative_day(f"last{number}months", today)
    assert first is not None
    assert first.day == 1
    assert (today.year - first.year) * 12 + today.month - first.month == number


@pytest.mark.parametrize("text", ["9999yearsago", "999999daysago", "99999999999daysago"])
def test_a_day_that_no_calendar_has_is_said(text: str) -> None:
    with pytest.raises(InvalidInput, match="no calendar has"):
        relative_day(text, date(2021, 1, 1)) or relative_day(text, date(1, 1, 1))


@pytest.mark.parametrize(
    ("relative", "plain"),
    [
        ("time:yesterday", "time:2021,1,3,30"),
        ("!time:lastmonth", "!time:2021,1,2,1"),
        ("time:last3months-yesterday", "time:2020,4,12,1-2021,1,3,30"),
        ("time:lastyear-", "time:2020,1,1,1-"),
        ("time:today;yesterday;2021", "time:2021,1,3,31;2021,1,3,30;2021"),
        ("time@iso:lastweek", "time@iso:2021,12,1"),
    ],
)
def test_a_cut_of_it_is_the_cut_of_the_whole_path_of_that_day(relative: str, plain: str) -> None:
    cuts = parse_cuts(SALES, relative, TODAY)

    assert cuts == parse_cuts(SALES, plain)
    assert text_of(SALES, cuts) == plain


@pytest.mark.parametrize("text", ["time:2021,lastmonth", "pieces:today", "time:lastfortnight"])
def test_elsewhere_the_same_words_are_plain_values(text: str) -> None:
    with pytest.raises(InvalidInput, match="a whole number"):
        parse_cuts(SALES, text, TODAY)
    (cut,) = parse_cuts(SALES, "article:today", TODAY)
    assert cut.paths == (("today",),)


def test_without_a_day_that_is_today_it_cannot_be_said() -> None:
    with pytest.raises(InvalidInput, match="write the day itself"):
        parse_cuts(SALES, "time:today")


def test_today_is_the_last_day_with_facts_else_that_of_publication() -> None:
    at = datetime(2026, 1, 1, 23, 30, tzinfo=UTC)
    day = date(2021, 3, 31)

    assert today_of(SALES, Snapshot(1, 1, published_at=at, watermarks={"sales": day})) == day
    assert today_of(SALES, Snapshot(1, 1, published_at=at)) == date(2026, 1, 1)
