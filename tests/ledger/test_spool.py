"""The spool keeps the very bytes; what a dead process left half written there goes at a start."""

import io
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.ledger.crashpoint import EXIT_CODE, VARIABLE
from server.ledger.owner import this_process
from server.ledger.spool import clear_drafts, keep_in_spool, spooled_path

HOUSE = Path(__file__).parents[2]
KEEPING = (
    "import io, pathlib, sys; from server.ledger.spool import keep_in_spool; "
    "keep_in_spool(pathlib.Path(sys.argv[1]), io.BytesIO(b'cut'))"
)
NOW = datetime.now(UTC)


def drafts(spool: Path) -> list[str]:
    return sorted(path.name for path in (spool / "incoming").iterdir())


def test_the_spool_keeps_the_very_bytes(tmp_path: Path) -> None:
    content = b"date,store\r\n" + bytes(range(256)) * 9000  # more than one piece

    kept = keep_in_spool(tmp_path, io.BytesIO(content))
    again = keep_in_spool(tmp_path, io.BytesIO(content))

    assert kept == again
    assert kept.path == spooled_path(tmp_path, kept.hash)
    assert kept.path.read_bytes() == content
    assert kept.bytes == len(content)
    assert drafts(tmp_path) == []


def test_what_a_killed_process_was_writing_goes_at_once(tmp_path: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KEEPING, str(tmp_path)],
        cwd=HOUSE,
        env={**os.environ, VARIABLE: "spool.copied:1"},
        timeout=60,
    )
    assert killed.returncode == EXIT_CODE
    assert len(drafts(tmp_path)) == 1

    assert clear_drafts(tmp_path, NOW) == 1
    assert drafts(tmp_path) == []


@pytest.mark.parametrize(
    ("owner", "is_kept_today", "is_kept_later"),
    [
        (f"@{this_process()}", True, True),  # it lives, however long it writes
        ("@another-machine:7:7", True, False),
        (".csv", True, False),  # several small files below one another, while they are loaded
    ],
    ids=["alive", "elsewhere", "several"],  # each process that collects gives the same names
)
def test_what_somebody_may_still_write_is_left_alone(
    tmp_path: Path, owner: str, is_kept_today: bool, is_kept_later: bool
) -> None:
    (tmp_path / "incoming").mkdir()
    (tmp_path / "incoming" / f"half{owner}").write_bytes(b"cut")

    assert clear_drafts(tmp_path, NOW) == (0 if is_kept_today else 1)
    assert clear_drafts(tmp_path, NOW + timedelta(days=2)) == (0 if is_kept_later else 1)


def test_a_file_on_its_way_is_not_taken_from_under_its_writer(tmp_path: Path) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            clear_drafts(tmp_path, NOW + timedelta(days=9))
            return super().read(size)

    assert keep_in_spool(tmp_path, Slow(b"whole")).path.read_bytes() == b"whole"
