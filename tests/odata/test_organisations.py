"""Operands of many organisations come from few questions, and are what each alone would have."""

import pytest

from server.access import EVERYTHING, Scope
from server.cube.browser import ClickHouseBrowser
from server.periods import Period, periods_between
from server.runtime import Runtime
from tests.hearing import heard
from tests.web.people import NETWORK
from web.odata.organisations import Asking, Path

MONTHS = tuple(periods_between(Period.parse("2012-12"), Period.parse("2013-12")))
SOME = ("flights", "cancelled", "miles", "aircraft", "departure_delay_avg", "departure_delay_max")
CARRIERS: tuple[Path, ...] = (
    ("low_cost", "B6"), ("low_cost", "WN"), ("network", "AA"), ("network", "HA"),
    ("regional", "OO"), ("regional", "nobody"), ("nothing", None),
)  # fmt: skip
PATHS: tuple[Path, ...] = ((), ("low_cost",), ("network",), ("regional",), ("nothing",), *CARRIERS)


def asking(served: Runtime, scope: Scope, periods: tuple[Period, ...]) -> Asking:
    browser: ClickHouseBrowser = served.cubes.browser("departures", served.snapshot(), scope)
    return Asking(browser, scope, SOME, periods)


@pytest.mark.parametrize("scope", [EVERYTHING, NETWORK], ids=["everything", "network"])
def test_what_is_asked_at_once_is_what_each_has_alone(served: Runtime, scope: Scope) -> None:
    """Also of members without facts, and of months before the first."""
    one = asking(served, scope, MONTHS)
    with heard(served) as statements:
        together = one.of(PATHS)

    assert len(statements) == 3  # the whole, the groups, the carriers
    for path in PATHS:
        assert together[path] == one.of((path,))[path], path


def test_an_answer_that_would_be_too_long_is_asked_in_bites(served: Runtime) -> None:
    days = tuple(periods_between(Period.parse("2013-12-30"), Period.parse("2013-12-31")))
    whole = asking(served, EVERYTHING, days)
    whole.browser.limits = type(whole.browser.limits)(cells=4)
    with heard(served) as statements:
        found = whole.of(CARRIERS[:4])

    assert len(statements) == 2
    assert found[CARRIERS[0]] == whole.of((CARRIERS[0],))[CARRIERS[0]]
