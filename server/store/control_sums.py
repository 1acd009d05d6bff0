"""Control sums: what a batch adds up to, counted by the parser and again in the store.

For every column the number of given values and one figure that any lost, doubled or changed value
moves: the exact sum of numbers, days and milliseconds, the bytes of texts, the bits of floats.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import reduce
from operator import xor
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from server.store.arrow import AnyTable
from server.store.tables import ColumnSpec
from server.store.writer import Writer

Sums = Mapping[str, str]  # column -> "<given values> <figure>"


class ControlSums:
    """Adds up the chunks of one batch while they are parsed."""

    def __init__(self, table: AnyTable) -> None:
        self._columns = table.columns
        self._given = {column.name: 0 for column in table.columns}
        self._figures: dict[str, Decimal | int] = {column.name: 0 for column in table.columns}
        self.rows = 0

    def add(self, chunk: Any) -> None:
        """Count a chunk in."""
        self.rows += chunk.num_rows
        for column in self._columns:
            values = chunk.column(column.name).combine_chunks()
            self._given[column.name] += len(values) - values.null_count
            before, figure = self._figures[column.name], _figure(column, values)
            is_bits = _kind(column) == "float"
            self._figures[column.name] = (
                xor(int(before), int(figure)) if is_bits else (before + figure)
            )

    @property
    def sums(self) -> Sums:
        """The sums of all chunks so far."""
        return {name: _text(self._given[name], self._figures[name]) for name in self._given}


def sums_in_store(writer: Writer, table: AnyTable, batch: int) -> tuple[int, Sums]:
    """The rows and sums of a batch as the store has them; a doubled source row counts as none."""
    rows, source_rows = writer.ask("rows", table=table.name, batch=batch)[0]
    sums = {}
    for column in table.columns:
        question = f"sum_{_kind(column)}"
        given, figure = writer.ask(question, table=table.name, column=column.name, batch=batch)[0]
        sums[column.name] = _text(given, Decimal(figure or 0))
    return (rows if rows == source_rows else -rows), sums


def _kind(column: ColumnSpec) -> str:
    plain = column.plain_type
    if plain == "String":
        return "text"
    if plain == "Float64":
        return "float"
    if plain.startswith("DateTime"):
        return "moment"
    return "date" if plain.startswith("Date") else "number"


def _figure(column: ColumnSpec, values: Any) -> Decimal | int:
    kind = _kind(column)
    if kind == "text":
        values = pc.binary_length(values)
    elif kind == "date":
        values = values.cast(pa.int32())
    elif kind == "moment":
        values = values.cast(pa.int64())
    elif kind == "float":
        return reduce(xor, (value for value in _bits(values)), 0)
    total = pc.sum(values).as_py()
    return total if total is not None else 0


def _bits(values: Any) -> list[int]:
    bits: list[int] = values.drop_null().view(pa.uint64()).to_pylist()
    return bits


def _text(given: int, figure: Decimal | int) -> str:
    # One form for each value: the store writes 7.2 where Python writes 7.20.
    exact = Decimal(figure)
    shown = format(exact.normalize(), "f") if exact else "0"
    return f"{given} {shown}"
