"""What the queue runs: a load. The job's row says what to do and how far it is.

The job is claimed by compare-and-set and kept by a heartbeat; a run that lost it to another worker,
or whose job was cancelled, stops at its next sign of life. Running it twice is safe: a file that is
visible already is answered with its load.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from loaders.context import context_of
from loaders.load import Progress
from loaders.load import run_load as load_source
from server.errors import Conflict, IndicubeError
from server.metadata.jobs import Job, claim_job, fail_job, finish_job, renew_lease
from server.queue import current_runtime

if TYPE_CHECKING:
    from server.runtime import Runtime

FUNCTION = "loaders.job.run_load"

# The work itself: what the job's arguments mean, told about its progress; its result is JSON.
Work = Callable[["Runtime", Job, Progress], Mapping[str, Any]]


def run_load(job_id: str) -> None:
    """Load what the job's arguments name: `name`, and `file` unless the specification's own."""
    answer(current_runtime(), job_id, load_of_job)


def load_of_job(runtime: "Runtime", job: Job, progress: Progress) -> Mapping[str, Any]:
    """The work of a load job."""
    file = job.arguments.get("file")
    outcome = load_source(
        context_of(runtime),
        str(job.arguments["name"]),
        Path(file) if file else None,
        by=job.by,
        job=job.id,
        progress=progress,
    )
    return outcome.as_result()


def answer(runtime: "Runtime", job_id: str, work: Work) -> None:
    """Claim a job, do its work and write down how it ended; nothing when another has it."""
    lease = timedelta(seconds=runtime.settings.job_lease_seconds)
    with runtime.metadata.write() as session:
        job = claim_job(session, job_id, runtime.clock(), lease)
    if job is None:
        return
    try:
        with _Heartbeat(runtime, job, lease) as heartbeat:
            result = work(runtime, job, heartbeat.progress)
    except IndicubeError as error:
        _fail(runtime, job, error)
    except Exception as error:
        _fail(runtime, job, error)
        raise
    else:
        with suppress(Conflict), runtime.metadata.write() as session:
            finish_job(session, job, result, runtime.clock())


def _fail(runtime: "Runtime", job: Job, error: Exception) -> None:
    # A job that was cancelled or went to another worker meanwhile is not ours to change.
    with suppress(Conflict), runtime.metadata.write() as session:
        fail_job(session, job, error, runtime.clock())


class _Heartbeat:
    """Renews the job's lease while its work runs, and remembers when that is refused."""

    def __init__(self, runtime: "Runtime", job: Job, lease: timedelta) -> None:
        self._runtime = runtime
        self._job = job
        self._lease = lease
        self._stop = Event()
        self._lost: Conflict | None = None
        self._thread = Thread(target=self._beat, name=f"heartbeat-{job.id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def progress(self, done: int, expected: int | None) -> None:
        """Write the progress down; raises when the job is not ours any more."""
        if self._lost is not None:
            raise self._lost
        self._renew(done, expected)

    def _beat(self) -> None:
        while not self._stop.wait(self._lease.total_seconds() / 4):
            try:
                self._renew()
            except Conflict as lost:
                self._lost = lost
                return

    def _renew(self, done: int | None = None, expected: int | None = None) -> None:
        now = self._runtime.clock()
        with self._runtime.metadata.write() as session:
            renew_lease(session, self._job, now, done=done, expected=expected, lease=self._lease)
