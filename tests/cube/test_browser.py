"""The browser on a handful of sales whose figures were worked out by hand."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from server.cube.browser import ClickHouseBrowser, Cubes, Limits, Readers
from server.cube.statement import Statement
from server.errors import InvalidInput, LimitReached, ManyErrors, NotFound
from tests.cube.market import Market, snapshot_of


class Asked:
    """Readers that also keep the text of every statement."""

    def __init__(self, readers: Readers) -> None:
        self.texts: list[str] = []
        self._readers = readers

    def query(self, statement: Statement) -> Any:
        """The answer of the readers."""
        self.texts.append(statement.sql)
        return self._readers.query(statement)


def test_facts_are_counted_where_the_cube_has_no_count_of_its_own(market: Market) -> None:
    browser = market.browser(snapshot_of(2))
    sums = replace(browser.model, aggregates=(browser.model.aggregate("pieces_sum"),))
    without = ClickHouseBrowser(sums, market.store.readers, snapshot_of(2), browser.scope)

    found = without.aggregate(aggregates="fact_count,pieces_sum", drilldown="time:year")

    wanted = browser.aggregate(aggregates="sales,pieces_sum", drilldown="time:year")
    assert [cell["fact_count"] for cell in found.cells] == [cell["sales"] for cell in wanted.cells]
    assert found.summary["fact_count"] == wanted.summary["sales"] > 0
    assert list(without.aggregate().summary) == ["pieces_sum"]


def test_the_summary_holds_every_figure(browser: ClickHouseBrowser) -> None:
    assert browser.aggregate().summary == {
        "sales": 5,
        "paid_sales": 4,
        "paid_sum": 4,
        "pieces_sum": 9,  # 3 - 1 + 2 + 5
        "paid_pieces": 10,
        "pieces_min": -1,
        "pieces_max": 5,
        "paid_pieces_max": 5,
        "pieces_count": 4,
        "price_sum": Decimal("5.10"),
        "price_min": Decimal("0.10"),
        "turnover_sum": Decimal("3.50"),  # 4.50 - 1.50 + 0.50
        "turnover_max": Decimal("4.50"),
        "serial_sum": 2**64 + 9,  # beyond what 64 bits hold
        "weight_max": 0.5,
        "floor_pieces_sum": 6,  # 2 floors x 3 pieces; shop b has no floors
        "known_shop_sales": 3,
        "shops": 3,
        "shop_days": 2,
        "shop_sales": 3,
        "pieces_avg": Fraction(9, 4),
        "price_avg": Fraction("1.275"),
        "paid_price_avg": Fraction("1.2"),  # of 1.50, 2.00 and 0.10
        "price_per_piece": Fraction(1, 2),  # 3.50 over 3 - 1 + 5 pieces that have a price
        "paid_share": Fraction(4, 5),
        "pieces_median": Fraction(5, 2),  # between 2 and 3
        "price_median": Fraction(3, 2),
        "weight_median": 0.375,
        "pieces_p90": 5,
        "paid_price_p25": Decimal("0.10"),  # the first of three values is a third of them
        "shops_about": 3,
        "apple_pieces": 3,
        "north_sales": 2,
        "north_share": Fraction(1, 2),
        "apple_price_avg": Fraction(7, 4),
    }


def test_nothing_counts_and_sums_to_zero_and_has_no_least(browser: ClickHouseBrowser) -> None:
    summary = browser.aggregate("article:none").summary

    assert {summary[name] for name in ("sales", "pieces_sum", "price_sum", "shops")} == {0}
    assert {summary[name] for name in ("pieces_min", "pieces_max", "price_min")} == {None}


def test_a_drill_down_answers_every_attribute_in_the_levels_own_order(
    browser: ClickHouseBrowser,
) -> None:
    answer = browser.aggregate(aggregates="sales", drilldown="shop:shop")

    assert answer.cells == [
        _shop("north", "North", "a", "Alpha", 2, 2),
        _shop("south", "South", "b", "Beta", None, 1),
        _shop("unknown", "Unknown shop", "new", "new", None, 1),
        _shop("unknown", "Unknown shop", None, "Unknown shop", None, 1),
    ]
    assert answer.levels == {"shop": ["town", "shop"]}
    assert answer.total_cell_count == 4


def _shop(
    town: str, town_name: str, shop: str | None, name: str, floors: int | None, sales: int
) -> dict[str, object]:
    return {
        "shop.town": town,
        "shop.town_name": town_name,
        "shop.shop": shop,
        "shop.shop_name": name,
        "shop.floors": floors,
        "sales": sales,
    }


def test_labels_come_in_the_language_that_is_asked_for(market: Market) -> None:
    browser = market.browser(snapshot_of(2), language="zh")

    towns = browser.aggregate(aggregates="sales", drilldown="shop:town").cells
    shops = browser.aggregate("shop:north;south", aggregates="sales", drilldown="shop:shop").cells

    assert [cell["shop.town_name"] for cell in towns] == ["North", "South", "未知商店"]
    assert [cell["shop.shop_name"] for cell in shops] == ["甲", "Beta"]  # b has no Chinese name
    assert str(browser.cube.label) == "销售"


def test_the_visible_version_of_a_dimension_decides_the_members(market: Market) -> None:
    moved = market.browser(snapshot_of(2, shops=2))
    none = market.browser(snapshot_of(2, shops=0))

    assert _towns(moved) == {"south": 2, "unknown": 3}
    assert _towns(none) == {"unknown": 5}


def _towns(browser: ClickHouseBrowser) -> dict[str, int]:
    cells = browser.aggregate(aggregates="sales", drilldown="shop:town").cells
    return {cell["shop.town"]: cell["sales"] for cell in cells}


def test_years_of_iso_weeks_are_not_calendar_years(browser: ClickHouseBrowser) -> None:
    weeks = browser.aggregate(aggregates="sales", drilldown="time@iso:week").cells
    years = browser.aggregate(aggregates="sales", drilldown="time:year").cells

    assert [(c["time.iso_year"], c["time.week"], c["sales"]) for c in weeks] == [
        (2020, 53, 3),  # 31 December and 3 January
        (2021, 1, 1),
        (2021, 9, 1),
    ]
    assert [(c["time.year"], c["sales"]) for c in years] == [(2020, 2), (2021, 3)]


@pytest.mark.parametrize(
    ("cut", "sales"),
    [
        ("time:2021", 3),
        ("time:2020,4,12,31", 2),
        ("time:2021,1,1,3-2021,1,1", 2),  # from 3 January to the end of January
        ("time:-2020", 2),
        ("time@iso:2020,53", 3),
        ("!time:2021,1,1", 3),
        ("time:__null__", 0),
        ("shop:north", 2),
        ("shop:unknown", 2),
        ("shop:south,b;north,a", 3),
        ("!shop:north,a", 3),  # a sale without a shop is in the town unknown, not in north
        ("shop:unknown,__null__", 1),
        ("shop:north,b-south", 1),  # the pair (north, a) comes before (north, b)
        ("shop:-south,a", 2),
        ("pieces:2-", 3),
        ("pieces:\\-1-2", 2),
        ("!pieces:\\-1-2", 2),
        ("pieces:__null__", 1),
        ("!pieces:__null__", 4),
        ("pieces:5;__null__", 2),
        ("price:1.5", 2),
        ("price:0.1-1.500", 3),
        ("delivered:2021\\-01\\-02-2021\\-01\\-03", 1),
        ("article:apple|pieces:3-", 1),
        ("article:apple|article:pear", 0),  # two cuts of one dimension are both met
        ("article:", 0),
        ("pieces:-", 5),
    ],
)
def test_a_cut_leaves_what_it_says(browser: ClickHouseBrowser, cut: str, sales: int) -> None:
    assert browser.aggregate(cut, aggregates="sales").summary == {"sales": sales}


def test_the_order_is_what_is_asked_and_ties_go_by_key(browser: ClickHouseBrowser) -> None:
    by_sales = browser.aggregate(
        aggregates="sales,price_sum", drilldown="article", order="sales:desc", page=0, page_size=9
    )
    by_price = browser.aggregate(
        aggregates="sales,price_sum", drilldown="article", order=[("price_sum", "asc")],
        page=0, page_size=9,
    )  # fmt: skip

    assert [cell["article"] for cell in by_sales.cells] == ["apple", "pear", "plum"]
    assert [cell["article"] for cell in by_price.cells] == ["plum", "pear", "apple"]


def test_a_level_can_be_ordered_downwards(browser: ClickHouseBrowser) -> None:
    cells = browser.aggregate(aggregates="sales", drilldown="pieces").cells

    assert [cell["pieces"] for cell in cells] == [5, 3, 2, -1, None]


def test_pages_count_from_zero_and_know_the_whole(browser: ClickHouseBrowser) -> None:
    pages = [
        browser.aggregate(aggregates="sales", drilldown="article", page=number, page_size=2)
        for number in range(3)
    ]

    assert [[cell["article"] for cell in page.cells] for page in pages] == [
        ["apple", "pear"],
        ["plum"],
        [],
    ]
    assert [page.total_cell_count for page in pages] == [3, 3, 3]
    assert {page.summary["sales"] for page in pages} == {5}


def test_a_summary_beside_cells_is_what_it_is_alone(browser: ClickHouseBrowser) -> None:
    alone = browser.aggregate().summary

    for drilldown in ("article", "time:day|shop:shop", "pieces", "price"):
        for cut in ("", "!article:plum", "article:none"):
            beside = browser.aggregate(cut, drilldown=drilldown, page=0, page_size=2)
            assert beside.summary == browser.aggregate(cut).summary
            assert list(beside.summary) == list(alone)
            assert all(set(cell) & set(alone) == set(alone) for cell in beside.cells)
            assert not any(name.startswith("__total__") for cell in beside.cells for name in cell)


def test_sums_and_extremes_of_all_come_with_the_cells_in_one_pass(market: Market) -> None:
    asked = Asked(market.store.readers)
    browser = Cubes(market.model, asked).browser("sales", snapshot_of(2))

    browser.aggregate(aggregates="sales,pieces_sum,price_min,weight_max", drilldown="time:year")
    assert len(asked.texts) == 1
    browser.aggregate(aggregates="sales,shops", drilldown="time:year")
    assert [("uniqExact" in sql, "count()" in sql) for sql in asked.texts[1:]] == [
        (True, True),
        (True, False),  # what is distinct in all does not follow from the parts
    ]
    browser.aggregate(aggregates="sales", drilldown="time:year", summary=False)
    assert len(asked.texts) == 4
    assert "OVER" not in asked.texts[3]


def test_a_split_says_for_each_cell_which_part_it_is(browser: ClickHouseBrowser) -> None:
    answer = browser.aggregate(aggregates="sales", drilldown="time:year", split="shop:north,a")

    assert [(c["__within_split__"], c["time.year"], c["sales"]) for c in answer.cells] == [
        (False, 2021, 3),
        (True, 2020, 2),
    ]
    assert answer.has_split is True


def test_without_a_level_it_drills_below_the_point_that_is_cut(browser: ClickHouseBrowser) -> None:
    def levels(cut: str, drill: str) -> object:
        return browser.aggregate(cut, aggregates="sales", drilldown=drill).levels

    assert levels("", "time") == {"time": ["year"]}
    assert levels("time:2021,1", "time") == {"time": ["year", "quarter", "month"]}
    assert levels("!time:2021,1", "time") == {"time": ["year", "quarter"]}
    assert levels("time:2020-2021", "time") == {"time": ["year"]}
    assert levels("", "time@iso:week|shop") == {
        "time@iso": ["iso_year", "week"],
        "shop": ["town"],
    }


def test_several_threads_may_ask_one_browser(browser: ClickHouseBrowser) -> None:
    cuts = ["time:2020", "time:2021", "shop:north", "pieces:2-"] * 10

    def sales(cut: str) -> int:
        return int(browser.aggregate(cut, aggregates="sales").summary["sales"])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(sales, cuts)) == [2, 3, 2, 3] * 10


def test_an_answer_beyond_the_limit_is_refused_and_a_page_of_it_is_not(market: Market) -> None:
    browser = market.browser(snapshot_of(2), limits=Limits(cells=2, members=2, facts=2))

    for ask in (
        lambda: browser.aggregate(drilldown="shop:town"),
        lambda: browser.members(dimension="shop"),
        lambda: browser.facts(),
        lambda: browser.facts(page=0, page_size=3),
    ):
        with pytest.raises(LimitReached, match="2"):
            ask()
    assert len(browser.aggregate(drilldown="shop:town", page=0, page_size=2).cells) == 2


def test_a_level_with_many_members_wants_a_page_or_a_cut(browser: ClickHouseBrowser) -> None:
    with pytest.raises(InvalidInput, match="article:article has many members"):
        browser.aggregate(drilldown="article")
    with pytest.raises(InvalidInput, match="many members"):
        browser.aggregate("article:a-b", drilldown="article")

    assert len(browser.aggregate("article:apple;pear", drilldown="article").cells) == 2


def test_what_the_cube_does_not_have_is_said_with_what_it_has(browser: ClickHouseBrowser) -> None:
    with pytest.raises(NotFound, match="no aggregate 'profit'") as unknown:
        browser.aggregate(aggregates="profit")
    assert "turnover_sum" in unknown.value.allowed
    with pytest.raises(ManyErrors, match=r"'profit'.*'loss'"):
        browser.aggregate(aggregates=["profit", "loss"])
    with pytest.raises(InvalidInput, match="to sort by") as order:
        browser.aggregate(aggregates="sales", order="profit")
    assert "sales" in order.value.allowed
    with pytest.raises(InvalidInput, match="asc or desc"):
        browser.aggregate(aggregates="sales", order="sales:up")
    with pytest.raises(InvalidInput, match="no field 'profit'"):
        browser.facts(fields="profit")
    with pytest.raises(InvalidInput, match="whole number from 0"):
        browser.facts(page=-1, page_size=10)
    with pytest.raises(InvalidInput, match="no level 'street'"):
        browser.members(dimension="shop", level="street")


def test_cubes_own_cells_and_reports_work_on_it(browser: ClickHouseBrowser) -> None:
    cell = browser.aggregate("time:2021|!shop:north").cell

    report = browser.report(
        cell,
        {
            "figures": {"query": "aggregate", "aggregates": ["sales"]},
            "shops": {"query": "members", "dimension": "shop", "level": "town"},
        },
    )

    assert report["figures"].summary == {"sales": 3}
    assert [row["shop.town"] for row in report["shops"]] == ["south", "unknown"]
    details = browser.cell_details(browser.aggregate("shop:north,a").cell)
    assert [level["_label"] for level in details[0]] == ["North", "Alpha"]


def test_an_answer_can_be_written_as_cubes_writes_it(browser: ClickHouseBrowser) -> None:
    answer = browser.aggregate("time:2020", aggregates="sales", drilldown="shop").to_dict()

    assert answer["aggregates"] == ["sales"]
    assert answer["cells"] == [{"shop.town": "north", "shop.town_name": "North", "sales": 2}]
    assert answer["cell"][0]["path"] == ["2020"]
    assert answer["cell"][0]["hierarchy"] == "ymd"
