"""What rules leave open is what the engine counts, cube by cube."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.access import ScopeRule
from server.errors import NotAllowed
from server.scope_rules import DatedRule, scope_at
from tests.cube.market import Market, Sale, Shop, snapshot_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOPS = {"a": "north", "b": "north", "c": "south", "d": "south"}
ARTICLES = ("pen", "ink", "pad")
FACTS = [(shop, article) for shop in (*SHOPS, "lost", None) for article in ARTICLES]
WHEN = st.none() | st.sampled_from([NOON - timedelta(1), NOON, NOON + timedelta(1)])
RULE = st.one_of(
    st.builds(DatedRule, st.just("shop"), st.sampled_from(
        [("north",), ("south",), ("north", "a"), ("south", "c"), ("nowhere",), ("unknown",)]
    ), WHEN, WHEN),
    st.builds(DatedRule, st.just("article"), st.sampled_from([("pen",), ("ink",)]), WHEN, WHEN),
)  # fmt: skip


@pytest.fixture(scope="module")
def market() -> Iterator[Market]:
    sales = [
        Sale(1, number, date(2021, 1, 1), shop, article, 1)
        for number, (shop, article) in enumerate(FACTS, start=1)
    ]
    shops = [
        Shop(1, number, shop, shop.upper(), town=town)
        for number, (shop, town) in enumerate(SHOPS.items(), start=1)
    ]
    market = Market().insert(sales, shops)
    yield market
    market.close()


def opened(rules: list[DatedRule], shop: str | None, article: str) -> bool:
    """Whether one holder's rules let a fact be seen, judged by hand."""
    place = {"shop": (SHOPS.get(shop or "", "unknown"), shop), "article": (article,)}
    for dimension, path in place.items():
        own = [rule for rule in rules if rule.dimension == dimension]
        if own and not any(
            tuple(path[: len(rule.path)]) == rule.path
            and (rule.begins_at or NOON) <= NOON
            and (rule.ends_at is None or rule.ends_at > NOON)
            for rule in own
        ):
            return False
    return True


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(own=st.lists(RULE, max_size=4), of_role=st.lists(RULE, max_size=3))
def test_the_engine_counts_the_facts_that_both_leave_open(
    market: Market, own: list[DatedRule], of_role: list[DatedRule]
) -> None:
    expected = sum(opened(own, *fact) and opened(of_role, *fact) for fact in FACTS)
    browser = market.browser(snapshot_of(1), scope_at([own, of_role], NOON))
    try:
        counted = browser.aggregate(aggregates=["sales"]).summary["sales"]
    except NotAllowed:
        counted = 0

    assert counted == expected


def test_a_dimension_of_which_nothing_is_open_closes_every_cube(market: Market) -> None:
    """Also one that is open to people who are confined to a part of the dimension."""
    ended = scope_at([[DatedRule("shop", ("north",), None, NOON)]], NOON)

    assert ended.rules == (ScopeRule("shop", ()),)
    for cube in ("sales", "visits"):
        with pytest.raises(NotAllowed, match="nothing of shop is open") as refused:
            market.browser(snapshot_of(1), ended, cube=cube).aggregate()
        assert refused.value.code == "outside_scope"


def test_a_rule_of_a_dimension_that_is_no_more_closes_every_cube(market: Market) -> None:
    gone = scope_at([[DatedRule("gone", ("x",))], [DatedRule("shop", ("north",))]], NOON)

    for cube in ("sales", "visits"):
        with pytest.raises(NotAllowed, match="has no gone"):
            market.browser(snapshot_of(1), gone, cube=cube).aggregate()


def test_a_rule_of_a_member_that_is_no_more_leaves_no_fact(market: Market) -> None:
    gone = scope_at([[DatedRule("shop", ("closed down",))]], NOON)

    assert market.browser(snapshot_of(1), gone).aggregate().summary["sales"] == 0
    assert market.browser(snapshot_of(1), gone).members(dimension="shop", from_table=True) == []
