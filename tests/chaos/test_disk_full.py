"""The disk of facts, metadata and spool becomes full at a random moment, on a small tmpfs."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.disks import full
from tests.chaos.files import chance_of
from tests.chaos.nursery import Nursery
from tests.chaos.scale import SEED, scale
from tests.chaos.trials import Trials

pytestmark = pytest.mark.harness

SIZE = "96m"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, small enough to fill."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a tmpfs")
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_loses_no_acknowledged_load_and_hides_no_figure(
    disk: Path, tmp_path: Path
) -> None:
    chance = chance_of(SEED, "disk")
    with Nursery(tmp_path / "log") as nursery:
        trials = Trials(disk, nursery, SEED, story="random", reserve=0, elsewhere=tmp_path)
        for _ in range(scale().full_disks):
            trials.starve(chance)
        trials.some_steps(3)


def test_loads_stop_with_a_sentence_before_the_disk_is_full(disk: Path, tmp_path: Path) -> None:
    with Nursery(tmp_path / "log") as nursery:
        trials = Trials(disk, nursery, SEED, story="loads", reserve=20_000_000)
        trials.some_steps(2)
        with full(disk, leave=10_000_000):
            said = trials.refused()
        trials.some_steps(2)

    assert "are kept free for loads" in said
