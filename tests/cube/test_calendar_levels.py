"""Hierarchies of time that follow a calendar of the model: levels, drill-downs, cuts, members."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from server.cube.browser import ClickHouseBrowser
from server.cube.model import load_model
from server.errors import IndicubeError, InvalidInput, ManyErrors
from tests.cube.calendar_market import CALENDARS, calendar_model, write_model
from tests.cube.market import Market, Sale, snapshot_of

FIRST, DAYS = date(2020, 12, 1), 140
SALES = [Sale(1, step, FIRST + timedelta(days=step), "a", pieces=step) for step in range(DAYS)]


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    market = Market().insert(SALES)
    market.model = calendar_model(tmp_path_factory.mktemp("model"))
    yield market
    market.close()


@pytest.fixture
def browser(market: Market) -> ClickHouseBrowser:
    return market.browser(snapshot_of(1))


def _cells(browser: ClickHouseBrowser, drilldown: str, cut: str = "") -> list[dict[str, Any]]:
    answer = browser.aggregate(cut, aggregates="sales,pieces_sum", drilldown=drilldown)
    return [dict(cell) for cell in answer.cells]


def test_a_fiscal_year_is_drilled_to_its_months(browser: ClickHouseBrowser) -> None:
    cells = _cells(browser, "time@fiscal:fiscal_month")

    assert [
        (cell["time.fiscal_year"], cell["time.fiscal_quarter"], cell["time.fiscal_month"])
        for cell in cells
    ] == [(2021, 3, 9), (2021, 4, 10), (2021, 4, 11), (2021, 4, 12), (2022, 1, 1)]
    assert [cell["sales"] for cell in cells] == [31, 31, 28, 31, 19]
    assert cells[0]["time.fiscal_year_label"] == "FY2021"
    assert cells[0]["time.fiscal_month_label"] == "December 2020"


def test_labels_are_in_the_readers_language(market: Market) -> None:
    cells = _cells(market.browser(snapshot_of(1), language="zh"), "time@fiscal:fiscal_quarter")
    assert [cell["time.fiscal_quarter_label"] for cell in cells] == [
        "2021财年第3季度", "2021财年第4季度", "2022财年第1季度",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cut", "first", "last"),
    [
        ("time@fiscal:2021", date(2020, 12, 1), date(2021, 3, 31)),
        ("time@fiscal:2021,4", date(2021, 1, 1), date(2021, 3, 31)),
        ("time@fiscal:2021,4,11", date(2021, 2, 1), date(2021, 2, 28)),
        ("time@fiscal:2021,4,11,3", date(2021, 2, 3), date(2021, 2, 3)),
        ("time@fiscal:2021,4,12-2022,1", date(2021, 3, 1), date(2021, 4, 19)),
        ("time@retail:2020,4,12", date(2021, 1, 3), date(2021, 1, 30)),
        ("time@retail:2021,1,1,2", date(2021, 2, 7), date(2021, 2, 13)),
        ("time@spring:2021,1", date(2021, 1, 1), date(2021, 2, 28)),
        ("time@weeks:2020,53", date(2020, 12, 28), date(2021, 1, 3)),
    ],
)
def test_a_path_of_a_calendar_cuts_to_its_days(
    browser: ClickHouseBrowser, cut: str, first: date, last: date
) -> None:
    days = (last - first).days + 1
    start = (first - FIRST).days
    summary = browser.aggregate(cut, aggregates="sales,pieces_sum").summary
    assert summary == {"sales": days, "pieces_sum": sum(range(start, start + days))}


@pytest.mark.parametrize("name", ["fiscal", "retail", "weeks", "months"])
def test_every_day_is_answered_in_its_own_period(browser: ClickHouseBrowser, name: str) -> None:
    hierarchy = next(
        each for each in browser.model.dimension("time").hierarchies if each.name == name
    )
    calendar = hierarchy.levels[0].key.part.calendar  # type: ignore[attr-defined]
    for depth, grain in enumerate(calendar.grains, 1):
        periods = [calendar.containing(sale.day, grain) for sale in SALES]
        expected = [
            (path, len(list(group))) for path, group in groupby(periods, lambda each: each.path)
        ]
        cells = _cells(browser, f"time@{name}:{name}_{grain}")
        refs = [f"time.{name}_{each}" for each in calendar.grains[:depth]]
        assert [(tuple(cell[ref] for ref in refs), cell["sales"]) for cell in cells] == expected


def test_a_day_outside_a_written_calendar_is_in_no_period(browser: ClickHouseBrowser) -> None:
    cells = _cells(browser, "time@spring:spring_period")
    assert [
        (cell["time.spring_year"], cell["time.spring_period_label"], cell["sales"])
        for cell in cells
    ] == [(2020, "2020", 31), (2021, "Jan–Feb", 59), (2021, "March", 31), (None, None, 19)]


def test_members_of_a_calendar_are_listed(browser: ClickHouseBrowser) -> None:
    members = browser.members("time@fiscal:2021", "time", hierarchy="fiscal", level="fiscal_month")
    assert [member["time.fiscal_month_label"] for member in members] == [
        "December 2020", "January 2021", "February 2021", "March 2021",
    ]  # fmt: skip


def test_a_path_that_a_calendar_does_not_have_is_refused(browser: ClickHouseBrowser) -> None:
    for cut in ("time@fiscal:2021,1,5", "time@retail:2021,1,1,53", "time@spring:2022"):
        with pytest.raises(InvalidInput) as refused:
            browser.aggregate(cut)
        assert refused.value.field == "time"


def test_clients_of_cubes_see_the_calendars_levels(market: Market) -> None:
    cube = market.model.cube("sales").cubes_cube
    hierarchy = cube.dimension("time").hierarchy("retail")
    assert [level.name for level in hierarchy.levels] == [
        "retail_year", "retail_quarter", "retail_month", "retail_week", "retail_day",
    ]  # fmt: skip


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"kind": "lunar"}, "unknown kind 'lunar'"),
    ({"kind": "fiscal", "start_month": 13, "named_by": "end"}, "from 1 to 12, it is 13"),
    ({"kind": "fiscal", "start_month": 4, "named_by": "middle"}, "named_by is 'middle'"),
    (CALENDARS[1] | {"pattern": "5-5-3"}, "pattern is '5-5-3'"),
    (CALENDARS[1] | {"weekday": "someday"}, "weekday is 'someday'"),
    ({"kind": "iso", "month": 1}, "unknown key 'month'"),
    ({"kind": "table", "periods": []}, "there are no periods"),
    ({"kind": "table", "periods": [CALENDARS[2]["periods"][0] | {"first": "1.1."}]}, "not a day"),
    (
        {"kind": "table", "periods": [CALENDARS[2]["periods"][n] for n in (0, 2)]},
        "period 2021-2 does not begin the day after period 2020-1 ends",
    ),
]


@pytest.mark.parametrize(("calendar", "sentence"), WRONG)
def test_a_mistake_in_a_calendar_is_told(
    tmp_path: Path, calendar: dict[str, Any], sentence: str
) -> None:
    folder = write_model(tmp_path, [calendar | {"name": "wrong"}])
    with pytest.raises(IndicubeError) as refused:
        load_model(folder, "market")
    errors = refused.value.errors if isinstance(refused.value, ManyErrors) else [refused.value]
    assert any(sentence in error.message for error in errors)
    assert all("shared/dimensions.json" in error.message for error in errors)
