"""Readers: they answer people's questions. There is one pool for each class of threads.

A question that is alone gets all cores; one among others gets a single thread, for then threads
that wait for each other cost the answers of all. One that reads few rows of a roll-up gets a single
thread too, and the engine in this process does not look through the index of the facts for it.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol

from server.store.address import Address
from server.store.asking import Answered, Hearer, present_asker
from server.store.bounds import Bound, Bounds, in_bytes
from server.store.connection import connect_reader, in_our_words
from server.store.pool import Cancellation, Pool, Reader
from server.store.pulse import Pulse
from server.store.select_only import check_select

__all__ = ["Cancellation", "HasSql", "Limits", "Readers", "Rows", "Threads"]

Threads = Literal["few", "one", "all"]


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
    rows_read: int = 1_000_000_000_000
    groups: int = 5_000_000

    def as_settings(self, threads: Threads) -> dict[str, str]:
        """The engine's settings; also what a server's profile for readers must hold."""
        return {
            "max_threads": "0" if threads == "all" else "1",
            "max_execution_time": str(self.seconds),
            "max_memory_usage": str(self.memory_bytes),
            "max_result_rows": str(self.result_rows),
            "result_overflow_mode": "throw",
            "max_rows_to_read": str(self.rows_read),
            "read_overflow_mode": "throw",
            "max_rows_to_group_by": str(self.groups),
            "group_by_overflow_mode": "throw",
            "group_by_use_nulls": "1",
            "join_use_nulls": "1",
            "distributed_product_mode": "global",
            "output_format_arrow_string_as_string": "1",
            "output_format_arrow_low_cardinality_as_dictionary": "0",
            **({"use_primary_key": "0"} if threads == "few" else {}),
        }

    def as_bounds(self) -> Bounds:
        """The limits in words, for whoever passes one."""
        return {
            "max_execution_time": Bound(f"{self.seconds} s", "INDICUBE_MAX_EXECUTION_SECONDS"),
            "max_memory_usage": Bound(in_bytes(self.memory_bytes), "INDICUBE_MAX_MEMORY_BYTES"),
            "max_result_rows": Bound(f"{self.result_rows:,} rows", "INDICUBE_MAX_RESULT_ROWS"),
            "max_rows_to_read": Bound(f"{self.rows_read:,} rows", "INDICUBE_MAX_ROWS_READ"),
            "max_rows_to_group_by": Bound(f"{self.groups:,}", "INDICUBE_MAX_GROUPS"),
        }


class Readers:
    """The pools; there is no way to pass a setting, and no statement but one SELECT."""

    def __init__(self, address: Address, limits: Limits, pulse: Pulse | None = None) -> None:
        self._address = address
        self._bounds = limits.as_bounds()
        self._pulse = pulse or Pulse(address)
        self._hearers: list[Hearer] = []
        kinds: tuple[Threads, ...] = ("few", "one", "all")
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

        Unless the caller or the statement names a class of threads, the questions under way decide
        it. Whoever asks waits their turn, and what they ask is cancelled with them unless a
        cancellation is given.
        """
        check_select(statement.sql)
        asker = present_asker()
        cancellation = cancellation or asker.cancellation or Cancellation()
        with (
            asker.turn(cancellation),
            self._pool(threads or _threads_of(statement)) as pool,
            pool.borrowed() as reader,
            cancellation.over(reader),
        ):
            began = time.perf_counter()
            rows, rows_read = self._pulse.watch(lambda: self._rows(reader, statement))
            took = time.perf_counter() - began
        self._tell(Answered(statement, took, rows_read, len(rows.rows)))
        return rows

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
        asker = present_asker()
        cancellation = cancellation or asker.cancellation or Cancellation()
        with (
            asker.turn(cancellation),
            self._pool(threads) as pool,
            pool.borrowed() as reader,
            cancellation.over(reader),
        ):
            stream = self._pulse.watch(lambda: self._open(reader, statement))
            with stream as rows:
                yield self._in_turn(rows)

    def tell(self, hearer: Hearer) -> Callable[[], None]:
        """Let somebody hear of every question, without keeping it waiting; what ends that."""
        self._hearers.append(hearer)
        return lambda: self._hearers.remove(hearer)

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

    def _tell(self, answered: Answered) -> None:
        own = present_asker().hearer
        for hearer in (*self._hearers, *([own] if own else [])):
            hearer(answered)

    def _rows(self, reader: Reader, statement: HasSql) -> tuple[Rows, int]:
        """The answer, and how many rows of tables were read for it."""
        with in_our_words(self._address, bounds=self._bounds):
            result = reader.client.query(statement.sql, parameters=dict(statement.parameters))
            rows = [tuple(row) for row in result.result_rows]
        read = int(result.summary.get("read_rows", 0))
        return Rows(tuple(result.column_names) or statement.columns, rows), read

    def _open(self, reader: Reader, statement: HasSql) -> Any:
        with in_our_words(self._address, bounds=self._bounds):
            return reader.client.query_rows_stream(
                statement.sql, parameters=dict(statement.parameters)
            )

    def _in_turn(self, rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
        # Only the engine's own errors are put into our words, not those of whoever takes the rows.
        waiting = iter(rows)
        while True:
            with in_our_words(self._address, bounds=self._bounds):
                row = next(waiting, None)
            if row is None:
                return
            yield tuple(row)


def _threads_of(statement: HasSql) -> Threads | None:
    """The class of threads that a statement asks for itself, where it is of a kind that can."""
    asked: Threads | None = getattr(statement, "threads", None)
    return asked


def _pool(address: Address, limits: Limits, threads: Threads, pulse: Pulse) -> Pool:
    connect = partial(connect_reader, address, limits.as_settings(threads))
    return Pool(address, connect, limits.readers, limits.seconds, pulse)
