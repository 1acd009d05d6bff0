"""Imported models: each version with its body, who brought it, when, and from which snapshot on.

Nothing is overwritten: the latest version of a name is in force, also one that serves no cube any
more. The number of the last change tells every process whether it serves what is written here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String, select
from sqlalchemy.orm import Mapped, mapped_column

from server.metadata.counters import current_number, next_number
from server.metadata.session import Session
from server.metadata.tables import Table

Body = Mapping[str, Any]


class ImportedModelRow(Table):
    """One version of a model that was brought with its data."""

    __tablename__ = "imported_model"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(80), index=True)
    version: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, Any]]
    author: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]
    number: Mapped[int]
    snapshot: Mapped[int]


@dataclass(frozen=True)
class ImportedVersion:
    """One version of an imported model; `version` is its SHA-256."""

    name: str
    version: str
    body: Body
    author: str
    at: datetime
    number: int
    snapshot: int  # from which on it is asked


def record_import(
    session: Session,
    name: str,
    version: str,
    body: Body,
    author: str,
    now: datetime,
    snapshot: int,
) -> ImportedVersion:
    """Keep a version; from the end of the transaction on it is the one in force."""
    number = next_number(session, "import")
    row = ImportedModelRow(
        name=name,
        version=version,
        body=dict(body),
        author=author,
        at=now,
        number=number,
        snapshot=snapshot,
    )
    session.add(row)
    session.flush()
    return _version(row)


def all_imports(session: Session) -> tuple[ImportedVersion, ...]:
    """Every version of every imported model, in the order in which they came."""
    rows = session.scalars(select(ImportedModelRow).order_by(ImportedModelRow.number)).all()
    return tuple(_version(row) for row in rows)


def imports_number(session: Session) -> int:
    """The number of the last change to any of them; 0 before the first."""
    return current_number(session, "import")


def _version(row: ImportedModelRow) -> ImportedVersion:
    return ImportedVersion(
        name=row.name,
        version=row.version,
        body=row.body,
        author=row.author,
        at=row.at,
        number=row.number,
        snapshot=row.snapshot,
    )
