"""Looks at a whole source before anything of it is stored: is it text, is it whole, which columns.

What is found here rejects the load in one sentence; a single bad row does not (`row_schema`).
"""

import csv
from collections import Counter
from dataclasses import dataclass
from typing import BinaryIO

from loaders.lines import Block, read_blocks
from loaders.specification import Specification
from server.errors import LoadRejected

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_OTHER_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"PK": "a zip archive"}


@dataclass(frozen=True)
class Survey:
    """What the whole text shows: its header and the number of lines after it."""

    columns: tuple[str, ...]
    rows: int


def survey(file: BinaryIO, shown: str, specification: Specification) -> Survey:
    """Read the text once; `LoadRejected` when it cannot be the source that is specified."""
    columns: tuple[str, ...] = ()
    lines = 0
    last = b""
    for block in read_blocks(file, shown):
        if not lines:
            columns = _header(block, shown, specification)
        _check_encoding(block, shown)
        lines += block.count
        last = block.text[-1:]
    if not lines:
        raise LoadRejected(f"{shown} is empty")
    if specification.ends_with_newline and last != b"\n":
        raise LoadRejected(
            f"{shown} does not end with a line feed: its last line, {lines}, may have been cut"
        )
    _check_rows(lines - 1, shown, specification)
    return Survey(columns, lines - 1)


def _header(block: Block, shown: str, specification: Specification) -> tuple[str, ...]:
    for mark, what in _OTHER_MARKS.items():
        if block.text.startswith(mark):
            raise LoadRejected(f"{shown} is {what}; UTF-8 text is needed")
    line = block.text.removeprefix(_BYTE_ORDER_MARK).partition(b"\n")[0].rstrip(b"\r")
    text = _decoded(line, 1, shown)
    if not text:
        raise LoadRejected(f"{shown} has no header in its first line")
    columns = tuple(next(csv.reader([text], delimiter=specification.delimiter)))
    _check_columns(columns, shown, specification)
    return columns


def _check_columns(columns: tuple[str, ...], shown: str, specification: Specification) -> None:
    wanted = [column.source for column in specification.columns]
    wanted += specification.ignored_columns
    found = Counter(columns)
    wrong = [
        ("lacks", [name for name in wanted if name not in found]),
        ("has the unknown", [name for name in found if name not in wanted]),
        ("has twice the", [name for name, times in found.items() if times > 1]),
    ]
    told = [f"{what} {_named(names)}" for what, names in wrong if names]
    if told:
        raise LoadRejected(
            f"{shown} {', and '.join(told)}; {specification.name} reads: {', '.join(wanted)}",
            field="columns",
            allowed=wanted,
        )


def _named(names: list[str]) -> str:
    quoted = ", ".join(repr(name) for name in names[:10])
    return f"column {quoted}" if len(names) == 1 else f"columns {quoted}"


def _check_encoding(block: Block, shown: str) -> None:
    _decoded(block.text, block.first, shown)
    if b"\0" in block.text:
        line = block.first + block.text.count(b"\n", 0, block.text.index(b"\0"))
        raise LoadRejected(f"{shown} is not text: line {line} holds a zero byte")


def _decoded(text: bytes, first: int, shown: str) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        line = first + text.count(b"\n", 0, error.start)
        raise LoadRejected(
            f"{shown} is not UTF-8: line {line} holds the byte 0x{text[error.start]:02x}; "
            "save it as UTF-8"
        ) from None


def _check_rows(rows: int, shown: str, specification: Specification) -> None:
    if specification.rows is not None and rows != specification.rows:
        raise LoadRejected(
            f"{shown} has {rows} rows, but {specification.name} must have {specification.rows}: "
            "the file is not whole, or is another one",
            field="rows",
        )
