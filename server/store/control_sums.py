"""Control sums: what a batch adds up to, counted by the parser and again in the store.

For every column the number of given values and one figure that any lost, doubled or changed value
moves: the exact sum of numbers, days and milliseconds, the bytes of texts, the bits of floats. For
the source rows their sum and the sum of their squares, so that no row can stand in for another.
"""

from collections.abc import Collection, Mapping
from decimal import Context, Decimal
from itertools import zip_longest
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from server.store.arrow import AnyTable
from server.store.tables import ROW_COLUMN, ColumnSpec
from server.store.writer import Writer

Sums = Mapping[str, str]  # column -> "<given values> <figure>"

_EXACT = Context(prec=200)
_WORD = 2**64  # squares are added modulo this, as the store does


class ControlSums:
    """Adds up the chunks of one batch while they are parsed."""

    def __init__(self, table: AnyTable) -> None:
        self._columns = table.columns
        self._given = {column.name: 0 for column in table.columns}
        self._figures = {column.name: Decimal(0) for column in table.columns}
        self._row_sum = self._row_squares = 0
        self.rows = 0

    def add(self, chunk: Any) -> None:
        """Count a chunk in."""
        self.rows += chunk.num_rows
        for column in self._columns:
            values = chunk.column(column.name).combine_chunks()
            self._given[column.name] += len(values) - values.null_count
            before, figure = self._figures[column.name], _figure(column, values)
            self._figures[column.name] = _together(column, before, figure)
        lines = chunk.column(ROW_COLUMN).combine_chunks().to_numpy(zero_copy_only=False)
        self._row_sum += int(lines.sum(dtype=np.uint64))
        self._row_squares += int((lines * lines).sum(dtype=np.uint64))

    @property
    def sums(self) -> Sums:
        """The sums of all chunks so far."""
        sums = {name: _text(self._given[name], self._figures[name]) for name in self._given}
        return {**sums, ROW_COLUMN: _rows_text(self.rows, self._row_sum, self._row_squares)}


def sums_in_store(
    writer: Writer, table: AnyTable, batches: Collection[int]
) -> Mapping[int, tuple[int, Sums]]:
    """The rows and sums of each batch as the store has them; one question a column for all."""
    if not batches:
        return {}
    asked = {"table": table.name, "first": min(batches), "last": max(batches)}
    rows = dict.fromkeys(batches, 0)
    sums = {batch: {column.name: "0 0" for column in table.columns} for batch in batches}
    for column in table.columns:
        question = f"sum_{_kind(column)}"
        for batch, given, figure in writer.ask(question, column=column.name, **asked):
            if batch in rows:
                sums[batch][column.name] = _text(given, Decimal(figure or 0))
    for batch in batches:
        sums[batch][ROW_COLUMN] = _rows_text(0, 0, 0)
    for batch, count, row_sum, row_squares in writer.ask("rows", **asked):
        if batch in rows:
            rows[batch] = count
            sums[batch][ROW_COLUMN] = _rows_text(count, row_sum, row_squares)
    return {batch: (rows[batch], sums[batch]) for batch in batches}


def bitwise_columns(table: AnyTable) -> tuple[str, ...]:
    """The columns whose figure is not a sum: the bits of floats, one over the other."""
    return tuple(column.name for column in table.columns if _kind(column) == "float")


def added_sums(one: Sums, other: Sums, bitwise: Collection[str]) -> Sums:
    """The control sums of two batches together, as if they were one."""
    return {
        column: _added(column, one.get(column, ""), other.get(column, ""), column in bitwise)
        for column in {**one, **other}
    }


def _added(column: str, one: str, other: str, is_bitwise: bool) -> str:
    pairs = list(zip_longest(one.split(), other.split(), fillvalue="0"))
    if column == ROW_COLUMN:
        return _rows_text(*(int(left) + int(right) for left, right in pairs))
    (given, also_given), (figure, also) = pairs
    before, after = Decimal(figure), Decimal(also)
    together = Decimal(int(before) ^ int(after)) if is_bitwise else _EXACT.add(before, after)
    return _text(int(given) + int(also_given), together)


def _kind(column: ColumnSpec) -> str:
    plain = column.plain_type
    if plain == "String":
        return "text"
    if plain == "Float64":
        return "float"
    if plain.startswith("DateTime"):
        return "moment"
    return "date" if plain.startswith("Date") else "number"


def _figure(column: ColumnSpec, values: Any) -> Decimal:
    kind = _kind(column)
    if kind == "float":
        bits = values.drop_null().to_numpy(zero_copy_only=False).view(np.uint64)
        return Decimal(int(np.bitwise_xor.reduce(bits)) if len(bits) else 0)
    if kind == "text":
        values = pc.binary_length(values)
    elif kind == "date":
        values = values.cast(pa.int32())
    elif kind == "moment":
        values = values.cast(pa.int64())
    return Decimal(pc.sum(values).as_py() or 0)


def _together(column: ColumnSpec, before: Decimal, figure: Decimal) -> Decimal:
    if _kind(column) == "float":
        return Decimal(int(before) ^ int(figure))
    return _EXACT.add(before, figure)


def _text(given: int, figure: Decimal) -> str:
    # One form for each value: the store writes 7.2 where Python writes 7.20.
    shown = format(_EXACT.normalize(figure), "f") if figure else "0"
    return f"{given} {shown}"


def _rows_text(rows: int, row_sum: int, row_squares: int) -> str:
    return f"{rows} {row_sum % _WORD} {row_squares % _WORD}"
