"""The cache of a process: looks in its memory, then at Redis, then lets one of all work it out."""

from collections.abc import Callable

from server.cache.answer import Answer, read_answer
from server.cache.flights import Flights
from server.cache.memory import Memory
from server.cache.shared import Shared
from server.settings import Settings

MEGABYTE = 1_000_000


class Cache:
    """Answers by key; one that is off keeps nothing and lets everybody work."""

    def __init__(
        self, most_bytes: int, shared: Shared | None = None, wait_seconds: float = 30
    ) -> None:
        self.memory = Memory(most_bytes)
        self.is_on = most_bytes > 0
        self._shared = shared
        self._answers: Flights[Answer | None] = Flights(wait_seconds)

    def recalled(self, key: str) -> Answer | None:
        """An answer that is kept here or at Redis."""
        if not self.is_on:
            return None
        kept = self.memory.get(key)
        if isinstance(kept, Answer):
            return kept
        written = self._shared.get(key) if self._shared else None
        found = read_answer(written) if written is not None else None
        if found is not None:
            self.memory.put(key, found)
        return found

    def answered(self, key: str, work: Callable[[], Answer | None]) -> Answer | None:
        """The answer that is kept, or what `work` finds; nothing where it cannot be kept.

        Of all who ask for the key at the same time one works. What it raises is raised to all,
        unless it is about that one alone: then the next one works.
        """
        if not self.is_on:
            return work()
        return self.recalled(key) or self._answers.shared(key, lambda: self._kept(key, work))

    def _kept(self, key: str, work: Callable[[], Answer | None]) -> Answer | None:
        found = self.recalled(key)  # somebody may have been through just now
        if found is None:
            found = work()
            if found is not None:
                self.memory.put(key, found)
                if self._shared:
                    self._shared.put(key, found.written())
        return found


def cache_of(settings: Settings) -> Cache:
    """The cache that the settings describe."""
    shared = None
    if settings.cache_redis:
        shared = Shared(settings.cache_redis, f"{settings.database} {settings.clickhouse}")
    return Cache(share_of(settings), shared, float(settings.max_execution_seconds))


def share_of(settings: Settings) -> int:
    """The bytes that answers may take, and as many the rows that screens are made of."""
    return settings.cache_megabytes * MEGABYTE // 2
