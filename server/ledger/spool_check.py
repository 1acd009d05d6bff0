"""Whether the spool still has the bytes of every load whose rows are kept, and puts them back."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

from server.ledger.findings import Finding
from server.ledger.spool import keep_in_spool, spooled_path
from server.metadata.loads import Load

# Where a load's source may still be found as it was; None when nobody knows.
FindAgain = Callable[[Load], Path | None]

_REMEDY = "send the same file again: a copy with the same bytes is put in its place"


def check_spool(spool: Path, loads: Iterable[Load], *, is_deep: bool) -> tuple[Finding, ...]:
    """The loads whose source is missing, has another size or, looked at deeply, other bytes."""
    hashes: dict[str, str] = {}
    found: list[Finding] = []
    for load in loads:
        if load.source_hash not in hashes:
            hashes[load.source_hash] = _what_is_wrong(spool, load, is_deep=is_deep)
        wrong = hashes[load.source_hash]
        if wrong:
            found.append(_finding(load, wrong))
    return tuple(found)


def put_back(spool: Path, load: Load, find_again: FindAgain) -> bool:
    """Bring the source from where it came, if the same bytes are still there."""
    path = find_again(load)
    if path is None or not path.is_file() or _hash_of(path) != load.source_hash:
        return False
    with path.open("rb") as file:
        return keep_in_spool(spool, file).hash == load.source_hash


def is_in_spool(spool: Path, load: Load) -> bool:
    """Whether the spool has exactly the bytes of the load."""
    return not _what_is_wrong(spool, load, is_deep=True)


def _what_is_wrong(spool: Path, load: Load, *, is_deep: bool) -> str:
    path = spooled_path(spool, load.source_hash)
    if not path.is_file():
        return "is missing"
    size = path.stat().st_size
    if size != load.source_bytes:
        return f"has {size:,} bytes, not {load.source_bytes:,}"
    if is_deep and _hash_of(path) != load.source_hash:
        return "has other bytes than it had"
    return ""


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _finding(load: Load, wrong: str) -> Finding:
    return Finding(
        "spool", load.table_name, load.id, name=load.source_hash, found=wrong, remedy=_REMEDY
    )
