"""Governed definitions and applied models: every change is a new version, nothing is overwritten.

One change (a call of `apply_definitions` that changes anything) raises the global number by one.
That number is part of every receipt and cache key; `as_of_model` is such a number or an instant.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from server.metadata.counters import current_number, next_number
from server.metadata.session import Session
from server.metadata.tables import AppliedModelRow, DefinitionRow

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Definition:
    """One version of an indicator, a scorecard or whatever else is governed."""

    code: str
    version: int
    body: Body
    author: str
    reason: str
    at: datetime
    number: int  # of the change that brought it


@dataclass(frozen=True)
class AppliedModel:
    """A pack's cube model as it was applied to the store; `version` is its SHA-256."""

    pack: str
    version: str
    body: Body
    author: str
    reason: str
    at: datetime
    number: int


def apply_definitions(
    session: Session, kind: str, bodies: Mapping[str, Body], author: str, reason: str, now: datetime
) -> tuple[str, ...]:
    """Keep the bodies that differ from the current ones as new versions; the codes that changed."""
    number = next_number(session, "definitions")  # first: it holds off a second author
    current = current_definitions(session, kind)
    changed = tuple(code for code in sorted(bodies) if _differs(bodies[code], current.get(code)))
    if not changed:
        next_number(session, "definitions", -1)
        return ()
    for code in changed:
        version = current[code].version + 1 if code in current else 1
        session.add(
            DefinitionRow(
                kind=kind,
                code=code,
                version=version,
                body=dict(bodies[code]),
                author=author,
                reason=reason,
                at=now,
                number=number,
            )
        )
    session.flush()
    return changed


def current_definitions(
    session: Session, kind: str, as_of_model: int | datetime | None = None
) -> Mapping[str, Definition]:
    """The versions in force by code: now, at a definitions number, or at an instant."""
    latest = (
        select(DefinitionRow.code, func.max(DefinitionRow.version).label("version"))
        .where(DefinitionRow.kind == kind)
        .group_by(DefinitionRow.code)
    )
    if isinstance(as_of_model, int):
        latest = latest.where(DefinitionRow.number <= as_of_model)
    elif as_of_model is not None:
        latest = latest.where(DefinitionRow.at <= as_of_model)
    newest = latest.subquery()
    rows = session.scalars(
        select(DefinitionRow)
        .join(
            newest,
            (DefinitionRow.code == newest.c.code) & (DefinitionRow.version == newest.c.version),
        )
        .where(DefinitionRow.kind == kind)
        .order_by(DefinitionRow.code)
    ).all()
    return {row.code: _definition(row) for row in rows}


def versions_of(session: Session, kind: str, code: str) -> tuple[Definition, ...]:
    """Every version of one definition, the latest first."""
    kept = select(DefinitionRow).where(DefinitionRow.kind == kind, DefinitionRow.code == code)
    rows = session.scalars(kept.order_by(DefinitionRow.version.desc())).all()
    return tuple(_definition(row) for row in rows)


def definitions_number(session: Session) -> int:
    """The number of the last change to any definition; 0 before the first."""
    return current_number(session, "definitions")


def definitions_by(session: Session, instant: datetime) -> int:
    """The number of the last change to any definition by an instant; 0 before the first."""
    number = select(func.max(DefinitionRow.number)).where(DefinitionRow.at <= instant)
    return session.scalar(number) or 0


def apply_model(
    session: Session,
    pack: str,
    version: str,
    body: Body,
    author: str,
    reason: str,
    now: datetime,
) -> bool:
    """Keep a pack's model unless it is the current one already; whether it was new."""
    number = next_number(session, "model")
    current = current_model(session, pack)
    if current is not None and current.version == version:
        next_number(session, "model", -1)
        return False
    row = AppliedModelRow(
        pack=pack,
        version=version,
        body=dict(body),
        author=author,
        reason=reason,
        at=now,
        number=number,
    )
    session.add(row)
    session.flush()
    return True


def current_model(
    session: Session, pack: str, as_of_model: datetime | None = None
) -> AppliedModel | None:
    """The pack's model in force now or at an instant; None when none was applied."""
    kept = (
        select(AppliedModelRow)
        .where(AppliedModelRow.pack == pack)
        .order_by(AppliedModelRow.number.desc())
        .limit(1)
    )
    if as_of_model is not None:
        kept = kept.where(AppliedModelRow.at <= as_of_model)
    row = session.scalars(kept).one_or_none()
    return _applied_model(row) if row else None


def applied_packs(session: Session) -> tuple[str, ...]:
    """The packs that have an applied model, in the order of their first application."""
    first = func.min(AppliedModelRow.number)
    packs = select(AppliedModelRow.pack).group_by(AppliedModelRow.pack).order_by(first)
    return tuple(session.scalars(packs).all())


def _differs(body: Body, current: Definition | None) -> bool:
    return current is None or _canonical(body) != _canonical(current.body)


def _canonical(body: Body) -> str:
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _definition(row: DefinitionRow) -> Definition:
    return Definition(
        code=row.code,
        version=row.version,
        body=row.body,
        author=row.author,
        reason=row.reason,
        at=row.at,
        number=row.number,
    )


def _applied_model(row: AppliedModelRow) -> AppliedModel:
    return AppliedModel(
        pack=row.pack,
        version=row.version,
        body=row.body,
        author=row.author,
        reason=row.reason,
        at=row.at,
        number=row.number,
    )
