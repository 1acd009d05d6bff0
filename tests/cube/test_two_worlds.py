"""Two worlds that are equal within a scope and differ outside of it answer alike, to the byte."""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest

from server.access import Scope, ScopeRule
from server.cube.browser import ClickHouseBrowser
from server.errors import IndicubeError
from tests.cube.market import Market, Sale, Shop, snapshot_of

SCOPE = Scope((ScopeRule("shop", ("north",)), ScopeRule("shop", ("south", "s1"))))
INSIDE, OUTSIDE = ("n1", "n2", "s1"), ("s2", "s3", "lost", None)
SHOPS = [
    Shop(1, 1, "n1", "North 1", town="north", town_name="North", floors=1),
    Shop(1, 2, "n2", "North 2", town="north", town_name="North", floors=2),
    Shop(1, 3, "s1", "South 1", town="south", town_name="South", floors=3),
]


@pytest.fixture(scope="module")
def worlds() -> Iterator[tuple[Market, Market]]:
    """The second world has other sales and other shops outside of the scope, and more of them."""
    within = _sales(1, INSIDE, 60, load=1)
    other = [Shop(1, 9, "s2", "South 2", town="south", town_name="South")]
    poor = Market().insert(within, SHOPS)
    rich = Market().insert([*within, *_sales(2, OUTSIDE, 90, load=2)], [*SHOPS, *other])
    yield poor, rich
    poor.close()
    rich.close()


def _sales(seed: int, shops: tuple[str | None, ...], number: int, load: int) -> list[Sale]:
    chance = random.Random(seed)  # noqa: S311  # the same facts every time
    return [
        Sale(
            load,
            row,
            date(2021, 1, 1) + timedelta(days=chance.randrange(90)),
            chance.choice(shops),
            f"article {seed}{chance.randrange(5)}",
            chance.randint(-9, 9),
            Decimal(chance.randrange(900)) / 100,
            paid=chance.randint(0, 1),
        )
        for row in range(number)
    ]


QUESTIONS: list[Callable[[ClickHouseBrowser], object]] = [
    lambda b: b.aggregate().to_dict(),
    lambda b: b.aggregate(drilldown="shop:shop|time:month").to_dict(),
    lambda b: b.aggregate(drilldown="shop:town").to_dict(),
    lambda b: b.aggregate("!shop:north,n1", drilldown="pieces").to_dict(),
    lambda b: b.aggregate("shop:south;unknown", drilldown="time@iso:week").to_dict(),
    lambda b: b.aggregate(drilldown="shop:town", split="shop:south").to_dict(),
    lambda b: b.aggregate(drilldown="article", page=1, page_size=3, order="sales:desc").to_dict(),
    lambda b: b.aggregate(drilldown="shop", order="price_sum", page=0, page_size=1).to_dict(),
    lambda b: b.members(dimension="shop"),
    lambda b: b.members(dimension="article", search="2"),
    lambda b: b.members("shop:south", dimension="shop", from_table=True),
    lambda b: list(b.facts(order="pieces")),
    lambda b: (list(b.facts(page=1, page_size=7)), b.facts(total=True).total),
    lambda b: [b.fact(f"{load}.{row}") for load in (1, 2) for row in range(5)],
    lambda b: b.cell_details(b.aggregate("shop:south,s2|shop:south,s1").cell),
    lambda b: b.aggregate("shop:south,s2,more"),
    lambda b: b.aggregate("article:article 21", drilldown="article").to_dict(),
]


@pytest.mark.parametrize("number", range(len(QUESTIONS)))
def test_no_answer_tells_the_worlds_apart(worlds: tuple[Market, Market], number: int) -> None:
    answers = [_answer(QUESTIONS[number], world.browser(snapshot_of(2), SCOPE)) for world in worlds]

    assert answers[0] == answers[1]


def test_without_the_scope_the_worlds_differ(worlds: tuple[Market, Market]) -> None:
    poor, rich = (world.browser(snapshot_of(2)).aggregate().summary for world in worlds)

    assert (poor["sales"], rich["sales"]) == (60, 150)


def _answer(question: Callable[[ClickHouseBrowser], object], browser: ClickHouseBrowser) -> str:
    try:
        return repr(question(browser))
    except IndicubeError as error:
        return f"{type(error).__name__}: {error}"
