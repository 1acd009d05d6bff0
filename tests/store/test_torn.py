"""What a full disk cut off does not keep the engine from starting."""

import os
import sys
from pathlib import Path

from server.settings import Settings
from server.store.client import open_store
from tests.stem import run_grown

MAKE = (
    "CREATE TABLE {table} (amount Int32) ENGINE = MergeTree ORDER BY amount",
    "INSERT INTO {table} SELECT number FROM numbers(10)",
    "ALTER TABLE {table} DELETE WHERE amount = 3 SETTINGS mutations_sync = 2",
)


def test_a_note_of_a_deletion_that_was_cut_off_is_set_aside_and_all_else_stays(
    tmp_path: Path,
) -> None:
    _run(tmp_path, "make sums")
    (done,) = (tmp_path / "facts" / "store").glob("*/*/mutation_*.txt")
    empty, begun = done.with_name("mutation_7.txt"), done.with_name("mutation_8.txt")
    empty.touch()
    begun.write_text("format version: 1\ncreate time: 2026-")

    assert _run(tmp_path, "add up sums") == "42"
    assert done.exists()
    assert not empty.exists()
    kept = (tmp_path / "facts" / "torn").iterdir()
    assert sorted(file.name.partition(".")[2] for file in kept) == [empty.name, begun.name]


def test_a_table_whose_definition_was_cut_off_can_be_made_anew(tmp_path: Path) -> None:
    _run(tmp_path, "make sums")
    (definition,) = (tmp_path / "facts" / "store").glob("*/*/sums.sql")
    definition.with_name("others.sql").touch()

    assert _run(tmp_path, "add up sums") == "42"
    assert _run(tmp_path, "make others", "add up others") == "42"


def _run(home: Path, *steps: str) -> str:
    """What these steps found, in a process of its own: one opens a folder of facts in its life."""
    ended = run_grown("tests.store.test_torn", str(home), *steps, environment=os.environ)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def _main(home: str, *steps: str) -> None:
    store = open_store(Settings.from_environment({"INDICUBE_HOME": home}))
    with store.writer() as writer:
        for step in steps:
            what, _, table = step.rpartition(" ")
            if what == "make":
                for statement in MAKE:
                    writer.run(statement.format(table=table))
            else:
                sys.stdout.write(str(writer.rows(f"SELECT sum(amount) FROM {table}")[0][0]))


if __name__ == "__main__":
    _main(*sys.argv[1:])
