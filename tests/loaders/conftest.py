"""The small shop's load context, empty for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loaders.context import LoadContext
from tests.loading import shop_context


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
