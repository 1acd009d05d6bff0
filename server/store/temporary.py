"""Files that hand rows to the engine in this process; those of dead processes are cleared away.

Whoever writes one holds a lock on it, which the kernel drops when the process ends, however that
ends. So a file that nobody holds was left behind, on whatever machine of a shared folder.
"""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

PREFIX, SUFFIX = "indicube-", ".arrow"
_A_MOMENT = 60.0  # seconds between a file's making and its lock, at the very most


@contextmanager
def temporary_arrow(chunk: Any) -> Iterator[str]:
    """The path of a file with the chunk as Arrow; gone when the block ends."""
    with tempfile.NamedTemporaryFile(prefix=PREFIX, suffix=SUFFIX) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pa.OSFile(file.name, "wb") as sink, pa.ipc.new_file(sink, chunk.schema) as arrow:
            arrow.write(chunk)
        yield file.name


def clear_temporary(folder: Path | None = None) -> int:
    """Remove what processes of this user left that are dead; how many files."""
    found = (folder or Path(tempfile.gettempdir())).glob(f"{PREFIX}*{SUFFIX}")
    return sum(_removed(path) for path in found)


def _removed(path: Path) -> bool:
    """Whether the file was an old one of ours that nobody holds; then it is gone."""
    with suppress(OSError):
        if path.is_symlink():
            return False
        with path.open("rb") as file:
            state = os.fstat(file.fileno())
            if state.st_uid != os.getuid() or state.st_mtime > time.time() - _A_MOMENT:
                return False
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
            return True
    return False
