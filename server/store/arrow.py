"""The one Arrow type for each column type, and the check that a chunk has exactly these.

The engine would convert what does not fit without a word (300 into a UInt8 becomes 44), so nothing
is left to its conversions.
"""

import re
from typing import Any

import pyarrow as pa

from server.errors import ModelMismatch
from server.store.tables import (
    LOAD_COLUMN,
    ORIGIN_COLUMN,
    ColumnSpec,
    DimensionTableSpec,
    TableSpec,
)

AnyTable = TableSpec | DimensionTableSpec

_DECIMAL = re.compile(r"Decimal\((\d+), (\d+)\)")
_TYPES: dict[str, Any] = {
    "UInt8": pa.uint8(),
    "UInt16": pa.uint16(),
    "UInt32": pa.uint32(),
    "UInt64": pa.uint64(),
    "Int8": pa.int8(),
    "Int16": pa.int16(),
    "Int32": pa.int32(),
    "Int64": pa.int64(),
    "Float64": pa.float64(),
    "Date": pa.date32(),
    "Date32": pa.date32(),
    "DateTime64(3, 'UTC')": pa.timestamp("ms", tz="UTC"),
    "String": pa.string(),
}


def arrow_type(column: ColumnSpec) -> Any:
    """The pyarrow type that holds exactly the column's values."""
    decimal = _DECIMAL.fullmatch(column.plain_type)
    if decimal:
        return pa.decimal128(int(decimal.group(1)), int(decimal.group(2)))
    return _TYPES[column.plain_type]


def arrow_schema(table: AnyTable) -> Any:
    """The schema of a chunk of the table, without batch and origin, which the store adds."""
    added = (LOAD_COLUMN, ORIGIN_COLUMN)
    columns = [column for column in table.stored_columns if column.name not in added]
    return pa.schema(
        [pa.field(column.name, arrow_type(column), column.is_nullable) for column in columns]
    )


def check_chunk(table: AnyTable, chunk: Any) -> None:
    """Raise unless the chunk has exactly the table's columns, their types and no other nulls."""
    wanted = arrow_schema(table)
    if chunk.schema.names != wanted.names:
        raise ModelMismatch(
            f"a chunk for {table.name} has the columns {', '.join(chunk.schema.names)}; "
            f"the table has {', '.join(wanted.names)}"
        )
    for field in wanted:
        found = chunk.schema.field(field.name)
        if found.type != field.type:
            raise ModelMismatch(f"{table.name}.{field.name} is {field.type}, not {found.type}")
        if not field.nullable and chunk.column(field.name).null_count:
            raise ModelMismatch(f"{table.name}.{field.name} cannot be empty")
