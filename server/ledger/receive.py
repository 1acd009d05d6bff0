"""Receives a source: its bytes go to the spool, a row to the ledger; the same bytes are known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Literal

from server.ledger.crashpoint import crashpoint
from server.ledger.owner import this_process
from server.ledger.same_bytes import answer_for, refuse_other_scheme
from server.ledger.spool import Spooled, keep_in_spool
from server.metadata.batches import begin_batches
from server.metadata.loads import Load, Mode, NewLoad, begin_load
from server.metadata.session import Metadata, Session
from server.metadata.snapshots import remark

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
    mode: Mode = "append"
    scheme: str = ""  # how scope keys are made: other words, other keys
    key: tuple[str, ...] = ()  # of upserts and appended rows: the columns that identify one
    event_date: str | None = None
    covers: tuple[str, ...] = ()  # the scope keys that were declared
    parameters: Mapping[str, Any] | None = None  # what came with the bytes
    on_restatement: Literal["publish", "hold"] = "publish"
    replay_of: int | None = None  # the load whose bytes are read again on purpose
    replayed_for: str | None = None  # why somebody asked for that, to be noted with that load


@dataclass(frozen=True)
class Received:
    """A load that was begun, or the first load of the same bytes when that is still visible."""

    load: Load
    path: Path
    is_known: bool


def receive(
    metadata: Metadata, spool: Path, source: BinaryIO, arrival: Arrival, now: datetime
) -> Received:
    """Keep the bytes, then begin a load of them, unless they are loaded and visible already.

    Raises:
        Conflict: the same bytes were withdrawn and can be restored, wait for a decision, or the
            specification made its scope keys in another way so far.
    """
    spooled = keep_in_spool(spool, source)
    crashpoint("receive.spooled")
    with metadata.write() as session:
        first = answer_for(session, arrival, spooled.hash)
        if first is not None:
            return Received(first, spooled.path, is_known=True)
        refuse_other_scheme(session, arrival)
        load = begin_load(session, _new_load(arrival, spooled, now), now)
        _note_replay(session, arrival, now)
        crashpoint("receive.before_commit")
    crashpoint("receive.committed")
    return Received(load, spooled.path, is_known=False)


def new_batches(metadata: Metadata, load: Load, scope_keys: Iterable[str]) -> dict[str, int]:
    """The load's batch of each scope key, committed before a first row can be inserted.

    Ask as often as keys turn up: a key that was asked for before has its batch already.
    """
    with metadata.write() as session:
        found = begin_batches(session, load, scope_keys)
        crashpoint("batch.before_commit")
    crashpoint("batch.committed")
    return found


def new_batch(metadata: Metadata, load: Load, scope_key: str | None = None) -> int:
    """The load's one batch; of an appended load its key is the load's own id.

    So nothing supersedes it.
    """
    key = scope_key if scope_key is not None else str(load.id)
    return new_batches(metadata, load, (key,))[key]


def _note_replay(session: Session, arrival: Arrival, now: datetime) -> None:
    if arrival.replay_of is not None and arrival.replayed_for is not None:
        reason = arrival.replayed_for or None
        remark(session, "replayed", arrival.replay_of, arrival.by, reason, now)


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
        mode=arrival.mode,
        scheme=arrival.scheme,
        key=arrival.key,
        event_date=arrival.event_date,
        covers=arrival.covers,
        parameters=arrival.parameters,
        on_restatement=arrival.on_restatement,
        replay_of=arrival.replay_of,
    )
