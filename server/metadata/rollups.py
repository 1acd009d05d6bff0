"""Which roll-ups may serve questions: built and verified ones; not those that were found wrong."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import BigInteger, Integer, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from server.metadata.counters import next_number
from server.metadata.session import Session
from server.metadata.tables import Table

State = Literal["ready", "disabled"]


class RollUpRow(Table):
    """A roll-up that was built, or that was found to tell something else than the facts."""

    __tablename__ = "roll_up"
    __table_args__ = (UniqueConstraint("table_name", "projection", name="roll_up_of_table"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    table_name: Mapped[str] = mapped_column(String(120))
    projection: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(20))
    rows: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str | None]
    built_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]


@dataclass(frozen=True)
class KnownRollUp:
    """A roll-up's state; of one that the metadata do not know, nobody has built it."""

    table: str
    projection: str
    state: State
    rows: int
    reason: str | None
    built_at: datetime | None
    verified_at: datetime | None


def known_roll_ups(session: Session) -> Mapping[tuple[str, str], KnownRollUp]:
    """Every state that is known, by table and projection."""
    rows = session.scalars(select(RollUpRow).order_by(RollUpRow.id)).all()
    return {(row.table_name, row.projection): _known(row) for row in rows}


def ready_roll_ups(session: Session) -> Mapping[str, int]:
    """The address of each roll-up that may serve, and its rows."""
    kept = select(RollUpRow).where(RollUpRow.state == "ready")
    return {f"{row.table_name}.{row.projection}": row.rows for row in session.scalars(kept)}


def set_ready(session: Session, table: str, projection: str, rows: int, now: datetime) -> None:
    """It is built and tells what the facts tell: from now on it serves."""
    row = _row(session, table, projection)
    row.state, row.rows, row.reason = "ready", rows, None
    row.built_at = row.verified_at = now
    next_number(session, "roll_up")


def set_verified(session: Session, table: str, projection: str, rows: int, now: datetime) -> None:
    """It still tells what the facts tell; nothing changes for questions."""
    row = _row(session, table, projection)
    row.rows, row.verified_at = rows, now


def set_disabled(session: Session, table: str, projection: str, reason: str, now: datetime) -> None:
    """It told something else than the facts: nothing is asked of it any more."""
    row = _row(session, table, projection)
    row.state, row.reason, row.verified_at = "disabled", reason, now
    next_number(session, "roll_up")


def forget_roll_ups(session: Session, addresses: Collection[tuple[str, str]]) -> None:
    """Those that are gone from the model or from the store."""
    for table, projection in addresses:
        session.execute(
            delete(RollUpRow).where(
                RollUpRow.table_name == table, RollUpRow.projection == projection
            )
        )
    if addresses:
        next_number(session, "roll_up")


def _row(session: Session, table: str, projection: str) -> RollUpRow:
    kept = select(RollUpRow).where(
        RollUpRow.table_name == table, RollUpRow.projection == projection
    )
    row = session.scalars(kept).first()
    if row is None:
        row = RollUpRow(table_name=table, projection=projection, state="ready", rows=0)
        session.add(row)
    return row


def _known(row: RollUpRow) -> KnownRollUp:
    state: State = "ready" if row.state == "ready" else "disabled"
    return KnownRollUp(
        row.table_name,
        row.projection,
        state,
        row.rows,
        row.reason,
        row.built_at,
        row.verified_at,
    )
