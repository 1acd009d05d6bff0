"""Reads a body of CSV: a header that names the columns in any order, then a line for each row.

The sign between values is the specification's. A line that cannot be cut is a mistake of the whole
body; a column that may be empty can be left out.
"""

import csv
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from loaders.csv_rows import read_rows
from loaders.lines import Block, read_blocks
from loaders.pushes.pieces import BodyMistakes, Piece, check_names, table_of
from loaders.values import ReadColumn
from server.errors import InvalidInput, RowMistake

_MARK = b"\xef\xbb\xbf"


def read_csv_body(
    file: BinaryIO,
    columns: Sequence[ReadColumn],
    ignored: Sequence[str],
    delimiter: str,
    mistakes: BodyMistakes,
) -> Iterator[Piece]:
    """The rows, a block at a time; mistakes are noted on the way."""
    names: tuple[str, ...] = ()
    for block in read_blocks(file, "the body"):
        below = block
        _check_text(block)
        if block.first == 1:
            header, _, rest = block.text.removeprefix(_MARK).partition(b"\n")
            names = _names(header, delimiter)
            check_names(names, columns, ignored, mistakes)
            below = Block(2, rest)
        if below.text and not _is_hopeless(names):
            yield _piece(below, names, columns, delimiter, mistakes)


def _piece(
    block: Block,
    names: tuple[str, ...],
    columns: Sequence[ReadColumn],
    delimiter: str,
    mistakes: BodyMistakes,
) -> Piece:
    rows = read_rows(block, names, delimiter)
    for refused in rows.refused:
        mistakes.add(
            RowMistake(
                f"row {refused.line}: {refused.message}",
                row=refused.line,
                code=refused.rule,
                field="body",
            )
        )
    wanted = tuple(dict.fromkeys(column.source for column in columns))
    found = {name: rows.table.column(name).combine_chunks() for name in names if name in wanted}
    table = table_of(found, wanted, rows.table.num_rows)
    return Piece(table, rows.lines, block.first, block.count)


def _names(header: bytes, delimiter: str) -> tuple[str, ...]:
    text = header.rstrip(b"\r").decode("utf-8")
    if not text:
        raise InvalidInput("the first line must name the columns", field="body")
    return tuple(next(csv.reader([text], delimiter=delimiter)))


def _is_hopeless(names: tuple[str, ...]) -> bool:
    """Whether two columns have one name, so that nobody knows which is meant."""
    return len(set(names)) < len(names)


def _check_text(block: Block) -> None:
    try:
        block.text.decode("utf-8")
    except UnicodeDecodeError as error:
        line = block.first + block.text.count(b"\n", 0, error.start)
        raise InvalidInput(f"row {line} is not UTF-8", field="body") from None
    if b"\0" in block.text:
        line = block.first + block.text.count(b"\n", 0, block.text.index(b"\0"))
        raise InvalidInput(f"row {line} holds a zero byte", field="body")
