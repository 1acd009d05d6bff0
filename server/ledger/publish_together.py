"""Publishes several loads, and whatever belongs to them, in one metadata transaction.

All of them are seen from the same snapshot on, or none is. Only loads that restate a table as a
whole can be published so: nothing has to be built or compared for them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from server.errors import ServerError
from server.ledger.crashpoint import crashpoint
from server.ledger.difference import Change, difference_at
from server.ledger.same_bytes import refuse_other_scheme
from server.metadata.batches import publish_own_batches
from server.metadata.loads import Load, change_load
from server.metadata.retired import withdraw_all_of
from server.metadata.session import Metadata, Session
from server.metadata.slots import settle
from server.metadata.snapshots import raise_snapshot


@dataclass(frozen=True)
class Together:
    """The snapshot at which all of them became visible, and what that restated."""

    snapshot: int
    difference: tuple[Change, ...] = ()


def publish_together(
    metadata: Metadata,
    loads: Sequence[Load],
    retired: Sequence[str],
    what: str,
    by: str,
    now: datetime,
    also: Callable[[Session, int], None],
) -> Together:
    """Make verified loads visible at once, and hide all that is in the retired tables.

    `also` writes what belongs to them, in the same transaction, told their snapshot.
    """
    _check(loads)
    with metadata.write() as session:
        number = raise_snapshot(session, "published", [one.id for one in loads], by, what, now)
        for load in loads:
            _publish(session, load, number, now)
        for load in withdraw_all_of(session, retired, number, by, now, what):
            settle(session, load, number)
        also(session, number)
        crashpoint("together.before_commit")
    crashpoint("together.committed")
    with metadata.read() as session:
        return Together(number, difference_at(session, number))


def _check(loads: Sequence[Load]) -> None:
    for load in loads:
        if load.mode not in ("replace", "complete"):
            raise ServerError(f"load {load.id} is in mode {load.mode} and is published by itself")


def _publish(session: Session, load: Load, number: int, now: datetime) -> None:
    refuse_other_scheme(session, load)
    published = change_load(
        session,
        load.id,
        ("verified",),
        state="published",
        first_snapshot=number,
        finished_at=now,
    )
    publish_own_batches(session, load.id, number)
    settle(session, published, number, is_on_top=True)
