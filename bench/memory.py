"""The growth of a process's memory, from before some work to its peak during it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def growing(process: int | str = "self") -> Iterator[Callable[[], float]]:
    """Around some work; what is handed out tells the growth in megabytes, during and after it."""
    before = _memory(process, "VmRSS")
    Path(f"/proc/{process}/clear_refs").write_text("5", "ascii")  # a new peak
    yield lambda: _memory(process, "VmHWM") - before


def _memory(process: int | str, what: str) -> float:
    status = Path(f"/proc/{process}/status").read_text("utf-8")
    line = next(each for each in status.splitlines() if each.startswith(what))
    return int(line.split()[1]) / 1000
