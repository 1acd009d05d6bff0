"""Files that hand rows to the engine go with their process, at the latest at the next start."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from server.settings import Settings
from server.store.client import open_store
from server.store.temporary import clear_temporary, temporary_arrow
from tests.engine import fresh_database
from tests.shop import TWO_SALES

LONG_AGO = time.time() - 3600
KILLED = """
import os, signal
from server.store.temporary import temporary_arrow
from tests.shop import TWO_SALES
with temporary_arrow(TWO_SALES):
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of temporary files for this test alone."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def aged(path: Path) -> Path:
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def test_a_killed_process_leaves_a_file_that_the_next_start_removes(folder: Path) -> None:
    house = Path(__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", KILLED], cwd=house, check=False)
    assert ended.returncode == -9
    (left,) = folder.glob("indicube-*.arrow")
    aged(left)

    home = {"INDICUBE_HOME": str(folder / "home"), "INDICUBE_CLICKHOUSE": fresh_database()}
    open_store(Settings.from_environment(home)).close()

    assert not left.exists()


def test_a_file_that_a_living_process_holds_stays(folder: Path) -> None:
    with temporary_arrow(TWO_SALES) as path:
        aged(Path(path))
        assert clear_temporary(folder) == 0
        assert Path(path).exists()
    assert not list(folder.glob("*.arrow"))


def test_what_is_new_or_not_ours_stays(folder: Path) -> None:
    kept = [folder / "indicube-new.arrow", folder / "other.arrow", folder / "indicube-x.csv"]
    for path in kept:
        path.write_bytes(b"x")
    for path in kept[1:]:
        aged(path)
    (folder / "indicube-link.arrow").symlink_to(kept[1])

    assert clear_temporary(folder) == 0
    assert all(path.exists() for path in kept)
