"""Parquet for programs and for tables too long for a spreadsheet: typed, written in groups.

A number column is a decimal in the scale of the screen; a second column beside it says why a
number is missing. Origin and fingerprint are in the file's metadata.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from server.cube.plain_text import printable
from server.exports.csv import HasOrigin, cell_words, origin_lines
from server.exports.document import Column, Document, Missing, Number, Row, Sheet
from server.exports.long_table import LongTable
from server.exports.progress import Told, counted
from server.store.csv_batches import schema_of

MEDIA_TYPE = "application/vnd.apache.parquet"
ROWS_IN_GROUP = 20_000
DIGITS = 38
ABSENCE = " (absence)"


def write_parquet(document: Document, path: Path, told: Told) -> None:
    """Write the document's first table."""
    sheet = document.sheets[0]
    rows = iter(counted(sheet.rows, told))
    first = list(islice(rows, ROWS_IN_GROUP))
    schema = _schema(sheet, first, document)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        group = first
        while group:
            writer.write_table(_table(group, sheet, schema))
            group = list(islice(rows, ROWS_IN_GROUP))
        if not first:
            writer.write_table(schema.empty_table())


def long_schema(table: LongTable) -> pa.Schema:
    """The columns of a table of any length, under the names of the statement."""
    return schema_of(table.statement.columns, table.types)


def write_long_parquet(
    table: LongTable, batches: Iterator[pa.RecordBatch], path: Path, told: Told
) -> None:
    """Write a table of any length, batch by batch."""
    names = [printable(head) for head in table.heads]
    fields = zip(names, long_schema(table), strict=True)
    schema = pa.schema([one.with_name(name) for name, one in fields], metadata=_metadata(table))
    rows = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
            rows += batch.num_rows
            told(rows)
        if not rows:
            writer.write_table(schema.empty_table())


def _schema(sheet: Sheet, sample: Iterable[Row], document: Document) -> pa.Schema:
    sampled = list(sample)
    fields: list[pa.Field] = []
    for index, (name, column) in enumerate(zip(_names(sheet), sheet.columns, strict=True)):
        if not column.is_number:
            fields.append(pa.field(name, pa.string()))
            continue
        fields.append(pa.field(name, pa.decimal128(DIGITS, _decimals(index, column, sampled))))
        fields.append(pa.field(name + ABSENCE, pa.string()))
    return pa.schema(fields, metadata=_metadata(document))


def _decimals(index: int, column: Column, sample: list[Row]) -> int:
    """The most decimals that the column shows."""
    cells = (row.cells[index] for row in sample)
    found = [one.format.decimals for one in cells if isinstance(one, Number)]
    return max([column.format.decimals, *found])


def _names(sheet: Sheet) -> list[str]:
    """One name for each column: its heads joined, and numbered where another has the same."""
    taken: dict[str, int] = {}
    names = []
    for index in range(len(sheet.columns)):
        texts = [head[index] for head in sheet.heads if index < len(head)]
        name = printable(" / ".join(text for text in texts if text)) or f"column {index + 1}"
        taken[name] = taken.get(name, 0) + 1
        names.append(name if taken[name] == 1 else f"{name} {taken[name]}")
    return names


def _table(rows: list[Row], sheet: Sheet, schema: pa.Schema) -> pa.Table:
    arrays = []
    position = 0
    for index, column in enumerate(sheet.columns):
        cells = [row.cells[index] for row in rows]
        if column.is_number:
            values = [one.shown if isinstance(one, Number) else None for one in cells]
            arrays.append(pa.array(values, schema.field(position).type))
            reasons = [one.absence.value if isinstance(one, Missing) else None for one in cells]
            arrays.append(pa.array(reasons, pa.string()))
            position += 2
        else:
            arrays.append(pa.array(list(_texts(cells)), pa.string()))
            position += 1
    return pa.Table.from_arrays(arrays, schema=schema)


def _texts(cells: Iterable[object]) -> Iterator[str]:
    for one in cells:
        yield one.text if isinstance(one, Number) else printable(cell_words(one))  # type: ignore[arg-type]


def _metadata(document: HasOrigin) -> dict[str, str]:
    lines = [list(pair) for pair in origin_lines(document)]
    return {
        "indicube.fingerprint": document.fingerprint,
        "indicube.export": document.export,
        "indicube.origin": json.dumps(lines, ensure_ascii=False),
    }
