"""Append-only: who changed whose rights, when, and what about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, select
from sqlalchemy.orm import Mapped, mapped_column

from server.metadata.session import Session
from server.metadata.tables import Table

PERSON, ROLE = "person", "role"


class RightsChangeRow(Table):
    """One change of the rights of a person or a role."""

    __tablename__ = "rights_change"
    __table_args__ = (Index("rights_change_of", "kind", "subject", "id"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(80))  # the name of the person or the role
    what: Mapped[str] = mapped_column(String(30))
    detail: Mapped[dict[str, Any]]


@dataclass(frozen=True)
class By:
    """Who does something, and when."""

    name: str
    at: datetime


@dataclass(frozen=True)
class RightsChange:
    """One change, as kept."""

    id: int
    at: datetime
    by: str
    kind: str
    subject: str
    what: str
    detail: Mapping[str, Any]


def note_change(
    session: Session, kind: str, subject: str, what: str, by: By, **detail: object
) -> None:
    """Write a change down, in the transaction that makes it."""
    session.add(
        RightsChangeRow(at=by.at, by=by.name, kind=kind, subject=subject, what=what, detail=detail)
    )


def list_changes(
    session: Session, kind: str | None = None, subject: str | None = None, most: int = 50
) -> tuple[RightsChange, ...]:
    """The latest changes, of everybody or of one person or role, the latest first."""
    found = select(RightsChangeRow).order_by(RightsChangeRow.id.desc()).limit(most)
    if kind is not None:
        found = found.where(RightsChangeRow.kind == kind)
    if subject is not None:
        found = found.where(RightsChangeRow.subject == subject)
    return tuple(
        RightsChange(row.id, row.at, row.by, row.kind, row.subject, row.what, row.detail)
        for row in session.scalars(found).all()
    )
