"""Reads the line of the source that a fact row came from, out of the spool.

The position of every 256th line is kept per file, so that a line costs at most 256 others. A member
of an archive is unpacked once into `spool/unpacked`, which may be emptied at any time.
"""

import re
import uuid
import zipfile
from array import array
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copyfileobj
from threading import Lock
from typing import BinaryIO

from server.errors import NotFound
from server.ledger.correct import corrections_of
from server.ledger.spool import spooled_path
from server.metadata.batches import load_of_batch
from server.metadata.loads import Load
from server.metadata.session import Metadata
from server.store.parquet_records import is_parquet, record_at

_STEP = 256
_KEPT_INDEXES = 16
_SIGNS = ",;\t|"

_lock = Lock()
_indexes: OrderedDict[Path, "array[int]"] = OrderedDict()


@dataclass(frozen=True)
class SourceLine:
    """A line of a source as it stands there, with the header that names its columns."""

    load: Load
    line: int  # the first line of the file is 1, the first record of Parquet as well
    text: str
    header: str
    mended: str | None = None  # the same line as somebody mended it, of a row that was refused

    @property
    def counts(self) -> str:
        """The line that the fact was made of."""
        return self.text if self.mended is None else self.mended

    @property
    def sign(self) -> str:
        """What stands between its columns: the first of the usual signs that the header holds."""
        return next((letter for letter in self.header if letter in _SIGNS), ",")


def source_line(metadata: Metadata, spool: Path, batch: int, row: int) -> SourceLine:
    """The line that a fact row came from, by the row's `_load` and `_row`."""
    with metadata.read() as session:
        load = load_of_batch(session, batch)
    line = line_of_load(spool, load, row)
    for correction in corrections_of(load):
        if batch in correction["batches"]:
            mended = _mended(spooled_path(spool, correction["source_hash"]), row)
            return replace(line, mended=mended)
    return line


def line_of_load(spool: Path, load: Load, row: int) -> SourceLine:
    """A line of the load's source."""
    path = _readable(spool, load)
    if is_parquet(path):
        return _record(load, path, row)
    index = _index_of(path)
    with path.open("rb") as file:
        text = _line_at(file, index, row)
        header = _line_at(file, index, int((load.parameters or {}).get("header_line", 1)))
    if text is None or header is None:
        raise NotFound(f"{load.source} has no line {row}", field="_row")
    return SourceLine(load, row, text, header.removeprefix("\ufeff"))


def _mended(path: Path, row: int) -> str | None:
    """The line as somebody mended it: the number of the line stands before it."""
    begins = re.compile(rf"{row}[,;\t|]")
    with path.open(encoding="utf-8") as file:
        for text in file:
            if begins.match(text):
                return text.rstrip("\r\n")[len(str(row)) + 1 :]
    return None


def _record(load: Load, path: Path, row: int) -> SourceLine:
    found = record_at(path, row)
    if found is None:
        raise NotFound(f"{load.source} has no record {row}", field="_row")
    header, text = found
    return SourceLine(load, row, text, header)


def _readable(spool: Path, load: Load) -> Path:
    kept = spooled_path(spool, load.source_hash)
    if not kept.exists():
        raise NotFound(f"the source of load {load.id}, {load.source}, is not in the spool any more")
    if load.member is None:
        return kept
    unpacked = spool / "unpacked" / f"{load.source_hash}-{load.member.replace('/', '_')}"
    if not unpacked.exists():
        _unpack(kept, load.member, unpacked)
    return unpacked


def _unpack(archive: Path, member: str, target: Path) -> None:
    target.parent.mkdir(exist_ok=True, mode=0o700)
    draft = target.with_name(f"{uuid.uuid4().hex}.draft")
    with (
        zipfile.ZipFile(archive) as opened,
        opened.open(member) as source,
        draft.open("xb") as copy,
    ):
        copyfileobj(source, copy, 1 << 20)
    draft.replace(target)


def _index_of(path: Path) -> "array[int]":
    with _lock:
        index = _indexes.get(path)
        if index is None:
            index = _indexes[path] = _positions(path)
        _indexes.move_to_end(path)
        while len(_indexes) > _KEPT_INDEXES:
            _indexes.popitem(last=False)
        return index


def _positions(path: Path) -> "array[int]":
    """Where the lines 1, 257, 513 … begin."""
    positions = array("Q", [0])
    lines = position = 0
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            found = piece.find(b"\n")
            while found >= 0:
                lines += 1
                if lines % _STEP == 0:
                    positions.append(position + found + 1)
                found = piece.find(b"\n", found + 1)
            position += len(piece)
    return positions


def _line_at(file: BinaryIO, index: "array[int]", line: int) -> str | None:
    step, rest = divmod(line - 1, _STEP)
    if line < 1 or step >= len(index):
        return None
    file.seek(index[step])
    for _ in range(rest):
        file.readline()
    text = file.readline()
    return text.decode("utf-8", errors="replace").rstrip("\r\n") if text else None
