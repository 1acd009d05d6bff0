"""Tables over a handful of sales, worked out by hand."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from server.cube.browser import ClickHouseBrowser, Limits
from server.cube.cube_table import cube_table
from server.cube.table import ACROSS
from server.errors import InvalidInput, LimitReached, ManyErrors
from tests.cube.market import Market, snapshot_of

HALF = Fraction(1, 2)


def _column(rows: Any, *names: str) -> list[Any]:
    found = [tuple(row[name] for name in names) for row in rows]
    return [one[0] for one in found] if len(names) == 1 else found


def test_totals_of_any_grain_stand_beside_the_cells(browser: ClickHouseBrowser) -> None:
    table = cube_table(
        browser,
        aggregates="sales,shops,pieces_max",
        drilldown="shop:shop|time:year",
        totals=["nested", "time:year"],
    )

    assert table.row_count == 4
    assert [(one.grain, len(one.rows)) for one in table.totals] == [
        ("shop:shop", 4), ("shop:town", 3), ("time:year", 2), ("whole", 1),
    ]  # fmt: skip
    years = table.totals[2].rows
    assert _column(years, "time.year", "sales", "shops", "pieces_max") == [
        (2020, 2, 1, 3), (2021, 3, 2, 5),
    ]  # fmt: skip
    assert table.totals[3].rows[0] == table.summary == {"sales": 5, "shops": 3, "pieces_max": 5}


def test_every_set_of_levels_can_be_asked(browser: ClickHouseBrowser) -> None:
    table = cube_table(
        browser, aggregates="sales", drilldown="shop:shop|time:year", totals=["every"]
    )

    grains = {one.grain for one in table.totals}
    assert grains == {"shop:shop", "shop:town*time:year", "shop:town", "time:year", "whole"}
    assert all(sum(_column(one.rows, "sales")) == 5 for one in table.totals)


def test_shares_ranks_and_running_totals(browser: ClickHouseBrowser) -> None:
    table = cube_table(
        browser,
        aggregates="sales,pieces_sum,pieces_max",
        drilldown="shop:shop",
        marks=["share", "sales:share_of_total", "sales:rank", "pieces_sum:running"],
    )

    # unknown stands below its own town: `new` and the sale without a shop
    assert _column(table.rows, "shop.shop", "sales") == [("a", 2), ("b", 1), ("new", 1), (None, 1)]
    assert _column(table.rows, "sales__share") == [1, 1, HALF, HALF]
    assert _column(table.rows, "sales__share_of_total") == [
        Fraction(2, 5), Fraction(1, 5), Fraction(1, 5), Fraction(1, 5),
    ]  # fmt: skip
    assert _column(table.rows, "sales__rank", "sales__rank_shared_by") == [
        (1, 1), (2, 3), (2, 3), (2, 3),
    ]  # fmt: skip
    assert _column(table.rows, "pieces_sum__running") == [3, 2, 4, 9]
    assert _column(table.rows, "pieces_sum__share")[2] == Fraction(2, 7)
    first = table.rows[0]
    assert first["pieces_max__share"] is None
    assert first["absences"] == {"pieces_max__share": "not_applicable"}


def test_a_running_total_follows_the_order_and_keeps_decimals(browser: ClickHouseBrowser) -> None:
    table = cube_table(
        browser, aggregates="price_sum", drilldown="article",
        marks=["running"], order="price_sum:desc", page=0, page_size=2,
    )  # fmt: skip

    assert _column(table.rows, "article", "price_sum__running") == [
        ("apple", Decimal("3.50")), ("pear", Decimal("5.00")),
    ]  # fmt: skip
    assert table.row_count == 3
    assert str(table.rows[1]["price_sum__running"]) == "5.00"


def test_rows_are_sorted_by_anything_in_them(browser: ClickHouseBrowser) -> None:
    def shops(order: str, **words: Any) -> list[Any]:
        found = cube_table(
            browser, aggregates="sales,pieces_min", drilldown="shop:shop", order=order, **words
        )
        return _column(found.rows, "shop.shop")

    assert shops("shop.shop:desc") == ["new", "b", "a", None]
    assert shops("sales,shop.shop:desc") == ["new", "b", None, "a"]
    assert shops("sales__share,shop.shop", marks=["share"]) == ["new", None, "a", "b"]
    assert shops("sales__rank:desc", marks=["rank"])[-1] == "a"


def test_the_best_and_all_others_as_one(browser: ClickHouseBrowser) -> None:
    table = cube_table(
        browser, aggregates="sales,shops,pieces_sum", drilldown="shop:shop", top="1:sales"
    )

    assert _column(table.rows, "shop.shop", "sales") == [("a", 2)]
    assert table.others == ({"sales": 3, "shops": 2, "pieces_sum": 6},)
    assert table.summary == {"sales": 5, "shops": 3, "pieces_sum": 9}
    without = cube_table(browser, aggregates="sales", drilldown="shop:shop", top="1:sales:only")
    assert without.others is None


def test_the_others_of_the_best_are_broken_down_by_what_else_is_drilled(
    browser: ClickHouseBrowser,
) -> None:
    table = cube_table(
        browser, aggregates="sales", drilldown="article|time:year", top="1:sales",
        marks=["rank"],
    )  # fmt: skip

    assert _column(table.rows, "article", "time.year", "sales") == [("apple", 2020, 2)]
    assert _column(table.others, "time.year", "sales") == [(2021, 3)]
    assert table.row_count == 1


def test_all_in_the_top_leaves_nothing_to_others(browser: ClickHouseBrowser) -> None:
    names = "sales,shops,pieces_max"
    table = cube_table(browser, aggregates=names, drilldown="shop:shop", top="9:sales")

    assert table.row_count == 4
    assert table.others == ({"sales": 0, "shops": 0, "pieces_max": None},)


def test_members_without_a_number_are_all_others(browser: ClickHouseBrowser) -> None:
    table = cube_table(
        browser, ["article:apple", "pieces:__null__"], "sales,pieces_max", drilldown="shop:shop",
        top="2:pieces_max",
    )  # fmt: skip

    assert table.rows == ()
    assert table.others == ({"sales": 1, "pieces_max": None},)


def test_rows_against_columns(browser: ClickHouseBrowser) -> None:
    table = cube_table(
        browser, aggregates="sales,shops", drilldown="shop:town", columns="time:year",
        marks=["sales:share", "sales:rank"], order="sales:desc",
    )  # fmt: skip

    assert _column(table.columns, "time.year", "sales", "shops") == [(2020, 2, 1), (2021, 3, 2)]
    assert _column(table.rows, "shop.town", "sales", "sales__share") == [
        ("north", 2, Fraction(2, 5)), ("unknown", 2, Fraction(2, 5)), ("south", 1, Fraction(1, 5)),
    ]  # fmt: skip
    north, unknown, south = (row[ACROSS] for row in table.rows)
    assert north == [
        {"sales": 2, "shops": 1, "sales__share": 1, "sales__rank": 1, "sales__rank_shared_by": 1},
        None,
    ]
    assert unknown[0] is None
    assert unknown[1]["sales__share"] == Fraction(2, 3)
    assert (south[1]["sales__rank"], unknown[1]["sales__rank"]) == (2, 1)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"top": "1:sales"}, "drilldown"),
        ({"drilldown": "shop", "top": "0:sales"}, "top"),
        ({"drilldown": "shop", "top": "1:moon"}, "top"),
        ({"drilldown": "shop", "top": "sales"}, "top"),
        ({"drilldown": "shop", "totals": ["time:year"]}, "totals"),
        ({"drilldown": "shop:town", "totals": ["shop:shop"]}, "totals"),
        ({"drilldown": "shop", "marks": ["median"]}, "marks"),
        ({"drilldown": "shop", "marks": ["moon:rank"]}, "marks"),
        ({"drilldown": "shop", "columns": "shop:shop"}, "columns"),
        ({"drilldown": "shop", "marks": ["running"], "order": "sales__running"}, "order"),
        ({"drilldown": "shop", "order": "sales__rank"}, "order"),
    ],
)
def test_what_does_not_fit_is_said(
    browser: ClickHouseBrowser, words: dict[str, Any], field: str
) -> None:
    with pytest.raises((InvalidInput, LimitReached)) as found:
        cube_table(browser, aggregates="sales", **words)

    assert found.value.field == field
    assert str(found.value).endswith(".")


def test_all_that_does_not_fit_is_said_at_once(browser: ClickHouseBrowser) -> None:
    with pytest.raises(ManyErrors) as found:
        cube_table(browser, drilldown="shop", top="x", marks=["y"], totals=["time"], order="z")

    assert [one.field for one in found.value.errors] == ["totals", "top", "marks", "order"]


def test_a_table_that_cannot_be_looked_at_whole_is_refused(market: Market) -> None:
    browser = market.browser(snapshot_of(2), limits=Limits(cells=3))

    with pytest.raises(LimitReached, match="more than 3 cells"):
        cube_table(browser, aggregates="sales", drilldown="shop:shop", marks=["rank"])


def test_what_stands_beside_weeks_has_no_week_to_date(browser: ClickHouseBrowser) -> None:
    table = cube_table(
        browser,
        aggregates="sales",
        drilldown="shop:town|time@iso:week",
        totals=["nested"],
        modifiers={"time": ["wtd", "ytd"]},
    )

    assert all(row["sales__wtd"] is not None for row in table.rows)
    others = [row for one in table.totals if "time" not in one.grain for row in one.rows]
    assert others
    assert {row["sales__wtd"] for row in others} == {None}
    assert None not in {row["sales__ytd"] for row in others}
    assert table.summary is not None
    assert table.summary["sales"] == 5
    assert table.summary["absences"] == {"sales__wtd": "not_applicable"}


def test_alone_a_week_to_date_of_months_is_refused_all_the_same(
    browser: ClickHouseBrowser,
) -> None:
    with pytest.raises(InvalidInput, match="wtd goes from the start of a week"):
        cube_table(browser, aggregates="sales", drilldown="time:month", modifiers={"time": ["wtd"]})
