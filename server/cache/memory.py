"""What is kept in the memory of this process: so many bytes, those not asked for longest go."""

from collections import OrderedDict
from threading import Lock
from typing import Protocol

_OWN_BYTES = 400  # what an entry takes beside its content


class Sized(Protocol):
    """Something that never changes and knows about how many bytes it takes."""

    @property
    def size(self) -> int: ...


class Memory:
    """Values by key, up to so many bytes in all."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._lock = Lock()
        self._kept: OrderedDict[str, Sized] = OrderedDict()
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """How many bytes are kept."""
        return self._bytes

    def get(self, key: str) -> Sized | None:
        """The value; it is the last to go from now on."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: str, value: Sized) -> None:
        """Keep a value, unless it would take more than a sixteenth of all."""
        if _bytes_of(value) > self._most // 16:
            return
        with self._lock:
            self._drop(key)
            self._kept[key] = value
            self._bytes += _bytes_of(value)
            while self._bytes > self._most:
                self._drop(next(iter(self._kept)))

    def clear(self) -> None:
        """Keep nothing of it all."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def _drop(self, key: str) -> None:
        found = self._kept.pop(key, None)
        if found is not None:
            self._bytes -= _bytes_of(found)


def _bytes_of(value: Sized) -> int:
    return value.size + _OWN_BYTES
