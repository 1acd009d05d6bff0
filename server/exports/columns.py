"""Rows for programs as columns: an Arrow stream or a Parquet file, written part by part.

Both hold what the rows hold, typed: whole numbers, decimals in their scale, days, and keys as
dictionaries. A figure that is none is null; a column beside it says why, where that is asked.
"""

import io
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain, islice
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from server.store.csv_batches import schema_of

Form = Literal["arrow", "parquet"]
Kind = Literal["key", "text", "whole", "wide", "decimal", "number", "day", "flag"]
Row = Mapping[str, Any]

MEDIA_TYPES: Mapping[Form, str] = {
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
}
ABSENCE = "__absence"  # after the name of a figure: the column that says why it is none

_DIGITS = 38
_ROWS = 8_192  # of one part
_KEYS = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True)
class Column:
    """A column of rows: its name and what its values are."""

    name: str
    kind: Kind
    scale: int = 0  # of a decimal
    is_figure: bool = False

    @property
    def absence(self) -> "Column":
        """The column that says why a figure is none."""
        return Column(f"{self.name}{ABSENCE}", "key")


def written_rows(
    form: Form,
    columns: Sequence[Column],
    rows: Iterable[Row],
    told: Mapping[str, str],
    absences: str | None = None,
) -> Generator[bytes, None, None]:
    """Rows as columns, in parts; `told` is what the file says of itself.

    With `absences`, the name under which each row has its reasons by figure, they stand in columns
    of their own.
    """
    rest = iter(rows)
    first = list(islice(rest, _ROWS))
    fitting = [_fitting(column, first) for column in columns]
    schema = schema_of_columns(fitting, told, has_absences=absences is not None)
    parts = chain([first] if first else [], iter(lambda: list(islice(rest, _ROWS)), []))
    batches = (_batch(part, fitting, schema, absences) for part in parts)
    yield from written_batches(form, schema, batches)


def written_batches(
    form: Form, schema: Any, batches: Iterator[Any]
) -> Generator[bytes, None, None]:
    """Record batches of a schema, as they come; the first is there before anything is written."""
    first = next(batches, None)
    sink = _Sink()
    file = pa.PythonFile(sink, mode="w")
    writer = (
        pa.ipc.new_stream(file, schema)
        if form == "arrow"
        else pq.ParquetWriter(file, schema, compression="zstd")
    )
    with writer:
        for batch in chain([] if first is None else [first], batches):
            writer.write_batch(batch)
            yield sink.taken()
    yield sink.taken()


def schema_of_columns(
    columns: Iterable[Column], told: Mapping[str, str], *, has_absences: bool = False
) -> Any:
    """The schema of columns."""
    fields = (field for one in columns for field in _fields(one, has_absence=has_absences))
    return pa.schema(fields, metadata=dict(told))


def engine_schema(
    names: Sequence[str], types: Sequence[str], keys: Iterable[str], told: Mapping[str, str]
) -> Any:
    """The schema of columns by their engine's types; texts among the keys are dictionaries."""
    known = set(keys)
    fields = [
        one.with_type(_KEYS) if one.name in known and pa.types.is_string(one.type) else one
        for one in schema_of(names, types)
    ]
    return pa.schema(fields, metadata=dict(told))


def schema_with_parts(columns: Iterable[Column], names: Sequence[str], types: Sequence[str]) -> Any:
    """The schema of a statement that also answers parts, which are of the engine's types."""
    plain = {"key": pa.string(), "flag": pa.int64()}  # as Python has them elsewhere
    known = {one.name: plain.get(one.kind) or _type(one) for one in columns}
    return pa.schema(
        [
            pa.field(name, known[name]) if name in known else schema_of([name], [one]).field(0)
            for name, one in zip(names, types, strict=True)
        ]
    )


def _fitting(column: Column, rows: Iterable[Row]) -> Column:
    """The column with as many decimals as its values have."""
    if column.kind != "decimal":
        return column
    values = (row.get(column.name) for row in rows)
    exponents = (one.as_tuple().exponent for one in values if isinstance(one, Decimal))
    scales = (-one for one in exponents if isinstance(one, int))
    return replace(column, scale=max(column.scale, *scales, 0))


def _fields(column: Column, *, has_absence: bool) -> Iterator[Any]:
    yield pa.field(column.name, _type(column))
    if has_absence and column.is_figure:
        yield pa.field(column.absence.name, _KEYS)


def _type(column: Column) -> Any:
    if column.kind == "decimal":
        return pa.decimal128(_DIGITS, column.scale)
    return {
        "key": _KEYS,
        "text": pa.string(),
        "whole": pa.int64(),
        "wide": pa.decimal128(_DIGITS, 0),
        "number": pa.float64(),
        "day": pa.date32(),
        "flag": pa.bool_(),
    }[column.kind]


def _batch(
    rows: Sequence[Row], columns: Iterable[Column], schema: Any, absences: str | None
) -> Any:
    arrays = []
    for column in columns:
        read = _READ.get(column.kind)
        values = [row.get(column.name) for row in rows]
        if read is not None:
            values = [None if one is None else read(one) for one in values]
        arrays.append(pa.array(values, _type(column)))
        if absences is not None and column.is_figure:
            why = [row.get(absences, {}).get(column.name) for row in rows]
            arrays.append(pa.array(why, _KEYS))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


_READ: Mapping[Kind, Any] = {
    "key": str,
    "text": str,
    "wide": Decimal,
    "decimal": Decimal,
    "number": float,
    "flag": bool,
}


class _Sink(io.RawIOBase):
    """A file that gives away what was written into it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        """It is there to be written."""
        return True

    def write(self, part: Any, /) -> int:
        """Keep a part until it is taken."""
        self._parts.append(bytes(part))
        self._size += len(self._parts[-1])
        return len(self._parts[-1])

    def tell(self) -> int:
        """How much has been written, taken or not."""
        return self._size

    def taken(self) -> bytes:
        """What was written since the last time."""
        found = b"".join(self._parts)
        self._parts.clear()
        return found
