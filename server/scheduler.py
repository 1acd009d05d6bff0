"""The scheduler: what has to happen by itself, in a thread.

Every few seconds jobs that lost their worker or their ring are rung for again, and the mirror of
the ledger follows what was published. At the start and once a night loads of dead processes are
abandoned, what may go is purged, and the facts are compared with the ledger. Any number of
schedulers may run: each step is one that can be done twice.
"""

import logging
import threading
from collections.abc import Callable
from datetime import date, datetime

from server.errors import QueueAway
from server.exports.schedules import ask_for_due
from server.exports.tidying import remove_expired, sweep
from server.ledger.mirror import check_mirror, keep_mirror
from server.ledger.night import (
    load_groups,
    purge_nightly,
    verify_at_start,
    verify_nightly,
)
from server.ledger.pushes import forget_old_answers
from server.ledger.recover import recover
from server.ledger.rollups import check_roll_ups
from server.ledger.spool import clear_drafts
from server.metadata.jobs import find_job, reclaim_jobs
from server.runtime import Runtime

LOOK_SECONDS = 10

log = logging.getLogger(__name__)


class Scheduler:
    """Looks around every ten seconds until it is stopped."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look_around, name="scheduler", daemon=True)
        self._tidied: date | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, seconds: float = 10) -> bool:
        """End after the step that runs; whether it ended in time."""
        self._stop.set()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _look_around(self) -> None:
        self._tidy()
        while not self._stop.is_set():
            self._safely(lambda: ring_again(self._runtime))
            self._safely(lambda: keep_exports(self._runtime))
            self._safely(lambda: keep_ledger(self._runtime))
            if is_due(self._runtime.clock(), self._tidied, self._runtime.settings.nightly_hour):
                self._tidy()
            self._stop.wait(LOOK_SECONDS)

    def _safely(self, step: Callable[[], object]) -> None:
        try:
            step()
        except Exception:  # the thread outlives whatever goes wrong once
            log.exception("a step of the scheduler failed; the next one follows")

    def _tidy(self) -> None:
        """Each step for itself: a file that cannot be swept keeps no damaged rows from healing."""
        runtime, now = self._runtime, self._runtime.clock()
        self._tidied = now.date()
        self._safely(lambda: sweep(runtime))
        self._safely(lambda: recover_loads(runtime, now))
        self._safely(lambda: clear_spool(runtime, now))
        self._safely(lambda: purge_nightly(runtime.metadata, runtime.store, runtime.settings, now))
        self._safely(lambda: look_at_facts(runtime))
        self._safely(lambda: look_at_roll_ups(runtime))
        self._safely(lambda: forget_old_answers(runtime.metadata, now))


def ring_again(runtime: Runtime) -> None:
    """Put jobs whose worker died back in the queue, and ring for every queued one."""
    with runtime.metadata.write() as session:
        ids = reclaim_jobs(session, runtime.clock(), runtime.settings.job_attempts)
        waiting = [find_job(session, job_id) for job_id in ids]
    for job in waiting:
        try:
            runtime.queue.enqueue(job.function, job.id)
        except QueueAway as reason:
            log.warning("cannot ring for job %s: %s", job.id, reason.message)
            return


def recover_loads(runtime: Runtime, now: datetime) -> None:
    """Abandon the loads of dead processes, and delete their rows."""
    found = recover(runtime.metadata, runtime.store, now)
    if found.abandoned or found.purged:
        log.info("abandoned loads %s, purged %d batches", found.abandoned, found.purged)


def clear_spool(runtime: Runtime, now: datetime) -> None:
    """Remove what dead processes left half written in the spool."""
    if found := clear_drafts(runtime.settings.spool, now):
        log.info("removed %d half written files of the spool", found)


def keep_exports(runtime: Runtime) -> None:
    """Ask for the exports that are due, and remove the files that are past their day."""
    ask_for_due(runtime)
    remove_expired(runtime)


def keep_ledger(runtime: Runtime) -> None:
    """Let the mirror follow the ledger; ask for groups and the night's verification when due."""
    metadata, settings, now = runtime.metadata, runtime.settings, runtime.clock()
    load_groups(metadata, runtime.queue, settings, now)
    keep_mirror(metadata, runtime.store)
    verify_nightly(metadata, runtime.queue, now, settings.nightly_hour)


def look_at_facts(runtime: Runtime) -> None:
    """Count the rows of every batch, and have what is missing healed; look at the mirror too."""
    model = runtime.cubes.model
    tables = (*model.dimension_tables, *model.fact_tables)
    verify_at_start(runtime.metadata, runtime.store, runtime.queue, tables, runtime.clock())
    check_mirror(runtime.metadata, runtime.store)


def look_at_roll_ups(runtime: Runtime) -> None:
    """Compare sampled cells of each roll-up with the facts; one that differs serves no more."""
    tables = runtime.cubes.model.fact_tables.values()
    check_roll_ups(runtime.metadata, runtime.store, tables, runtime.clock())


def is_due(now: datetime, last: date | None, hour: int) -> bool:
    """Whether the nightly step is to be done: from its hour on, once a day."""
    return now.hour >= hour and now.date() != last
