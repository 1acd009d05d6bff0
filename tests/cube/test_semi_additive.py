"""Stocks: along time one day is chosen for each leaf, over everything else they add up."""

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from server.access import Scope, ScopeRule
from server.cube.browser import ClickHouseBrowser
from tests.cube.market import Count, Market, Shop, snapshot_of

SHOPS = [
    Shop(1, 1, "a", "Alpha", None, "north", "North"),
    Shop(1, 2, "b", "Beta", None, "south", "South"),
    Shop(1, 3, "c", "Gamma", None, "south", "South"),
]


def _browsers(counts: Sequence[Count]) -> Iterator[ClickHouseBrowser]:
    market = Market().insert(shops=SHOPS, counts=counts)
    yield market.browser(snapshot_of(2), cube="stock")
    market.close()


def _counts(*rows: tuple[Any, ...]) -> list[Count]:
    """Rows of (day of January or (month, day), shop, article, amount)."""
    found = []
    for number, (day, shop, article, amount) in enumerate(rows, start=1):
        month, of_month = day if isinstance(day, tuple) else (1, day)
        found.append(Count(1, number, date(2021, month, of_month), shop, article, amount))
    return found


@pytest.fixture(scope="module")
def two_shops() -> Iterator[ClickHouseBrowser]:
    """A counts 1000 and then 1500, B 2000 and then 2500."""
    yield from _browsers(
        _counts(
            (1, "a", "x", 1000), (1, "b", "x", 2000), (31, "a", "x", 1500), (31, "b", "x", 2500)
        )
    )


@pytest.fixture(scope="module")
def many() -> Iterator[ClickHouseBrowser]:
    """Two articles at A; B closes in January; C misses the last day of January; a tie at A."""
    yield from _browsers(
        [
            *_counts(
                (10, "a", "x", 5),
                (10, "a", "y", 7),
                (10, "b", "x", 100),
                (10, "c", "x", 40),
                (20, "b", "x", 90),
                (20, "c", "x", 50),
                (31, "a", "x", 10),
                (31, "a", "y", 20),
                (31, "c", "y", None),
                ((2, 5), "a", "x", 8),
                ((2, 9), "a", "x", 1),
                ((2, 9), "a", "x", 2),
                ((2, 9), "c", "x", 60),
            ),
            Count(3, 1, date(2021, 2, 28), "a", "x", 999),  # published later
        ]
    )


def _value(browser: ClickHouseBrowser, name: str, cell: Any = None) -> Any:
    return browser.aggregate(cell, aggregates=name).summary[name]


def _by(browser: ClickHouseBrowser, name: str, drill: str, ref: str, cell: Any = None) -> Any:
    answer = browser.aggregate(cell, aggregates=name, drilldown=drill)
    return {row[ref]: row[name] for row in answer.cells}


def test_the_last_counts_of_all_shops_add_up(two_shops: ClickHouseBrowser) -> None:
    assert _value(two_shops, "stock_last") == 4000  # not 7000, the sum over time
    assert _value(two_shops, "stock_known") == 4000
    assert _value(two_shops, "stock_first") == 3000
    assert _value(two_shops, "stock_average") == 3500
    assert _value(two_shops, "stock_least") == 3000
    assert _value(two_shops, "stock_most") == 4000
    assert _value(two_shops, "amounts") == 7000
    assert _by(two_shops, "stock_last", "shop:shop", "shop.shop") == {"a": 1500, "b": 2500}


def test_two_articles_of_one_shop_are_two_leaves(many: ClickHouseBrowser) -> None:
    assert _value(many, "stock_last", "time:2021,1,1|shop:north") == 30  # not 10
    assert _value(many, "stock_known", "time:2021,1,1|shop:north") == 30


def test_who_misses_the_last_day_is_absent_from_last(many: ClickHouseBrowser) -> None:
    january = _by(many, "stock_last", "shop:shop", "shop.shop", "time:2021,1,1")

    assert january == {"a": 30, "b": None, "c": None}
    assert _value(many, "stock_last", "time:2021,1,1") == 30


def test_the_last_known_counts_of_each_leaf_add_up(many: ClickHouseBrowser) -> None:
    january = _by(many, "stock_known", "shop:shop", "shop.shop", "time:2021,1,1")

    assert january == {"a": 30, "b": 90, "c": 50}
    assert _value(many, "stock_known", "time:2021,1,1") == 170


def test_each_month_has_its_own_last_day(many: ClickHouseBrowser) -> None:
    assert _by(many, "stock_last", "time:month", "time.month") == {1: 30, 2: 63}
    assert _by(many, "stock_known", "time:month", "time.month") == {1: 170, 2: 63}
    assert _by(many, "stock_last", "time:year", "time.year") == {2021: 63}
    assert _by(many, "stock_known", "time:year", "time.year") == {2021: 3 + 20 + 90 + 60}


def test_counts_of_one_leaf_on_one_day_add_up(many: ClickHouseBrowser) -> None:
    assert _value(many, "stock_last", "shop:north,a") == 3
    assert _value(many, "stock_most", "time:2021,1,2|shop:north,a|article:x") == 8


def test_a_cut_on_time_bounds_the_span(many: ClickHouseBrowser) -> None:
    until = "time:2021,1,1,10-2021,1,1,25"

    assert _value(many, "stock_last", until) == 140  # b and c on the 20th
    assert _value(many, "stock_first", until) == 152
    assert _value(many, "stock_known", until) == 5 + 7 + 90 + 50
    assert _value(many, "stock_average", until) == Fraction(152 + 140, 2)


def test_another_cut_leaves_the_days_as_they_are(many: ClickHouseBrowser) -> None:
    parts = [
        _value(many, "stock_last", ["time:2021,1,1", f"shop:{town}"]) for town in ("north", "south")
    ]

    assert parts == [30, None]
    assert _value(many, "stock_average", "time:2021,1,1|shop:south,b") == Fraction(190, 3)


def test_a_scope_leaves_the_days_as_they_are(many: ClickHouseBrowser) -> None:
    market = many
    scope = Scope((ScopeRule("shop", ("south",)),))
    confined = ClickHouseBrowser(market.model, market._readers, market.snapshot, scope)

    assert _value(confined, "stock_last", "time:2021,1,1") is None
    assert _value(confined, "stock_known", "time:2021,1,1") == 140


def test_the_average_is_that_of_the_days_totals(many: ClickHouseBrowser) -> None:
    """The days with facts count, for every shop: absent on a day is no stock on it."""
    days = _by(many, "stock_last", "time:day", "time.date", "time:2021,1,1")

    assert days == {date(2021, 1, 10): 152, date(2021, 1, 20): 140, date(2021, 1, 31): 30}
    assert _value(many, "stock_average", "time:2021,1,1") == Fraction(152 + 140 + 30, 3)
    assert _by(many, "stock_average", "time:month", "time.month") == {
        1: Fraction(322, 3),
        2: Fraction(8 + 63, 2),
    }


def test_extremes_are_those_of_each_leaf(many: ClickHouseBrowser) -> None:
    assert _value(many, "stock_least", "time:2021,1,1") == 5 + 7 + 90 + 40
    assert _value(many, "stock_most", "time:2021,1,1") == 10 + 20 + 100 + 50


def test_stocks_stand_beside_additive_figures_and_leave_them_alone(
    many: ClickHouseBrowser,
) -> None:
    answer = many.aggregate(
        aggregates="facts,stock_last,amounts,stock_average", drilldown="time:month"
    )

    assert [(row["facts"], row["stock_last"], row["amounts"]) for row in answer.cells] == [
        (9, 30, 322),
        (4, 63, 71),
    ]
    assert answer.summary == {
        "facts": 13,
        "stock_last": 63,
        "amounts": 393,
        "stock_average": Fraction(393, 5),
    }


def test_stocks_are_sorted_by_and_paged_with_what_is_absent_last(many: ClickHouseBrowser) -> None:
    first, second = (
        many.aggregate(
            "time:2021,1,1",
            aggregates="stock_known",
            drilldown="shop:shop",
            order="stock_known:desc",
            page=page,
            page_size=2,
        )
        for page in (0, 1)
    )

    assert [row["shop.shop"] for row in (*first.cells, *second.cells)] == ["b", "c", "a"]
    assert first.total_cell_count == 3
    assert first.summary == {"stock_known": 170}


def test_averages_are_sorted_by_their_own_value(many: ClickHouseBrowser) -> None:
    answer = many.aggregate(
        aggregates="stock_average", drilldown="shop:shop", order="stock_average:desc"
    )

    assert [row["shop.shop"] for row in answer.cells] == ["b", "c", "a"]


def test_a_formula_over_a_stock_takes_what_the_cube_says(many: ClickHouseBrowser) -> None:
    answer = many.aggregate(
        aggregates="stock_per_shop,turns", drilldown="time:month", order="turns:desc"
    )

    assert [(row["time.month"], row["stock_per_shop"], row["turns"]) for row in answer.cells] == [
        (1, Fraction(30, 3), 3),  # 322 in all over an average of 322 / 3
        (2, Fraction(63, 2), 2),
    ]
    assert answer.summary == {"stock_per_shop": Fraction(63, 3), "turns": 5}


def test_two_clocks_of_one_drill_down_make_spans_of_both(two_shops: ClickHouseBrowser) -> None:
    answer = two_shops.aggregate(aggregates="stock_last", drilldown="time:month|time@iso:week")

    assert [row["stock_last"] for row in answer.cells] == [3000, 4000]  # 2020-W53, 2021-W04


def test_a_split_by_time_makes_spans_of_its_own(many: ClickHouseBrowser) -> None:
    answer = many.aggregate(aggregates="stock_last", drilldown="time:year", split="time:2021,1,1")

    assert {row["__within_split__"]: row["stock_last"] for row in answer.cells} == {
        False: 63,
        True: 30,
    }


def test_of_no_facts_there_is_no_stock(many: ClickHouseBrowser) -> None:
    names = [each.name for each in many.model.aggregates if each.is_semi_additive]

    assert set(many.aggregate("time:2020", aggregates=names).summary.values()) == {None}
