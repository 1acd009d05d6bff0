"""A runtime over the real flights with metadata and a folder of exports of its own."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loaders.sample import apply_everything
from server.metadata.session import open_metadata
from server.runtime import Runtime
from tests.stores import place_metadata
from tests.web.people import Clock


@pytest.fixture
def clock() -> Clock:
    """A clock that a test moves."""
    return Clock(datetime(2026, 11, 22, 9, 0, tzinfo=UTC))


@pytest.fixture
def own(flights: Runtime, clock: Clock, tmp_path: Path) -> Iterator[Runtime]:
    """The loaded flights with a copy of their metadata, and a folder of exports of one's own."""
    source = sqlite3.connect(flights.settings.database.removeprefix("sqlite:///"))
    with source, sqlite3.connect(tmp_path / "metadata.db") as target:
        source.backup(target)
    source.close()
    target.close()
    metadata = open_metadata(f"sqlite:///{tmp_path}/metadata.db")
    settings = replace(flights.settings, exports=tmp_path / "exports")
    yield replace(flights, metadata=metadata, settings=settings, clock=clock)
    metadata.close()


@pytest.fixture
def empty(flights: Runtime, clock: Clock, tmp_path: Path) -> Iterator[Runtime]:
    """The same store with metadata that know definitions and no load: every figure is absent."""
    metadata = open_metadata(place_metadata(tmp_path))
    settings = replace(flights.settings, exports=tmp_path / "exports")
    runtime = replace(flights, metadata=metadata, settings=settings, clock=clock)
    apply_everything(runtime, runtime.cubes.model, "system")
    yield runtime
    metadata.close()
