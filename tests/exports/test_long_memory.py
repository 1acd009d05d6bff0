"""Two million facts are streamed and exported in little more memory than a few blocks take."""

import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
ROWS = 2_000_000
MEASURE = """
import sys
from pathlib import Path
from bench.filling import CUBE, filled, settings_of
from bench.memory import growing
from server.access import Person, Role
from server.exports.contents import content_of
from server.exports.spec import ExportSpec
from server.exports.writing import write_content
from server.store.pool import Cancellation

home, rows = Path(sys.argv[1]), int(sys.argv[2])

def made(runtime, kind, query):
    spec = ExportSpec("facts", CUBE, kind, query=query)
    content = content_of(runtime, Person("ana", Role.ANALYST), spec)
    path = home / f"facts.{kind}"
    streams, told = runtime.store.streams, lambda rows: None
    write_content(content, kind, path, told, streams, Cancellation())
    return content.expected

with filled(settings_of(home), rows) as runtime:
    for kind in ("csv", "parquet"):
        made(runtime, kind, (("cut", "time:1992,1"),))
        with growing() as growth:
            count = made(runtime, kind, ())
        print(count, growth())
"""


@pytest.mark.slow
def test_memory_is_bounded_however_many_facts_there_are(tmp_path: Path) -> None:
    """As CSV they are 200 megabytes."""
    ended = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path / "home"), str(ROWS)],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=True,
    )
    measured = [line.split() for line in ended.stdout.splitlines()]

    assert [int(rows) for rows, _ in measured] == [ROWS, ROWS]
    assert all(float(megabytes) < 100 for _, megabytes in measured)
    assert (tmp_path / "home" / "facts.parquet").stat().st_size > 10_000_000
