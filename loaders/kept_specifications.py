"""Specifications as they were when something was loaded by them, kept in the spool.

A source is read again by the words that it was read by, whatever has become of them since. They
lie under their own hash, which every load names.
"""

import hashlib
from io import BytesIO
from pathlib import Path

from loaders.specification import Specification, read_specification
from server.errors import IndicubeError
from server.ledger.spool import keep_in_spool, spooled_path
from server.metadata.loads import Load


def keep_specification(spool: Path, specification: Specification) -> None:
    """Keep the file that the specification was read from, if it is not kept yet."""
    if specification.text and not _is_kept(spool, specification.hash):
        keep_in_spool(spool, BytesIO(specification.text))


def kept_specification(spool: Path, load: Load) -> Specification | None:
    """What the load was read by; None when that was not kept, or is not understood any more."""
    place = f"{load.specification} as of load {load.id}"
    return specification_kept(spool, load.specification_hash, load.pack, place)


def specification_kept(spool: Path, kept_hash: str, pack: str, place: str) -> Specification | None:
    """The specification with that hash; None when it is not kept, or not understood any more."""
    if not _is_kept(spool, kept_hash):
        return None
    try:
        return read_specification(spooled_path(spool, kept_hash).read_bytes(), pack, place)
    except IndicubeError:
        return None


def _is_kept(spool: Path, kept_hash: str) -> bool:
    path = spooled_path(spool, kept_hash)
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == kept_hash
