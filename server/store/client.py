"""The fact store: its readers, its writers, opened and closed together."""

from collections.abc import Iterator
from contextlib import contextmanager

from server.settings import Settings
from server.store.address import Address, parse_address
from server.store.connection import create_database
from server.store.pulse import Pulse
from server.store.readers import Limits, Readers
from server.store.streams import StreamLimits, Streams
from server.store.tables import Placement
from server.store.temporary import clear_temporary
from server.store.writer import Writer, Writers


class Store:
    """ClickHouse, in this process or on a server.

    `readers` answer people, `streams` send what is too long for them, writers load.
    """

    def __init__(
        self, address: Address, limits: Limits, stream_limits: StreamLimits | None = None
    ) -> None:
        self.address = address
        self.pulse = Pulse(address)
        self.readers = Readers(address, limits, self.pulse)
        self.streams = Streams(address, stream_limits or StreamLimits(), self.pulse)
        self._writers = Writers(address, self.pulse)

    @property
    def placement(self) -> Placement:
        """Where tables are kept: alone, or replicated over a cluster."""
        return self.address.placement

    @property
    def database(self) -> str:
        """The database that holds every table."""
        return self.address.database

    @contextmanager
    def writer(self) -> Iterator[Writer]:
        """A connection that may change things, for the calling thread alone."""
        with self._writers.borrowed() as writer:
            yield writer

    def close(self) -> None:
        """Close every connection that is not on loan."""
        self.readers.close()
        self.streams.close()
        self._writers.close()


def open_store(settings: Settings) -> Store:
    """Open the store at the settings' address and make its database.

    Raises:
        StoreInUse: another process holds the folder; the sentence names it.
        StoreAway: the store cannot be reached or opened.
        SettingsError: the address cannot be used.
    """
    store = store_at(settings)
    create_database(store.address)
    clear_temporary()
    return store


def store_at(settings: Settings) -> Store:
    """The store at the settings' address; nothing is asked of it yet."""
    address = parse_address(settings.clickhouse)
    limits = Limits(
        readers=settings.readers,
        seconds=settings.max_execution_seconds,
        memory_bytes=settings.max_memory_bytes,
        result_rows=settings.max_result_rows,
        rows_read=settings.max_rows_read,
        groups=settings.max_groups,
    )
    stream_limits = StreamLimits(
        streams=settings.streams,
        seconds=settings.stream_seconds,
        memory_bytes=settings.max_memory_bytes,
    )
    return Store(address, limits, stream_limits)
