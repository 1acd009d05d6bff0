"""The log of questions to the facts: which levels and aggregates, how long, how much was read.

It holds no value of any cut and nobody's name. It is a ring: what is older than some days, or
beyond a number of rows, is dropped whenever something is written.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Integer, String, delete, func, insert, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from server.metadata.session import Session
from server.metadata.tables import Table


class QueryLogRow(Table):
    """One question that was answered."""

    __tablename__ = "query_log"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(20))
    cube: Mapped[str] = mapped_column(String(80))
    levels: Mapped[list[Any]]
    cuts: Mapped[list[Any]]
    aggregates: Mapped[list[Any]]
    served_by: Mapped[str] = mapped_column(String(80))
    microseconds: Mapped[int] = mapped_column(BigInteger)
    rows_read: Mapped[int] = mapped_column(BigInteger)
    rows: Mapped[int] = mapped_column(BigInteger)


@dataclass(frozen=True)
class LoggedQuery:
    """One question as it is remembered."""

    at: datetime
    kind: str  # aggregate, members or facts
    cube: str
    levels: tuple[str, ...]  # that it is broken down by, such as `time.month`
    cuts: tuple[str, ...]  # the lowest levels that cuts and scope name, never their members
    aggregates: tuple[str, ...]
    served_by: str  # `facts`, or the name of a roll-up
    microseconds: int
    rows_read: int
    rows: int  # of the answer


_FIELDS = tuple(LoggedQuery.__dataclass_fields__)
_LISTS = ("levels", "cuts", "aggregates")


def log_queries(session: Session, queries: Iterable[LoggedQuery]) -> None:
    """Write some down."""
    values = [_values(query) for query in queries]
    if values:
        session.execute(insert(QueryLogRow), values)


def forget_queries(session: Session, now: datetime, days: int, most: int) -> None:
    """Drop those older than some days, and the oldest beyond the most that are kept."""
    last = session.execute(select(func.max(QueryLogRow.id))).scalar_one() or 0
    is_old = QueryLogRow.at < now - timedelta(days=days)
    session.execute(delete(QueryLogRow).where(or_(is_old, QueryLogRow.id <= last - most)))


def logged_queries(session: Session, since: datetime | None = None) -> Sequence[LoggedQuery]:
    """Those that are remembered, the oldest first; only later ones when a moment is given."""
    statement = select(QueryLogRow).order_by(QueryLogRow.id)
    if since is not None:
        statement = statement.where(QueryLogRow.at >= since)
    return tuple(_query(row) for row in session.scalars(statement))


def _values(query: LoggedQuery) -> dict[str, Any]:
    return {name: list(v) if name in _LISTS else v for name, v in asdict(query).items()}


def _query(row: QueryLogRow) -> LoggedQuery:
    found = {name: getattr(row, name) for name in _FIELDS}
    return LoggedQuery(**found | {name: tuple(found[name]) for name in _LISTS})
