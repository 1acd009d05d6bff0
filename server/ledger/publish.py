"""Publication, withdrawal and restoring: each is one metadata transaction that raises S."""

from dataclasses import dataclass
from datetime import datetime

from server.errors import Conflict
from server.ledger.crashpoint import crashpoint
from server.ledger.receive import visible_twin
from server.metadata.loads import Load, change_load, find_load
from server.metadata.session import Metadata, Session
from server.metadata.snapshots import Event, raise_snapshot


@dataclass(frozen=True)
class Publication:
    """The snapshot at which a load became visible, or the twin that was published before it."""

    load: Load
    snapshot: int
    is_known: bool = False


def publish(metadata: Metadata, load: Load, by: str, now: datetime) -> Publication:
    """Make a verified load visible to everybody at once.

    When the same bytes were published while this load was on its way, it is abandoned and the
    first load is the answer: a file that is sent twice at once counts once.
    """
    try:
        with metadata.write() as session:
            # The counter is raised first: it makes publishers wait for each other.
            number = raise_snapshot(session, "published", [load.id], by, _words(load), now)
            _refuse_twin(session, load)
            published = change_load(
                session,
                load.id,
                ("verified",),
                state="published",
                first_snapshot=number,
                finished_at=now,
            )
            crashpoint("publish.before_commit")
    except _TwinPublishedError as twin:
        _abandon(metadata, load, twin.first, now)
        return Publication(twin.first, twin.first.first_snapshot or 0, is_known=True)
    crashpoint("publish.committed")
    return Publication(published, number)


def withdraw(metadata: Metadata, load_id: int, by: str, reason: str, now: datetime) -> int:
    """Hide a published load from the next snapshot on; earlier snapshots keep showing it."""
    return _change_visibility(metadata, load_id, "withdrawn", by, reason, now)


def restore(metadata: Metadata, load_id: int, by: str, reason: str, now: datetime) -> int:
    """Show a withdrawn load again, in its old place among the loads."""
    return _change_visibility(metadata, load_id, "restored", by, reason, now)


class _TwinPublishedError(Exception):
    def __init__(self, first: Load) -> None:
        super().__init__(f"load {first.id}")
        self.first = first


def _refuse_twin(session: Session, load: Load) -> None:
    first = visible_twin(session, load.specification, load.specification_hash, load.source_hash)
    if first is not None:
        raise _TwinPublishedError(first)


def _abandon(metadata: Metadata, load: Load, first: Load, now: datetime) -> None:
    with metadata.write() as session:
        change_load(
            session,
            load.id,
            ("verified",),
            state="abandoned",
            finished_at=now,
            error_code="already_loaded",
            error=f"the same file was published meanwhile as load {first.id}",
        )


def _change_visibility(
    metadata: Metadata, load_id: int, event: Event, by: str, reason: str, now: datetime
) -> int:
    with metadata.write() as session:
        number = raise_snapshot(session, event, [load_id], by, f"{event}: {reason}", now)
        load = find_load(session, load_id)
        if event == "restored":
            twin = visible_twin(
                session, load.specification, load.specification_hash, load.source_hash
            )
            if twin is not None:
                raise Conflict(f"the same file is visible as load {twin.id} already")
            change_load(session, load_id, ("withdrawn",), state="published")
        else:
            change_load(session, load_id, ("published",), state="withdrawn")
        crashpoint("visibility.before_commit")
    return number


def _words(load: Load) -> str:
    return f"{load.table_name}: {load.source}"
