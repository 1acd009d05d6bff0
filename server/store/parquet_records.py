"""Reads one record of a Parquet file as a line of text, with the line that names its columns."""

import csv
import io
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

MAGIC = b"PAR1"
_PIECE = 1 << 14  # records that are read to find one


def is_parquet(path: Path) -> bool:
    """Whether the file begins as Parquet does."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def record_at(path: Path, number: int) -> tuple[str, str] | None:
    """The header and the record of that number, counted from 1; None when there is none."""
    with pq.ParquetFile(path, pre_buffer=False) as file:
        names = file.schema_arrow.names
        before = 0
        for group in range(file.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            if before < number <= before + rows:
                return _line(names), _line(_record(file, group, number - before - 1))
            before += rows
    return None


def _record(file: Any, group: int, place: int) -> list[Any]:
    for batch in file.iter_batches(batch_size=_PIECE, row_groups=[group], use_threads=False):
        if place < batch.num_rows:
            return list(batch.slice(place, 1).to_pylist()[0].values())
        place -= batch.num_rows
    raise ValueError(f"row group {group} ends before its rows")


def _line(values: list[Any]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return line.getvalue()
