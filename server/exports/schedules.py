"""Exports that are asked for by the clock: a ledger of due slots, each met once.

A slot is due in the zone of its person. The row (schedule, slot) is written before the export, in
the same transaction, so any number of schedulers ask once; slots that were missed while nothing
ran are met by one export when it runs again.
"""

import logging
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

from croniter import CroniterBadCronError, CroniterBadDateError, croniter  # type: ignore[import-untyped]

from server.errors import AskerError, InvalidInput
from server.exports.asking import ring
from server.exports.contents import check_rights
from server.exports.spec import ExportSpec, read_spec
from server.ledger.crashpoint import crashpoint
from server.metadata.export_schedules import (
    ExportSchedule,
    active_schedules,
    create_schedule,
    end_schedule,
    last_slot,
    take_slot,
)
from server.metadata.users import User, user_by_id
from server.runtime import Runtime

log = logging.getLogger(__name__)


def schedule(
    runtime: Runtime,
    user: User,
    spec: ExportSpec,
    title: str,
    cron: str,
    zone: str,
    *,
    to_folder: bool,
) -> ExportSchedule:
    """Ask for an export again and again; InvalidInput when the times cannot be read."""
    check_rights(user.person_at(runtime.clock()), spec)
    check_times(cron, zone)
    with runtime.metadata.write() as session:
        return create_schedule(
            session,
            user=user.id,
            spec=spec.as_mapping(),
            file_format=spec.format,
            title=title,
            cron=" ".join(cron.split()),
            zone=zone,
            to_folder=to_folder,
            now=runtime.clock(),
        )


def check_times(cron: str, zone: str) -> None:
    """InvalidInput unless the expression has five fields and the zone exists."""
    if zone not in available_timezones():
        raise InvalidInput(
            f"There is no time zone {zone[:60]!r}; write one like Europe/Berlin or Asia/Shanghai.",
            field="zone",
        )
    if len(cron.split()) != 5 or not _is_cron(cron):
        raise InvalidInput(
            f"{cron[:80]!r} is no time; write minute, hour, day, month and weekday, "
            "as in 30 7 * * 1-5 for half past seven on weekdays.",
            field="cron",
        )


def next_slot(cron: str, zone: str, after: datetime) -> datetime:
    """The first due instant after another, in UTC; the clock is the zone's."""
    local = after.astimezone(ZoneInfo(zone))
    found: datetime = croniter(cron, local).get_next(datetime)
    return found.astimezone(UTC)


def latest_slot(cron: str, zone: str, after: datetime, now: datetime) -> datetime | None:
    """The last due instant after one and up to another; None when none is due."""
    local = now.astimezone(ZoneInfo(zone))
    found: datetime = croniter(cron, local).get_prev(datetime)
    if croniter.match(cron, local) and local.second == 0 and local.microsecond == 0:
        found = local
    slot = found.astimezone(UTC)
    return slot if slot > after else None


def ask_for_due(runtime: Runtime) -> int:
    """Ask for every export that is due now; how many."""
    with runtime.metadata.read() as session:
        schedules = active_schedules(session)
        since = {one.id: last_slot(session, one.id) or one.created_at for one in schedules}
    asked = 0
    for one in schedules:
        slot = latest_slot(one.cron, one.zone, since[one.id], runtime.clock())
        if slot is not None:
            asked += _meet(runtime, one, slot)
    return asked


def _meet(runtime: Runtime, one: ExportSchedule, slot: datetime) -> bool:
    try:
        with runtime.metadata.read() as session:
            user = user_by_id(session, one.user)
        check_rights(user.person_at(runtime.clock()), read_spec(one.spec))
    except AskerError as reason:
        log.warning("the schedule %s ends: %s", one.id, reason.message)
        with runtime.metadata.write() as session:
            end_schedule(session, one.id, one.user)
        return False
    with runtime.metadata.write() as session:
        export = take_slot(session, one, slot, user.name, runtime.clock())
        crashpoint("schedule.before_commit")
    crashpoint("schedule.committed")
    if export is not None:
        ring(runtime, export)
    return export is not None


def _is_cron(cron: str) -> bool:
    try:
        # 30 February is well formed and never comes.
        croniter(cron, datetime(2024, 1, 1, tzinfo=UTC)).get_next(datetime)
    except (CroniterBadCronError, CroniterBadDateError):
        return False
    return True
