"""What a load costs beside the engine's own INSERT of the file, and a restatement beside a load.

Ours keeps the bytes, looks at every value, routes rows to the batch of their month, compares
control sums and publishes; the engine's own takes what it is given.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv as arrow_csv

from loaders.context import LoadContext
from loaders.load import run_load
from loaders.specification import read_specification
from server.metadata.session import open_metadata
from server.settings import Settings
from server.store.client import open_store
from server.store.migrate import ensure_tables
from server.store.tables import ColumnSpec, DimensionTableSpec, TableSpec

ROWS = 1_000_000
_DAYS = 31  # one month: a restatement replaces all of it
_COLUMNS = (
    ColumnSpec("day", "Date"),
    ColumnSpec("store", "LowCardinality(String)"),
    ColumnSpec("article", "String"),
    ColumnSpec("pieces", "Nullable(Int16)"),
    ColumnSpec("amount", "Decimal(18, 2)"),
    ColumnSpec("cost", "Decimal(18, 2)"),
    ColumnSpec("paid_at", "DateTime64(3, 'UTC')"),
)
_SALES = TableSpec("sales", _COLUMNS, ("day", "store", "_load", "_row"), "toYear(day)")
_BARE = TableSpec("bare", _COLUMNS, ("day", "store", "_load", "_row"), "toYear(day)")
_SPECIFICATION = """
name = "sales"
table = "sales"
mode = "replace"
scope = ["month(day)"]
event_date = "day"
labels = { en = "Sales", zh = "销售" }
source = { file = "sales.csv" }
format = { kind = "either", null = [""] }
""" + "".join(f'\n[[columns]]\nfrom = "{column.name}"\n' for column in _COLUMNS)


@dataclass(frozen=True)
class Loaded:
    """The seconds of one kind of file."""

    kind: str
    rows: int
    ours: float
    engine: float
    again: float  # restating the month

    @property
    def ratio(self) -> float:
        """How fast ours is beside the engine's own: 1 is as fast."""
        return self.engine / self.ours


@dataclass(frozen=True)
class _Tables:
    fact_tables: Mapping[str, TableSpec]
    dimension_tables: Mapping[str, DimensionTableSpec]


def loaded(folder: Path, rows: int = ROWS, turns: int = 3) -> list[Loaded]:
    """Load, insert and restate CSV and Parquet; the median of some turns each."""
    folder.mkdir(parents=True, exist_ok=True)
    with _opened(folder) as context:
        return [_measured(context, folder, kind, rows, turns) for kind in ("csv", "parquet")]


@contextmanager
def _opened(folder: Path) -> Iterator[LoadContext]:
    settings = Settings.from_environment({"INDICUBE_HOME": str(folder)})
    metadata, store = open_metadata(settings.database), open_store(settings)
    metadata.migrate()
    tables = _Tables({"sales": _SALES, "bare": _BARE}, {})
    ensure_tables(store, tables)
    read = read_specification(_SPECIFICATION.encode(), "bench", "bench/loading.py")
    try:
        yield LoadContext(metadata, store, settings, _now, tables, {"sales": read})
    finally:
        store.close()
        metadata.close()


def _measured(context: LoadContext, folder: Path, kind: str, rows: int, turns: int) -> Loaded:
    files = [folder / f"{turn}.{kind}" for turn in range(2 * turns)]
    for turn, file in enumerate(files):
        _write(_rows(rows, turn // 2), file, kind, turn)
    ours, engine, again = [], [], []
    for first, second in zip(files[::2], files[1::2], strict=True):
        _empty(context)
        ours.append(_seconds(partial(run_load, context, "sales", first)))
        engine.append(_seconds(partial(_insert, context, first, kind)))
        again.append(_seconds(partial(run_load, context, "sales", second)))
    for file in files:
        file.unlink()
    return Loaded(kind, rows, *(statistics.median(each) for each in (ours, engine, again)))


def _insert(context: LoadContext, file: Path, kind: str) -> None:
    names = ", ".join(column.name for column in _COLUMNS)
    form = "CSVWithNames" if kind == "csv" else "Parquet"
    with context.store.writer() as writer:
        writer.run(
            f"INSERT INTO bare ({names}) FROM INFILE '{file}' "
            f"SETTINGS date_time_input_format = 'best_effort' FORMAT {form}"
        )


def _empty(context: LoadContext) -> None:
    with context.store.writer() as writer:
        writer.run("TRUNCATE TABLE bare SYNC")


def _rows(rows: int, seed: int) -> Any:
    chance = np.random.default_rng(seed)
    days = pa.array(20454 + chance.integers(0, _DAYS, rows), pa.int32()).cast(pa.date32())
    pieces = pa.array(chance.integers(1, 50, rows), pa.int16(), mask=chance.random(rows) < 0.02)
    cents = chance.integers(1, 10_000_000, rows)
    instants = 1_767_225_600_000 + chance.integers(0, 10**9, rows)
    moments = pa.array(instants, pa.timestamp("ms", "UTC"))
    return pa.table(
        {
            "day": days,
            "store": pa.array([f"S{number:04}" for number in chance.integers(0, 500, rows)]),
            "article": pa.array([f"A{number:06}" for number in chance.integers(0, 90_000, rows)]),
            "pieces": pieces,
            "amount": _money(cents),
            "cost": _money(cents * 6 // 10),
            "paid_at": moments,
        }
    )


def _money(cents: Any) -> Any:
    whole = pa.array(cents, pa.int64()).cast(pa.decimal128(20, 0)).cast(pa.decimal128(18, 0))
    hundredth = pa.scalar("0.01").cast(pa.decimal128(3, 2))
    return pa.compute.multiply(whole, hundredth).cast(pa.decimal128(18, 2))


def _write(table: Any, file: Path, kind: str, turn: int) -> None:
    table = table.slice(0, table.num_rows - turn)  # no two files have the same bytes
    if kind == "parquet":
        pq.write_table(table, file)
        return
    texts = pa.compute.strftime(table.column("paid_at"), format="%Y-%m-%dT%H:%M:%SZ")
    place = table.schema.get_field_index("paid_at")
    arrow_csv.write_csv(
        table.set_column(place, "paid_at", texts),
        file,
        arrow_csv.WriteOptions(quoting_style="none"),
    )


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _now() -> datetime:
    return datetime.now(UTC)


def main() -> None:
    """Measure alone: `python -m bench.loading FOLDER [ROWS]`."""
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else ROWS
    for one in loaded(Path(sys.argv[1]), rows):
        print(
            f"{one.kind:<8} {one.rows:,} rows: ours {one.ours:.2f} s, engine {one.engine:.2f} s, "
            f"ratio {one.ratio:.2f}; again {one.again:.2f} s"
        )


if __name__ == "__main__":
    main()
