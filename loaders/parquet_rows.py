"""Reads a Parquet file in pieces, typed as it is; a row's number is its place, counted from 1."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from loaders.rows import SourceRows
from loaders.typed_values import reason_against
from loaders.values import ReadColumn
from server.errors import LoadRejected

_ROWS = 1 << 17  # at a time
_BUFFER = 1 << 20  # bytes of a column chunk that are read at once, so that memory stays bounded


@contextmanager
def open_parquet(path: Path, shown: str) -> Iterator[Any]:
    """The file; a broken one is rejected, also when that shows only while it is read."""
    try:
        with pq.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False) as file:
            yield file
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        first = str(error).splitlines()[0].rstrip(".")
        raise LoadRejected(f"{shown} is no whole Parquet file: {first}") from None


def check_types(file: Any, shown: str, columns: tuple[ReadColumn, ...]) -> None:
    """Reject a file whose columns hold another kind of value than the table's."""
    schema = file.schema_arrow
    reasons = [reason_against(column, schema.field(column.source).type) for column in columns]
    told = [reason for reason in reasons if reason]
    if told:
        raise LoadRejected(f"{shown}: {'; '.join(told)}", field="columns")


def read_parquet(path: Path, shown: str, names: tuple[str, ...]) -> Iterator[SourceRows]:
    """The rows of these columns, a piece at a time."""
    first = 1
    with open_parquet(path, shown) as file:
        for batch in file.iter_batches(batch_size=_ROWS, columns=list(names), use_threads=False):
            numbers = np.arange(first, first + batch.num_rows, dtype=np.uint64)
            first += batch.num_rows
            yield SourceRows(pa.Table.from_batches([batch]), numbers, (), 0)
