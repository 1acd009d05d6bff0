"""Opening everything together: what does not belong together is refused, and nothing stays open."""

from pathlib import Path

import pytest

from loaders.context import context_of
from loaders.load import run_load
from server.errors import ModelMismatch
from server.runtime import open_runtime
from tests.stores import settings_for


def test_facts_without_their_metadata_are_refused(tmp_path: Path) -> None:
    """Rows that the ledger does not know would be visible; the start says so instead."""
    settings = settings_for(tmp_path)
    runtime = open_runtime(settings)
    run_load(context_of(runtime), "carriers")
    runtime.close()
    for file in tmp_path.glob("metadata.db*"):
        file.unlink()

    with pytest.raises(ModelMismatch, match="rows of batches that the ledger does not know"):
        open_runtime(settings)


def test_a_runtime_opens_again_with_what_it_held(tmp_path: Path) -> None:
    """Closed and opened, the same snapshot is there."""
    settings = settings_for(tmp_path)
    runtime = open_runtime(settings)
    run_load(context_of(runtime), "carriers")
    number = runtime.snapshot().number
    runtime.close()

    again = open_runtime(settings)
    assert again.snapshot().number == number == 1
    again.close()
