"""A real store with a fact table and a dimension, and a database of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.store.client import Store
from server.store.migrate import ensure_tables
from tests.shop import SHOP
from tests.stores import new_store, settings_for


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store with the tables of a small shop."""
    with new_store(settings_for(tmp_path)) as opened:
        ensure_tables(opened, SHOP)
        yield opened
