"""What a full disk cut off does not keep the engine from starting."""

import subprocess
import sys
from pathlib import Path

HEAD = """
import sys
from server.settings import Settings
from server.store.client import open_store
store = open_store(Settings.from_environment({"INDICUBE_HOME": sys.argv[1]}))
with store.writer() as writer:
"""
MAKE = """
    writer.run("CREATE TABLE sums (amount Int32) ENGINE = MergeTree ORDER BY amount")
    writer.run("INSERT INTO sums SELECT number FROM numbers(10)")
    writer.run("ALTER TABLE sums DELETE WHERE amount = 3 SETTINGS mutations_sync = 2")
"""
ADD_UP = """
    print(writer.rows("SELECT sum(amount) FROM sums")[0][0])
"""


def _run(script: str, home: Path) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", HEAD + script, str(home)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def test_a_note_of_a_deletion_that_was_cut_off_is_set_aside_and_all_else_stays(
    tmp_path: Path,
) -> None:
    _run(MAKE, tmp_path)
    (done,) = (tmp_path / "facts" / "store").glob("*/*/mutation_*.txt")
    empty, begun = done.with_name("mutation_7.txt"), done.with_name("mutation_8.txt")
    empty.touch()
    begun.write_text("format version: 1\ncreate time: 2026-")

    assert _run(ADD_UP, tmp_path) == "42"
    assert done.exists()
    assert not empty.exists()
    kept = (tmp_path / "facts" / "torn").iterdir()
    assert sorted(file.name.partition(".")[2] for file in kept) == [empty.name, begun.name]


def test_a_table_whose_definition_was_cut_off_can_be_made_anew(tmp_path: Path) -> None:
    _run(MAKE, tmp_path)
    (definition,) = (tmp_path / "facts" / "store").glob("*/*/sums.sql")
    definition.with_name("others.sql").touch()

    assert _run(ADD_UP, tmp_path) == "42"
    assert _run(MAKE.replace("sums", "others") + ADD_UP.replace("sums", "others"), tmp_path) == "42"
