"""Fills a file system."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def full(folder: Path, leave: int) -> Iterator[None]:
    """Fill the folder's file system but for some bytes; freed at the end."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while shutil.disk_usage(folder).free > leave:  # the child writes meanwhile
            file.write(bytes(1 << 16))
    try:
        yield
    finally:
        ballast.unlink()
