"""The folder of exported files: written beside their name, then put in place as a whole."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from server.errors import ServerError
from server.ledger.crashpoint import crashpoint

SCHEDULED = "scheduled"  # below the folder of exports: one folder for each schedule
RESERVE = 20_000_000  # bytes of the disk that exports leave to the facts and the metadata
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True)
class Placed:
    """A file in its place."""

    name: str
    size: int
    sha256: str


def new_path(folder: Path, export: str, attempt: int) -> Path:
    """Where an attempt writes; nobody else writes there, and nobody reads from there."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if shutil.disk_usage(folder).free < RESERVE:
        raise _no_room()
    return folder / f"{export}.{attempt}.tmp"


def place(written: Path, export: str, attempt: int, extension: str) -> Placed:
    """Make the file durable under its name, which holds the attempt: none overwrites another's."""
    digest = hashlib.sha256()
    with written.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
        os.fsync(file.fileno())
        size = file.tell()
    crashpoint("export.flushed")
    name = f"{export}.{attempt}.{extension}"
    written.replace(written.with_name(name))
    crashpoint("export.renamed")
    sync_folder(written.parent)
    return Placed(name, size, digest.hexdigest())


def copy_to_schedule(folder: Path, placed: Placed, schedule: str, name: str) -> None:
    """Put the file of a scheduled export into the schedule's own folder too, as a whole."""
    target = folder / SCHEDULED / schedule
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = target / f"{placed.name}.tmp"
    half.unlink(missing_ok=True)
    shutil.copyfile(folder / placed.name, half)
    with half.open("rb") as file:
        os.fsync(file.fileno())
    half.replace(target / name)
    sync_folder(target)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def telling_of_full_disks() -> Iterator[None]:
    """Put a disk without room into a sentence, whichever library met it."""
    try:
        yield
    except Exception as error:
        if _is_full(error):
            raise _no_room() from error
        raise


def _is_full(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            return True
        if "No space left on device" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _no_room() -> ServerError:
    return ServerError(
        "There is no room on the disk for the file; nothing of it was kept. Make room, or ask for "
        "less, and export again.",
        code="disk_full",
    )
