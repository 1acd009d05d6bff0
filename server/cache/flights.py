"""Those who ask the same at the same time wait for the first of them, who alone works it out.

Who goes away leaves the others waiting, not empty-handed: if it was the one who worked, the next
one begins. What is wrong with the question is wrong for all of them.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from copy import copy
from threading import Event, Lock
from typing import Generic, TypeVar

from server.errors import Busy, IndicubeError, LimitReached
from server.store.asking import present_asker
from server.store.pool import Cancellation

LOOK_SECONDS = 0.1  # how often whoever waits looks whether they still should

T = TypeVar("T")


class _Flight(Generic[T]):
    """One answer that is being worked out."""

    def __init__(self) -> None:
        self.over = Event()
        self.found: list[T] = []
        self.error: IndicubeError | None = None


class Flights(Generic[T]):
    """What is being worked out now, by key."""

    def __init__(self, wait_seconds: float) -> None:
        """Who has waited that long works it out too."""
        self._wait_seconds = wait_seconds
        self._lock = Lock()
        self._under_way: dict[str, _Flight[T]] = {}

    def shared(
        self, key: str, work: Callable[[], T], cancellation: Cancellation | None = None
    ) -> T:
        """What `work` answers, to one of all who ask for the key at the same time.

        Who waits is let go when what they ask is cancelled: by this, or with the asker.
        """
        while True:
            with self._lock:
                flight = self._under_way.get(key)
                if flight is None:
                    mine = self._under_way[key] = _Flight()
            if flight is None:
                return self._worked_out(key, mine, work)
            if not self._is_over(flight, cancellation):
                return work()
            if flight.found:
                return flight.found[0]
            if flight.error is not None:
                raise copy(flight.error)

    def _worked_out(self, key: str, flight: _Flight[T], work: Callable[[], T]) -> T:
        try:
            found = work()
            flight.found.append(found)
            return found
        except IndicubeError as error:
            flight.error = None if _is_own(error) else error
            raise
        finally:
            with self._lock:
                del self._under_way[key]
            flight.over.set()

    def _is_over(self, flight: _Flight[T], cancellation: Cancellation | None) -> bool:
        """Wait for it; False where that took too long."""
        deadline = time.monotonic() + self._wait_seconds
        asker = present_asker()
        cancellation = cancellation or asker.cancellation or Cancellation()
        waiting: AbstractContextManager[object] = asker.waiting(cancellation)
        with waiting:
            while not flight.over.wait(LOOK_SECONDS):
                if cancellation.is_cancelled:
                    raise LimitReached("the question was cancelled", code="cancelled")
                if time.monotonic() > deadline:
                    return False
        return True


def _is_own(error: IndicubeError) -> bool:
    """Whether the error is about who asked, not about what was asked."""
    return isinstance(error, Busy) or error.code in ("cancelled", "store_busy")
