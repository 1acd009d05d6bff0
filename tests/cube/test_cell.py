"""The scope is in every cell; no cut takes it out or makes it wider."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.access import EVERYTHING, Scope, ScopeRule
from server.cube.cell import ScopedCell, parse_cuts, scoped_cell
from server.errors import NotAllowed
from tests.cube.market import Market, Sale, Shop, market_model, snapshot_of

MODEL = market_model()
SALES, VISITS = MODEL.cube("sales"), MODEL.cube("visits")
NORTH = Scope((ScopeRule("shop", ("north",)),))
ALPHA_OR_SOUTH = Scope((ScopeRule("shop", ("north", "a")), ScopeRule("shop", ("south",))))

FACTS = [
    Sale(1, 1, date(2021, 1, 1), "a", "north a", 1),
    Sale(1, 2, date(2021, 1, 2), "b", "north b", 2),
    Sale(1, 3, date(2021, 1, 3), "c", "south c", 3),
    Sale(1, 4, date(2021, 1, 4), "nowhere", "unknown", 4),
    Sale(1, 5, date(2021, 1, 5), None, "none", 5),
]
SHOPS = [
    Shop(1, 1, "a", "A", town="north"),
    Shop(1, 2, "b", "B", town="north"),
    Shop(1, 3, "c", "C", town="south"),
]


@pytest.fixture(scope="module")
def market() -> Iterator[Market]:
    market = Market().insert(FACTS, SHOPS)
    yield market
    market.close()


def _articles(market: Market, scope: Scope, cut: str = "") -> list[str]:
    return [row["article"] for row in market.browser(snapshot_of(1), scope).facts(cut)]


def test_rules_of_one_dimension_are_alternatives_and_unknown_members_are_not_in_them(
    market: Market,
) -> None:
    assert _articles(market, EVERYTHING) == ["north a", "north b", "south c", "unknown", "none"]
    assert _articles(market, NORTH) == ["north a", "north b"]
    assert _articles(market, ALPHA_OR_SOUTH) == ["north a", "south c"]
    assert _articles(market, Scope((ScopeRule("shop", ("unknown",)),))) == ["unknown", "none"]


def test_rules_of_different_dimensions_all_apply(market: Market) -> None:
    scope = Scope((*NORTH.rules, ScopeRule("article", ("north b",)), ScopeRule("time", ("2021",))))

    assert _articles(market, scope) == ["north b"]


def test_a_cut_of_the_scoped_dimension_narrows_and_never_replaces(market: Market) -> None:
    for cut in ("shop:south", "!shop:north", "shop:north;south;unknown", "shop:-", "shop:__null__"):
        assert set(_articles(market, NORTH, cut)) <= {"north a", "north b"}
    assert _articles(market, NORTH, "shop:north,b") == ["north b"]


CUT = st.sampled_from(
    ["shop:south", "!shop:south", "shop:-", "!shop:-", "shop:a;b;c;d;e", "shop:__null__;unknown",
     "pieces:-", "pieces:__null__", "!pieces:1", "time:2021", "!time:2020", "article:none"]
)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cuts=st.lists(CUT, max_size=4), split=CUT)
def test_whatever_is_asked_nothing_outside_the_scope_is_answered(
    market: Market, cuts: list[str], split: str
) -> None:
    browser = market.browser(snapshot_of(1), NORTH)
    answer = browser.aggregate(cuts, drilldown="shop:shop|time:day", split=split)

    assert answer.summary["sales"] <= 2
    assert {cell["shop.town"] for cell in answer.cells} <= {"north"}
    assert answer.total_cell_count == len(answer.cells)
    assert {row["shop.shop"] for row in browser.members(cuts, "shop")} <= {"a", "b"}
    assert {row["shop.shop"] for row in browser.members(cuts, "shop", from_table=True)} <= {
        "a",
        "b",
    }
    assert {row["article"] for row in browser.members(cuts, "article")} <= {"north a", "north b"}
    assert browser.facts(cuts, total=True).total in (0, 1, 2)


def test_members_of_the_table_are_listed_only_as_far_as_the_scope_is_about_them(
    market: Market,
) -> None:
    """What a scope on articles leaves of the shops only facts can tell."""
    by_article = market.browser(snapshot_of(1), Scope((ScopeRule("article", ("north a",)),)))
    by_town = market.browser(snapshot_of(1), NORTH)

    for browser, shops in ((by_article, ["a"]), (by_town, ["a", "b"])):
        rows = browser.members(dimension="shop", from_table=True)
        assert [row["shop.shop"] for row in rows] == shops


def test_a_key_or_a_path_outside_the_scope_is_not_there(market: Market) -> None:
    browser = market.browser(snapshot_of(1), NORTH)

    assert browser.fact("1.1") is not None
    assert browser.fact("1.3") is None
    assert browser.path_details("shop", ["south"], "default") is None
    assert browser.path_details("shop", ["north"], "default") is not None


def test_the_scope_is_not_among_the_cuts_of_an_answer(market: Market) -> None:
    answer = market.browser(snapshot_of(1), NORTH).aggregate("time:2021")

    assert [cut["dimension"] for cut in answer.to_dict()["cell"]] == ["time"]


def test_a_cube_without_the_scoped_dimension_is_closed_unless_it_says_so(market: Market) -> None:
    by_article = Scope((ScopeRule("shop", ("north",)), ScopeRule("pieces", ("1",))))

    assert scoped_cell(VISITS, (), NORTH).scope_cuts == ()  # visits are open to shop
    with pytest.raises(NotAllowed, match="has no pieces") as refused:
        scoped_cell(VISITS, (), by_article)
    assert refused.value.code == "outside_scope"
    with pytest.raises(NotAllowed):
        market.browser(snapshot_of(1), by_article, cube="visits").aggregate()


@pytest.mark.parametrize("path", [(), ("north", "a", "too long"), ("x" * 2000,)])
def test_a_scope_that_cannot_be_applied_shows_nothing(path: tuple[str, ...]) -> None:
    with pytest.raises(NotAllowed, match="ask an administrator"):
        scoped_cell(SALES, (), Scope((ScopeRule("shop", path),)))


def test_a_scope_of_the_wrong_type_shows_nothing() -> None:
    with pytest.raises(NotAllowed):
        scoped_cell(SALES, (), Scope((ScopeRule("pieces", ("many",)),)))


def test_a_cell_can_be_made_in_no_other_way() -> None:
    cell = scoped_cell(SALES, parse_cuts(SALES, "pieces:1"), NORTH)

    with pytest.raises(TypeError):
        ScopedCell(SALES, (), (), None)
    with pytest.raises(TypeError):
        replace(cell)  # type: ignore[type-var]
    with pytest.raises(AttributeError):
        cell.scope_cuts = ()
    with pytest.raises(AttributeError):
        del cell.scope_cuts
    assert cell.narrowed(parse_cuts(SALES, "shop:south")).scope_cuts == cell.scope_cuts
