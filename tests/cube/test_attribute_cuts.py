"""Cuts on attributes that are no keys of levels: of tables, of time, absent ones."""

from dataclasses import replace

import pytest

from server.access import Scope, ScopeRule
from server.cube.browser import ClickHouseBrowser
from server.cube.cuts import Cut, cuts_from_objects, parse_cuts, text_of
from server.errors import InvalidInput, NotFound
from tests.cube.market import Market, market_model, snapshot_of
from tests.cube.test_hostile_text import HOSTILE

SALES = market_model().cube("sales")


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("shop.floors:2", Cut("shop", "", "point", ((2,),), attribute="floors")),
        ("shop.floors:1-", Cut("shop", "", "range", ((1,), ()), attribute="floors")),
        ("!shop.shop_name:Alpha;__null__",
         Cut("shop", "", "set", (("Alpha",), (None,)), True, "shop_name")),
        ("time.month:12", Cut("time", "", "point", ((12,),), attribute="month")),
    ],
)  # fmt: skip
def test_a_dot_names_an_attribute(text: str, cut: Cut) -> None:
    assert parse_cuts(SALES, text) == (cut,)
    assert parse_cuts(SALES, text_of(SALES, [cut])) == (cut,)


def test_an_object_names_it_too() -> None:
    written = {"type": "range", "dimension": "shop", "attribute": "floors", "from": [1], "to": [2]}

    assert cuts_from_objects(SALES, [written]) == parse_cuts(SALES, "shop.floors:1-2")


@pytest.mark.parametrize("text", ["shop.floors:many", "shop.floors:1,2", "shop.floors:1;2-3"])
def test_its_values_have_its_type_and_one_step(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_cuts(SALES, text)


def test_an_attribute_that_is_not_there_is_said_with_those_that_are() -> None:
    with pytest.raises(NotFound, match="no attribute 'moon'") as found:
        parse_cuts(SALES, "shop.moon:full")

    assert found.value.allowed == ("town", "town_name", "shop", "shop_name", "floors")


@pytest.mark.parametrize(
    ("cut", "rows"),
    [
        ("shop.floors:2", ["1.1", "1.2"]),
        ("shop.floors:2-", ["1.1", "1.2"]),
        ("shop.floors:-1", []),
        ("!shop.floors:2", []),  # what has no floors is in no cut and in no negated cut
        ("shop.floors:__null__", ["1.3", "1.4", "2.1"]),
        ("!shop.floors:__null__", ["1.1", "1.2"]),
        ("shop.shop_name:Alpha;Beta", ["1.1", "1.2", "1.3"]),
        ("shop.town:unknown", []),  # nobody's town is called so
        ("shop.town:south", ["1.3"]),
        ("time.month:1;3", ["1.3", "1.4", "2.1"]),
        ("time.weekday:4", ["1.1", "1.2"]),  # Thursdays
        ("time.date:2021\\-01\\-03", ["1.3"]),
        ("article.article:pear", ["1.3", "1.4"]),
    ],
)
def test_facts_within_are_those_of_members_that_have_it(
    browser: ClickHouseBrowser, cut: str, rows: list[str]
) -> None:
    assert sorted(f"{row['_load']}.{row['_row']}" for row in browser.facts(cut)) == rows


def test_it_joins_cuts_on_paths_scope_and_drill_down(market: Market) -> None:
    scope = Scope((ScopeRule("shop", ("north",)),))
    browser = market.browser(snapshot_of(2), scope)

    answer = browser.aggregate("shop.floors:1-9|time:2020", "sales", "shop")

    assert [(row["shop.town"], row["sales"]) for row in answer.cells] == [("north", 2)]
    assert [cut.to_dict()["dimension"] for cut in answer.cell.cuts] == ["shop", "time"]
    assert answer.cell.cuts[0].to_dict()["attribute"] == "floors"


def test_it_does_not_move_the_drill_down(browser: ClickHouseBrowser) -> None:
    answer = browser.aggregate("shop.shop:a", "sales", "shop")

    assert [row["shop.town"] for row in answer.cells] == ["north"]


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_is_only_a_value(browser: ClickHouseBrowser, text: str) -> None:
    cut = Cut("shop", "", "point", ((text,),), attribute="shop_name")

    assert browser.facts([cut]) is not None
    assert list(browser.facts([cut])) == []
    assert len(list(browser.facts([replace(cut, is_negated=True)]))) == 3
