"""Inserts the rows of a batch, counts them, and deletes batches that nobody may ever see."""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pyarrow as pa

from server.store.arrow import AnyTable, arrow_schema, check_chunk
from server.store.client import Store
from server.store.control_sums import Sums, sums_in_store
from server.store.tables import (
    LOAD_COLUMN,
    ORIGIN_COLUMN,
    DimensionTableSpec,
    Placement,
    quoted,
)
from server.store.writer import Writer

# Far below the engine's block: an insert is then one block, and a retried token finds it whole.
ROWS_IN_CHUNK = 250_000


def insert_batch(
    store: Store,
    table: AnyTable,
    chunks: Iterable[Any],
    load_id: int,
    batch_id: int,
    *,
    after_chunk: Callable[[int], None] = lambda _rows: None,
) -> int:
    """Insert pyarrow tables as one batch; the rows inserted."""
    routed = (_of_batch(chunk, batch_id) for chunk in chunks)
    return insert_rows(store, table, routed, load_id, after_chunk=after_chunk)


def insert_rows(
    store: Store,
    table: AnyTable,
    chunks: Iterable[Any],
    load_id: int,
    *,
    after_chunk: Callable[[int], None] = lambda _rows: None,
) -> int:
    """Insert pyarrow tables whose first column, `_load`, names each row's batch; the rows inserted.

    Rows that another batch brought say so in a column `_origin`. While one chunk goes in, the next
    is made. After any error the attempt must be abandoned: its rows stay hidden, the redo takes
    fresh ids. `after_chunk` hears the rows so far; what it raises ends the attempt.
    """
    # The nonce keeps a token from meaning two things when the metadata database is replaced.
    nonce = uuid.uuid4().hex[:8]
    rows = 0
    under_way: Future[None] | None = None
    with store.writer() as writer, ThreadPoolExecutor(1, thread_name_prefix="insert") as inserting:
        for number, chunk in enumerate(_slices(chunks)):
            added = [name for name in (LOAD_COLUMN, ORIGIN_COLUMN) if name in chunk.schema.names]
            check_chunk(table, chunk.drop_columns(added))
            _wait_for(under_way, rows, after_chunk)
            token = f"{load_id}-{number}-{nonce}"
            under_way = inserting.submit(writer.insert, table.name, chunk, token)
            rows += chunk.num_rows
        _wait_for(under_way, rows, after_chunk)
    return rows


def with_batches(chunk: Any, batches: Any) -> Any:
    """A chunk with the batch of each row, an array of UInt32, in front."""
    return chunk.add_column(0, pa.field(LOAD_COLUMN, pa.uint32(), nullable=False), batches)


def count_and_sum(store: Store, table: AnyTable, batch_id: int) -> tuple[int, Sums]:
    """The rows and control sums of a batch as the store has them."""
    return count_and_sum_each(store, table, (batch_id,))[batch_id]


def count_and_sum_each(
    store: Store, table: AnyTable, batch_ids: Collection[int]
) -> Mapping[int, tuple[int, Sums]]:
    """The rows and control sums of each of these batches as the store has them.

    On a cluster as every replica has them: none is behind when a batch is found whole.
    """
    with store.writer() as writer:
        _wait_for_replicas(writer, _stored(writer, store, table.name), store.placement)
        return sums_in_store(writer, table, batch_ids)


def read_members(store: Store, table: DimensionTableSpec, version: int) -> Any:
    """The members of a version as a pyarrow table: the columns of a chunk, and their origin."""
    with store.writer() as writer:
        found = writer.arrow("members", table=table.name, batch=version)
    schema = arrow_schema(table).append(pa.field(ORIGIN_COLUMN, pa.uint32(), nullable=False))
    return found.select(schema.names).cast(schema)


def batches_in(store: Store, table_name: str) -> dict[int, int]:
    """The batches that a table holds, with their rows."""
    with store.writer() as writer:
        return dict(writer.ask("batches", table=table_name))


def delete_batches(store: Store, table_name: str, batch_ids: Sequence[int]) -> None:
    """Delete the rows of these batches, and wait until they are gone."""
    if not batch_ids:
        return
    cluster = store.placement.cluster
    on_cluster = f" ON CLUSTER {quoted(cluster)}" if cluster else ""
    with store.writer() as writer:
        writer.run(
            f"ALTER TABLE {quoted(_stored(writer, store, table_name))}{on_cluster} "
            "DELETE WHERE has({batches:Array(UInt32)}, _load) SETTINGS mutations_sync = 2",
            {"batches": list(batch_ids)},
        )


def _wait_for(
    under_way: Future[None] | None, rows: int, after_chunk: Callable[[int], None]
) -> None:
    if under_way is not None:
        under_way.result()
        after_chunk(rows)


def _stored(writer: Writer, store: Store, table_name: str) -> str:
    return writer.stored(table_name, store.database, store.placement)


def _wait_for_replicas(writer: Writer, table_name: str, placement: Placement) -> None:
    """Every replica has the table's rows; nothing to wait for on one server."""
    if placement.is_replicated:
        on_cluster = f" ON CLUSTER {quoted(placement.cluster)}" if placement.cluster else ""
        writer.run(f"SYSTEM SYNC REPLICA{on_cluster} {quoted(table_name)}")


def _slices(chunks: Iterable[Any]) -> Iterable[Any]:
    for chunk in chunks:
        for start in range(0, chunk.num_rows, ROWS_IN_CHUNK):
            yield chunk.slice(start, ROWS_IN_CHUNK).combine_chunks()


def _of_batch(chunk: Any, batch_id: int) -> Any:
    whole = pa.Table.from_batches([chunk]) if isinstance(chunk, pa.RecordBatch) else chunk
    return with_batches(whole, pa.repeat(pa.scalar(batch_id, pa.uint32()), whole.num_rows))
