"""The one joiner: opens what the use cases need from the settings, and closes it together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from server.cube.browser import Cubes
from server.ledger.snapshot import open_snapshot
from server.metadata.session import Metadata
from server.queue import Queue
from server.settings import Settings
from server.snapshot import Snapshot
from server.store.client import Store

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The wall clock, aware and in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Runtime:
    """What the use cases work with; holds parts and has no behaviour of its own."""

    settings: Settings
    metadata: Metadata
    store: Store
    cubes: Cubes
    queue: Queue
    clock: Clock = utc_now

    def snapshot(self, as_of: int | None = None) -> Snapshot:
        """The published state: the latest, or the one with the number `as_of`."""
        return open_snapshot(self.metadata, as_of)

    def close(self) -> None:
        """Close the store and the metadata; the queue holds no connection open."""
        self.store.close()
        self.metadata.close()
