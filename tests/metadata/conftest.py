"""Metadata for the tests of this folder: SQLite, or PostgreSQL by one variable."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.metadata.session import Metadata
from tests.stores import Clock, new_metadata


@pytest.fixture
def metadata(tmp_path: Path) -> Iterator[Metadata]:
    """Empty metadata of the newest schema."""
    with new_metadata(tmp_path) as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    """A clock that starts on 2 March 2026 at eight."""
    return Clock()
