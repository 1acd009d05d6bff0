"""Has a job done: by the running Indicube through its queue, or here under the home's lock.

One process alone can open an embedded store, so whatever touches facts beside a running Indicube
is a job of its worker; the command follows the job's row until it ends.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any

from rich.console import Console

from server.commands.following import follow
from server.commands.opening import metadata_of, now
from server.errors import HomeLocked, QueueAway
from server.home import HomeLock, holder_of
from server.ledger.recover import recover
from server.ledger.spool import clear_drafts
from server.metadata.jobs import Job, cancel_job, create_job
from server.metadata.session import Metadata
from server.queue import Queue, run_here
from server.runtime import open_runtime
from server.settings import Settings

BY = "command line"
GONE_SECONDS = 15.0  # without anybody who holds the folder: longer than a new start takes


def have_done(
    settings: Settings,
    function: str,
    arguments: Mapping[str, Any],
    label: str,
    counted: str = "row",
) -> Job:
    """The job as it ended; when this command is broken off, the job is cancelled.

    `counted` names one of what the job counts while it is under way.
    """
    with metadata_of(settings) as metadata, _held(settings) as is_held:
        with metadata.write() as session:
            job = create_job(session, function, arguments, BY, now())
        console = Console(stderr=True)
        try:
            if is_held:
                return _work_here(settings, metadata, job, label, console, counted)
            Queue(settings.redis).enqueue(function, job.id)
            look = Watching(settings.home).look
            return follow(metadata, job.id, label, console, counted, look)
        except WorkerGone:
            raise  # whoever starts Indicube again has the job done
        except BaseException:
            _cancel(metadata, job)
            raise


class WorkerGone(QueueAway):
    """The running Indicube that was to do the job has ended."""

    code = "worker_gone"


class Watching:
    """Looks whether the Indicube that holds the home folder still does."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._seen_at = monotonic()

    def look(self) -> None:
        """`WorkerGone` when nobody has held the folder for a while."""
        if holder_of(self._home) is not None:
            self._seen_at = monotonic()
        elif monotonic() - self._seen_at > GONE_SECONDS:
            raise WorkerGone(
                f"the Indicube that held {self._home} has ended in the middle of the work; nobody "
                "sees what was not finished, and it goes on when `indicube up` is started again"
            )


@contextmanager
def _held(settings: Settings) -> Iterator[bool]:
    """Hold the home folder if nobody does; whether it is held here."""
    lock = HomeLock(settings.home)
    try:
        lock.__enter__()
    except HomeLocked:
        yield False
        return
    try:
        yield True
    finally:
        lock.__exit__(None, None, None)


def _work_here(
    settings: Settings,
    metadata: Metadata,
    job: Job,
    label: str,
    console: Console,
    counted: str,
) -> Job:
    runtime = open_runtime(settings)
    try:
        recover(runtime.metadata, runtime.store, runtime.clock())
        clear_drafts(settings.spool, runtime.clock())
        arguments = (runtime, job.function, job.id)
        thread = Thread(target=run_here, args=arguments, name="work")
        thread.start()
        try:
            return follow(metadata, job.id, label, console, counted)
        finally:
            _cancel(metadata, job)  # of no effect on a job that has ended
            thread.join()
    finally:
        runtime.close()


def _cancel(metadata: Metadata, job: Job) -> None:
    with metadata.write() as session:
        cancel_job(session, job.id, now())
