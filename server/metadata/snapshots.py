"""Snapshots: which loads are visible at which number. Everything depends on the number alone.

`load_event` is append-only; the state of a load at S is its last event up to S. That answers
`as_of` also after publish, withdraw, restore, withdraw, which a "hidden since" column could not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import func, select

from server.metadata.counters import current_number, next_number
from server.metadata.session import Session
from server.metadata.tables import BatchRow, LoadEventRow, LoadRow, SnapshotRow

Event = Literal["published", "withdrawn", "restored"]


@dataclass(frozen=True)
class PublishedState:
    """One state of the published facts."""

    number: int
    at: datetime
    by: str
    what: str
    top: int


@dataclass(frozen=True)
class VisibleLoad:
    """A load that is published and not withdrawn at a snapshot."""

    load: int
    table_name: str
    kind: str
    first_snapshot: int | None
    first_date: date | None
    last_date: date | None


def raise_snapshot(
    session: Session, event: Event, load_ids: Sequence[int], by: str, what: str, now: datetime
) -> int:
    """Publish, withdraw or restore loads: the new snapshot number, with its top batch."""
    number = next_number(session, "snapshot")
    top = current_number(session, "batch")
    session.add(SnapshotRow(n=number, at=now, by=by, what=what, top=top))
    session.flush()
    for load_id in load_ids:
        session.add(LoadEventRow(load=load_id, snapshot=number, what=event, by=by, at=now))
    session.flush()
    return number


def state_at(session: Session, as_of: int | datetime | None = None) -> PublishedState | None:
    """The last snapshot, or the last one up to a number or an instant; None before the first."""
    kept = select(SnapshotRow).order_by(SnapshotRow.n.desc()).limit(1)
    if isinstance(as_of, int):
        kept = kept.where(SnapshotRow.n <= as_of)
    elif as_of is not None:
        kept = kept.where(SnapshotRow.at <= as_of)
    row = session.scalars(kept).one_or_none()
    return PublishedState(row.n, row.at, row.by, row.what, row.top) if row else None


def visible_loads(session: Session, number: int) -> tuple[VisibleLoad, ...]:
    """The loads whose last event up to the snapshot is not a withdrawal."""
    last = (
        select(func.max(LoadEventRow.id))
        .where(LoadEventRow.snapshot <= number)
        .group_by(LoadEventRow.load)
    )
    rows = session.scalars(
        select(LoadRow)
        .join(LoadEventRow, LoadEventRow.load == LoadRow.id)
        .where(LoadEventRow.id.in_(last), LoadEventRow.what != "withdrawn")
        .order_by(LoadRow.id)
    ).all()
    return tuple(_visible(row) for row in rows)


def current_versions(visible: Sequence[VisibleLoad]) -> Mapping[str, int]:
    """Of each dimension table the load whose version is in use: the one published last."""
    dimensions = [load for load in visible if load.kind == "dimension"]
    in_order = sorted(dimensions, key=lambda load: load.first_snapshot or 0)
    return {load.table_name: load.load for load in in_order}


def batches_until(session: Session, top: int) -> tuple[tuple[int, int, str], ...]:
    """The unpurged batches handed out up to `top`: (batch, load, table)."""
    rows = session.execute(
        select(BatchRow.id, BatchRow.load, BatchRow.table_name)
        .where(BatchRow.id <= top, BatchRow.purged_at.is_(None))
        .order_by(BatchRow.id)
    ).all()
    return tuple((row.id, row.load, row.table_name) for row in rows)


def _visible(row: LoadRow) -> VisibleLoad:
    return VisibleLoad(
        load=row.id,
        table_name=row.table_name,
        kind=row.kind,
        first_snapshot=row.first_snapshot,
        first_date=row.first_date,
        last_date=row.last_date,
    )
