"""Rules of people and roles make the scope that set algebra on members makes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.access import EVERYTHING, Scope, ScopeRule
from server.scope_rules import DatedRule, boundaries, scope_at, undated

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOURS = st.none() | st.integers(-2, 2).map(lambda n: NOON + timedelta(hours=n))
# Every member is a path of three keys; "a" stands at different places of the tree.
LEAVES = tuple(product(("a", "b"), ("a", "c"), ("d", "a", "e")))
PATHS = st.sampled_from([leaf[:depth] for leaf in LEAVES for depth in (1, 2, 3)])
RULES = st.builds(DatedRule, st.sampled_from(["organisation", "region"]), PATHS, HOURS, HOURS)
HOLDERS = st.lists(st.lists(RULES, max_size=5), max_size=3)


def members(holders: Sequence[Sequence[DatedRule]], dimension: str) -> set[tuple[str, ...]]:
    """The members of a dimension that may be seen at noon, found one by one."""
    left: set[tuple[str, ...]] = set(LEAVES)
    for rules in holders:
        own = [rule for rule in rules if rule.dimension == dimension]
        if own:
            left &= {leaf for leaf in LEAVES if any(opens(rule, leaf) for rule in own)}
    return left


def opens(rule: DatedRule, leaf: tuple[str, ...]) -> bool:
    begins, ends = rule.begins_at or NOON, rule.ends_at or NOON + timedelta(hours=9)
    is_below = all(mine == theirs for mine, theirs in zip(rule.path, leaf, strict=False))
    return is_below and begins <= NOON < ends


def seen(scope: Scope, dimension: str) -> set[tuple[str, ...]]:
    """The members that a scope leaves, as a cube would apply it."""
    if dimension not in scope.dimensions:
        return set(LEAVES)
    paths = scope.paths(dimension)
    return {leaf for leaf in LEAVES if any(leaf[: len(path)] == path for path in paths)}


@given(HOLDERS)
def test_the_scope_is_what_remains_of_the_members(holders: list[list[DatedRule]]) -> None:
    scope = scope_at(holders, NOON)

    for dimension in ("organisation", "region"):
        assert seen(scope, dimension) == members(holders, dimension)
        assert (dimension in scope.closed) == (not members(holders, dimension))


@given(HOLDERS, st.randoms())
def test_neither_order_nor_repetition_changes_the_scope(
    holders: list[list[DatedRule]], chance: Random
) -> None:
    turned = [chance.sample([*rules, *rules], 2 * len(rules)) for rules in holders]
    chance.shuffle(turned)

    assert scope_at([*turned, *turned], NOON) == scope_at(holders, NOON)


@given(HOLDERS, st.lists(RULES, min_size=1, max_size=4))
def test_another_holder_only_ever_takes_away(
    holders: list[list[DatedRule]], more: list[DatedRule]
) -> None:
    before, after = scope_at(holders, NOON), scope_at([*holders, more], NOON)

    for dimension in ("organisation", "region"):
        assert seen(after, dimension) <= seen(before, dimension)


@given(HOLDERS.filter(bool), st.data())
def test_a_rule_that_cannot_be_read_only_ever_takes_away(
    holders: list[list[DatedRule]], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(holders) - 1))
    dimension = data.draw(st.sampled_from(["organisation", "region", ""]))
    broken = [*holders]
    broken[place] = [*holders[place], DatedRule(dimension, ())]
    scope = scope_at(broken, NOON)

    assert dimension in scope.closed
    for name in ("organisation", "region"):
        assert seen(scope, name) <= seen(scope_at(holders, NOON), name)


def test_without_rules_everything_may_be_seen() -> None:
    assert scope_at([(), ()], NOON) == EVERYTHING


@pytest.mark.parametrize(
    ("minutes", "open_"), [(-1, False), (0, True), (59, True), (60, False), (61, False)]
)
def test_a_rule_opens_from_its_first_instant_up_to_its_last(minutes: int, open_: bool) -> None:
    """Before and after, the dimension is closed: an ended rule never opens the whole."""
    rule = DatedRule("organisation", ("a",), NOON, NOON + timedelta(hours=1))
    scope = scope_at([[rule]], NOON + timedelta(minutes=minutes))

    assert scope.rules == (ScopeRule("organisation", ("a",) if open_ else ()),)
    assert scope.closed == (() if open_ else ("organisation",))


def test_the_instants_at_which_a_scope_can_change_are_known() -> None:
    hour = timedelta(hours=1)
    rules = [DatedRule("a", ("x",), NOON, NOON + hour), DatedRule("b", ("x",), NOON + hour)]

    assert boundaries(rules) == (NOON, NOON + hour)


def test_a_scope_without_dates_is_the_same_at_every_instant() -> None:
    scope = Scope((ScopeRule("organisation", ("a",)), ScopeRule("region", ("b", "c"))))

    assert scope_at([undated(scope)], NOON - timedelta(days=9999)) == scope
