"""The small shop's load context, empty for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loaders.context import LoadContext
from loaders.load import run_load
from tests.loading import shop_context
from tests.shop_loads import sales_text


@pytest.fixture
def context(tmp_path: Path) -> Iterator[LoadContext]:
    """Real metadata and a real store."""
    with shop_context(tmp_path) as opened:
        yield opened


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes a source file and answers its path."""

    def write(text: str | bytes, name: str = "sales.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


@pytest.fixture
def shop(context: LoadContext, written: Callable[..., Path]) -> LoadContext:
    """Two loads of sales, 10 and 5 rows, and two stores; four in all were to be seen at most."""
    run_load(context, "sales", written(sales_text(10)))
    run_load(context, "sales", written(sales_text(5, first=100, store="Bonn")))
    run_load(context, "stores", written("store,city\nKöln,Cologne\nBonn,NA\n", "stores.csv"))
    return context
