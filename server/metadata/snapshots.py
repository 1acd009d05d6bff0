"""Snapshots: which batches are visible at which number. Everything depends on the number alone.

`load_event` is append-only and says what was done; `batch_shown` says, span by span, what was to be
seen for it. That answers `as_of` also after publish, withdraw, restore, withdraw, which a "hidden
since" column could not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, func, or_, select

from server.metadata.counters import current_number, next_number
from server.metadata.session import Session
from server.metadata.tables import BatchRow, BatchShownRow, LoadEventRow, SnapshotRow

Event = Literal["published", "withdrawn", "restored", "corrected"]
Remark = Literal["held", "approved", "refused", "replayed"]

_MANY = 900  # identifiers in one question
# Clocks of several machines differ by less; one that was ahead by more is not followed.
_MOST_SKEW = timedelta(hours=1)


@dataclass(frozen=True)
class PublishedState:
    """One state of the published facts."""

    number: int
    at: datetime
    by: str
    what: str
    top: int


@dataclass(frozen=True)
class LoadEvent:
    """What happened to a load, and at which snapshot if that changed what is visible."""

    load: int
    snapshot: int | None
    what: str
    by: str
    at: datetime
    reason: str | None


def raise_snapshot(
    session: Session,
    event: Event,
    load_ids: Sequence[int],
    by: str,
    what: str,
    now: datetime,
    reason: str | None = None,
) -> int:
    """A new snapshot number with its top batch; publishers wait for each other here.

    Its moment is after that of the one before, so that an instant answers the same for ever,
    whatever the clocks of two publishers say.
    """
    number = next_number(session, "snapshot")
    top = current_number(session, "batch")
    at = _not_before(session, number, now)
    session.add(SnapshotRow(n=number, at=at, by=by, what=what, top=top))
    session.flush()
    for load_id in load_ids:
        _note(session, LoadEvent(load_id, number, event, by, at, reason))
    session.flush()
    return number


def remark(
    session: Session, what: Remark, load_id: int, by: str, reason: str | None, now: datetime
) -> None:
    """Note what happened to a load without a change of what is visible."""
    _note(session, LoadEvent(load_id, None, what, by, now, reason))


def events_of(session: Session, load_id: int) -> tuple[LoadEvent, ...]:
    """What happened to a load, in order."""
    kept = select(LoadEventRow).where(LoadEventRow.load == load_id).order_by(LoadEventRow.id)
    rows = session.scalars(kept).all()
    names = LoadEvent.__dataclass_fields__
    return tuple(LoadEvent(**{name: getattr(row, name) for name in names}) for row in rows)


def state_at(session: Session, as_of: int | datetime | None = None) -> PublishedState | None:
    """The last snapshot, or the last one up to a number or an instant; None before the first."""
    kept = select(SnapshotRow).order_by(SnapshotRow.n.desc()).limit(1)
    if isinstance(as_of, int):
        kept = kept.where(SnapshotRow.n <= as_of)
    elif as_of is not None:
        kept = kept.where(SnapshotRow.at <= as_of)
    row = session.scalars(kept).one_or_none()
    return PublishedState(row.n, row.at, row.by, row.what, row.top) if row else None


def visible_loads(session: Session, number: int) -> tuple[int, ...]:
    """The loads of which at least one batch is seen at the snapshot."""
    rows = session.execute(
        select(BatchRow.load).distinct().join(BatchShownRow, _shown_at(number)).order_by("load")
    )
    return tuple(rows.scalars().all())


def hidden_batches(session: Session, number: int, top: int) -> Mapping[str, tuple[int, ...]]:
    """Of each fact table the unpurged batches up to `top` that the snapshot does not show."""
    rows = session.execute(
        select(BatchRow.table_name, BatchRow.id)
        .outerjoin(BatchShownRow, _shown_at(number))
        .where(
            BatchRow.id <= top,
            BatchRow.source != "",
            BatchRow.purged_at.is_(None),
            BatchShownRow.batch.is_(None),
        )
        .order_by(BatchRow.id)
    ).all()
    return _by_table(rows)


def changed_batches(
    session: Session, before: PublishedState | tuple[int, int], after: PublishedState
) -> frozenset[int]:
    """The batches that came or went between two snapshots, and those handed out since."""
    number, top = before if isinstance(before, tuple) else (before.number, before.top)
    handed_out = select(BatchRow.id).where(BatchRow.id > top, BatchRow.id <= after.top)
    changed = set(session.scalars(handed_out).all())
    for moment in (BatchShownRow.since, BatchShownRow.until):
        spans = select(BatchShownRow.batch).where(moment > number, moment <= after.number)
        changed.update(session.scalars(spans).all())
    return frozenset(changed)


def hidden_among(
    session: Session, batches: Sequence[int], number: int
) -> Mapping[str, tuple[int, ...]]:
    """Those of these fact batches that the snapshot does not show and that are not purged."""
    found: list[Any] = []
    for start in range(0, len(batches), _MANY):
        rows = session.execute(
            select(BatchRow.table_name, BatchRow.id)
            .outerjoin(BatchShownRow, _shown_at(number))
            .where(
                BatchRow.id.in_(batches[start : start + _MANY]),
                BatchRow.source != "",
                BatchRow.purged_at.is_(None),
                BatchShownRow.batch.is_(None),
            )
        )
        found += rows.all()
    return _by_table(sorted(found, key=lambda row: row.id))


def batches_until(session: Session, top: int) -> tuple[tuple[int, int, str], ...]:
    """The unpurged batches handed out up to `top`: (batch, load, table)."""
    rows = session.execute(
        select(BatchRow.id, BatchRow.load, BatchRow.table_name)
        .where(BatchRow.id <= top, BatchRow.purged_at.is_(None))
        .order_by(BatchRow.id)
    ).all()
    return tuple((row.id, row.load, row.table_name) for row in rows)


def tables_with_batches(session: Session) -> tuple[str, ...]:
    """The tables that batches were ever handed out for, one step of the index each."""
    found: list[str] = []
    while True:
        following = select(func.min(BatchRow.table_name))
        if found:
            following = following.where(BatchRow.table_name > found[-1])
        name = session.execute(following).scalar_one_or_none()
        if name is None:
            return tuple(found)
        found.append(name)


def last_changes(session: Session, number: int, after: int = 0) -> Mapping[str, str]:
    """Of each table the last snapshot, up to a number, that changed what it shows, and its moment.

    Tables that no snapshot after the other number changed are left out.
    """
    found: dict[str, int] = {}
    for moment in (BatchShownRow.since, BatchShownRow.until):
        rows = session.execute(
            select(BatchRow.table_name, func.max(moment).label("number"))
            .join(BatchShownRow, BatchShownRow.batch == BatchRow.id)
            .where(moment > after, moment <= number)
            .group_by(BatchRow.table_name)
        )
        for row in rows:
            found[row.table_name] = max(found.get(row.table_name, 0), row.number)
    kept = select(SnapshotRow.n, SnapshotRow.at).where(SnapshotRow.n.in_(set(found.values())))
    moments = {row.n: row.at for row in session.execute(kept)}
    return {table: f"{last} {moments[last].isoformat()}" for table, last in found.items()}


def version_at(session: Session, table_name: str, number: int) -> int | None:
    """The batch that holds a dimension's version at the snapshot; None for a fact table."""
    rows = session.execute(
        select(BatchRow.id)
        .join(BatchShownRow, _shown_at(number))
        .where(BatchRow.table_name == table_name, BatchRow.source == "", BatchRow.scope_key == "")
    )
    return rows.scalars().one_or_none()


def dates_at(session: Session, table_name: str, number: int) -> tuple[date, date] | None:
    """The first and the last day that a fact table's visible batches cover; None without any."""
    first, last = (
        session.execute(
            select(column)
            .join(BatchShownRow, _shown_at(number))
            .where(BatchRow.table_name == table_name, BatchRow.source != "", column.is_not(None))
            .order_by(order)
            .limit(1)
        ).scalar_one_or_none()
        for column, order in (
            (BatchRow.first_date, BatchRow.first_date.asc()),
            (BatchRow.last_date, BatchRow.last_date.desc()),
        )
    )
    return (first, last) if first is not None and last is not None else None


def _not_before(session: Session, number: int, now: datetime) -> datetime:
    """The moment of a snapshot: now, or just after the one before where a clock is behind it."""
    last = session.scalar(select(SnapshotRow.at).where(SnapshotRow.n == number - 1))
    if last is None or now > last or last - now > _MOST_SKEW:
        return now
    return last + timedelta(microseconds=1)


def _shown_at(number: int) -> ColumnElement[bool]:
    return and_(
        BatchShownRow.batch == BatchRow.id,
        BatchShownRow.since <= number,
        or_(BatchShownRow.until.is_(None), BatchShownRow.until > number),
    )


def _by_table(rows: Sequence[Any]) -> Mapping[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for table, batch in rows:
        found.setdefault(table, []).append(batch)
    return {table: tuple(ids) for table, ids in found.items()}


def _note(session: Session, event: LoadEvent) -> None:
    session.add(LoadEventRow(**vars(event)))
