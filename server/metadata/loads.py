"""The load ledger's rows: loads, their batches and their quarantined rows.

A load is received → parsed → stored → verified → published, or ends held, rejected or abandoned;
every step is a compare-and-set on the state, so that whoever lost a load cannot go on with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import func, insert, select, update

from server.errors import Conflict, NotFound
from server.metadata.counters import next_number
from server.metadata.session import Session
from server.metadata.tables import BatchRow, LoadRow, QuarantinedRow

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
]
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
    error_code: str | None
    error: str | None


@dataclass(frozen=True)
class Batch:
    """The rows of one load that share a scope key."""

    id: int
    load: int
    table_name: str
    scope_key: str
    rows: int | None
    sums: Mapping[str, str] | None
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
    row = LoadRow(id=next_number(session, "load"), state="received", received_at=now, **vars(new))
    session.add(row)
    session.flush()
    return _load(row)


def begin_batch(session: Session, load: Load, scope_key: str) -> int:
    """A fresh batch id for the load; commit it before the first row is inserted."""
    batch_id = next_number(session, "batch")
    session.add(
        BatchRow(id=batch_id, load=load.id, table_name=load.table_name, scope_key=scope_key)
    )
    session.flush()
    return batch_id


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


def describe_batch(session: Session, batch_id: int, rows: int, sums: Mapping[str, str]) -> None:
    """Keep the batch's row count and control sums."""
    changed = update(BatchRow).where(BatchRow.id == batch_id).values(rows=rows, sums=dict(sums))
    session.execute(changed)


def find_load(session: Session, load_id: int) -> Load:
    """The load with that id."""
    row = session.get(LoadRow, load_id, populate_existing=True)
    if row is None:
        raise NotFound(f"there is no load {load_id}", field="load")
    return _load(row)


def load_of_batch(session: Session, batch_id: int) -> Load:
    """The load that brought a fact row, from the row's `_load`."""
    row = session.get(BatchRow, batch_id)
    if row is None:
        raise NotFound(f"there is no batch {batch_id}", field="batch")
    return find_load(session, row.load)


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


def published_loads_of(session: Session, specification: str, source_hash: str) -> tuple[Load, ...]:
    """The loads of these bytes that were published and not withdrawn, the first one first."""
    kept = select(LoadRow).where(
        LoadRow.specification == specification,
        LoadRow.source_hash == source_hash,
        LoadRow.state == "published",
    )
    return tuple(_load(row) for row in session.scalars(kept.order_by(LoadRow.id)).all())


def batches_of(session: Session, load_id: int) -> tuple[Batch, ...]:
    """The load's batches."""
    kept = select(BatchRow).where(BatchRow.load == load_id).order_by(BatchRow.id)
    return tuple(_batch(row) for row in session.scalars(kept).all())


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


def abandoned_batches(session: Session, finished_before: datetime) -> tuple[Batch, ...]:
    """Unpurged batches of loads that ended without ever being published before that moment."""
    kept = (
        select(BatchRow)
        .join(LoadRow, LoadRow.id == BatchRow.load)
        .where(
            BatchRow.purged_at.is_(None),
            LoadRow.state.in_(("held", "rejected", "abandoned")),
            LoadRow.first_snapshot.is_(None),
            LoadRow.finished_at < finished_before,
        )
        .order_by(BatchRow.id)
    )
    return tuple(_batch(row) for row in session.scalars(kept).all())


def known_batches(session: Session) -> dict[str, dict[int, tuple[Batch, bool]]]:
    """Every batch by table and id, and whether it was ever published."""
    rows = session.execute(
        select(BatchRow, LoadRow.first_snapshot).join(LoadRow, LoadRow.id == BatchRow.load)
    ).all()
    known: dict[str, dict[int, tuple[Batch, bool]]] = {}
    for row, first_snapshot in rows:
        known.setdefault(row.table_name, {})[row.id] = (_batch(row), first_snapshot is not None)
    return known


def mark_purged(session: Session, batch_ids: Sequence[int], now: datetime) -> None:
    """Note that no row of these batches is left in the store."""
    session.execute(update(BatchRow).where(BatchRow.id.in_(batch_ids)).values(purged_at=now))


def _load(row: LoadRow) -> Load:
    return Load(**{name: getattr(row, name) for name in Load.__dataclass_fields__})


def _batch(row: BatchRow) -> Batch:
    return Batch(**{name: getattr(row, name) for name in Batch.__dataclass_fields__})
