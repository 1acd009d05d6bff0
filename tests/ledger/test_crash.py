"""A process that is killed at any named point leaves nothing visible, and the redo is right.

Each case is a real process with real chDB and real SQLite that ends itself at the point with
`os._exit`; further processes look, recover and load again.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from server.ledger.crashpoint import EXIT_CODE, VARIABLE
from tests.shop_loads import sales_text
from tests.stem import run_grown
from tests.stores import place_metadata

ROWS = 1000
ALL = [ROWS, "1250"]
NOTHING = [0, "0"]

# Where a load dies, and what is visible right after.
IN_A_LOAD = {
    "spool.copied:1": NOTHING,
    "spool.renamed:1": NOTHING,
    "receive.spooled:1": NOTHING,
    "receive.before_commit:1": NOTHING,
    "receive.committed:1": NOTHING,
    "batch.before_commit:1": NOTHING,
    "batch.committed:1": NOTHING,
    "steps.progress:1": NOTHING,
    "steps.progress:2": NOTHING,  # one chunk is stored
    "steps.progress:4": NOTHING,  # several are
    "steps.parsed_before_commit:1": NOTHING,
    "steps.parsed:1": NOTHING,
    "steps.stored:1": NOTHING,
    "steps.compared:1": NOTHING,
    "steps.verified:1": NOTHING,
    "publish.before_commit:1": NOTHING,
    "publish.committed:1": ALL,
}


def run(home: Path, *steps: str, crash_at: str | None = None) -> Any:
    """What each step found; None when the process died at the crash point."""
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    if crash_at:
        environment[VARIABLE] = crash_at
    ended = run_grown("tests.ledger.crash_child", str(home), *steps, environment=environment)
    if crash_at:
        assert ended.returncode == EXIT_CODE, f"{crash_at} was not passed: {ended.stderr[-2000:]}"
        return None
    assert ended.returncode == 0, ended.stderr[-2000:]
    return json.loads(ended.stdout)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "sales.csv").write_text(sales_text(ROWS), encoding="utf-8")
    place_metadata(tmp_path)
    return tmp_path


def is_right(found: Any) -> bool:
    """Whether the file is there exactly once, in figures and in the store."""
    return bool(
        found["visible"] == ALL
        and found["batches"] == [ROWS]
        and found["states"].count("published") == 1
        and set(found["states"]) <= {"published", "abandoned"}
        and found["wrong"] == []
    )


@pytest.mark.parametrize("point", IN_A_LOAD)
def test_a_killed_load_is_all_or_nothing_and_the_redo_is_right(home: Path, point: str) -> None:
    run(home, "load", crash_at=point)

    after, _, _, redone = run(home, "look", "recover", "load", "look")
    assert after["visible"] == IN_A_LOAD[point]
    assert is_right(redone)


def test_loading_again_without_a_recovery_is_right_too(home: Path) -> None:
    run(home, "load", crash_at="steps.progress:3")

    _, found, _, recovered = run(home, "load", "look", "recover", "look")
    assert found["visible"] == ALL
    assert found["states"] == ["received", "published"]
    assert is_right(recovered)


@pytest.mark.parametrize("point", ["recover.abandoned:1", "purge.deleted:1"])
def test_a_recovery_that_is_killed_is_done_again(home: Path, point: str) -> None:
    run(home, "load", crash_at="steps.stored:1")
    run(home, "recover", crash_at=point)

    after, _, _, redone = run(home, "look", "recover", "load", "look")
    assert after["visible"] == NOTHING
    assert redone["visible"] == ALL
    assert redone["wrong"] == []


def test_a_killed_withdrawal_did_not_happen(home: Path) -> None:
    run(home, "load")
    run(home, "withdraw", crash_at="withdraw.before_commit:1")

    before, _, after = run(home, "look", "withdraw", "look")
    assert before["visible"] == ALL
    assert after["visible"] == NOTHING


@pytest.mark.parametrize("point", ["restore.before_commit:1", "restore.committed:1"])
def test_a_killed_restoring_happened_or_did_not(home: Path, point: str) -> None:
    run(home, "load", "withdraw")
    run(home, "restore", crash_at=point)

    (after,) = run(home, "look")
    assert after["visible"] == (ALL if point == "restore.committed:1" else NOTHING)
    assert after["wrong"] == []
