"""Keeps a job while its work runs: a heartbeat renews the lease; a lost one stops the work.

A job whose work cannot be done just now is put back, and waits in the queue.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Event, Thread
from types import TracebackType
from typing import Self

from server.errors import Conflict, MetadataAway
from server.metadata.jobs import WAITING, Job, find_job, put_back_job, renew_lease
from server.metadata.session import Metadata

LOOK_SECONDS = 1.0  # between two looks at whether the job is still wanted


class Lease:
    """Held for the length of a block; `told` also writes the progress down.

    `when_lost` is called once, in another thread, soon after the job was cancelled or taken over.
    """

    def __init__(
        self,
        metadata: Metadata,
        clock: Callable[[], datetime],
        job: Job,
        length: timedelta,
        when_lost: Callable[[], None] = lambda: None,
    ) -> None:
        self._metadata = metadata
        self._clock = clock
        self._job = job
        self._length = length
        self._when_lost = when_lost
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
        between = self._length.total_seconds() / 4
        waited = 0.0
        while not self._stop.wait(LOOK_SECONDS):
            waited += LOOK_SECONDS
            try:
                if waited >= between:
                    self._renew()
                    waited = 0.0
                else:
                    self._look()
            except MetadataAway:  # whether the lease was lost is seen when it is back
                continue
            except Conflict as lost:
                self._lost = lost
                self._when_lost()
                return

    def _look(self) -> None:
        with self._metadata.read() as session:
            now = find_job(session, self._job.id)
        if now.state != "running" or now.attempt != self._job.attempt:
            raise Conflict(f"job {self._job.id} was cancelled or taken over by another worker")

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


def let_wait(
    metadata: Metadata,
    job: Job,
    length: timedelta,
    doing: str = WAITING,
    reason: str | None = None,
    until: datetime | None = None,
) -> None:
    """Put the job back in the queue as soon as that can be written; the scheduler rings for it.

    When the metadata stay away its lease of that length runs out; it is rung for all the same.
    """
    deadline = time.monotonic() + length.total_seconds()
    while time.monotonic() < deadline:
        try:
            with suppress(Conflict), metadata.write() as session:
                put_back_job(session, job, doing, reason, until)
        except MetadataAway:
            time.sleep(LOOK_SECONDS)
            continue
        return
