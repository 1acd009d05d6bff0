"""The longest files are begun first, so that every process of a run has work until its end."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
# The longest first, as they were when it was last looked at.
BEGUN_FIRST = (
    "truth/test_truth_laws.py",
    "web/test_every_screen.py",
    "web/test_slicer_browser.py",
    "test_embedded.py",
    "ledger/test_crash.py",
    "exports/test_crash.py",
    "web/test_dashboard_in_browser.py",
    "ledger/test_heal_built.py",
    "ledger/test_sequences.py",
    "exports/test_memory.py",
    "exports/test_long_memory.py",
    "loaders/test_commands.py",
    "ledger/test_crash_repair.py",
    "api/test_openapi.py",
    "loaders/test_cube_import_processes.py",
    "truth/test_same_everywhere_laws.py",
    "truth/test_table_of_measures.py",
    "worlds/test_two_worlds.py",
    "web/test_in_browser.py",
    "ledger/test_verify.py",
    "web/test_slicer_page.py",
    "exports/test_kills.py",
    "web/test_metadata_away.py",
    "store/test_broken_parts.py",
    "test_embedded_recovery.py",
    "test_push_recovery.py",
)
_PLACES = {TESTS / name: place for place, name in enumerate(BEGUN_FIRST)}


def pytest_configure(config: pytest.Config) -> None:
    """Files keep the order given here; by itself the one with the most tests would be first."""
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the files; within each the tests stay as they are."""
    items.sort(key=lambda item: _PLACES.get(item.path, len(BEGUN_FIRST)))
