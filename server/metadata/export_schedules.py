"""Schedules of exports and the due times that were met, each by one row."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select, update

from server.errors import NotFound
from server.metadata.exports import ask_export
from server.metadata.session import Session
from server.metadata.tables import ExportRow, ExportScheduleRow, ExportSlotRow


@dataclass(frozen=True)
class ExportSchedule:
    """An export that is asked for by the clock."""

    id: str
    user: int
    spec: Mapping[str, Any]
    format: str
    title: str
    cron: str
    zone: str
    to_folder: bool
    created_at: datetime


def create_schedule(
    session: Session,
    *,
    user: int,
    spec: Mapping[str, Any],
    file_format: str,
    title: str,
    cron: str,
    zone: str,
    to_folder: bool,
    now: datetime,
) -> ExportSchedule:
    """Keep a schedule."""
    row = ExportScheduleRow(
        id=uuid.uuid4().hex,
        user=user,
        spec=dict(spec),
        format=file_format,
        title=title,
        cron=cron,
        zone=zone,
        to_folder=to_folder,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return _schedule(row)


def list_schedules(session: Session, user: int) -> tuple[ExportSchedule, ...]:
    """A user's schedules in force, oldest first."""
    kept = select(ExportScheduleRow).where(
        ExportScheduleRow.user == user, ExportScheduleRow.is_active
    )
    return tuple(
        _schedule(row) for row in session.scalars(kept.order_by(ExportScheduleRow.created_at))
    )


def active_schedules(session: Session) -> tuple[ExportSchedule, ...]:
    """Everybody's schedules in force."""
    kept = select(ExportScheduleRow).where(ExportScheduleRow.is_active)
    return tuple(_schedule(row) for row in session.scalars(kept.order_by(ExportScheduleRow.id)))


def end_schedule(session: Session, schedule_id: str, user: int) -> None:
    """Ask no more; NotFound when the user has no such schedule."""
    ended = session.execute(
        update(ExportScheduleRow)
        .where(
            ExportScheduleRow.id == schedule_id,
            ExportScheduleRow.user == user,
            ExportScheduleRow.is_active,
        )
        .values(is_active=False)
        .returning(ExportScheduleRow.id)
    )
    if ended.scalar_one_or_none() is None:
        raise NotFound("There is no such schedule of yours.", field="schedule")


def last_slot(session: Session, schedule_id: str) -> datetime | None:
    """The last due time that was met."""
    kept = select(func.max(ExportSlotRow.slot)).where(ExportSlotRow.schedule == schedule_id)
    return session.execute(kept).scalar_one()


def take_slot(
    session: Session, one: ExportSchedule, slot: datetime, by: str, now: datetime
) -> str | None:
    """Ask for the export of a due time; None when it was asked for already."""
    taken = exists().where(ExportSlotRow.schedule == one.id, ExportSlotRow.slot == slot)
    if session.execute(select(taken)).scalar_one():
        return None
    export = ask_export(
        session,
        user=one.user,
        by=by,
        spec=one.spec,
        file_format=one.format,
        title=one.title,
        now=now,
    )
    session.add(ExportSlotRow(schedule=one.id, slot=slot, export=export.id))
    session.flush()
    return export.id


def folder_of(session: Session, export_id: str) -> str | None:
    """The schedule whose folder also takes this export's file."""
    kept = (
        select(ExportScheduleRow.id)
        .join(ExportSlotRow, ExportSlotRow.schedule == ExportScheduleRow.id)
        .join(ExportRow, ExportRow.id == ExportSlotRow.export)
        .where(ExportRow.id == export_id, ExportScheduleRow.to_folder)
    )
    return session.scalars(kept).first()


def _schedule(row: ExportScheduleRow) -> ExportSchedule:
    return ExportSchedule(
        id=row.id,
        user=row.user,
        spec=row.spec,
        format=row.format,
        title=row.title,
        cron=row.cron,
        zone=row.zone,
        to_folder=row.to_folder,
        created_at=row.created_at,
    )
