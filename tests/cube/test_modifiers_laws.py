"""Random questions with modifiers: each figure is what plain Python says of its run of days."""

import random
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.cube.time_frame import calendar_along
from server.snapshot import Snapshot
from tests.cube.calendar_market import calendar_model
from tests.cube.market import Count, Market, Sale, Shop, market_model
from tests.cube.oracle import Oracle

FIRST, LAST = date(2019, 11, 5), date(2021, 2, 17)
SHOPS = ("a", "b", "c")
Days = tuple[date, date]
LAWS = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class World:
    """The market with sales and stock, and the same facts in plain Python."""

    def __init__(self, folder: Path) -> None:
        chance = random.Random(20261122)  # noqa: S311  # the same facts every time
        days = (LAST - FIRST).days
        dates = sorted(FIRST + timedelta(days=chance.randrange(days + 1)) for _ in range(298))
        self.sales = [
            Sale(
                1, number, day, chance.choice((*SHOPS, None)), chance.choice(("apple", "pear")),
                chance.choice((None, *range(-3, 6))), None, None, chance.randint(0, 9), None,
                chance.randint(0, 1),
            )
            for number, day in enumerate([FIRST, *dates, LAST])
        ]  # fmt: skip
        leaves = {(day, shop, article) for day in dates[::3] for shop in SHOPS for article in "xy"}
        kept = sorted(leaf for leaf in leaves if chance.random() < 0.7)
        self.counts = [
            Count(1, number, day, shop, article, chance.choice((None, *range(1, 50))))
            for number, (day, shop, article) in enumerate(kept)
        ]
        shops = [Shop(1, number, shop, shop, None, "t", "T") for number, shop in enumerate(SHOPS)]
        self.oracle = Oracle(self.sales, shops)
        self.market = Market().insert(self.sales, shops, counts=self.counts)
        self.market.model = calendar_model(folder)
        marks = {"sales": LAST, "stock": max(count.day for count in self.counts)}
        firsts = {"sales": FIRST, "stock": min(count.day for count in self.counts)}
        self.snapshot = Snapshot(1, 1, versions={"shops": 1}, watermarks=marks, first_dates=firsts)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("model"))
    yield world
    world.market.close()


def period_of(grain: str, day: date) -> Days:
    """The period that a day is in, by the calendar of the wall."""
    if grain == "day":
        return day, day
    if grain == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    width = {"month": 1, "quarter": 3, "year": 12}[grain]
    first_month = day.month - (day.month - 1) % width
    last_month = first_month + width - 1
    last = date(day.year, last_month, monthrange(day.year, last_month)[1])
    return date(day.year, first_month, 1), last


def before(grain: str, first: date, steps: int = 1) -> Days:
    """The period so many before the one that begins on a day."""
    found = period_of(grain, first)
    for _ in range(steps):
        found = period_of(grain, found[0] - timedelta(days=1))
    return found


def year_before(grain: str, day: date) -> date:
    """The same day of the year before: of weeks the same weekday of the same ISO week."""
    if grain == "week":
        year, week, weekday = day.isocalendar()
        weeks = date(year - 1, 12, 28).isocalendar().week
        return date.fromisocalendar(year - 1, min(week, weeks), weekday)
    if (day.month, day.day) == (2, 29):
        return date(day.year - 1, 2, 28)
    return day.replace(year=day.year - 1)


def moment_days(grain: str, period: Days, against: str, watermark: date) -> tuple[Days, date]:
    """The period of a moment, or the one it is compared with, and the day it goes up to."""
    end = min(period[1], watermark)
    if not against:
        return period, end
    if against == "previous":
        other = before(grain, period[0])
        if end == period[1]:
            return other, other[1]
        return other, min(other[0] + (end - period[0]), other[1])
    other = period_of(grain, year_before(grain, period[0]))
    return other, other[1] if end == period[1] else year_before(grain, end)


def window_days(grain: str, period: Days, end: date, modifier: str) -> Days:
    """The days of a modifier."""
    if not modifier:
        return period[0], end
    if modifier.startswith("rolling-"):
        return before(grain, period[0], int(modifier[8:]) - 1)[0], end
    if modifier == "ytd" and grain == "week":
        return date.fromisocalendar(end.isocalendar().year, 1, 1), end
    unit = {"wtd": "week", "mtd": "month", "qtd": "quarter", "ytd": "year"}[modifier]
    return period_of(unit, end)[0], end


def periods(grain: str, first: date, last: date) -> list[Days]:
    found = [period_of(grain, first)]
    while found[-1][1] < last:
        found.append(period_of(grain, found[-1][1] + timedelta(days=1)))
    return found


def key_of(grain: str, day: date) -> tuple[int, ...]:
    if grain == "week":
        return tuple(day.isocalendar()[:2])
    whole = (day.year, (day.month + 2) // 3, day.month, day.day)
    return whole[: ("year", "quarter", "month", "day").index(grain) + 1]


CUTS = {
    "": (FIRST, LAST),
    "2020,1": (date(2020, 1, 1), date(2020, 3, 31)),
    "2020,4,12": (date(2020, 12, 1), date(2020, 12, 31)),
    "2020,1-2020,2": (date(2020, 1, 1), date(2020, 6, 30)),
    "2021": (date(2021, 1, 1), date(2021, 12, 31)),
    "2021,1,2,10-2021,1,2,20": (date(2021, 2, 10), date(2021, 2, 20)),
}
# Cuts that leave in whole periods; parts of periods are tried by hand.
WHOLE = {
    "year": ("", "2021"),
    "quarter": ("", "2021", "2020,1", "2020,1-2020,2"),
    "month": ("", "2021", "2020,1", "2020,1-2020,2", "2020,4,12"),
    "day": tuple(CUTS),
    "week": ("",),
}


@LAWS
@given(
    asked=st.sampled_from(sorted(WHOLE)).flatmap(
        lambda grain: st.tuples(st.just(grain), st.sampled_from(WHOLE[grain]))
    ),
    modifiers=st.sets(st.sampled_from(("ytd", "mtd", "qtd", "rolling-1", "rolling-3")), max_size=2),
    against=st.sets(st.sampled_from(("previous", "last_year")), min_size=1, max_size=2),
    has_shops=st.booleans(),
)
def test_every_figure_is_that_of_its_run_of_days(
    world: World, asked: tuple[str, str], modifiers: set[str], against: set[str], has_shops: bool
) -> None:
    grain, cut = asked
    modifiers -= {"mtd", "qtd"} if grain == "week" else set()
    drills = [f"time@iso:{grain}" if grain == "week" else f"time:{grain}"]
    drills += ["shop:shop"] if has_shops else []

    answer = world.market.browser(world.snapshot).aggregate(
        f"time:{cut}" if cut else "",
        drilldown=drills,
        time=sorted(modifiers),
        compare=sorted(against),
        summary=False,
    )

    refs = _time_refs(grain)
    found = {
        (tuple(cell[ref] for ref in refs), cell.get("shop.shop")): cell for cell in answer.cells
    }
    first, last = CUTS[cut]
    columns = [(one, other) for one in ("", *modifiers) for other in ("", *against)]
    expected = {
        (key_of(grain, period[0]), shop): figures
        for period in periods(grain, first, min(last, LAST))
        for shop in ((*SHOPS, None) if has_shops else (None,))
        if (figures := _figures(world, grain, period, columns, has_shops, shop))
    }
    assert found.keys() == expected.keys()
    for key, figures in expected.items():
        assert {name: found[key][name] for name in figures} == figures


def _figures(
    world: World,
    grain: str,
    period: Days,
    columns: list[tuple[str, str]],
    has_shops: bool,
    shop: str | None,
) -> dict[str, Any]:
    """What is expected of a period and a shop; nothing where no run of days has a sale."""
    figures: dict[str, Any] = {}
    is_there = False
    for modifier, other in columns:
        moment, end = moment_days(grain, period, other, LAST)
        first, last = window_days(grain, moment, end, modifier)
        sales = [
            sale
            for sale in world.sales
            if first <= sale.day <= last and (not has_shops or sale.shop == shop)
        ]
        is_there |= bool(sales)
        values = world.oracle.figures(sales, 1)
        if last < FIRST:
            values = dict.fromkeys(values)
        suffix = _suffix(modifier, other)
        figures |= {f"{name}{suffix}": value for name, value in values.items()}
    return figures if is_there else {}


def _suffix(modifier: str, other: str) -> str:
    return "".join(f"__{name}" for name in (modifier.replace("-", "_"), other) if name)


def _time_refs(grain: str) -> list[str]:
    if grain == "week":
        return ["time.iso_year", "time.week"]
    levels = ("year", "quarter", "month", "day")
    return [f"time.{level}" for level in levels[: levels.index(grain) + 1]]


def _stock(counts: list[Count], everything: list[Count]) -> dict[str, Any]:
    """The rules of stocks over one run of days, for some of its facts."""
    if not everything:
        return {}
    days = {count.day for count in everything}
    leaves: dict[tuple[str | None, str], list[Count]] = {}
    for count in sorted((each for each in counts if each.amount is not None), key=_day):
        leaves.setdefault((count.shop, count.article), []).append(count)
    amounts = [(count.day, count.amount) for leaf in leaves.values() for count in leaf]

    def on(day: date) -> int | None:
        found = [amount for each, amount in amounts if each == day and amount is not None]
        return sum(found) if found else None

    ordered = [[count.amount or 0 for count in leaf] for leaf in leaves.values()]
    return {
        "stock_last": on(max(days)),
        "stock_first": on(min(days)),
        "stock_known": sum(leaf[-1] for leaf in ordered) if ordered else None,
        "stock_least": sum(min(leaf) for leaf in ordered) if ordered else None,
        "stock_most": sum(max(leaf) for leaf in ordered) if ordered else None,
        "stock_average": Fraction(sum(sum(leaf) for leaf in ordered), len(days))
        if ordered
        else None,
    }


def _day(count: Count) -> date:
    return count.day


@LAWS
@given(
    grain=st.sampled_from(("year", "quarter", "month", "week")),
    modifier=st.sampled_from(("", "ytd", "rolling-2", "rolling-3")),
    against=st.sampled_from(("previous", "last_year")),
    has_shops=st.booleans(),
)
def test_stocks_are_taken_over_each_run_of_days(
    world: World, grain: str, modifier: str, against: str, has_shops: bool
) -> None:
    browser = world.market.browser(world.snapshot, cube="stock")
    first_day, watermark = world.snapshot.first_dates["stock"], world.snapshot.watermarks["stock"]
    drills = [f"time@iso:{grain}" if grain == "week" else f"time:{grain}"]
    drills += ["shop:shop"] if has_shops else []
    names = sorted(_stock(world.counts, world.counts))

    answer = browser.aggregate(
        "", aggregates=names, drilldown=drills, time=modifier, compare=against, summary=False
    )

    assert answer.cells
    for cell in answer.cells:
        day = _first_day(grain, cell)
        for also in dict.fromkeys(("", modifier)):
            for other in ("", against):
                moment, end = moment_days(grain, period_of(grain, day), other, watermark)
                first, last = window_days(grain, moment, end, also)
                everything = [count for count in world.counts if first <= count.day <= last]
                counts = [
                    count
                    for count in everything
                    if not has_shops or count.shop == cell["shop.shop"]
                ]
                suffix = "".join(f"__{name}" for name in (also.replace("-", "_"), other) if name)
                expected = _stock(counts, everything) or dict.fromkeys(names)
                assert {name: cell[f"{name}{suffix}"] for name in names} == expected
                if last < first_day:
                    assert cell["absences"][f"{names[0]}{suffix}"] == "not_loaded"


def _first_day(grain: str, cell: dict[str, Any]) -> date:
    if grain == "week":
        return date.fromisocalendar(cell["time.iso_year"], cell["time.week"], 1)
    month = cell.get("time.month") or 3 * cell.get("time.quarter", 1) - 2
    return date(cell["time.year"], month, 1)


ALL = [each.name for each in market_model().cube("sales").aggregates]


@pytest.mark.parametrize("hierarchy", ["fiscal", "retail", "weeks", "months"])
def test_the_year_to_date_of_its_last_period_is_the_year(world: World, hierarchy: str) -> None:
    browser = world.market.browser(world.snapshot)
    time = browser.model.dimension("time")
    calendar, _ = calendar_along(next(each for each in time.hierarchies if each.name == hierarchy))
    grain = calendar.grains[-2]
    cells = browser.aggregate(
        "", drilldown=f"time@{hierarchy}:{hierarchy}_{grain}", time="ytd,rolling-1"
    ).cells
    years = browser.aggregate("", drilldown=f"time@{hierarchy}:{hierarchy}_year").cells
    last = {cell[f"time.{hierarchy}_year"]: cell for cell in cells}

    assert len(last) == len(years)
    for year in years:
        cell = last[year[f"time.{hierarchy}_year"]]
        assert {name: cell[f"{name}__ytd"] for name in ALL} == {name: year[name] for name in ALL}
    for cell in cells:
        for name in ALL:
            assert cell[f"{name}__rolling_1"] == cell[name]


def test_month_to_date_by_day_ends_at_the_months_value(world: World) -> None:
    browser = world.market.browser(world.snapshot)
    days = browser.aggregate("time:2020", drilldown="time:day", time="mtd", summary=False).cells
    months = browser.aggregate("time:2020", drilldown="time:month").cells
    last = {cell["time.month"]: cell for cell in days}
    for month in months:
        cell = last[month["time.month"]]
        assert {name: cell[f"{name}__mtd"] for name in ALL} == {name: month[name] for name in ALL}


def test_the_sum_of_shifted_months_is_the_shifted_sum(world: World) -> None:
    browser = world.market.browser(world.snapshot)
    additive = [one.name for one in browser.model.aggregates if one.is_additive]
    months, quarters = (
        browser.aggregate(
            "time:2020", aggregates=additive, drilldown=drills, compare="last_year"
        ).cells
        for drills in ("time:month|shop:shop", "time:quarter")
    )
    for quarter in quarters[-1:]:
        own = [cell for cell in months if cell["time.quarter"] == quarter["time.quarter"]]
        for name in (f"{name}__last_year" for name in additive):
            assert sum(cell[name] or 0 for cell in own) == quarter[name]
