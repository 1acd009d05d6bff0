"""Loads small files of sources with `group = true` together, when their window is over."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from loaders.accepted import NOT_NOW, Drifted, as_accepted
from loaders.context import LoadContext
from loaders.load import run_load
from server.errors import (
    AskerError,
    Conflict,
    IndicubeError,
    LoadHeld,
    LoadRejected,
    ManyErrors,
)
from server.ledger.crashpoint import crashpoint
from server.ledger.decide import refuse
from server.ledger.grouping import (
    Group,
    Joined,
    accept_file,
    due_groups,
    join_group,
    split_group,
    windows_of,
)
from server.ledger.room import check_room
from server.metadata.grouped_files import GroupedFile, give_receipts, refuse_file
from server.metadata.loads import loads_of_bytes


@dataclass(frozen=True)
class Done:
    """What became of all that was due."""

    loads: list[int]
    waiting: Mapping[str, AskerError]  # specifications of which nothing can be loaded now, and why


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
    """Load what is due; the loads.

    Raises:
        InvalidInput, NotFound, ManyErrors: why some of it waits; all else is loaded.
    """
    done = load_due(context, job)
    if done.waiting:
        raise _all_of(tuple(done.waiting.values()))
    return done.loads


def load_due(context: LoadContext, job: str | None = None) -> Done:
    """Load what is due. A file that cannot be loaded keeps the reason as its receipt.

    What is due of a specification that is gone, or does not fit its table, waits in its order until
    that is mended; it stops no other.
    """
    windows = windows_of(context.settings)
    due = due_groups(context.metadata, context.settings.spool, windows, context.clock())
    loads: list[int] = []
    waiting: dict[str, AskerError] = {}
    for group in due:
        if group.specification in waiting:
            continue
        try:
            loads += _load(context, group, job)
        except NOT_NOW as reason:
            waiting[group.specification] = reason
    return Done(loads, waiting)


def _all_of(reasons: Sequence[AskerError]) -> AskerError:
    return reasons[0] if len(reasons) == 1 else ManyErrors(reasons)


def _load(context: LoadContext, group: Group, job: str | None) -> list[int]:
    context = as_accepted(context, group.specification, group.accepted_by)
    delimiter = context.specification(group.specification).delimiter
    joined = join_group(context.settings.spool, group, delimiter)
    try:
        outcome = run_load(
            context,
            group.specification,
            joined.path,
            by=group.files[0].by,
            job=job,
            is_pushed=group.is_pushed,
        )
    except (Conflict, LoadHeld, LoadRejected) as reason:
        return _one_by_one(context, group, job, reason, joined)
    finally:
        with suppress(OSError):
            joined.path.unlink()
    crashpoint("grouping.loaded")
    with context.metadata.write() as session:
        give_receipts(session, outcome.load, joined.spans)
    return [outcome.load]


def _one_by_one(
    context: LoadContext, group: Group, job: str | None, reason: IndicubeError, joined: Joined
) -> list[int]:
    """Load the files apart; a single one keeps the reason, or the load that waits, as its receipt.

    A group that waits for a decision is refused: its files are decided on one by one, but where
    none of them can be read any more.
    """
    waiting = _waiting_load(context, group, joined)
    if len(group.files) > 1 and not isinstance(reason, Drifted):
        if waiting is not None:
            words = "its files are loaded one by one"
            refuse(context.metadata, waiting, "system", words, context.clock(), context.store)
        alone = split_group(context.metadata, group)
        return [load for each in alone for load in _load(context, each, job)]
    with context.metadata.write() as session:
        if waiting is not None:
            give_receipts(session, waiting, joined.spans)
        else:
            refuse_file(session, group.files[0], reason.message)
    return []


def _waiting_load(context: LoadContext, group: Group, joined: Joined) -> int | None:
    """The load of the group's very bytes that somebody has to decide on."""
    with joined.path.open("rb") as source:
        source_hash = hashlib.file_digest(source, "sha256").hexdigest()
    with context.metadata.read() as session:
        found = loads_of_bytes(session, group.specification, source_hash)
    waiting = [
        one.id
        for one in found
        if one.state == "held" and (group.is_pushed or one.held_for == "restatement")
    ]
    return waiting[-1] if waiting else None
