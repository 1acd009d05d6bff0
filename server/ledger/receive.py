"""Receives a source: its bytes go to the spool, a row to the ledger; the same bytes are known."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Literal

from server.ledger.crashpoint import crashpoint
from server.ledger.owner import this_process
from server.ledger.spool import Spooled, keep_in_spool
from server.metadata.loads import Load, NewLoad, begin_batch, begin_load, published_loads_of
from server.metadata.session import Metadata, Session
from server.metadata.snapshots import current_versions, state_at, visible_loads

LEASE = timedelta(seconds=120)


@dataclass(frozen=True)
class Arrival:
    """What arrives: which specification reads it, into which table, from whom."""

    pack: str
    specification: str
    specification_hash: str
    table_name: str
    kind: Literal["fact", "dimension"]
    source: str
    member: str | None
    by: str
    job: str | None = None
    rows_expected: int | None = None


@dataclass(frozen=True)
class Received:
    """A load that was begun, or the first load of the same bytes when that is still visible."""

    load: Load
    path: Path
    is_known: bool


def receive(
    metadata: Metadata, spool: Path, source: BinaryIO, arrival: Arrival, now: datetime
) -> Received:
    """Keep the bytes, then begin a load of them, unless they are loaded and visible already."""
    spooled = keep_in_spool(spool, source)
    crashpoint("receive.spooled")
    with metadata.write() as session:
        first = visible_twin(
            session, arrival.specification, arrival.specification_hash, spooled.hash
        )
        if first is not None:
            return Received(first, spooled.path, is_known=True)
        load = begin_load(session, _new_load(arrival, spooled, now), now)
        crashpoint("receive.before_commit")
    crashpoint("receive.committed")
    return Received(load, spooled.path, is_known=False)


def new_batch(metadata: Metadata, load: Load, scope_key: str | None = None) -> int:
    """A fresh batch of the load, committed before its first row can be inserted.

    An appended load has one batch, whose scope key is the load's own id: nothing supersedes it.
    """
    with metadata.write() as session:
        batch = begin_batch(session, load, scope_key if scope_key is not None else str(load.id))
        crashpoint("batch.before_commit")
    crashpoint("batch.committed")
    return batch


def visible_twin(
    session: Session, specification: str, specification_hash: str, source_hash: str
) -> Load | None:
    """The first load of the same bytes that is visible now, which answers for a second one.

    Facts that another version of the specification read are a twin too, for they would count
    twice; of a dimension only the version in use is one, read by the same specification.
    """
    state = state_at(session)
    twins = published_loads_of(session, specification, source_hash)
    if state is None or not twins:
        return None
    visible = visible_loads(session, state.number)
    shown = {load.load for load in visible if load.kind == "fact"} | set(
        current_versions(visible).values()
    )
    for twin in twins:
        is_same_reading = twin.kind == "fact" or twin.specification_hash == specification_hash
        if twin.id in shown and is_same_reading:
            return twin
    return None


def _new_load(arrival: Arrival, spooled: Spooled, now: datetime) -> NewLoad:
    return NewLoad(
        pack=arrival.pack,
        specification=arrival.specification,
        specification_hash=arrival.specification_hash,
        table_name=arrival.table_name,
        kind=arrival.kind,
        source=arrival.source,
        member=arrival.member,
        source_hash=spooled.hash,
        source_bytes=spooled.bytes,
        by=arrival.by,
        job=arrival.job,
        owner=this_process(),
        lease_until=now + LEASE,
        rows_expected=arrival.rows_expected,
    )
