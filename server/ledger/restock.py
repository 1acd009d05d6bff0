"""Stores the rows of a load again whose batches were purged, out of the spool.

The rows lie under fresh ids, which no earlier snapshot can show; they take the place of the purged
batches in one transaction, and the load keeps its own place among the loads.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from server.ledger.crashpoint import crashpoint
from server.ledger.steps import compare_batches
from server.metadata.batches import batches_of, begin_instead, find_batch, take_the_place
from server.metadata.loads import Batch, Load, find_load
from server.metadata.session import Metadata
from server.store.arrow import AnyTable
from server.store.client import Store
from server.store.facts import insert_rows
from server.store.tables import LOAD_COLUMN


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
        gone = [batch for batch in batches_of(session, load_id) if _is_lost(batch)]
        fresh = begin_instead(session, gone, clock())
    crashpoint("restock.begun")
    table = tables[load.table_name]
    keys = {batch.scope_key: fresh[batch.id] for batch in gone}
    insert_rows(store, table, _only(spooled, metadata, load, keys), load.id)
    crashpoint("restock.stored")
    compare_batches(store, table, _described(metadata, fresh))
    with metadata.write() as session:
        take_the_place(session, fresh)
        crashpoint("restock.before_commit")
    crashpoint("restock.committed")


def _is_lost(batch: Batch) -> bool:
    """Whether the batch counts and its rows are gone; one that an attempt left never counted."""
    return batch.doomed_at is not None and batch.first_snapshot is not None


def _only(
    spooled: Spooled, metadata: Metadata, load: Load, keys: Mapping[str, int]
) -> Iterator[Any]:
    """The rows of these scope keys; those of the others are there."""
    with metadata.read() as session:
        others = {batch.scope_key: batch.id for batch in batches_of(session, load.id)}
    wanted = pa.array(sorted(keys.values()), pa.uint32())
    for chunk in spooled.rows(load, {**others, **keys}):
        kept = chunk.filter(pc.is_in(chunk.column(LOAD_COLUMN), wanted))
        if kept.num_rows:
            yield kept


def _described(metadata: Metadata, fresh: Mapping[int, int]) -> Sequence[Batch]:
    with metadata.read() as session:
        return [find_batch(session, batch) for batch in fresh.values()]
