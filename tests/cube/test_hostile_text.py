"""Whatever people write is only ever a value: it finds itself and touches nothing else."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from server.access import Scope, ScopeRule
from server.cube.browser import ClickHouseBrowser
from server.cube.cell import Cut, text_of
from server.errors import IndicubeError, InvalidInput
from tests.cube.market import Market, Sale, Shop, snapshot_of

HOSTILE = (
    "'", "''", "\\", "\\'", "\\\\'", '"', "`", "\n", "\t", "\0", "%", "_", "?", "{top:UInt32}",
    "' OR 1=1 --", "'; DROP TABLE sales; --", "') UNION ALL SELECT 1 --", "/*", "*/", "--",
    "NULL", "\\N", "__null__ ", "unknown ", "苹果", "😀", "\u202e", "a" * 1000, "x,y", "x|y", "x;y",
    "x-y", "x:y", "x!y", "['a']", "$$",
)  # fmt: skip


@pytest.fixture(scope="module")
def market() -> Iterator[Market]:
    """Each text is an article, a shop and the name of a shop."""
    sales = [
        Sale(1, row, date(2021, 1, 1), text, text) for row, text in enumerate(HOSTILE, start=1)
    ]
    shops = [Shop(1, row, text, text, text, text, text) for row, text in enumerate(HOSTILE)]
    market = Market().insert(sales, shops)
    yield market
    market.close()


@pytest.mark.parametrize("text", HOSTILE)
def test_a_cut_on_any_text_finds_that_text_alone(market: Market, text: str) -> None:
    browser = market.browser(snapshot_of(1))

    assert _found(browser, "article", (text,)) == [text]
    assert _found(browser, "shop", (text, text)) == [text]
    assert _found(browser, "article", (text,), ("none",), ("nor",), ("this",), ("one",)) == [text]
    assert len(_found(browser, "article", (text,), negated=True)) == len(HOSTILE) - 1


def _found(
    browser: ClickHouseBrowser, dimension: str, *paths: tuple[str, ...], negated: bool = False
) -> list[str]:
    kind = "point" if len(paths) == 1 else "set"
    cut = Cut(dimension, "default", kind, paths, negated)  # type: ignore[arg-type]
    return [row["article"] for row in browser.facts(text_of(browser.model, [cut]))]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_search_for_any_text_finds_what_holds_it(market: Market, text: str) -> None:
    rows = market.browser(snapshot_of(1)).members(dimension="article", search=text)

    found = {row["article"] for row in rows}
    assert text in found
    assert all(text.lower() in article.lower() for article in found)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_scope_of_any_text_shows_that_alone(market: Market, text: str) -> None:
    scope = Scope((ScopeRule("shop", (text, text)), ScopeRule("article", (text,))))

    assert [row["article"] for row in market.browser(snapshot_of(1), scope).facts()] == [text]


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_where_a_name_belongs_is_refused_in_a_sentence(market: Market, text: str) -> None:
    browser = market.browser(snapshot_of(1))
    questions: list[Callable[[], object]] = [
        lambda: browser.aggregate(aggregates=[f"a{text}"]),
        lambda: browser.aggregate(drilldown=f"shop{text}:shop"),
        lambda: browser.aggregate(drilldown=f"shop:shop{text}."),
        lambda: browser.aggregate(f"shop{text}x:a"),
        lambda: browser.aggregate(order=[(f"sales{text}", "asc")], drilldown="shop"),
        lambda: browser.aggregate(order=[("sales", f"x{text}")], drilldown="shop"),
        lambda: browser.facts(fields=[f"article{text}."]),
        lambda: browser.members(dimension=f"shop{text}"),
        lambda: browser.members(dimension="shop", hierarchy=f"x{text}"),
        lambda: browser.members(dimension="shop", level=f"shop{text}"),
        lambda: browser.fact(f"1.1{text}x"),
    ]

    for question in questions:
        with pytest.raises(IndicubeError):
            question()
    assert browser.aggregate(aggregates="sales").summary == {"sales": len(HOSTILE)}


def test_what_is_not_text_at_all_is_refused(market: Market) -> None:
    browser = market.browser(snapshot_of(1))

    with pytest.raises(InvalidInput, match="takes a text"):
        browser.aggregate("article:\ud800")
    with pytest.raises(InvalidInput, match="search text"):
        browser.members(dimension="article", search="\ud800")
    with pytest.raises(InvalidInput, match="search text"):
        browser.members(dimension="article", search="a" * 1001)
