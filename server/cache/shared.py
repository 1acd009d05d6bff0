"""What all processes keep at one Redis: a way to spare work, never a reason to wait or to fail."""

import logging
import time
from hashlib import sha256

from server.errors import QueueAway
from server.redis import SharedBytes

KEPT_SECONDS = 86_400
REST_SECONDS = 5.0  # before a Redis that did not answer is asked again
MOST_BYTES = 1_000_000  # of one value

log = logging.getLogger(__name__)


class Shared:
    """Values by key at a Redis that other installations may use too."""

    def __init__(self, url: str, whose: str) -> None:
        """`whose` tells installations apart: their metadata and facts."""
        self._values = SharedBytes(url)
        self._prefix = f"indicube:cache:{sha256(whose.encode()).hexdigest()[:16]}:"
        self._resting_until = 0.0

    def get(self, key: str) -> bytes | None:
        """The value; nothing while Redis does not answer."""
        if time.monotonic() < self._resting_until:
            return None
        try:
            return self._values.get(self._prefix + key)
        except QueueAway as reason:
            self._rest(reason)
            return None

    def put(self, key: str, value: bytes) -> None:
        """Keep a value for a day, where Redis takes it."""
        if len(value) > MOST_BYTES or time.monotonic() < self._resting_until:
            return
        try:
            self._values.put(self._prefix + key, value, KEPT_SECONDS)
        except QueueAway as reason:
            self._rest(reason)

    def _rest(self, reason: QueueAway) -> None:
        log.warning("answers are kept by each process alone: %s", reason.message)
        self._resting_until = time.monotonic() + REST_SECONDS
