"""The only place that drives RQ: rings for jobs by dotted name, and answers the bell in a thread.

A job's truth is its row in the metadata; the queue is a doorbell that may ring twice or not at
all. A ring carries the job's id alone, as JSON, and only functions on the allow-list are called.
"""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from rq import Queue as RqQueue
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job as RqJob
from rq.timeouts import TimerDeathPenalty
from rq.utils import now

from server.errors import InvalidInput, QueueAway
from server.redis import asking, connect, ping

if TYPE_CHECKING:
    from server.runtime import Runtime

QUEUE_NAME = "indicube"
# The functions that a ring may call, by dotted name; each takes a job's id.
JOBS = frozenset(
    {
        "loaders.changing.run_change",
        "loaders.foreseeing.run_foresight",
        "loaders.importing.job.run_import",
        "loaders.job.run_groups",
        "loaders.job.run_load",
        "loaders.pushes.job.run_push",
        "loaders.rolling_up.run_roll_up",
        "loaders.sample.run_sample",
        "loaders.verifying.run_verification",
        "server.exports.job.run_export",
        "server.exports.job.run_verification",
    }
)
HEARTBEAT = timedelta(seconds=15)
MOST_SECONDS = 6 * 3600  # of one run; its lease in the metadata ends far earlier without heartbeats

log = logging.getLogger(__name__)
_runtime: "Runtime | None" = None


class Queue:
    """The doorbell at one Redis address."""

    def __init__(self, url: str, allowed: frozenset[str] = JOBS) -> None:
        self._url = url
        self._allowed = allowed

    def enqueue(self, function: str, job_id: str) -> None:
        """Ring for a job whose row is committed; rings that still wait are not repeated.

        Raises:
            InvalidInput: when the function is not on the allow-list.
            QueueAway: when Redis does not answer; the job's row stays queued all the same.
        """
        if function not in self._allowed:
            raise InvalidInput(
                f"{function!r} is not a job", field="function", allowed=sorted(self._allowed)
            )
        with asking(self._url):
            queue = self._open()
            if job_id not in queue.job_ids:
                queue.enqueue_call(
                    function,
                    args=(job_id,),
                    job_id=job_id,
                    description=function,
                    timeout=MOST_SECONDS,
                    result_ttl=0,
                    failure_ttl=24 * 3600,
                )

    def waiting(self) -> tuple[str, ...]:
        """The ids of the jobs that nobody has answered yet, first come first."""
        with asking(self._url):
            return tuple(self._open().job_ids)

    def ping(self) -> None:
        """`QueueAway` when Redis does not answer."""
        ping(self._url)

    def answer(self, stop: threading.Event) -> None:
        """Run jobs until `stop` is set; stays through failures of jobs and of Redis."""
        while not stop.is_set():
            try:
                with asking(self._url):
                    queue = self._open()
                    worker = _ThreadWorker([queue], connection=queue.connection)
                    worker.stop = stop
                    worker.work(logging_level="CRITICAL")
            except QueueAway as reason:
                log.warning("%s; trying again", reason)
            except Exception:  # the thread outlives whatever goes wrong once
                log.exception("the worker failed; it begins anew")
            stop.wait(1)

    def _open(self) -> RqQueue:
        return RqQueue(
            QUEUE_NAME,
            connection=connect(self._url),
            serializer="json",
            job_class=type("AllowedJob", (_AllowedJob,), {"allowed": self._allowed}),
        )


class WorkerThread:
    """Answers the queue in a thread of this process, with this process's runtime."""

    def __init__(self, queue: Queue, runtime: "Runtime") -> None:
        self._stop = threading.Event()
        self._runtime = runtime
        self._thread = threading.Thread(
            target=queue.answer, args=(self._stop,), name="worker", daemon=True
        )

    def start(self) -> None:
        """Make the runtime known to jobs and begin."""
        global _runtime
        _runtime = self._runtime
        self._thread.start()

    def stop(self, seconds: float = 10) -> bool:
        """Take no new job and wait for the running one; whether it ended in time."""
        self._stop.set()
        self._thread.join(seconds)
        return not self._thread.is_alive()


def run_here(runtime: "Runtime", function: str, job_id: str) -> None:
    """Do a job in this thread, as the worker of a process with this runtime would."""
    global _runtime
    if function not in JOBS:
        raise InvalidInput(f"{function!r} is not a job", allowed=sorted(JOBS))
    _runtime = runtime
    module, _, name = function.rpartition(".")
    getattr(import_module(module), name)(job_id)


def current_runtime() -> "Runtime":
    """The runtime of the process that answers the queue, for the job that runs in it."""
    if _runtime is None:
        raise RuntimeError("no worker runs in this process")
    return _runtime


class _AllowedJob(RqJob):
    """A job that calls nothing but the allow-list, whatever is written in Redis."""

    allowed: frozenset[str] = frozenset()

    @property
    def func(self) -> Callable[[str], None]:
        if self.func_name not in self.allowed or self.instance is not None:
            raise InvalidInput(f"{self.func_name!r} is not a job", allowed=sorted(self.allowed))
        return cast(Callable[[str], None], super().func)

    @property
    def success_callback(self) -> None:
        return None

    @property
    def failure_callback(self) -> None:
        return None

    @property
    def stopped_callback(self) -> None:
        return None


class _ThreadWorker(SimpleWorker):
    """RQ's worker without signals and forks, so that it runs in a thread beside chDB."""

    death_penalty_class = TimerDeathPenalty
    max_connection_wait_time = 1.0
    stop: threading.Event

    def __init__(self, queues: list[RqQueue], **options: Any) -> None:
        super().__init__(
            queues,
            job_class=queues[0].job_class,
            serializer="json",
            log_job_description=False,
            **options,
        )

    @property
    def dequeue_timeout(self) -> int:
        return 1  # seconds between looks at `stop`

    @property
    def should_run_maintenance_tasks(self) -> bool:
        # Looked at before each wait for a job, never between a job's arrival and its run.
        if self.stop.is_set():
            raise StopRequested
        return bool(super().should_run_maintenance_tasks)

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        # An idle worker would write to Redis every second, and every write is flushed to disk.
        is_fresh = now() - self.last_heartbeat < HEARTBEAT if self.last_heartbeat else False
        if timeout is not None or pipeline is not None or not is_fresh:
            super().heartbeat(timeout, pipeline)

    def handle_exception(self, job: RqJob, *exc_info: Any) -> None:
        log.error("the function of job %s broke", job.id, exc_info=exc_info)
        super().handle_exception(job, *exc_info)

    def _install_signal_handlers(self) -> None:
        """Signals belong to the main thread."""

    def subscribe(self) -> None:
        """No commands by Redis: one of them would interrupt the whole process."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed."""
