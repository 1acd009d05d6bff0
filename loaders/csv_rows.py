"""Cuts a block of lines into columns of text; a line that cannot be cut is refused by its number.

Most blocks have no quote, no blank line and the right number of values in every line: the reader in
C++ takes them whole. Any other block is looked at line by line first.
"""

import csv
import re
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from loaders.lines import Block
from loaders.rows import SourceRows
from server.metadata.loads import Quarantined

_SHOWN = 2000  # letters of a refused line that are kept


def read_rows(block: Block, columns: tuple[str, ...], delimiter: str) -> SourceRows:
    """Cut every line into as many values as there are columns."""
    if _is_plain(block.text):
        table = _cut(block.text, columns, delimiter)
        if table is not None:
            lines = np.arange(block.first, block.first + block.count, dtype=np.uint64)
            return SourceRows(table, lines, (), 0)
    return _read_carefully(block, columns, delimiter)


def _is_plain(text: bytes) -> bool:
    has_lone_return = b"\r" in text and text.count(b"\r") != text.count(b"\r\n")
    has_blank = text.startswith((b"\n", b"\r\n")) or b"\n\n" in text or b"\n\r\n" in text
    return b'"' not in text and not has_lone_return and not has_blank


def _cut(text: bytes, columns: tuple[str, ...], delimiter: str) -> Any | None:
    """The table, or None when a line has another number of values."""
    wrong: list[object] = []

    def note(row: object) -> str:
        wrong.append(row)
        return "skip"

    if not text:
        return pa.table({name: pa.array([], pa.string()) for name in columns})
    table = arrow_csv.read_csv(
        pa.BufferReader(text),
        read_options=arrow_csv.ReadOptions(
            column_names=list(columns), use_threads=False, block_size=len(text) + 1
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=delimiter, ignore_empty_lines=False, invalid_row_handler=note
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types={name: pa.string() for name in columns}, strings_can_be_null=False
        ),
    )
    return None if wrong else table.combine_chunks()


def _read_carefully(block: Block, columns: tuple[str, ...], delimiter: str) -> SourceRows:
    checker = _LineChecker(len(columns), delimiter)
    kept: list[bytes] = []
    numbers: list[int] = []
    refused: list[Quarantined] = []
    ignored = 0
    for number, line in enumerate(_split(block.text), block.first):
        if not line:
            ignored += 1
            continue
        reason = checker.reason_against(line)
        if reason is None:
            kept.append(line)
            numbers.append(number)
        else:
            shown = line.decode("utf-8", errors="replace")[:_SHOWN]
            refused.append(Quarantined(number, None, shown, *reason))
    table = _cut(b"".join(line + b"\n" for line in kept), columns, delimiter)
    if table is None or table.num_rows != len(numbers):
        raise ValueError(f"lines {block.first} and following were cut otherwise than checked")
    return SourceRows(table, np.array(numbers, dtype=np.uint64), tuple(refused), ignored)


def _split(text: bytes) -> list[bytes]:
    lines = text.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return [line.removesuffix(b"\r") for line in lines]


class _LineChecker:
    """Says what is wrong with a line: its rule and a sentence."""

    def __init__(self, values: int, delimiter: str) -> None:
        self._values = values
        self._delimiter = delimiter
        sign = re.escape(delimiter.encode())
        value = rb'(?:"(?:[^"]|"")*"|[^"' + sign + rb"]*)"
        self._quoted = re.compile(value + rb"(?:" + sign + value + rb")*\Z", re.DOTALL)

    def reason_against(self, line: bytes) -> tuple[str, str] | None:
        if b"\r" in line:
            return "line_end", "the line holds a carriage return that does not end it"
        if b'"' not in line:
            found = line.count(self._delimiter.encode()) + 1
        elif self._quoted.match(line):
            text = line.decode("utf-8")
            found = len(next(csv.reader([text], delimiter=self._delimiter)))
        else:
            return "quotes", "a quote is not closed in its line, or stands inside a value"
        if found != self._values:
            counted_values = "1 value" if found == 1 else f"{found} values"
            return "columns", f"the line has {counted_values}; {self._values} are needed"
        return None
