"""Every stored statement on two shards: twice the counts and sums, the same of all else."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_every_stored_statement_is_answered_by_a_cluster(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.cube.two_shards", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    *differences, last = done.stdout.splitlines()
    assert differences == []
    number = re.fullmatch(r"asked (\d+)", last)
    assert number is not None
    assert int(number.group(1)) >= 30
