"""Stocks on the last or the first day are served by roll-ups of days, and are what they were."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.cube.browser import Cubes
from server.errors import InvalidInput
from tests.cube.market import Market, Shop, snapshot_of
from tests.cube.rolled_market import Watched, ready, rolled_up_model
from tests.cube.test_stock_laws import (
    DAYS,
    FIRST,
    LAWS,
    LEVELS,
    TOWNS,
    Cut,
    _count,
    _cuts,
    _drills,
    _text,
)

ROLL_UPS: list[dict[str, Any]] = [
    {"name": "by_day", "keys": ["time:day", "shop"]},
    {"name": "by_month", "keys": ["time:month", "shop", "article"]},
]
KEPT = ("facts", "amounts", "stock_last", "stock_first", "worth_last", "stock_per_shop")


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """The counts of the laws of stocks, each a hundred times."""
    chance = random.Random(20210101)  # noqa: S311  # the same facts every time
    counts = [_count(chance, number) for number in range(240)]
    shops = [Shop(1, 1, shop, None, None, town, None) for shop, town in TOWNS.items()]
    model = rolled_up_model(tmp_path_factory.mktemp("market") / "models", ROLL_UPS, cube=2)
    market = Market(model).insert(shops=shops, counts=counts)
    with market.store.writer() as writer:
        writer.run("INSERT INTO stock SELECT * FROM stock ARRAY JOIN range(99) AS again")
    yield market
    market.close()


def test_a_roll_up_of_days_keeps_stocks_and_one_of_months_does_not(market: Market) -> None:
    by_day, by_month = market.model.cube("stock").roll_ups

    assert set(KEPT) - {"stock_per_shop"} <= set(by_day.aggregates)
    assert "stock_most" not in by_day.aggregates
    assert not {"stock_last", "stock_first"} & set(by_month.aggregates)


QUESTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "months": ({"drilldown": "time:month", "aggregates": "stock_last,amounts"}, "by_day"),
    "shops": ({"drilldown": "shop:shop", "aggregates": "stock_first,stock_last"}, "by_day"),
    "the whole": ({"cell": "time:2021|shop:north", "aggregates": "stock_last"}, "by_day"),
    "a ratio": ({"drilldown": "time:month", "aggregates": "stock_per_shop"}, "by_day"),
    "runs of days": (
        {"drilldown": "time:month|shop:shop", "aggregates": "stock_last", "time": "rolling-2,ytd"},
        "by_day",
    ),
    "a day for each leaf": ({"drilldown": "time:month", "aggregates": "stock_most"}, "facts"),
    "a filter that no key tells": (
        {"drilldown": "time:month", "aggregates": "apples_last"},
        "facts",
    ),
    "shelves": ({"drilldown": "shelf", "aggregates": "stock_last"}, "facts"),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_stock_is_served_as_python_says_and_the_engine_agrees(market: Market, name: str) -> None:
    question, expected = QUESTIONS[name]
    watched = Watched(market, "stock")
    last = FIRST + timedelta(days=DAYS - 1)
    snapshot = replace(
        snapshot_of(4, [2]), first_dates={"stock": FIRST}, watermarks={"stock": last}
    )
    served = Cubes(market.model, watched).browser("stock", ready(snapshot, market.model))

    answer = served.aggregate(**question)
    plain = market.browser(snapshot, cube="stock").aggregate(**question)

    assert (list(answer.cells or ()), answer.summary) == (list(plain.cells or ()), plain.summary)
    assert answer.served_by.split(", ")[0] == expected  # the summary may be told by another
    if expected != "facts":  # else which days there are may still be read from a roll-up
        assert set(watched.told) == {(expected, expected)}
    assert plain.served_by == "facts"


@settings(LAWS, max_examples=40)
@given(
    cuts=st.lists(_cuts(), max_size=2),
    split=st.one_of(st.none(), _cuts()),
    drills=_drills(),
    hidden=st.sets(st.integers(1, 4), max_size=2),
    names=st.sets(st.sampled_from(KEPT), min_size=1, max_size=3),
    time=st.sampled_from((None, None, "ytd", "mtd,rolling-2")),
)
def test_every_stock_is_the_same_with_roll_ups_and_without(
    market: Market,
    cuts: list[Cut],
    split: Cut | None,
    drills: list[tuple[str, int]],
    hidden: set[int],
    names: set[str],
    time: str | None,
) -> None:
    snapshot = snapshot_of(4, hidden)
    question: dict[str, Any] = {
        "cell": [_text(cut) for cut in cuts],
        "drilldown": [f"{name}:{LEVELS[name][depth - 1]}" for name, depth in drills],
        "aggregates": sorted(names),
        "split": [_text(split)] if split else None,
        "time": time,
        "page": 0,
        "page_size": 1000,
    }

    served, plain = (
        _told(market, each, question) for each in (ready(snapshot, market.model), snapshot)
    )

    assert served == plain


def _told(market: Market, snapshot: Any, question: dict[str, Any]) -> Any:
    """The answer, or why there is none."""
    try:
        answer = market.browser(snapshot, cube="stock").aggregate(**question)
    except InvalidInput as wrong:
        return wrong.message
    return answer.cells, answer.summary, answer.total_cell_count
