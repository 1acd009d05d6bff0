"""Failed sign-ins make the next attempt wait, longer each time; nobody is locked out for good.

Kept in the memory of the process, by account and address, and forgotten after an hour.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app

from server.runtime import Clock

EXTENSION = "indicube-throttle"
FREE_ATTEMPTS = 3
LONGEST_WAIT = timedelta(minutes=5)
FORGOTTEN_AFTER = timedelta(hours=1)
MOST_KEYS = 10_000


@dataclass(frozen=True)
class Failures:
    """How often a key has failed, and when last."""

    count: int
    last: datetime


class Throttle:
    """Says how long a key must wait before its next attempt."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: dict[str, Failures] = {}

    def wait(self, key: str) -> timedelta:
        """How long the key must still wait; zero when it may try."""
        with self._lock:
            failures = self._failures.get(key)
        if failures is None or failures.count < FREE_ATTEMPTS:
            return timedelta(0)
        pause = min(timedelta(seconds=2 ** (failures.count - FREE_ATTEMPTS)), LONGEST_WAIT)
        return max(failures.last + pause - self._clock(), timedelta(0))

    def failed(self, key: str) -> None:
        """Count a failure."""
        now = self._clock()
        with self._lock:
            self._forget(now)
            known = self._failures.get(key, Failures(0, now))
            self._failures[key] = Failures(min(known.count + 1, 30), now)

    def succeeded(self, key: str) -> None:
        """Forget the failures of a key."""
        with self._lock:
            self._failures.pop(key, None)

    def _forget(self, now: datetime) -> None:
        kept = {k: f for k, f in self._failures.items() if now - f.last < FORGOTTEN_AFTER}
        if len(kept) >= MOST_KEYS:
            oldest = sorted(kept, key=lambda key: kept[key].last)[: MOST_KEYS // 10]
            for key in oldest:
                del kept[key]
        self._failures = kept


def throttle() -> Throttle:
    """The throttle of the application."""
    found: Throttle = current_app.extensions[EXTENSION]
    return found
