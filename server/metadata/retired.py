"""Loads of tables that nobody fills any more: all of them are withdrawn at once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from server.metadata.loads import Load, change_load
from server.metadata.session import Session
from server.metadata.tables import LoadEventRow, LoadRow


def withdraw_all_of(
    session: Session, tables: Sequence[str], snapshot: int, by: str, now: datetime, reason: str
) -> tuple[Load, ...]:
    """Withdraw every published load of these tables; what is seen instead is still to be settled.

    They are withdrawn together, so that none shows again what another one had replaced.
    """
    kept = select(LoadRow.id).where(LoadRow.table_name.in_(tables), LoadRow.state == "published")
    found = session.scalars(kept.order_by(LoadRow.id)).all()
    changed = [change_load(session, load, ("published",), state="withdrawn") for load in found]
    session.add_all(
        LoadEventRow(load=load, snapshot=snapshot, what="withdrawn", by=by, at=now, reason=reason)
        for load in found
    )
    session.flush()
    return tuple(changed)
