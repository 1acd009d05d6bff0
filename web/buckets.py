"""Buckets that fill evenly, in the memory of this process: how many requests are answered."""

import threading
from dataclasses import dataclass
from datetime import datetime

_MOST = 10_000  # buckets that are remembered


@dataclass(frozen=True)
class _Bucket:
    left: float  # requests that may be sent at once
    at: datetime


class OwnBuckets:
    """Buckets in the memory of this process."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._buckets: dict[int, _Bucket] = {}

    def take(self, key: int, now: datetime) -> tuple[int, float]:
        """Take one: whether there was one, and what is left."""
        with self._lock:
            known = self._buckets.pop(key, _Bucket(self._size, now))
            gained = max((now - known.at).total_seconds(), 0) * self._size / 60
            left = min(known.left + gained, float(self._size))
            taken = int(left >= 1)
            self._buckets[key] = _Bucket(left - taken, now)
            if len(self._buckets) > _MOST:
                del self._buckets[next(iter(self._buckets))]  # the one not seen for longest
        return taken, left - taken
