"""Loads small files of sources with `group = true` together, when their window is over."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from loaders.context import LoadContext
from loaders.load import run_load
from server.errors import Conflict, IndicubeError, LoadHeld, LoadRejected
from server.ledger.crashpoint import crashpoint
from server.ledger.grouping import Group, accept_file, due_groups, join_group, split_group
from server.ledger.room import check_room
from server.metadata.grouped_files import GroupedFile, give_receipts, refuse_file


def receive_for_group(context: LoadContext, name: str, path: Path, by: str) -> GroupedFile:
    """Let a file wait for others of its source."""
    check_room(context.settings, 2 * path.stat().st_size, context.store)
    spool, now = context.settings.spool, context.clock()
    with path.open("rb") as source:
        return accept_file(context.metadata, spool, source, name, path.name, by, now)


def receipt_of(context: LoadContext, file: GroupedFile) -> dict[str, Any]:
    """What whoever sent a file is told: its load and lines, or until when it waits."""
    due = file.received_at + timedelta(seconds=context.settings.group_seconds)
    return {
        "specification": file.specification,
        "file": file.id,
        "load": file.load,
        "first_row": file.first_row,
        "last_row": file.last_row,
        "waits_until": due.isoformat() if file.waits else None,
        "is_known": file.load is not None,
    }


def load_due_groups(context: LoadContext, job: str | None = None) -> list[int]:
    """Load what is due; the loads. A file that cannot be loaded keeps the reason as its receipt."""
    window = timedelta(seconds=context.settings.group_seconds)
    due = due_groups(context.metadata, context.settings.spool, window, context.clock())
    loads: list[int] = []
    for group in due:
        loads += _load(context, group, job)
    return loads


def _load(context: LoadContext, group: Group, job: str | None) -> list[int]:
    joined = join_group(context.settings.spool, group)
    try:
        by = group.files[0].by
        outcome = run_load(context, group.specification, joined.path, by=by, job=job)
    except (Conflict, LoadHeld, LoadRejected) as reason:
        return _one_by_one(context, group, job, reason)
    finally:
        with suppress(OSError):
            joined.path.unlink()
    crashpoint("grouping.loaded")
    with context.metadata.write() as session:
        give_receipts(session, outcome.load, joined.spans)
    return [outcome.load]


def _one_by_one(
    context: LoadContext, group: Group, job: str | None, reason: IndicubeError
) -> list[int]:
    if len(group.files) > 1:
        alone = split_group(context.metadata, group)
        return [load for each in alone for load in _load(context, each, job)]
    with context.metadata.write() as session:
        refuse_file(session, group.files[0], reason.message)
    return []
