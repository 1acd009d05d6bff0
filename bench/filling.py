"""Brings the order lines into an installation, load by load, through the ledger.

A period is received, inserted as Arrow under its own batch, verified against its control sums and
published, as every load is; only the text file is left out. What is loaded already is known again.
"""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from bench.ssb import MONTHS, Source, sources, statement
from server.ledger.publish import publish
from server.ledger.receive import Arrival, new_batch, receive
from server.ledger.steps import Counted, mark_parsed, mark_stored, verify_batches
from server.metadata.loads import Load
from server.periods import Period
from server.runtime import Runtime, open_runtime
from server.settings import Settings
from server.store.arrow import arrow_schema
from server.store.connection import Client, connect_writer
from server.store.control_sums import ControlSums
from server.store.facts import insert_batch

CUBE = "lineorder"
MODELS = Path(__file__).with_name("models")
_BY = "bench"


def settings_of(home: Path, **more: str) -> Settings:
    """The settings of an installation that serves the order lines."""
    return Settings.from_environment(environment_of(home, **more))


def environment_of(home: Path, **more: str) -> Mapping[str, str]:
    """The same as environment variables."""
    return {
        "INDICUBE_HOME": str(home),
        "INDICUBE_MODELS": str(MODELS),
        "INDICUBE_PACKS": "ssb",
        "INDICUBE_CACHE_MEGABYTES": "0",  # what is measured is asked each time
        **more,
    }


@contextmanager
def filled(
    settings: Settings,
    rows: int,
    periods: tuple[Period, ...] = MONTHS,
    told: Callable[[int], None] = lambda _loads: None,
) -> Iterator[Runtime]:
    """A runtime that shows so many order lines; `told` hears how many loads are there."""
    runtime = open_runtime(settings)
    try:
        client = connect_writer(runtime.store.address)
        try:
            for number, source in enumerate(sources(rows, periods), start=1):
                load(runtime, client, source)
                told(number)
        finally:
            client.close()
        yield runtime
    finally:
        runtime.close()


def load(runtime: Runtime, client: Client, source: Source) -> None:
    """Load one period, unless it is visible already."""
    description = io.BytesIO(json.dumps(source.parameters).encode())
    metadata, spool = runtime.metadata, runtime.settings.spool
    received = receive(metadata, spool, description, _arrival(source), runtime.clock())
    if not received.is_known:
        _store(runtime, received.load, chunk_of(runtime, client, source))


def _store(runtime: Runtime, of: Load, chunk: Any) -> None:
    metadata, store, clock = runtime.metadata, runtime.store, runtime.clock
    table = runtime.cubes.model.cube(CUBE).fact
    counted = counted_in(table, chunk)
    batch = new_batch(metadata, of)
    insert_batch(store, table, [chunk], of.id, batch)
    mark_parsed(metadata, of, counted, {batch: counted.description}, clock())
    mark_stored(metadata, of, clock())
    verify_batches(metadata, store, table, of, clock())
    publish(metadata, of, _BY, clock())


def chunk_of(runtime: Runtime, client: Client, source: Source) -> Any:
    """The lines of a source as the store takes them."""
    sql, parameters = statement(source)
    found = client.query_arrow(sql, parameters=parameters, use_strings=True)
    schema = arrow_schema(runtime.cubes.model.cube(CUBE).fact)
    columns = [_column(found.column(field.name), field.type) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _column(values: Any, kind: Any) -> Any:
    if pa.types.is_date(kind):  # the engine's Date is the number of days as UInt16
        values = values.cast(pa.int32())
    return values.cast(kind)


def counted_in(table: Any, chunk: Any) -> Counted:
    """What a parser would have counted."""
    sums = ControlSums(table)
    sums.add(chunk)
    days = chunk.column("day").to_pylist()
    return Counted(
        in_file=chunk.num_rows,
        stored=chunk.num_rows,
        quarantined=0,
        ignored=0,
        sums=sums.sums,
        first_date=min(days, default=None),
        last_date=max(days, default=None),
    )


def _arrival(source: Source) -> Arrival:
    return Arrival(
        pack="ssb",
        specification=CUBE,
        specification_hash="made by bench.ssb",
        table_name=CUBE,
        kind="fact",
        source=f"order lines of {source.period}",
        member=None,
        by=_BY,
    )
