"""Days counted from today and cuts on attributes, along hierarchies that calendars decide."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from server.cube.across_reading import read_across
from server.cube.browser import ClickHouseBrowser
from server.cube.cuts import text_of
from tests.cube.calendar_market import CALENDARS, calendar_model
from tests.cube.market import Market, Sale, snapshot_of

FIRST, DAYS = date(2020, 12, 1), 100
LAST = FIRST + timedelta(days=DAYS - 1)  # 10 March 2021
SNAPSHOT = replace(snapshot_of(1), first_dates={"sales": FIRST}, watermarks={"sales": LAST})
HIERARCHIES = ("ymd", "iso", *(str(one["name"]) for one in CALENDARS))


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """One sale a day."""
    market = Market().insert([Sale(1, n, FIRST + timedelta(days=n), "a") for n in range(DAYS)])
    market.model = calendar_model(tmp_path_factory.mktemp("model"))
    yield market
    market.close()


@pytest.fixture
def browser(market: Market) -> ClickHouseBrowser:
    return market.browser(SNAPSHOT)


def _sales(browser: ClickHouseBrowser, cut: str) -> int:
    return int(browser.aggregate(cut, "sales").summary["sales"])


@pytest.mark.parametrize("name", HIERARCHIES)
def test_a_day_from_today_is_the_member_of_every_hierarchy_that_holds_it(
    browser: ClickHouseBrowser, name: str
) -> None:
    hierarchy = browser.model.dimension("time").hierarchy(name)
    assert hierarchy is not None
    ends_at_days = "day" in hierarchy.levels[-1].name

    found = _sales(browser, f"time@{name}:lastmonth-yesterday")

    if ends_at_days:  # from 1 February to 9 March
        assert found == 28 + 9
    else:  # whole members: the written calendar has January to February, and March
        assert found >= 28 + 9


@pytest.mark.parametrize("name", HIERARCHIES)
def test_without_facts_a_day_from_today_leaves_nothing_in_along_any_hierarchy(
    market: Market, name: str
) -> None:
    empty = market.browser(snapshot_of(0))  # nothing was ever published: today is 1 January 1970

    for days in ("today", "lastyear", "last3years-yesterday", "-last3years", "tomorrow;yearago"):
        assert _sales(empty, f"time@{name}:{days}") == 0


@pytest.mark.parametrize(
    ("cut", "left"),
    [
        ("time@spring:today", 0),  # 10 May 2021: the written calendar ends in March
        ("!time@spring:today", DAYS),
        ("time@spring:today-", 0),
        ("time@spring:lastmonth-today", 0),
        ("time@spring:3monthsago-today", 19 + 10),  # from 10 February
        ("time@spring:last3years-yesterday", DAYS),
        ("time@spring:-last3years", 0),
        ("!time@spring:-last3years", DAYS),
        ("time@spring:today;2021,2", 10),
        ("time@ymd:3monthsago-today", 19 + 10),
    ],
)
def test_a_day_that_a_calendar_does_not_reach_is_in_none_of_its_periods(
    market: Market, cut: str, left: int
) -> None:
    later = replace(SNAPSHOT, watermarks={"sales": date(2021, 5, 10)})
    browser = market.browser(later)

    assert _sales(browser, cut) == left
    told = text_of(browser.model, browser.cell(cut).cuts)
    assert _sales(browser, told) == left


def test_every_attribute_of_time_can_be_cut_to(browser: ClickHouseBrowser) -> None:
    time = browser.model.dimension("time")
    rows = list(browser.facts(fields=[one.ref for one in time.attributes]))

    assert len(rows) == DAYS
    for attribute in time.attributes:
        value = rows[40][attribute.ref]
        text = str(value).replace("-", "\\-").replace(":", "\\:").replace(",", "\\,")
        same = sum(row[attribute.ref] == value for row in rows)
        assert _sales(browser, f"time.{attribute.name}:{text}") == same
        assert _sales(browser, f"!time.{attribute.name}:{text}") == DAYS - same


@pytest.mark.parametrize("name", HIERARCHIES)
def test_cubes_are_joined_along_every_hierarchy(market: Market, name: str) -> None:
    browser = market.browser(SNAPSHOT)
    hierarchy = browser.model.dimension("time").hierarchy(name)
    assert hierarchy is not None
    drilldown = f"time@{name}:{hierarchy.levels[-1].name}"

    table = read_across(
        lambda cube: market.browser(SNAPSHOT, cube=cube),
        ["visits.visits", "sales.sales"],
        drilldown=drilldown,
    ).table()

    alone = browser.aggregate(aggregates="sales", drilldown=drilldown).cells
    keys = [level.key.ref for level in hierarchy.levels]
    assert [[row[ref] for ref in keys] for row in table.rows] == [
        [row[ref] for ref in keys] for row in alone
    ]
    assert [row["sales.sales"] for row in table.rows] == [row["sales"] for row in alone]
    assert {row["absences"]["visits.visits"] for row in table.rows} == {"not_loaded"}
