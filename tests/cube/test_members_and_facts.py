"""Members, single facts, and what a snapshot shows of them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from server.cube.browser import ClickHouseBrowser, fact_key
from server.errors import InvalidInput
from tests.cube.conftest import SALES
from tests.cube.market import Market, Sale, Shop, snapshot_of


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


def test_a_search_minds_neither_case_nor_what_a_letter_means_elsewhere() -> None:
    names = ("Zürich 100%", "ZÜRICH_2", "ИЖЕВСК", "苹果店", "a\\b", "Ωmega")
    market = Market().insert(
        [Sale(1, row, date(2021, 1, 1), f"s{row}") for row in range(len(names))],
        [Shop(1, row, f"s{row}", name) for row, name in enumerate(names)],
    )
    browser = market.browser(snapshot_of(1))

    def found(text: str) -> list[object]:
        return [row["shop.shop_name"] for row in browser.members(dimension="shop", search=text)]

    assert found("zürich") == list(names[:2])
    assert found("0%") == ["Zürich 100%"]
    assert found("H_") == ["ZÜRICH_2"]
    assert found("ижевск") == ["ИЖЕВСК"]
    assert found("果") == ["苹果店"]
    assert found("A\\B") == ["a\\b"]
    assert found("ωMEGA") == ["Ωmega"]
    assert found("S3") == ["苹果店"]  # by its key
    market.close()


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


def test_facts_are_sorted_by_what_they_do_not_show_too(browser: ClickHouseBrowser) -> None:
    def rows(order: str, **options: Any) -> list[int]:
        return [row["_row"] for row in browser.facts(order=order, **options)]

    for order in ("pieces:desc", "shop.town,turnover:desc", "time.date:desc"):
        assert rows(order, fields=["article"]) == rows(order)
        assert rows(order, fields=["article"]) == rows(order, fields=["pieces", "turnover"])


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
