"""Keeps a job while its work runs: a heartbeat renews the lease; a lost one stops the work."""

from datetime import timedelta
from threading import Event, Thread
from types import TracebackType
from typing import Self

from server.errors import Conflict
from server.metadata.jobs import Job, renew_lease
from server.runtime import Runtime


class Lease:
    """Held for the length of a block; `told` also writes the progress down."""

    def __init__(self, runtime: Runtime, job: Job, length: timedelta) -> None:
        self._runtime = runtime
        self._job = job
        self._length = length
        self._stop = Event()
        self._lost: Conflict | None = None
        self._thread = Thread(target=self._beat, name=f"lease-{job.id}", daemon=True)

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

    def told(self, done: int, doing: str | None = None) -> None:
        """Write the progress down; Conflict when the job was cancelled or went to another."""
        if self._lost is not None:
            raise self._lost
        self._renew(done, doing)

    def _beat(self) -> None:
        while not self._stop.wait(self._length.total_seconds() / 4):
            try:
                self._renew()
            except Conflict as lost:
                self._lost = lost
                return

    def _renew(self, done: int | None = None, doing: str | None = None) -> None:
        now = self._runtime.clock()
        with self._runtime.metadata.write() as session:
            renew_lease(session, self._job, now, done=done, doing=doing, lease=self._length)
