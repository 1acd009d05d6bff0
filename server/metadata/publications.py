"""The list of snapshots as people choose from it: number, instant, what was done and by whom."""

from datetime import datetime

from sqlalchemy import func, select

from server.errors import NotFound
from server.metadata.session import Session
from server.metadata.snapshots import PublishedState
from server.metadata.tables import SnapshotRow


def list_publications(
    session: Session, limit: int = 50, *, before: int | None = None, until: datetime | None = None
) -> tuple[PublishedState, ...]:
    """Snapshots, newest first: those below a number, or made up to an instant."""
    kept = select(SnapshotRow).order_by(SnapshotRow.n.desc()).limit(limit)
    if before is not None:
        kept = kept.where(SnapshotRow.n < before)
    if until is not None:
        kept = kept.where(SnapshotRow.at <= until)
    return tuple(_state(row) for row in session.scalars(kept).all())


def first_publication(session: Session) -> PublishedState | None:
    """The first snapshot; None while nothing was published."""
    row = session.scalars(select(SnapshotRow).order_by(SnapshotRow.n).limit(1)).one_or_none()
    return _state(row) if row else None


def find_publication(session: Session, number: int) -> PublishedState:
    """The snapshot of a number."""
    row = session.get(SnapshotRow, number)
    if row is None:
        latest = session.execute(select(func.max(SnapshotRow.n))).scalar_one()
        known = f"; the latest is {latest}" if latest else ""
        raise NotFound(f"There is no snapshot {number}{known}.", field="snapshot")
    return _state(row)


def _state(row: SnapshotRow) -> PublishedState:
    return PublishedState(row.n, row.at, row.by, row.what, row.top)
