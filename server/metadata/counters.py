"""Numbers that rise in commit order: loads, batches, snapshots, definition changes."""

from collections.abc import Mapping
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from server.metadata.session import Session
from server.metadata.tables import CounterRow

_ALL = select(CounterRow.name, CounterRow.value)

CounterName = Literal[
    "load", "batch", "snapshot", "definitions", "model", "purge", "repair", "roll_up", "import"
]


def next_number(session: Session, name: CounterName, count: int = 1) -> int:
    """Raise the counter by `count` and return its new value.

    The row stays locked until the transaction ends, so numbers become visible in their own order.
    """
    statement = (
        update(CounterRow)
        .where(CounterRow.name == name)
        .values(value=CounterRow.value + count)
        .returning(CounterRow.value)
    )
    value = session.execute(statement).scalar_one_or_none()
    if value is None:
        _begin_counter(session, name)
        value = session.execute(statement).scalar_one()
    return value


def current_number(session: Session, name: CounterName) -> int:
    """The counter's present value; 0 before its first use."""
    value = session.execute(select(CounterRow.value).where(CounterRow.name == name))
    return value.scalar_one_or_none() or 0


def all_numbers(session: Session) -> Mapping[str, int]:
    """The present value of every counter that was ever used; there are only a few."""
    return {row.name: row.value for row in session.execute(_ALL)}


def _begin_counter(session: Session, name: CounterName) -> None:
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    dialect_insert = postgresql.insert if is_postgresql else sqlite.insert
    begin = dialect_insert(CounterRow).values(name=name, value=0)
    session.execute(begin.on_conflict_do_nothing())
