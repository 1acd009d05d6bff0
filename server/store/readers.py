"""Readers: they answer people's questions. There is one pool for each class of threads.

A question that is alone gets all cores; one among others gets a single thread, for then threads
that wait for each other cost the answers of all.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol

from server.store.address import Address
from server.store.connection import connect_reader, in_our_words
from server.store.pool import Cancellation, Pool, Reader
from server.store.pulse import Pulse
from server.store.select_only import check_select

__all__ = ["Cancellation", "HasSql", "Limits", "Readers", "Rows", "Threads"]

Threads = Literal["one", "all"]


class HasSql(Protocol):
    """A statement: text, typed parameters, and the names of the columns that it answers."""

    @property
    def sql(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, object]: ...
    @property
    def columns(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Rows:
    """An answer: its columns' names and its rows, in the engine's order."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True)
class Limits:
    """What one question may take, and how many may be asked at a time."""

    readers: int = 8
    seconds: int = 30
    memory_bytes: int = 2_000_000_000
    result_rows: int = 100_000

    def as_settings(self, threads: Threads) -> dict[str, str]:
        """The engine's settings; also what a server's profile for readers must hold."""
        return {
            "max_threads": "1" if threads == "one" else "0",
            "max_execution_time": str(self.seconds),
            "max_memory_usage": str(self.memory_bytes),
            "max_result_rows": str(self.result_rows),
            "result_overflow_mode": "throw",
            "group_by_use_nulls": "1",
            "join_use_nulls": "1",
            "output_format_arrow_string_as_string": "1",
            "output_format_arrow_low_cardinality_as_dictionary": "0",
        }


class Readers:
    """The pools; there is no way to pass a setting, and no statement but one SELECT."""

    def __init__(self, address: Address, limits: Limits, pulse: Pulse | None = None) -> None:
        self._address = address
        self._pulse = pulse or Pulse(address)
        kinds: tuple[Threads, ...] = ("one", "all")
        self._pools = {kind: _pool(address, limits, kind, self._pulse) for kind in kinds}
        self._lock = threading.Lock()
        self._asked = 0  # questions that are being answered

    def query(
        self,
        statement: HasSql,
        *,
        threads: Threads | None = None,
        cancellation: Cancellation | None = None,
    ) -> Rows:
        """Run a SELECT and return all its rows; a limit that it passes is a `LimitReached`.

        Unless a class of threads is named, the questions under way decide it.
        """
        check_select(statement.sql)
        cancellation = cancellation or Cancellation()
        with self._pool(threads) as pool, pool.borrowed() as reader, cancellation.over(reader):
            return self._pulse.watch(lambda: self._rows(reader, statement))

    @contextmanager
    def stream(
        self,
        statement: HasSql,
        *,
        threads: Threads | None = None,
        cancellation: Cancellation | None = None,
    ) -> Iterator[Iterator[tuple[Any, ...]]]:
        """Run a SELECT and hand out its rows as they come; the reader is kept until the end."""
        check_select(statement.sql)
        cancellation = cancellation or Cancellation()
        with self._pool(threads) as pool, pool.borrowed() as reader, cancellation.over(reader):
            stream = self._pulse.watch(lambda: self._open(reader, statement))
            with stream as rows:
                yield self._in_turn(rows)

    def close(self) -> None:
        """Close every idle reader; those on loan close when they come back."""
        for pool in self._pools.values():
            pool.close()

    @contextmanager
    def _pool(self, threads: Threads | None) -> Iterator[Pool]:
        with self._lock:
            is_alone = not self._asked
            self._asked += 1
        try:
            yield self._pools[threads or ("all" if is_alone else "one")]
        finally:
            with self._lock:
                self._asked -= 1

    def _rows(self, reader: Reader, statement: HasSql) -> Rows:
        with in_our_words(self._address):
            result = reader.client.query(statement.sql, parameters=dict(statement.parameters))
            rows = [tuple(row) for row in result.result_rows]
        return Rows(tuple(result.column_names) or statement.columns, rows)

    def _open(self, reader: Reader, statement: HasSql) -> Any:
        with in_our_words(self._address):
            return reader.client.query_rows_stream(
                statement.sql, parameters=dict(statement.parameters)
            )

    def _in_turn(self, rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
        # Only the engine's own errors are put into our words, not those of whoever takes the rows.
        waiting = iter(rows)
        while True:
            with in_our_words(self._address):
                row = next(waiting, None)
            if row is None:
                return
            yield tuple(row)


def _pool(address: Address, limits: Limits, threads: Threads, pulse: Pulse) -> Pool:
    connect = partial(connect_reader, address, limits.as_settings(threads))
    return Pool(address, connect, limits.readers, limits.seconds, pulse)
