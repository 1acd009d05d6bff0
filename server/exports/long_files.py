"""Reads files of any length back, row by row: what they say of themselves, and their digest."""

import csv
import hashlib
import io
import json
import os
import struct
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

import pyarrow.parquet as pq

from server.cube.statement_files import BETWEEN_CELLS
from server.exports.long_table import table_digest
from server.exports.words import WORDS

Origin = list[Sequence[str]]

_TAIL = 1 << 16  # bytes at a file's end that hold its origin
_BITS = 1 << 256
_LABELS = frozenset({WORDS["rows"].en, WORDS["rows"].zh})


def read_long(path: Path, kind: str) -> tuple[str, Origin] | None:
    """The digest and the origin of a file of any length; None when it is none."""
    if kind == "csv":
        return _read_csv(path)
    return _read_parquet(path) if kind == "parquet" else None


def digest_of(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The digest that the engine works out of the same rows, in any order."""
    count = total = 0
    for row in rows:
        count += 1
        text = BETWEEN_CELLS.join(row)
        total += int.from_bytes(hashlib.sha256(text.encode()).digest(), "little")
    return table_digest(heads, count, str(total % _BITS))


def _read_csv(path: Path) -> tuple[str, Origin] | None:
    with path.open("rb") as file:
        origin = _origin_at_the_end(file)
    rows = _rows_said(origin)
    if rows is None:
        return None
    with path.open(encoding="utf-8-sig", newline="") as text:
        lines = csv.reader(text)
        heads = next(lines, [])
        return digest_of(heads, _lines(lines, rows)), origin


def _lines(lines: Iterator[list[str]], rows: int) -> Iterator[list[str]]:
    """So many lines; after them the table must end."""
    for _, line in zip(range(rows), lines, strict=False):
        yield line
    if any(next(lines, ())):
        yield ["more rows than the file says"]


def _origin_at_the_end(file: BinaryIO) -> Origin:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read().decode("utf-8", errors="replace").replace("\r\n", "\n")
    _, _, origin = tail.rpartition("\n\n")
    return [line for line in csv.reader(io.StringIO(origin)) if any(line)]


def _read_parquet(path: Path) -> tuple[str, Origin] | None:
    file = pq.ParquetFile(path)
    metadata = file.schema_arrow.metadata or {}
    origin: Origin = json.loads(metadata.get(b"indicube.origin", b"[]"))
    if _rows_said(origin) is None:
        return None
    return digest_of(file.schema_arrow.names, _parquet_rows(file)), origin


def _parquet_rows(file: pq.ParquetFile) -> Iterator[tuple[str, ...]]:
    for batch in file.iter_batches():
        columns = [[_text(value) for value in column.to_pylist()] for column in batch.columns]
        yield from zip(*columns, strict=True)


def _text(value: object) -> str:
    """A value as the digest of binary files takes it."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, float):
        return str(struct.unpack("<Q", struct.pack("<d", value))[0])
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}Z"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _rows_said(origin: Origin) -> int | None:
    said = next((line[1] for line in origin if len(line) > 1 and line[0] in _LABELS), "")
    return int(said) if said.isdecimal() else None
