"""Cleans up after processes that died in the middle of a load; run at every start."""

from dataclasses import dataclass
from datetime import datetime

from server.ledger.crashpoint import crashpoint
from server.ledger.owner import has_ended, is_dead, is_surely_dead
from server.ledger.purge import purge_batches, purge_unpublished
from server.metadata.batches import all_batches_of, unfinished_builds
from server.metadata.loads import UNFINISHED, Batch, Load, change_load, unfinished_loads
from server.metadata.session import Metadata
from server.store.client import Store


@dataclass(frozen=True)
class Recovered:
    """What a recovery found and did."""

    abandoned: tuple[int, ...]  # loads
    purged: int  # batches


def recover(metadata: Metadata, store: Store, now: datetime) -> Recovered:
    """Abandon the loads of dead processes and delete their rows, which nobody ever saw."""
    with metadata.read() as session:
        dead = tuple(load for load in unfinished_loads(session) if is_dead(load, now))
    batches: list[Batch] = []
    for load in dead:
        batches += _abandon(metadata, load, now)
        crashpoint("recover.abandoned")
    with metadata.read() as session:
        builds = unfinished_builds(session)
    known = {batch.id for batch in batches}
    batches += [one for one, owner in builds if has_ended(owner) and one.id not in known]
    purged = purge_batches(metadata, store, tuple(batches), now)
    return Recovered(
        abandoned=tuple(load.id for load in dead),
        purged=purged + purge_unpublished(metadata, store, now),
    )


def _abandon(metadata: Metadata, load: Load, now: datetime) -> tuple[Batch, ...]:
    """The batches that can be purged at once: those of a process that is known to be gone."""
    with metadata.write() as session:
        change_load(
            session,
            load.id,
            UNFINISHED,
            state="abandoned",
            finished_at=now,
            error_code="abandoned",
            error="the process that loaded it ended; nothing of it was visible, load it again",
        )
        return all_batches_of(session, load.id) if is_surely_dead(load) else ()
