"""Keeps a job while its work runs: a heartbeat renews the lease; a lost one stops the work."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread
from types import TracebackType
from typing import Self

from server.errors import Conflict
from server.metadata.jobs import Job, renew_lease
from server.metadata.session import Metadata


class Lease:
    """Held for the length of a block; `told` also writes the progress down."""

    def __init__(
        self, metadata: Metadata, clock: Callable[[], datetime], job: Job, length: timedelta
    ) -> None:
        self._metadata = metadata
        self._clock = clock
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

    def told(self, done: int, doing: str | None = None, *, expected: int | None = None) -> None:
        """Write the progress down; Conflict when the job was cancelled or went to another."""
        if self._lost is not None:
            raise self._lost
        self._renew(done, expected, doing)

    def _beat(self) -> None:
        while not self._stop.wait(self._length.total_seconds() / 4):
            try:
                self._renew()
            except Conflict as lost:
                self._lost = lost
                return

    def _renew(
        self, done: int | None = None, expected: int | None = None, doing: str | None = None
    ) -> None:
        with self._metadata.write() as session:
            renew_lease(
                session,
                self._job,
                self._clock(),
                done=done,
                expected=expected,
                doing=doing,
                lease=self._length,
            )
