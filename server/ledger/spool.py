"""The spool: the source bytes of every load, kept under their own hash, on disk before anything.

Ledger and spool are the truth; the fact store can be rebuilt from them.
"""

import hashlib
import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from server.ledger.crashpoint import crashpoint
from server.ledger.owner import has_ended, is_of_this_machine, this_process

_PIECE = 1 << 20
# A draft of whom nothing is known, or who works elsewhere: nobody writes for so long on one.
_A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Spooled:
    """A source's bytes in the spool."""

    hash: str  # SHA-256
    bytes: int
    path: Path


def keep_in_spool(spool: Path, source: BinaryIO) -> Spooled:
    """Copy a source into the spool; when this returns, a power cut cannot lose it."""
    incoming = spool / "incoming"
    _make_folder(incoming)
    draft = incoming / f"{uuid.uuid4().hex}@{this_process()}"
    try:
        kept_hash, size = _copy(source, draft)
        crashpoint("spool.copied")
        path = spooled_path(spool, kept_hash)
        _make_folder(path.parent)
        draft.replace(path)  # the same bytes again: the same file
        crashpoint("spool.renamed")
        _sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)
    return Spooled(kept_hash, size, path)


def spooled_path(spool: Path, kept_hash: str) -> Path:
    """Where the bytes with that hash are kept."""
    return spool / kept_hash[:2] / kept_hash


def clear_drafts(spool: Path, now: datetime) -> int:
    """Remove copies that a dead process left half done; how many there were.

    One that a living process of this machine writes is left alone, however old it is; others are
    taken for dead when nothing was written to them for a day.
    """
    left = [draft for draft in (spool / "incoming").glob("*") if _is_left(draft, now)]
    for draft in left:
        draft.unlink(missing_ok=True)
    return len(left)


def _is_left(draft: Path, now: datetime) -> bool:
    owner = draft.name.partition("@")[2]
    if is_of_this_machine(owner):
        return has_ended(owner)
    try:
        written = datetime.fromtimestamp(draft.stat().st_mtime, UTC)
    except FileNotFoundError:  # it was finished meanwhile
        return False
    return now - written > _A_DAY


def _copy(source: BinaryIO, draft: Path) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    with draft.open("xb") as target:
        while piece := source.read(_PIECE):
            digest.update(piece)
            size += len(piece)
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
    return digest.hexdigest(), size


def _make_folder(folder: Path) -> None:
    if folder.exists():
        return
    _make_folder(folder.parent)  # each of them: a folder's name is kept by the one above it
    folder.mkdir(exist_ok=True, mode=0o700)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
