"""The browser on a handful of sales whose figures were worked out by hand."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from server.cube.browser import ClickHouseBrowser, Limits, fact_key
from server.errors import InvalidInput, LimitReached, ManyErrors, NotFound
from tests.cube.market import Market, Sale, Shop, snapshot_of

SHOPS = [
    Shop(1, 1, "a", "Alpha", "甲", "north", "North", floors=2),
    Shop(1, 2, "b", "Beta", None, "south", "South", floors=None),
    Shop(1, 3, "idle", "Idle", None, "south", "South", floors=1),
    Shop(1, 4, "lost", "Lost", None, None, None, floors=1),
    Shop(2, 1, "a", "Alpha moved", None, "south", "South", floors=3),
]
SALES = [
    Sale(1, 1, date(2020, 12, 31), "a", "apple", 3, Decimal("1.50"), 0.5, 7, date(2021, 1, 2), 1),
    Sale(1, 2, date(2020, 12, 31), "a", "apple", None, Decimal("2.00"), None, 1, None, 1),
    Sale(1, 3, date(2021, 1, 3), "b", "pear", -1, Decimal("1.50"), 0.25, 1, None, 0),
    Sale(1, 4, date(2021, 1, 4), "new", "pear", 2, None, None, 1, date(2021, 1, 4), 1),
    Sale(2, 1, date(2021, 3, 1), None, "plum", 5, Decimal("0.10"), None, 2**64 - 1, None, 1),
    Sale(3, 1, date(2021, 3, 1), "a", "late", 100, Decimal("9.99"), 9.0, 1, None, 1),  # above top
]


@pytest.fixture(scope="module")
def market() -> Iterator[Market]:
    market = Market().insert(SALES, SHOPS)
    yield market
    market.close()


@pytest.fixture
def browser(market: Market) -> ClickHouseBrowser:
    """Everything that is published: batches 1 and 2."""
    return market.browser(snapshot_of(2))


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


def test_members_are_those_with_facts_in_the_cell(browser: ClickHouseBrowser) -> None:
    def shops(**options: Any) -> list[object]:
        return [row["shop.shop"] for row in browser.members(dimension="shop", **options)]

    assert shops() == ["a", "b", "new", None]
    assert shops(cell="time:2021") == ["b", "new", None]
    assert shops(search="ALPH") == ["a"]
    assert shops(search="unknown") == [None]
    assert shops(page=1, page_size=2) == ["new", None]
    assert [row["shop.town"] for row in browser.members(dimension="shop", depth=1)] == [
        "north",
        "south",
        "unknown",
    ]


def test_members_of_the_table_need_no_facts(browser: ClickHouseBrowser) -> None:
    def shops(**options: Any) -> list[object]:
        rows = browser.members(dimension="shop", from_table=True, **options)
        return [row["shop.shop"] for row in rows]

    assert shops() == ["a", "b", "idle", "lost"]
    assert shops(cell="shop:south") == ["b", "idle"]
    assert shops(search="idl") == ["idle"]
    assert shops(cell="time:2021") == ["b", "new", None]  # only facts know that


def test_facts_carry_batch_and_row_and_never_tie(browser: ClickHouseBrowser) -> None:
    rows = list(browser.facts("article:pear", fields="pieces,turnover,shop.town_name,time.date"))

    assert rows == [
        {
            "_load": 1, "_row": 3, "pieces": -1, "turnover": Decimal("-1.50"),
            "shop.town_name": "South", "time.date": date(2021, 1, 3),
        },
        {
            "_load": 1, "_row": 4, "pieces": 2, "turnover": None,
            "shop.town_name": "Unknown shop", "time.date": date(2021, 1, 4),
        },
    ]  # fmt: skip


def test_facts_come_ordered_and_by_page_with_their_number(browser: ClickHouseBrowser) -> None:
    page = browser.facts(order="pieces:desc", fields=["pieces"], page=0, page_size=2, total=True)

    assert [row["pieces"] for row in page] == [5, 3]
    assert page.total == 5
    assert browser.facts().total is None


def test_facts_show_every_column_unless_fields_are_named(browser: ClickHouseBrowser) -> None:
    row = next(iter(browser.facts("article:plum")))

    assert row["serial"] == 2**64 - 1
    assert row["shop.shop"] is None
    assert {"_load", "_row", "time.month", "shop.floors", "day", "weight", "paid"} <= set(row)


def test_a_fact_is_found_again_by_its_key(browser: ClickHouseBrowser) -> None:
    row = next(iter(browser.facts("article:plum")))

    assert fact_key(row) == "2.1"
    assert browser.fact("2.1") == row
    assert browser.fact("3.1") is None  # its batch is above what is published
    assert browser.fact("9.9") is None
    with pytest.raises(InvalidInput, match=r"12\.345"):
        browser.fact("plum")


def test_batches_that_are_hidden_or_above_the_top_are_nowhere(market: Market) -> None:
    hidden = market.browser(snapshot_of(3, hidden=[2]))
    nothing = market.browser(snapshot_of(0))

    assert hidden.aggregate(aggregates="sales").summary == {"sales": 5}
    assert [row["article"] for row in hidden.members(dimension="article")] == [
        "apple",
        "late",
        "pear",
    ]
    assert hidden.fact("2.1") is None
    assert {row["_load"] for row in hidden.facts()} == {1, 3}
    assert nothing.aggregate(aggregates="sales").summary == {"sales": 0}
    assert nothing.members(dimension="shop") == []


def test_a_load_that_arrives_between_two_questions_changes_neither(market: Market) -> None:
    """The same page asks twice; a batch is stored in between, but not published."""
    browser = market.browser(snapshot_of(2))
    before = browser.aggregate(drilldown="time:year").cells

    market.insert([replace(SALES[0], load=4, row=1), replace(SALES[0], load=5, row=1)])

    assert browser.aggregate(drilldown="time:year").cells == before


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
