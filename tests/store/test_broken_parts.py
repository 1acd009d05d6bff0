"""However many of the engine's files are broken, it starts and reads the others.

As a power cut or a bad disk leaves them. One process opens a folder of facts at a time, and one
folder in its life, so each look is a process of its own: `python -m tests.store.test_broken_parts`.
"""

import os
import sys
from pathlib import Path

from server.settings import Settings
from server.store.client import open_store
from server.store.migrate import ensure_tables
from server.store.tables import STARTING
from server.store.writer import Writer
from tests.shop import SHOP
from tests.stem import run_grown

PARTS, BROKEN = 130, 110  # by itself the engine refuses to start above 100

_INSERT = (
    "INSERT INTO sales (_load, _row, day, store, amount, paid_at) "
    "VALUES ({load:UInt32}, 2, '2026-01-01', 's', 1, '2026-01-01 12:00:00')"
)


def test_the_engine_starts_with_more_broken_parts_than_it_likes(tmp_path: Path) -> None:
    assert in_another_process(tmp_path, "fill") == PARTS
    _break(tmp_path, BROKEN)

    assert in_another_process(tmp_path, "count") == PARTS - BROKEN


def test_tables_from_before_are_let_start_too(tmp_path: Path) -> None:
    in_another_process(tmp_path, "fill", "forget", "ensure")
    _break(tmp_path, BROKEN)

    assert in_another_process(tmp_path, "count") == PARTS - BROKEN


def in_another_process(home: Path, *steps: str) -> int:
    """The batches with rows after these steps."""
    module = "tests.store.test_broken_parts"
    ended = run_grown(module, str(home), *steps, environment=os.environ)
    assert ended.returncode == 0, ended.stderr
    return int(ended.stdout)


def _break(home: Path, count: int) -> None:
    """Cut the rows out of so many parts of sales; dimensions have none here."""
    files = sorted(home.glob("facts/store/*/*/2026_*/data.bin"))
    assert len(files) >= PARTS
    for file in files[:count]:
        file.write_bytes(b"")


def _do(writer: Writer, step: str) -> None:
    if step == "fill":
        writer.run("SYSTEM STOP MERGES sales")
        for load in range(1, PARTS + 1):
            writer.run(_INSERT, {"load": load})
    if step == "forget":
        writer.run(f"ALTER TABLE sales RESET SETTING {', '.join(STARTING)}")


def _main(home: str, *steps: str) -> None:
    store = open_store(Settings.from_environment({"INDICUBE_HOME": home}))
    for step in ("ensure", *steps):
        if step == "ensure":
            ensure_tables(store, SHOP)
        with store.writer() as writer:
            _do(writer, step)
    with store.writer() as writer:
        sys.stdout.write(str(len(writer.ask("batches", table="sales"))))
    store.close()


if __name__ == "__main__":
    _main(*sys.argv[1:])
