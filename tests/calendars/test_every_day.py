"""Every day from 2015 to 2040 is in exactly one period of each grain of each calendar."""

from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise

import pytest

from server.calendars.calendar import Calendar
from server.periods import Period
from tests.calendars.samples import CALENDARS

FIRST, LAST = date(2015, 1, 1), date(2040, 12, 31)
DAYS = [FIRST + timedelta(days=step) for step in range((LAST - FIRST).days + 1)]
every_calendar = pytest.mark.parametrize("calendar", CALENDARS.values(), ids=CALENDARS)


@every_calendar
def test_the_periods_of_a_grain_follow_each_other_without_a_gap(calendar: Calendar) -> None:
    for grain in calendar.grains[:-1]:
        listed = calendar.periods(grain)
        assert listed[0].first <= FIRST
        assert listed[-1].last >= LAST
        for one, next_one in pairwise(listed):
            assert next_one.first == one.last + timedelta(days=1)
            assert next_one.ordinal == one.ordinal + 1
        assert len({each.key for each in listed}) == len(listed)


@every_calendar
def test_every_day_is_in_one_period_of_each_grain_and_these_nest(calendar: Calendar) -> None:
    for day in DAYS:
        found = [calendar.containing(day, grain) for grain in calendar.grains]
        assert [each and each.contains(day) for each in found] == [True] * len(found)
        for outer, inner in pairwise(found):
            assert outer is not None
            assert inner is not None
            assert outer.first <= inner.first <= inner.last <= outer.last
            assert inner.path[:-1] == outer.path
        assert found[-1] is not None
        assert found[-1].first == found[-1].last == day
        assert calendar.at(calendar.grains, found[-1].path) == found[-1]


@every_calendar
def test_children_tile_their_parents(calendar: Calendar) -> None:
    for grain in calendar.grains[:-1]:
        for parent in calendar.between(FIRST, LAST, grain):
            children = calendar.children(parent)
            assert (children[0].first, children[-1].last) == (parent.first, parent.last)
            assert sum(child.days for child in children) == parent.days
            assert all(calendar.parent(child) == parent for child in children)


@every_calendar
def test_a_year_earlier_is_the_same_number_or_the_nearest_that_is_there(
    calendar: Calendar,
) -> None:
    for grain in calendar.grains[:-1]:
        for period in calendar.between(date(2016, 1, 1), LAST, grain):
            earlier = calendar.year_earlier(period)
            assert earlier is not None
            assert earlier.year == period.year - 1
            if grain != "year":
                assert period.number - earlier.number == (period.path[-1] == 53) * (
                    earlier.number == 52
                )


@every_calendar
def test_the_day_a_year_earlier_never_leaves_the_period_a_year_earlier(calendar: Calendar) -> None:
    leaf = calendar.grains[-2]
    for day in DAYS[500:]:
        found = calendar.containing(day, "day")
        within = calendar.containing(day, leaf)
        assert found is not None
        assert within is not None
        earlier, around = calendar.year_earlier(found), calendar.year_earlier(within)
        assert earlier is not None
        assert around is not None
        assert around.contains(earlier.first)
        assert 1 <= (day - earlier.first).days < 800


def test_iso_weeks_are_those_of_python() -> None:
    for day in DAYS:
        found = CALENDARS["iso"].containing(day, "day")
        assert found is not None
        assert found.path == tuple(day.isocalendar())


@pytest.mark.parametrize("grain", ["year", "quarter", "month"])
def test_gregorian_periods_are_those_of_the_scorecards(grain: str) -> None:
    for day in DAYS:
        found = CALENDARS["gregorian"].containing(day, grain)  # type: ignore[arg-type]
        assert found is not None
        same = Period.containing(day, grain)  # type: ignore[arg-type]
        assert (found.first, found.last) == (same.first_day, same.last_day)
        earlier = CALENDARS["gregorian"].year_earlier(found)
        assert earlier is not None
        assert earlier.first == same.year_earlier().first_day


def test_fiscal_months_are_whole_months_counted_from_the_first_one() -> None:
    for day in DAYS:
        found = CALENDARS["fiscal_april"].containing(day, "month")
        assert found is not None
        assert found.first == day.replace(day=1)
        assert found.last == day.replace(day=monthrange(day.year, day.month)[1])
        assert found.number == (day.month - 4) % 12 + 1
        assert found.year == day.year + (day.month >= 4)
        july = CALENDARS["fiscal_july"].containing(day, "year")
        assert july is not None
        assert july.number == day.year - (day.month < 7)


@pytest.mark.parametrize("name", ["retail_454", "retail_445", "retail_544"])
def test_retail_years_have_52_or_53_weeks_and_close_on_their_weekday(name: str) -> None:
    calendar = CALENDARS[name]
    lengths = set()
    for year in calendar.between(FIRST, LAST, "year"):
        weeks = calendar.between(year.first, year.last, "week")
        lengths.add(len(weeks))
        assert [week.number for week in weeks] == list(range(1, len(weeks) + 1))
        assert all(week.days == 7 for week in weeks)
        assert year.last.weekday() == (4 if name == "retail_544" else 5)
    assert lengths == {52, 53}
