"""Repairs: batches whose rows in the store are being replaced by those of their sources."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from server.metadata.counters import next_number
from server.metadata.session import Session
from server.metadata.tables import RepairRow


@dataclass(frozen=True)
class Repair:
    """Rows of one load that are replaced; while it is open nobody is shown the table."""

    id: int
    table_name: str
    load: int
    batches: tuple[int, ...]
    by: str
    began_at: datetime
    ended_at: datetime | None


def begin_repair(
    session: Session, table: str, load: int, batches: Sequence[int], by: str, now: datetime
) -> Repair:
    """Write down which rows are about to be replaced, before the first one is touched."""
    row = RepairRow(
        table_name=table, load=load, batches=sorted(batches), by=by, began_at=now, ended_at=None
    )
    session.add(row)
    session.flush()
    next_number(session, "repair")
    return _repair(row)


def end_repair(session: Session, repair: Repair, now: datetime) -> None:
    """The rows are whole again."""
    session.execute(update(RepairRow).where(RepairRow.id == repair.id).values(ended_at=now))
    next_number(session, "repair")


def open_repairs(session: Session) -> tuple[Repair, ...]:
    """The repairs that nobody has ended; one whose process died is among them."""
    kept = select(RepairRow).where(RepairRow.ended_at.is_(None)).order_by(RepairRow.id)
    return tuple(_repair(row) for row in session.scalars(kept).all())


def tables_in_repair(session: Session) -> frozenset[str]:
    """The tables that nobody may be shown now."""
    kept = select(RepairRow.table_name).where(RepairRow.ended_at.is_(None))
    return frozenset(session.scalars(kept).all())


def _repair(row: RepairRow) -> Repair:
    return Repair(
        row.id, row.table_name, row.load, tuple(row.batches), row.by, row.began_at, row.ended_at
    )
