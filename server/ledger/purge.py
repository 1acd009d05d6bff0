"""Deletes from the store what nobody may ask for again.

Rows that were never published go after a day. Batches that later loads superseded, or that were
withdrawn, go in two steps, a while apart, so that no page that is being answered loses rows: first
they are doomed and the horizon is raised in one transaction, then their rows are deleted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from server.ledger.crashpoint import crashpoint
from server.ledger.holds import held_snapshots
from server.metadata.batches import abandoned_batches, doom, mark_purged
from server.metadata.loads import Batch
from server.metadata.purges import (
    Purge,
    doomed_batches,
    horizon,
    lock_publications,
    note_purge,
    oldest_kept,
    purgeable,
)
from server.metadata.session import Metadata
from server.store.client import Store
from server.store.facts import batches_in, delete_batches

AFTER = timedelta(days=1)  # by then no late row of a process that was thought dead can arrive
GRACE = timedelta(hours=1)  # by then every answer that began before has ended


@dataclass(frozen=True)
class Purged:
    """What one purge did."""

    unpublished: int  # batches that nobody ever saw: their rows are deleted
    doomed: int  # batches that nobody can ask for from now on; their rows go next time
    deleted: int  # batches doomed before whose rows are deleted
    horizon: int  # the snapshot from which on everything can be asked


def purge(
    metadata: Metadata,
    store: Store,
    by: str,
    now: datetime,
    retention: timedelta | None,
    grace: timedelta = GRACE,
) -> Purged:
    """Do both; without a retention nothing that was ever seen goes."""
    unpublished = purge_unpublished(metadata, store, now)
    deleted = delete_doomed(metadata, store, now, grace)
    doomed = doom_superseded(metadata, by, now, retention) if retention is not None else 0
    with metadata.read() as session:
        return Purged(unpublished, doomed, deleted, horizon(session))


def purge_unpublished(
    metadata: Metadata, store: Store, now: datetime, after: timedelta = AFTER
) -> int:
    """Purge every load that ended unseen longer ago than that; the number of batches purged."""
    with metadata.read() as session:
        batches = abandoned_batches(session, now - after)
    return purge_batches(metadata, store, batches, now)


def doom_superseded(metadata: Metadata, by: str, now: datetime, retention: timedelta) -> int:
    """Doom what no snapshot within the retention shows, and nothing holds; how many batches.

    Nobody publishes meanwhile, so that nothing of it can be shown again by a withdrawal.
    """
    with metadata.write() as session:
        lock_publications(session)
        kept_from = oldest_kept(session, now - retention)
        found = purgeable(session, kept_from, held_snapshots(session))
        if found:
            doom(session, [batch for batch, _ended in found], now)
            earliest = max(horizon(session), *(ended for _batch, ended in found))
            note_purge(session, Purge(now, by, earliest, len(found)))
        crashpoint("purge.before_commit")
    crashpoint("purge.doomed")
    return len(found)


def delete_doomed(metadata: Metadata, store: Store, now: datetime, grace: timedelta = GRACE) -> int:
    """Delete the rows of batches that were doomed long enough ago; how many batches."""
    with metadata.read() as session:
        batches = doomed_batches(session, now - grace)
    return purge_batches(metadata, store, batches, now)


def purge_batches(
    metadata: Metadata, store: Store, batches: tuple[Batch, ...], now: datetime
) -> int:
    """Delete these batches' rows and, once they are gone, note it in the ledger.

    They are doomed first: nobody shows or builds on a batch whose rows are being deleted.
    """
    with metadata.write() as session:
        unseen = set(doom(session, [batch.id for batch in batches], now)) if batches else set()
    tables: dict[str, list[int]] = {}
    for batch in batches:
        if batch.id in unseen:
            tables.setdefault(batch.table_name, []).append(batch.id)
    for table, ids in tables.items():
        present = batches_in(store, table)
        delete_batches(store, table, [batch for batch in ids if batch in present])
        crashpoint("purge.deleted")
        with metadata.write() as session:
            mark_purged(session, ids, now)
    return len(unseen)
