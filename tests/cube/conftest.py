"""A handful of sales whose figures were worked out by hand."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from server.cube.browser import ClickHouseBrowser
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
