"""What changed between two snapshots: which batches appeared or vanished, and what was done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

from server.metadata.session import Session
from server.metadata.snapshots import LoadEvent
from server.metadata.tables import BatchRow, BatchShownRow, LoadEventRow

_CHUNK = 500  # ids in one statement


@dataclass(frozen=True)
class ChangedBatch:
    """A batch that one of two snapshots shows and the other does not."""

    batch: int
    load: int
    table_name: str
    source: str
    scope_key: str
    rows: int
    sums: Mapping[str, str]
    first_date: date | None
    last_date: date | None
    is_shown: bool  # by the later snapshot


def changed_batches(session: Session, first: int, last: int) -> tuple[ChangedBatch, ...]:
    """The batches that appeared or vanished from one snapshot to a later one."""
    spans: dict[int, list[tuple[int, int | None]]] = {}
    moved = select(BatchShownRow.batch).where(
        or_(
            (BatchShownRow.since > first) & (BatchShownRow.since <= last),
            (BatchShownRow.until > first) & (BatchShownRow.until <= last),
        )
    )
    kept = select(BatchShownRow).where(BatchShownRow.batch.in_(moved))
    for span in session.scalars(kept).all():
        spans.setdefault(span.batch, []).append((span.since, span.until))
    before = {one for one, found in spans.items() if _holds(found, first)}
    after = {one for one, found in spans.items() if _holds(found, last)}
    return tuple(
        _changed(row, is_shown=row.id in after) for row in _rows(session, sorted(before ^ after))
    )


def events_between(session: Session, first: int, last: int) -> tuple[LoadEvent, ...]:
    """What was published, withdrawn and restored after one snapshot, up to a later one."""
    kept = select(LoadEventRow).where(LoadEventRow.snapshot > first, LoadEventRow.snapshot <= last)
    rows = session.scalars(kept.order_by(LoadEventRow.id)).all()
    return tuple(
        LoadEvent(row.load, row.snapshot, row.what, row.by, row.at, row.reason) for row in rows
    )


def slots_of(
    session: Session, loads: Sequence[int]
) -> Mapping[int, frozenset[tuple[str, str, str]]]:
    """Table, source and scope key of every batch that these loads brought, by load."""
    found: dict[int, set[tuple[str, str, str]]] = {}
    for start in range(0, len(loads), _CHUNK):
        rows = session.execute(
            select(BatchRow.load, BatchRow.table_name, BatchRow.source, BatchRow.scope_key).where(
                BatchRow.load.in_(loads[start : start + _CHUNK]), BatchRow.kind == "own"
            )
        ).all()
        for load, *slot in rows:
            table, source, key = slot
            found.setdefault(load, set()).add((table, source, key))
    return {load: frozenset(slots) for load, slots in found.items()}


def _holds(spans: Sequence[tuple[int, int | None]], number: int) -> bool:
    return any(since <= number and (until is None or number < until) for since, until in spans)


def _rows(session: Session, batches: Sequence[int]) -> list[BatchRow]:
    found: list[BatchRow] = []
    for start in range(0, len(batches), _CHUNK):
        kept = select(BatchRow).where(BatchRow.id.in_(batches[start : start + _CHUNK]))
        found += session.scalars(kept.order_by(BatchRow.id)).all()
    return found


def _changed(row: BatchRow, *, is_shown: bool) -> ChangedBatch:
    return ChangedBatch(
        batch=row.id,
        load=row.load,
        table_name=row.table_name,
        source=row.source,
        scope_key=row.scope_key,
        rows=row.rows or 0,
        sums=dict(row.sums or {}),
        first_date=row.first_date,
        last_date=row.last_date,
        is_shown=is_shown,
    )
