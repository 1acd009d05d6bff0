"""Deletes from the store the rows of loads that ended without ever being published."""

from datetime import datetime, timedelta

from server.ledger.crashpoint import crashpoint
from server.metadata.loads import Batch, abandoned_batches, mark_purged
from server.metadata.session import Metadata
from server.store.client import Store
from server.store.facts import batches_in, delete_batches

AFTER = timedelta(days=1)  # by then no late row of a process that was thought dead can arrive


def purge_unpublished(
    metadata: Metadata, store: Store, now: datetime, after: timedelta = AFTER
) -> int:
    """Purge every load that ended unseen longer ago than that; the number of batches purged."""
    with metadata.read() as session:
        batches = abandoned_batches(session, now - after)
    return purge_batches(metadata, store, batches, now)


def purge_batches(
    metadata: Metadata, store: Store, batches: tuple[Batch, ...], now: datetime
) -> int:
    """Delete these batches' rows and, once they are gone, note it in the ledger."""
    tables: dict[str, list[int]] = {}
    for batch in batches:
        tables.setdefault(batch.table_name, []).append(batch.id)
    for table, ids in tables.items():
        present = batches_in(store, table)
        delete_batches(store, table, [batch for batch in ids if batch in present])
        crashpoint("purge.deleted")
        with metadata.write() as session:
            mark_purged(session, ids, now)
    return len(batches)
