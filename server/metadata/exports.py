"""Exports: what was asked for as a file, and what became of it.

An export is one row beside its job's row: the job says how far the work is, this row what the file
is. The file is only there when both say so, and both change in one transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from server.errors import NotFound
from server.metadata.jobs import OPEN_STATES, Job, create_job, find_job, finish_job, job_of_row
from server.metadata.session import Session
from server.metadata.tables import ExportRow, JobRow

FUNCTION = "server.exports.job.run_export"


@dataclass(frozen=True)
class Made:
    """What a finished file is."""

    file_name: str
    size: int
    sha256: str
    fingerprint: str
    snapshot: int
    definitions: int
    scope: list[list[str]]
    expires_at: datetime


@dataclass(frozen=True)
class Export:
    """An export with its job."""

    id: str
    user: int
    spec: Mapping[str, Any]
    format: str
    title: str
    file_name: str | None
    size: int | None
    sha256: str | None
    fingerprint: str | None
    snapshot: int | None
    definitions: int | None
    scope: tuple[tuple[str, ...], ...]
    created_at: datetime
    expires_at: datetime | None
    removed_at: datetime | None
    told_at: datetime | None
    job: Job

    @property
    def state(self) -> str:
        """queued, running, done, failed, cancelled; expired once the file was removed."""
        return "expired" if self.removed_at and self.job.state == "done" else self.job.state

    @property
    def has_file(self) -> bool:
        """Whether there is a file to download."""
        return self.state == "done"


def ask_export(
    session: Session,
    *,
    user: int,
    by: str,
    spec: Mapping[str, Any],
    file_format: str,
    title: str,
    now: datetime,
) -> Export:
    """Write an export and its job down; commit before the queue is rung."""
    job = create_job(session, FUNCTION, {}, by, now)
    row = ExportRow(
        id=job.id, user=user, spec=dict(spec), format=file_format, title=title, created_at=now
    )
    session.add(row)
    session.flush()
    return _export(row, job)


def find_export(session: Session, export_id: str, user: int | None = None) -> Export:
    """The export of that id, and of that user when one is named."""
    row = session.get(ExportRow, export_id, populate_existing=True)
    if row is None or (user is not None and row.user != user):
        raise NotFound(f"There is no export {export_id[:40]!r} of yours.", field="export")
    return _export(row, find_job(session, export_id))


def export_of_bytes(session: Session, sha256: str) -> Export:
    """The export whose file has these bytes."""
    kept = select(ExportRow).where(ExportRow.sha256 == sha256).order_by(ExportRow.created_at)
    row = session.scalars(kept.limit(1)).first()
    if row is None:
        raise NotFound("No export of this Indicube has made this file.", field="file")
    return _export(row, find_job(session, row.id))


def list_exports(
    session: Session,
    *,
    user: int | None = None,
    state: str | None = None,
    file_format: str | None = None,
    text: str = "",
    limit: int = 50,
    after: str | None = None,
) -> tuple[Export, ...]:
    """The latest exports, newest first, as far as they fit; `after` is the last one seen before."""
    kept = select(ExportRow, JobRow).join(JobRow, JobRow.id == ExportRow.id)
    if user is not None:
        kept = kept.where(ExportRow.user == user)
    if file_format:
        kept = kept.where(ExportRow.format == file_format)
    if text:
        kept = kept.where(ExportRow.title.icontains(text, autoescape=True))
    if after is not None:
        kept = kept.where(_comes_after(after))
    if state == "expired":
        kept = kept.where(ExportRow.removed_at.is_not(None))
    elif state:
        kept = kept.where(JobRow.state == state, ExportRow.removed_at.is_(None))
    rows = session.execute(kept.order_by(ExportRow.created_at.desc(), ExportRow.id).limit(limit))
    return tuple(_export(row, job_of_row(job)) for row, job in rows)


def _comes_after(export_id: str) -> ColumnElement[bool]:
    """Whether an export stands behind another one in the list; behind one that is gone: none."""
    at = select(ExportRow.created_at).where(ExportRow.id == export_id).scalar_subquery()
    is_as_old = and_(ExportRow.created_at == at, ExportRow.id > export_id)
    return or_(ExportRow.created_at < at, is_as_old)


def count_open_exports(session: Session, user: int) -> int:
    """How many of a user's exports wait or run."""
    kept = (
        select(func.count())
        .select_from(ExportRow)
        .join(JobRow, JobRow.id == ExportRow.id)
        .where(ExportRow.user == user, JobRow.state.in_(OPEN_STATES))
    )
    return session.execute(kept).scalar_one()


def finish_export(session: Session, job: Job, made: Made, now: datetime) -> None:
    """The file is in its place: both rows say so; Conflict when another attempt took over."""
    finish_job(session, job, {"fingerprint": made.fingerprint, "sha256": made.sha256}, now)
    session.execute(
        update(ExportRow)
        .where(ExportRow.id == job.id)
        .values(
            file_name=made.file_name,
            size=made.size,
            sha256=made.sha256,
            fingerprint=made.fingerprint,
            snapshot=made.snapshot,
            definitions=made.definitions,
            scope=made.scope,
            expires_at=made.expires_at,
        )
    )


def release_job(session: Session, job: Job) -> None:
    """Put the job back for another attempt, if it is still this one's."""
    session.execute(
        update(JobRow)
        .where(JobRow.id == job.id, JobRow.state == "running", JobRow.attempt == job.attempt)
        .values(state="queued", lease_until=None)
    )


def running_attempt(session: Session, job: Job) -> bool:
    """Whether the job is still run by this attempt."""
    row = session.get(JobRow, job.id, populate_existing=True)
    return row is not None and row.state == "running" and row.attempt == job.attempt


def expired_exports(session: Session, now: datetime) -> tuple[str, ...]:
    """The exports whose file is due to be removed."""
    due = select(ExportRow.id).where(ExportRow.expires_at <= now, ExportRow.removed_at.is_(None))
    return tuple(session.scalars(due.order_by(ExportRow.id)).all())


def kept_snapshots(session: Session) -> tuple[int, ...]:
    """The snapshots that files were made from which are still there."""
    kept = select(ExportRow.snapshot).where(
        ExportRow.snapshot.is_not(None), ExportRow.removed_at.is_(None)
    )
    return tuple(sorted({number for number in session.scalars(kept).all() if number}))


def forget_file(session: Session, export_id: str, now: datetime) -> None:
    """The file of an export is gone."""
    session.execute(
        update(ExportRow)
        .where(ExportRow.id == export_id, ExportRow.removed_at.is_(None))
        .values(removed_at=now)
    )


def untold_exports(session: Session, user: int) -> tuple[Export, ...]:
    """A user's exports that run, or ended without their owner having been told; oldest first."""
    kept = (
        select(ExportRow, JobRow)
        .join(JobRow, JobRow.id == ExportRow.id)
        .where(
            ExportRow.user == user,
            ExportRow.told_at.is_(None),
            JobRow.state.in_(("queued", "running", "done", "failed")),
        )
        .order_by(ExportRow.created_at)
        .limit(20)
    )
    return tuple(_export(row, job_of_row(job)) for row, job in session.execute(kept))


def tell_exports(session: Session, user: int, ids: tuple[str, ...], now: datetime) -> None:
    """The user has seen that these exports ended."""
    session.execute(
        update(ExportRow).where(ExportRow.user == user, ExportRow.id.in_(ids)).values(told_at=now)
    )


def _export(row: ExportRow, job: Job) -> Export:
    return Export(
        id=row.id,
        user=row.user,
        spec=row.spec,
        format=row.format,
        title=row.title,
        file_name=row.file_name,
        size=row.size,
        sha256=row.sha256,
        fingerprint=row.fingerprint,
        snapshot=row.snapshot,
        definitions=row.definitions,
        scope=tuple(tuple(rule) for rule in row.scope or ()),
        created_at=row.created_at,
        expires_at=row.expires_at,
        removed_at=row.removed_at,
        told_at=row.told_at,
        job=job,
    )
