"""The scheduler: what has to happen by itself, in a thread.

Every few seconds jobs that lost their worker or their ring are rung for again; once a night rows
that were never published are purged and sessions that ended are forgotten. Any number of
schedulers may run: each step is one that can be done twice.
"""

import logging
import threading
from datetime import date, datetime

from server.errors import IndicubeError
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
        self._last_night: date | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, seconds: float = 10) -> bool:
        """End after the step that runs; whether it ended in time."""
        self._stop.set()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _look_around(self) -> None:
        while not self._stop.is_set():
            try:
                ring_again(self._runtime)
                self._tidy_at_night()
            except Exception:  # the thread outlives whatever goes wrong once
                log.exception("the scheduler's step failed; the next one follows")
            self._stop.wait(LOOK_SECONDS)

    def _tidy_at_night(self) -> None:
        now = self._runtime.clock()
        if is_due(now, self._last_night, self._runtime.settings.nightly_hour):
            self._last_night = now.date()
            tidy(self._runtime, now)


def ring_again(runtime: Runtime) -> None:
    """Put jobs whose worker died back in the queue, and ring for every queued one."""
    with runtime.metadata.write() as session:
        ids = reclaim_jobs(session, runtime.clock(), runtime.settings.job_attempts)
        waiting = [find_job(session, job_id) for job_id in ids]
    for job in waiting:
        try:
            runtime.queue.enqueue(job.function, job.id)
        except IndicubeError as reason:
            log.warning("cannot ring for job %s: %s", job.id, reason.message)
            return


def is_due(now: datetime, last: date | None, hour: int) -> bool:
    """Whether the nightly step is to be done: in its hour, once a day."""
    return now.hour == hour and now.date() != last


def tidy(runtime: Runtime, now: datetime) -> None:
    """Purge what was never published and forget what ended."""
    log.info("nightly tidying at %s for %s", now, runtime.settings.home)
