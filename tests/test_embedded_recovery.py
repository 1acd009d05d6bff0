"""A load survives the death of the process that works on it, and counts once."""

import os
import signal
import sqlite3
from pathlib import Path

import pytest

from loaders.sample import FUNCTION as SAMPLE
from tests.starting import Started

pytestmark = pytest.mark.slow

DEPARTURES, HOURS_OF_WEATHER = 336_776, 26_115
ALL_ROWS = 367_687
KILLS = int(os.environ.get("INDICUBE_TEST_KILLS", "1"))


@pytest.mark.parametrize("rows", [ALL_ROWS * (kill + 1) // (KILLS + 1) for kill in range(KILLS)])
def test_the_sample_is_loaded_once_although_its_process_was_killed(
    tmp_path: Path, rows: int
) -> None:
    home = tmp_path / "home"
    with Started(home, "--sample", "flights", INDICUBE_JOB_LEASE_SECONDS="5") as house:
        house.until(lambda: _rows_done(home) >= rows)
        os.kill(house.worker, signal.SIGKILL)
        house.wait_greeting(90)

        assert "not loaded" not in house.output
    with sqlite3.connect(home / "metadata.db") as metadata:
        jobs = metadata.execute(
            "SELECT state, attempt FROM job WHERE function = ?", (SAMPLE,)
        ).fetchall()
        published = metadata.execute(
            "SELECT specification, rows_stored FROM load WHERE state = 'published'"
        ).fetchall()
        others = metadata.execute(
            "SELECT DISTINCT state FROM load WHERE state != 'published'"
        ).fetchall()

    assert jobs == [("done", 2)]
    assert len({name for name, _ in published}) == len(published)
    assert {DEPARTURES, HOURS_OF_WEATHER} < {rows for _, rows in published}
    assert others in ([], [("abandoned",)])


def _rows_done(home: Path) -> int:
    if not (home / "metadata.db").exists():
        return 0
    with sqlite3.connect(f"file:{home}/metadata.db?mode=ro", uri=True) as metadata:
        try:
            found = metadata.execute("SELECT max(done) FROM job").fetchone()[0]
        except sqlite3.OperationalError:  # the tables are not made yet
            return 0
    return int(found or 0)
