"""Stores the rows of a load again whose batches were purged, out of the spool.

The rows lie under fresh ids, which no earlier snapshot can show; they take the place of the purged
batches in one transaction, and the load keeps its own place among the loads.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from server.ledger.correct import renamed_corrections
from server.ledger.crashpoint import crashpoint
from server.ledger.heal import by_file
from server.ledger.steps import compare_batches, serve_members
from server.metadata.batches import begin_instead, counting_batches_of, find_batch, take_the_place
from server.metadata.loads import Batch, Load, change_load, find_load
from server.metadata.purges import lock_publications
from server.metadata.session import Metadata
from server.store.arrow import AnyTable
from server.store.client import Store
from server.store.facts import insert_rows, with_batches
from server.store.tables import LOAD_COLUMN, DimensionTableSpec


class Spooled(Protocol):
    """Whoever can read a load's source again."""

    def rows(self, load: Load, batches: Mapping[str, int]) -> Iterable[Any]:
        """The rows as they were stored, each with its batch; `batches` by scope key."""


def restock(
    metadata: Metadata,
    store: Store,
    tables: Mapping[str, AnyTable],
    spooled: Spooled,
    load_id: int,
    clock: Callable[[], datetime],
) -> None:
    """Store the purged rows of a load again, verified against what the ledger knows of them.

    Raises:
        NotFound, LoadRejected: the source is not in the spool, or is not read any more.
        ServerError: it is read otherwise now: the rows are not those that were purged.
    """
    with metadata.write() as session:
        load = find_load(session, load_id)
        counting = counting_batches_of(session, load_id)
        gone = [batch for batch in counting if batch.doomed_at is not None]
        fresh = begin_instead(session, gone, clock())
    crashpoint("restock.begun")
    table = tables[load.table_name]
    for of_one_file in by_file(load, counting):
        keys = {batch.scope_key: batch.id for batch in of_one_file}
        if fresh.keys() & set(keys.values()):
            insert_rows(store, table, _instead(spooled.rows(load, keys), fresh), load.id)
    crashpoint("restock.stored")
    described = _described(metadata, fresh)
    compare_batches(store, table, described)
    if isinstance(table, DimensionTableSpec):
        serve_members(store, table, described)
    with metadata.write() as session:
        lock_publications(session)
        if any(find_batch(session, batch).first_snapshot is None for batch in fresh):
            return  # another process was faster; what nobody ever counted is purged
        take_the_place(session, fresh)
        load = find_load(session, load_id)
        parameters = renamed_corrections(load, fresh)
        change_load(session, load_id, (load.state,), parameters=parameters)
        crashpoint("restock.before_commit")
    crashpoint("restock.committed")


def _instead(chunks: Iterable[Any], fresh: Mapping[int, int]) -> Iterator[Any]:
    """The rows of the batches that are gone, each with the fresh one; the others are there."""
    gone = pa.array(sorted(fresh), pa.uint32())
    for chunk in chunks:
        kept = chunk.filter(pc.is_in(chunk.column(LOAD_COLUMN), gone))
        if kept.num_rows:
            ids = [fresh[batch] for batch in kept.column(LOAD_COLUMN).to_pylist()]
            rows = kept.drop_columns([LOAD_COLUMN])
            yield with_batches(rows, pa.array(ids, pa.uint32()))


def _described(metadata: Metadata, fresh: Mapping[int, int]) -> Sequence[Batch]:
    with metadata.read() as session:
        return [find_batch(session, batch) for batch in fresh.values()]
