"""What is acknowledged is on disk: all its files, names and folders were flushed before.

The power is not cut; the calls of a process that loads a file are watched instead (`strace`).
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from loaders.load import run_load
from tests.chaos.house import opened, settings_of

CALLS = "write,pwrite64,writev,pwritev,fsync,fdatasync,rename,renameat,renameat2,mkdir,mkdirat"
_WRITTEN = re.compile(r"(?:write|pwrite64|writev|pwritev)\(\d+<([^>]*)>")
_FLUSHED = re.compile(r"(?:fsync|fdatasync)\(\d+<([^>]*)>")
_NAMED = re.compile(r'rename(?:at|at2)?\(.*"([^"]+)/?"[^"]*\) = 0')
_MADE = re.compile(r'mkdir(?:at)?\([^"]*"([^"]+)/?".*\) = 0')
# The engine's memory of insert tokens: no attempt that ended is ever tried again under its token.
_NEEDLESS = "/deduplication_logs/"


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_all_of_an_acknowledged_load_was_flushed_before(tmp_path: Path) -> None:
    home, trace = tmp_path / "house", tmp_path / "trace"
    command = ["strace", "-f", "-y", "-qq", "-o", str(trace), "-e", f"trace={CALLS}"]
    child = [sys.executable, "-m", "tests.chaos.test_power", str(home), str(tmp_path / "till.csv")]
    done = subprocess.run([*command, *child], capture_output=True, text=True, timeout=300)
    if "ptrace" in done.stderr.lower():
        pytest.skip("no process may be watched here")

    assert done.returncode == 0, done.stderr
    written, unflushed = at_the_acknowledgement(trace, home)
    assert any("/spool/" in path for path in written)
    assert any("/facts/" in path for path in written)
    assert any("metadata.db" in path for path in written)
    assert unflushed == []


def at_the_acknowledgement(trace: Path, home: Path) -> tuple[list[str], list[str]]:
    """What was changed between the two signs of the child, and what of it was not flushed yet."""
    changed: dict[str, int] = {}
    flushed: dict[str, int] = {}
    is_loading = False
    for number, line in enumerate(trace.read_text(errors="replace").splitlines()):
        is_loading = is_loading or '"BEGIN' in line
        if '"ACKNOWLEDGED' in line:
            break
        if found := _FLUSHED.search(line):
            flushed[found[1]] = number
        elif found := _WRITTEN.search(line):
            changed[found[1]] = number
        elif found := _NAMED.search(line) or _MADE.search(line):
            changed[str(Path(found[1]).parent)] = number  # a folder's list of names
        if not is_loading:
            changed.clear()
    ours = [path for path in changed if path.startswith(str(home)) and _NEEDLESS not in path]
    return ours, sorted(path for path in ours if flushed.get(path, -1) < changed[path])


def _load(home: str, path: str) -> None:
    lines = "".join(f"2026-01-{day:02},stall 1,1,1.25\n" for day in range(1, 20))
    file = Path(path)
    file.write_text("day,stall,pieces,amount\n" + lines, encoding="utf-8")
    with opened(settings_of(Path(home))) as house:
        sys.stdout.write("BEGIN\n")
        sys.stdout.flush()
        run_load(house.context, "till", file)
        sys.stdout.write("ACKNOWLEDGED\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _load(*sys.argv[1:])
