"""The adapter to cubes: importable, and it leaves nothing behind that others would trip over."""

import subprocess
import sys
from importlib.metadata import entry_points


def test_the_import_leaves_no_stand_in_behind() -> None:
    """A package that meets a half `pkg_resources` fails far away from here."""
    seen = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-c",
            "import sys, server.cube.databrewery; print('pkg_resources' in sys.modules)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    assert seen.stdout == "False\n"
    assert seen.stderr == ""


def test_cubes_finds_the_browser_by_its_entry_point() -> None:
    (entry,) = entry_points(group="cubes.browsers", name="clickhouse")

    assert entry.load().__name__ == "ClickHouseBrowser"
