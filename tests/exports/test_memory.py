"""Long tables stream: memory does not grow with their rows."""

import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
MEASURE = """
import resource, sys
from fractions import Fraction
from pathlib import Path
from server.exports.document import Number, NumberFormat, Row
from server.exports.formats import WRITERS
from tests.exports.documents import document, untold

def rows(count):
    for n in range(count):
        cells = (Number(Fraction(n * i, 7), NumberFormat(2)) for i in range(1, 6))
        yield Row((f"Member {n}", *cells))

kind, count, path = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
WRITERS[kind].write(document(rows(1000), 6, is_long=True), path, untold)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
WRITERS[kind].write(document(rows(count), 6, is_long=True), path, untold)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "count"), [("csv", 60_000), ("xlsx", 60_000), ("parquet", 200_000)]
)
def test_memory_is_bounded_however_long_the_table_is(tmp_path: Path, kind: str, count: int) -> None:
    """60,000 rows of six cells held at once take 106 megabytes; Parquet keeps some of its own."""
    ended = subprocess.run(
        [sys.executable, "-c", MEASURE, kind, str(count), str(tmp_path / f"a.{kind}")],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=True,
    )

    assert int(ended.stdout) < 80_000, "kilobytes"
    assert (tmp_path / f"a.{kind}").stat().st_size > 1_000_000
