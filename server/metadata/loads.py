"""The load ledger's rows: loads, their batches and their quarantined rows.

A load is received → parsed → stored → verified → published, or ends held, rejected or abandoned.
One that was held is replayed when its rows are seen as another load;
every step is a compare-and-set on the state, so that whoever lost a load cannot go on with it.
Which of its batches are seen is the matter of `batches` and `slots`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import func, insert, select, update

from server.errors import Conflict, NotFound
from server.metadata.counters import next_number
from server.metadata.session import Session
from server.metadata.tables import LoadRow, QuarantinedRow

State = Literal[
    "received",
    "parsed",
    "stored",
    "verified",
    "published",
    "held",
    "rejected",
    "abandoned",
    "withdrawn",
    "replayed",
]
Mode = Literal["append", "replace", "upsert", "complete"]
READ_AS = "read_as"  # in the decision of a held load: the one that its rows are seen as
Held = Literal["error_limit", "restatement", "drift"]
UNFINISHED: tuple[State, ...] = ("received", "parsed", "stored", "verified")


@dataclass(frozen=True)
class NewLoad:
    """What is known of a load when its bytes have arrived."""

    pack: str
    specification: str
    specification_hash: str
    table_name: str
    kind: Literal["fact", "dimension"]
    source: str
    member: str | None
    source_hash: str
    source_bytes: int
    by: str
    job: str | None
    owner: str
    lease_until: datetime
    rows_expected: int | None = None
    mode: Mode = "append"
    scheme: str = ""  # how scope keys are made, in words that change when they would
    key: tuple[str, ...] = ()  # of upserts and appended rows: the columns that identify one
    event_date: str | None = None  # the column that says what days the rows cover
    covers: tuple[str, ...] = ()  # the scope keys that were declared
    parameters: Mapping[str, Any] | None = None  # what came with the bytes
    on_restatement: Literal["publish", "hold"] = "publish"
    replay_of: int | None = None


@dataclass(frozen=True)
class Load:
    """One attempt to bring one source's bytes into one table."""

    id: int
    pack: str
    specification: str
    specification_hash: str
    table_name: str
    kind: str
    source: str
    member: str | None
    source_hash: str
    source_bytes: int
    state: State
    by: str
    job: str | None
    owner: str
    lease_until: datetime
    received_at: datetime
    parsed_at: datetime | None
    stored_at: datetime | None
    verified_at: datetime | None
    finished_at: datetime | None
    rows_done: int
    rows_expected: int | None
    rows_in_file: int | None
    rows_stored: int | None
    rows_quarantined: int | None
    rows_ignored: int | None
    sums: Mapping[str, str] | None
    first_date: date | None
    last_date: date | None
    first_snapshot: int | None
    mode: Mode
    scheme: str
    key: tuple[str, ...]
    event_date: str | None
    covers: tuple[str, ...]
    parameters: Mapping[str, Any] | None
    on_restatement: Literal["publish", "hold"]
    replay_of: int | None
    held_for: Held | None
    decision: Mapping[str, Any] | None
    error_code: str | None
    error: str | None


@dataclass(frozen=True)
class Batch:
    """The rows of one load that share a scope key.

    An own batch holds what the load's source says. A built one holds what several upserts of its
    scope key add up to; it belongs to the last of them and can be built again from their own.
    """

    id: int
    load: int
    table_name: str
    source: str  # the specification; empty for a dimension, which has one source
    scope_key: str
    kind: Literal["own", "built"]
    basis: str | None
    first_snapshot: int | None
    rows: int | None
    sums: Mapping[str, str] | None
    first_date: date | None
    last_date: date | None
    is_whole: bool  # whether the store was found to hold exactly these rows and sums
    doomed_at: datetime | None
    purged_at: datetime | None


@dataclass(frozen=True)
class Quarantined:
    """One value of a source that broke a rule; its row was not stored."""

    line: int
    column: str | None
    raw: str
    rule: str
    message: str


def begin_load(session: Session, new: NewLoad, now: datetime) -> Load:
    """Write a received load down under a fresh id."""
    values = {**vars(new), "key": list(new.key), "covers": list(new.covers)}
    row = LoadRow(id=next_number(session, "load"), state="received", received_at=now, **values)
    session.add(row)
    session.flush()
    return _load(row)


def change_load(session: Session, load_id: int, expected: Sequence[State], **values: Any) -> Load:
    """Change the load if it is in one of the expected states; else `Conflict`."""
    changed = session.execute(
        update(LoadRow)
        .where(LoadRow.id == load_id, LoadRow.state.in_(expected))
        .values(**values)
        .returning(LoadRow.id)
    ).scalar_one_or_none()
    load = find_load(session, load_id)
    if changed is None:
        raise Conflict(
            f"load {load_id} is {load.state}, not {' or '.join(expected)}: "
            "another process has finished or abandoned it"
        )
    return load


def find_load(session: Session, load_id: int) -> Load:
    """The load with that id."""
    row = session.get(LoadRow, load_id, populate_existing=True)
    if row is None:
        raise NotFound(f"there is no load {load_id}", field="load")
    return _load(row)


def latest_replay(session: Session, load: Load) -> Load:
    """The load that read this one's source last; the load itself when it was not read again."""
    later = select(func.max(LoadRow.id)).where(LoadRow.replay_of == load.id)
    found = session.scalars(later).first()
    return load if found is None else latest_replay(session, find_load(session, found))


def list_loads(
    session: Session, limit: int = 50, *, table: str | None = None, before: int | None = None
) -> tuple[Load, ...]:
    """The latest loads, newest first; `before` is the last id of the page before."""
    kept = select(LoadRow).order_by(LoadRow.id.desc()).limit(limit)
    if table is not None:
        kept = kept.where(LoadRow.table_name == table)
    if before is not None:
        kept = kept.where(LoadRow.id < before)
    return tuple(_load(row) for row in session.scalars(kept).all())


def count_loads(session: Session, table: str | None = None) -> int:
    """How many loads there are."""
    count = select(func.count()).select_from(LoadRow)
    if table is not None:
        count = count.where(LoadRow.table_name == table)
    return session.execute(count).scalar_one()


def unfinished_loads(session: Session) -> tuple[Load, ...]:
    """The loads that some process works on, or worked on when it died."""
    kept = select(LoadRow).where(LoadRow.state.in_(UNFINISHED)).order_by(LoadRow.id)
    return tuple(_load(row) for row in session.scalars(kept).all())


def loads_of_bytes(session: Session, specification: str, source_hash: str) -> tuple[Load, ...]:
    """Every load of these bytes by this specification, the first one first."""
    kept = select(LoadRow).where(
        LoadRow.specification == specification, LoadRow.source_hash == source_hash
    )
    return tuple(_load(row) for row in session.scalars(kept.order_by(LoadRow.id)).all())


def any_published(session: Session, table_name: str, specification: str) -> Load | None:
    """One of the specification's published loads, whichever; None when there is none."""
    kept = select(LoadRow).where(
        LoadRow.table_name == table_name,
        LoadRow.specification == specification,
        LoadRow.state == "published",
    )
    row = session.scalars(kept.limit(1)).one_or_none()
    return _load(row) if row else None


def has_namesake(session: Session, load: Load) -> bool:
    """Whether a source of the same name and other bytes is published by the same specification."""
    others = select(LoadRow.id).where(
        LoadRow.table_name == load.table_name,
        LoadRow.specification == load.specification,
        LoadRow.state == "published",
        LoadRow.source == load.source,
        LoadRow.source_hash != load.source_hash,
    )
    return session.execute(others.limit(1)).one_or_none() is not None


def quarantine(session: Session, load_id: int, rows: Iterable[Quarantined]) -> None:
    """Keep values that broke a rule."""
    values = [{"load": load_id, **vars(row)} for row in rows]
    if values:
        session.execute(insert(QuarantinedRow), values)


def quarantined_rows(
    session: Session, load_id: int, limit: int = 100, offset: int = 0
) -> tuple[Quarantined, ...]:
    """The load's quarantined values in the order of the source."""
    kept = (
        select(QuarantinedRow)
        .where(QuarantinedRow.load == load_id)
        .order_by(QuarantinedRow.line, QuarantinedRow.id)
    )
    rows = session.scalars(kept.limit(limit).offset(offset)).all()
    return tuple(Quarantined(r.line, r.column, r.raw, r.rule, r.message) for r in rows)


def _load(row: LoadRow) -> Load:
    values = {name: getattr(row, name) for name in Load.__dataclass_fields__}
    return Load(
        **{**values, "key": tuple(row.key or ()), "covers": tuple(row.covers or ())},
    )
