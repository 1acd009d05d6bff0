"""Looks at a whole source before anything of it is stored: is it text, is it whole, which columns.

What is found here rejects the load in one sentence; a single bad row does not (`row_schema`).
"""

import csv
from dataclasses import dataclass
from typing import BinaryIO

from loaders.columns import check_columns
from loaders.lines import LONGEST_LINE, Block, read_blocks
from loaders.specification import Specification
from server.errors import LoadRejected

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_OTHER_MARKS = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"PK": "a zip archive",
    b"PAR1": "a Parquet file",
}


@dataclass(frozen=True)
class Survey:
    """What the whole source shows: its columns and how many rows there are."""

    columns: tuple[str, ...]
    rows: int
    header: int = 1  # the line that names the columns
    control_line: str | None = None  # what the line above it says after its mark
    is_parquet: bool = False


def survey(file: BinaryIO, shown: str, specification: Specification) -> Survey:
    """Read the text once; `LoadRejected` when it cannot be the source that is specified."""
    columns: tuple[str, ...] = ()
    control: str | None = None
    header = 1 if specification.cover.control_line is None else 2
    lines = 0
    last = b""
    for block in read_blocks(file, shown):
        if not lines:
            control, columns = _head(block, shown, specification)
        check_encoding(block, shown)
        lines += block.count
        last = block.text[-1:]
    if not lines:
        raise LoadRejected(f"{shown} is empty")
    if specification.ends_with_newline and last != b"\n":
        raise LoadRejected(
            f"{shown} does not end with a line feed: its last line, {lines}, may have been cut"
        )
    if lines < header:
        raise LoadRejected(f"{shown} ends before the line that names its columns")
    return Survey(columns, lines - header, header, control)


def first_line(file: BinaryIO, shown: str, mark: str) -> str:
    """What the first line says after its mark."""
    line = file.readline(LONGEST_LINE).removeprefix(_BYTE_ORDER_MARK)
    return _control(_decoded(line.rstrip(b"\r\n"), 1, shown), mark, shown)


def check_rows(rows: int, shown: str, specification: Specification) -> None:
    """Reject a source with another number of rows than its control total."""
    if specification.rows is not None and rows != specification.rows:
        counted_rows = "1 row" if rows == 1 else f"{rows} rows"
        raise LoadRejected(
            f"{shown} has {counted_rows}, but {specification.name} "
            f"must have {specification.rows}: the file is not whole, or is another one",
            field="rows",
        )


def check_encoding(block: Block, shown: str) -> None:
    """Reject lines that are no text in UTF-8, naming the first that is not."""
    _decoded(block.text, block.first, shown)
    if b"\0" in block.text:
        line = block.first + block.text.count(b"\n", 0, block.text.index(b"\0"))
        raise LoadRejected(f"{shown} is not text: line {line} holds a zero byte")


def _head(
    block: Block, shown: str, specification: Specification
) -> tuple[str | None, tuple[str, ...]]:
    """What the control line says, if there must be one, and the columns that the next one names."""
    for mark, what in _OTHER_MARKS.items():
        if block.text.startswith(mark):
            raise LoadRejected(f"{shown} is {what}; UTF-8 text is needed")
    text = block.text.removeprefix(_BYTE_ORDER_MARK)
    wanted, control = specification.cover.control_line, None
    if wanted is not None:
        first, _, text = text.partition(b"\n")
        control = _control(_decoded(first.rstrip(b"\r"), 1, shown), wanted, shown)
    number = 1 if wanted is None else 2
    header = _decoded(text.partition(b"\n")[0].rstrip(b"\r"), number, shown)
    if not header:
        place = "first line" if wanted is None else "second line"
        raise LoadRejected(f"{shown} has no header in its {place}")
    columns = tuple(next(csv.reader([header], delimiter=specification.delimiter)))
    check_columns(columns, shown, specification)
    return control, columns


def _control(line: str, mark: str, shown: str) -> str:
    if not line.startswith(mark):
        raise LoadRejected(f"the first line of {shown} must begin with {mark!r} and name its scope")
    return line.removeprefix(mark).strip()


def _decoded(text: bytes, first: int, shown: str) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        line = first + text.count(b"\n", 0, error.start)
        raise LoadRejected(
            f"{shown} is not UTF-8: line {line} holds the byte 0x{text[error.start]:02x}; "
            "save it as UTF-8"
        ) from None
