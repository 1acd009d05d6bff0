"""Writers: pooled connections that may change the facts; used by loads, migrations and purges."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from queue import Empty, LifoQueue
from typing import Any, cast

from server.store.address import Address, Engine
from server.store.connection import Client, connect_writer, in_our_words
from server.store.pulse import WRITING, Pulse
from server.store.tables import Placement, quoted, stored_name
from server.store.temporary import temporary_arrow

# The engine's leniencies that would change a value without a word are switched off. It has no
# switch for integers that overflow: the types of a chunk are compared before it is sent.
_STRICT = {
    "async_insert": "0",
    "date_time_overflow_behavior": "throw",
    "distributed_foreground_insert": "1",  # on every shard before it is acknowledged
    "input_format_arrow_allow_missing_columns": "0",
    "input_format_null_as_default": "0",
    "insert_deduplicate": "1",
    "max_partitions_per_insert_block": "0",  # a file may hold more than a hundred months
}


class Writer:
    """One connection; never shared between threads."""

    def __init__(self, address: Address, client: Client) -> None:
        self._address = address
        self._client = client

    def run(self, statement: str, parameters: Mapping[str, object] | None = None) -> None:
        """Run a statement that answers nothing."""
        with in_our_words(self._address, is_writing=True):
            self._client.command(statement, parameters=dict(parameters or {}))

    def ask(self, name: str, **parameters: object) -> list[tuple[Any, ...]]:
        """Run one of the ledger's own questions, `server/store/ledger/<name>.sql`."""
        with in_our_words(self._address, is_writing=True):
            result = self._client.query(_question(name), parameters=parameters)
            return [tuple(row) for row in result.result_rows]

    def text(self, name: str, **parameters: object) -> str:
        """The answer to one of the questions that is no SELECT, as the engine writes it."""
        with in_our_words(self._address, is_writing=True):
            answer = self._client.raw_query(_question(name), parameters=parameters)
        return answer.decode("utf-8", errors="replace")

    def rows(
        self, statement: str, parameters: Mapping[str, object] | None = None
    ) -> list[tuple[Any, ...]]:
        """Run a statement that was generated from the model, and answer its rows."""
        with in_our_words(self._address, is_writing=True):
            result = self._client.query(statement, parameters=dict(parameters or {}))
            return [tuple(row) for row in result.result_rows]

    def arrow(self, name: str, **parameters: object) -> Any:
        """The answer to one of the ledger's own questions as a pyarrow table."""
        settings = {
            "output_format_arrow_string_as_string": "1",
            "output_format_arrow_low_cardinality_as_dictionary": "0",
        }
        with in_our_words(self._address, is_writing=True):
            return self._client.query_arrow(
                _question(name), parameters=parameters, settings=settings
            )

    def insert(self, table: str, chunk: Any, token: str) -> None:
        """Insert a pyarrow table; the driver's own silent retry of the same token adds nothing."""
        settings = {**_STRICT, "insert_deduplication_token": token}
        with in_our_words(self._address, is_writing=True):
            if isinstance(self._address, Engine):
                self._insert_file(table, chunk, settings)
            else:
                self._client.insert_arrow(table, chunk, settings=settings)

    def stored(self, table: str, database: str, placement: Placement) -> str:
        """The table that holds the rows: on shards, of facts, the one behind what is asked."""
        if not placement.is_sharded:
            return table
        present = {row[0] for row in self.ask("tables", database=database)}
        local = stored_name(table, placement)
        return local if local in present else table

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _insert_file(self, table: str, chunk: Any, settings: Mapping[str, str]) -> None:
        """The engine in this process reads a file; the driver would copy the chunk twice first."""
        names = ", ".join(quoted(name) for name in chunk.schema.names)
        listed = ", ".join(f"{name} = '{value}'" for name, value in settings.items())
        with temporary_arrow(chunk) as path:
            self._client.command(
                f"INSERT INTO {quoted(table)} ({names}) FROM INFILE '{path}' "
                f"SETTINGS {listed} FORMAT Arrow"
            )


def _question(name: str) -> str:
    return files("server.store").joinpath(f"ledger/{name}.sql").read_text(encoding="utf-8")


class Writers:
    """Connections that are opened when needed and kept for the next one who asks."""

    def __init__(self, address: Address, pulse: Pulse | None = None) -> None:
        self._address = address
        self._pulse = pulse or Pulse(address)
        self._idle: LifoQueue[Writer] = LifoQueue()

    @contextmanager
    def borrowed(self) -> Iterator[Writer]:
        """A writer for this thread; after an error it is closed and not used again."""
        writer = self._take()
        try:
            yield writer
        except BaseException:
            writer.close()
            raise
        self._idle.put(writer)

    def close(self) -> None:
        """Close every idle writer."""
        for _ in range(self._idle.qsize()):
            self._take().close()

    def _take(self) -> Writer:
        try:
            return self._idle.get_nowait()
        except Empty:
            client = self._pulse.watch(lambda: connect_writer(self._address), WRITING)
            return Writer(self._address, cast("Client", _Watched(client, self._pulse)))


class _Watched:
    """A connection whose every call is given up when the store does not answer any more.

    What was given up may still come to its end there: the attempt is abandoned, as after any error.
    """

    def __init__(self, client: Client, pulse: Pulse) -> None:
        self._client = client
        self._pulse = pulse

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self._client, name)
        if name == "close":
            return cast("Callable[..., Any]", call)
        return lambda *given, **named: self._pulse.watch(lambda: call(*given, **named), WRITING)
