"""What the ledger has done by itself: the mirror, the nightly purge, verifications by the queue."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from server.errors import QueueAway
from server.ledger.closing import is_any_closed
from server.ledger.grouping import is_group_due, windows_of
from server.ledger.purge import Purged, purge
from server.ledger.stuck import GROUPS, stuck_in
from server.ledger.verify import verify
from server.metadata.jobs import Job, create_job, list_jobs
from server.metadata.session import Metadata
from server.queue import Queue
from server.settings import Settings
from server.store.client import Store

VERIFICATION = "loaders.verifying.run_verification"
SCHEDULER = "scheduler"

_A_NIGHT = timedelta(hours=20)
_A_WHILE = timedelta(minutes=5)

log = logging.getLogger(__name__)


def ask_verification(
    metadata: Metadata, queue: Queue, arguments: Mapping[str, Any], by: str, now: datetime
) -> Job:
    """A job that verifies; one that waits or works already with the same arguments is it."""
    return _ask(metadata, queue, VERIFICATION, arguments, by, now)


def load_groups(metadata: Metadata, queue: Queue, settings: Settings, now: datetime) -> Job | None:
    """Have small files and pushes loaded whose window is over; None while there are none."""
    with metadata.read() as session:
        last = next(iter(list_jobs(session, 1, function=GROUPS)), None)
    is_fresh = last is not None and now - last.created_at < _A_WHILE
    if last and is_fresh and last.state == "failed":
        return None  # whatever stopped it may still be so
    stuck = stuck_in(last) if is_fresh else {}
    if not is_group_due(metadata, windows_of(settings), now, stuck):
        return None
    return _ask(metadata, queue, GROUPS, {}, SCHEDULER, now)


def verify_at_start(
    metadata: Metadata, store: Store, queue: Queue, tables: Iterable[str], now: datetime
) -> int:
    """Count every batch's rows; when some are missing, have it looked into and healed.

    So is a table that somebody closed and left: only a verification opens it again.
    """
    found = verify(metadata, store, tables)
    for finding in found[:20]:
        log.error("%s", finding)
    if found or is_any_closed(metadata):
        ask_verification(metadata, queue, {"depth": "usual"}, SCHEDULER, now)
    return len(found)


def verify_nightly(metadata: Metadata, queue: Queue, now: datetime, hour: int) -> Job | None:
    """Ask for the night's verification, whoever schedules; None when it was asked for already."""
    if now.hour < hour:
        return None
    with metadata.read() as session:
        before = list_jobs(session, 20, function=VERIFICATION)
    nightly = [job for job in before if job.by == SCHEDULER]
    if nightly and (nightly[0].is_open or now - nightly[0].created_at < _A_NIGHT):
        return None
    return ask_verification(metadata, queue, {"depth": "usual"}, SCHEDULER, now)


def purge_nightly(metadata: Metadata, store: Store, settings: Settings, now: datetime) -> Purged:
    """Purge what the settings allow."""
    days = settings.retention_days
    retention = timedelta(days=days) if days else None
    purged = purge(metadata, store, SCHEDULER, now, retention)
    if purged.doomed or purged.deleted or purged.unpublished:
        log.info("%s", purged)
    return purged


def _ask(
    metadata: Metadata,
    queue: Queue,
    function: str,
    arguments: Mapping[str, Any],
    by: str,
    now: datetime,
) -> Job:
    with metadata.write() as session:
        for job in list_jobs(session, function=function):
            if job.is_open and dict(job.arguments) == dict(arguments):
                return job
        job = create_job(session, function, arguments, by, now)
    try:
        queue.enqueue(function, job.id)
    except QueueAway as reason:
        log.warning("cannot ring for job %s: %s", job.id, reason.message)
    return job
