"""Reads a body of JSON lines: one object in each, a value for each column; `null` is no value.

Numbers are taken as they are written, so that 12.10 stays 12.10. What is no object, names a field
that nobody reads, or holds a value of another kind is a mistake of the whole body.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from loaders.lines import Block, read_blocks
from loaders.pushes.pieces import BodyMistakes, Piece, table_of
from loaders.values import ReadColumn
from server.errors import InvalidInput, RowMistake

_ROWS = 20_000  # at a time
_TEXT = "a text in quotes"
_NUMBER = "a number, or a text that says one"


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


class _Twice(ValueError):
    """An object names a field twice."""


def read_json_lines(
    file: BinaryIO,
    columns: Sequence[ReadColumn],
    ignored: Sequence[str],
    mistakes: BodyMistakes,
) -> Iterator[Piece]:
    """The rows, a bounded number at a time; mistakes are noted on the way."""
    reader = _Reader(columns, ignored, mistakes)
    for block in read_blocks(file, "the body"):
        yield from reader.pieces(block)


class _Reader:
    def __init__(
        self, columns: Sequence[ReadColumn], ignored: Sequence[str], mistakes: BodyMistakes
    ) -> None:
        self._columns = {column.source: _takes_number(column) for column in columns}
        self._known = {*self._columns, *ignored}
        self._mistakes = mistakes
        self._decoder = json.JSONDecoder(
            parse_float=_Number,
            parse_int=_Number,
            parse_constant=_no_number,
            object_pairs_hook=_object,
        )

    def pieces(self, block: Block) -> Iterator[Piece]:
        lines = block.text.split(b"\n")
        if not lines[-1]:
            lines.pop()
        for start in range(0, len(lines), _ROWS):
            some = lines[start : start + _ROWS]
            yield self._piece(some, block.first + start)

    def _piece(self, lines: Sequence[bytes], first: int) -> Piece:
        rows: list[dict[str, Any]] = []
        numbers: list[int] = []
        for number, line in enumerate(lines, first):
            if line.strip():
                rows.append(self._row(line, number))
                numbers.append(number)
        found = {name: self._texts(name, rows, numbers) for name in self._columns}
        table = table_of(found, tuple(self._columns), len(rows))
        return Piece(table, np.array(numbers, dtype=np.uint64), first, len(lines))

    def _row(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            row = self._decoder.decode(line.decode("utf-8"))
        except UnicodeDecodeError:
            raise InvalidInput(f"row {number} is not UTF-8", field="body") from None
        except _Twice as twice:
            self._no_object(number, f"names {str(twice)[:80]!r} twice")
            return {}
        except json.JSONDecodeError as error:
            self._no_object(number, f"is not JSON: {error.msg} at letter {error.pos + 1}")
            return {}
        except (ValueError, RecursionError):
            self._no_object(number, "is not JSON")
            return {}
        if not isinstance(row, dict):
            self._no_object(number, f"is {_kind_of(row)}")
            return {}
        if not self._known.issuperset(row):
            for name in row:
                if name not in self._known:
                    self._mistakes.unknown(number, name, tuple(self._columns))
        return row

    def _no_object(self, number: int, what: str) -> None:
        self._mistakes.add(
            RowMistake(
                f"row {number} {what}; each line must be one JSON object",
                row=number,
                code="not_json",
                field="body",
            )
        )

    def _texts(self, name: str, rows: Sequence[dict[str, Any]], numbers: Sequence[int]) -> Any:
        values = [row.get(name) for row in rows]
        allowed: set[type] = {str, type(None), *([_Number] if self._columns[name] else [])}
        if not allowed.issuperset(map(type, values)):
            self._wrong_kinds(name, values, numbers, allowed)
            values = [value if type(value) in allowed else None for value in values]
        try:
            return pa.array(values, pa.string())
        except UnicodeEncodeError:  # lone surrogates: no text
            plain = [None if v is None else v.encode("utf-8", "replace").decode() for v in values]
            marked = [
                None if v is None else ("\x0b" if v != kept else v)
                for v, kept in zip(values, plain, strict=True)
            ]
            return pa.array(marked, pa.string())

    def _wrong_kinds(
        self, name: str, values: Sequence[Any], numbers: Sequence[int], allowed: set[type]
    ) -> None:
        words = _NUMBER if self._columns[name] else _TEXT
        for number, value in zip(numbers, values, strict=True):
            if type(value) not in allowed:
                self._mistakes.add(
                    RowMistake(
                        f"row {number}: {name} is {_kind_of(value)}; it must be {words}, or null",
                        row=number,
                        code="wrong_kind",
                        field=name,
                        allowed=(words, "null"),
                    )
                )


def _takes_number(column: ReadColumn) -> bool:
    kind = column.type
    is_number = (pa.types.is_integer, pa.types.is_decimal, pa.types.is_floating)
    return any(is_kind(kind) for is_kind in is_number)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(next(name for name in names if names.count(name) > 1))
    return found


def _no_number(text: str) -> float:
    raise ValueError(text)


def _kind_of(value: object) -> str:
    if isinstance(value, _Number):
        return "a number"
    if isinstance(value, bool):
        return "true or false"
    kinds = {str: "a text", list: "a list", dict: "an object", type(None): "null"}
    return kinds.get(type(value), "of another kind")
