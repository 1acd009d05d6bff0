"""Readers: pooled connections that can only read. There is one pool for each class of threads.

Every reader has its own `log_comment`, by which a running question can be killed. The kill is sent
by whoever borrowed the reader, before it goes back: it can never hit the next borrower's question.
"""

import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import Empty, LifoQueue
from typing import Any, Literal, Protocol

from server.errors import IndicubeError, LimitReached, StoreAway
from server.store.address import Address
from server.store.connection import Client, connect_reader, connect_writer, in_our_words
from server.store.select_only import check_select

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


class Cancellation:
    """Lets another thread stop a question: pass it to `query`, then call `cancel`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reader: _Reader | None = None
        self.is_cancelled = False

    def cancel(self) -> None:
        """Stop the question that runs now, and any that comes later with this value."""
        with self._lock:
            self.is_cancelled = True
            if self._reader is not None:
                self._reader.kill()

    @contextmanager
    def _over(self, reader: "_Reader") -> Iterator[None]:
        with self._lock:
            if self.is_cancelled:
                raise LimitReached("the question to the facts was cancelled", code="cancelled")
            self._reader = reader
        try:
            yield
        finally:
            with self._lock:  # waits for a kill under way, so that it cannot hit the next question
                self._reader = None


class Readers:
    """The pools; there is no way to pass a setting, and no statement but one SELECT."""

    def __init__(self, address: Address, limits: Limits) -> None:
        self._address = address
        self._limits = limits
        self._pools: dict[Threads, _Pool] = {
            threads: _Pool(address, limits, threads) for threads in ("one", "all")
        }

    def query(
        self,
        statement: HasSql,
        *,
        threads: Threads = "one",
        cancellation: Cancellation | None = None,
    ) -> Rows:
        """Run a SELECT and return all its rows; a limit that it passes is a `LimitReached`."""
        check_select(statement.sql)
        cancellation = cancellation or Cancellation()
        with (
            self._pools[threads].borrowed() as reader,
            cancellation._over(reader),
            in_our_words(self._address),
        ):
            result = reader.client.query(statement.sql, parameters=dict(statement.parameters))
            rows = [tuple(row) for row in result.result_rows]
        return Rows(tuple(result.column_names) or statement.columns, rows)

    @contextmanager
    def stream(
        self,
        statement: HasSql,
        *,
        threads: Threads = "one",
        cancellation: Cancellation | None = None,
    ) -> Iterator[Iterator[tuple[Any, ...]]]:
        """Run a SELECT and hand out its rows as they come; the reader is kept until the end."""
        check_select(statement.sql)
        cancellation = cancellation or Cancellation()
        with self._pools[threads].borrowed() as reader, cancellation._over(reader):
            with in_our_words(self._address):
                stream = reader.client.query_rows_stream(
                    statement.sql, parameters=dict(statement.parameters)
                )
            with stream as rows:
                yield self._in_turn(rows)

    def close(self) -> None:
        """Close every idle reader; those on loan close when they come back."""
        for pool in self._pools.values():
            pool.close()

    def _in_turn(self, rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
        # Only the engine's own errors are put into our words, not those of whoever takes the rows.
        waiting = iter(rows)
        while True:
            with in_our_words(self._address):
                row = next(waiting, None)
            if row is None:
                return
            yield tuple(row)


class _Reader:
    """One connection with its name."""

    def __init__(self, address: Address, limits: Limits, threads: Threads) -> None:
        self._address = address
        self.name = f"reader-{uuid.uuid4()}"
        self.client: Client = connect_reader(address, limits.as_settings(threads), self.name)

    def kill(self) -> None:
        """Stop what runs on this connection, over another one."""
        with in_our_words(self._address):
            client = connect_writer(self._address)
            try:
                client.command(
                    "KILL QUERY WHERE Settings['log_comment'] = {name:String} ASYNC",
                    parameters={"name": self.name},
                )
            finally:
                client.close()


class _Pool:
    """Up to `limits.readers` connections of one class, opened when they are first needed."""

    def __init__(self, address: Address, limits: Limits, threads: Threads) -> None:
        self._address = address
        self._limits = limits
        self._threads: Threads = threads
        self._is_closed = False
        # None stands for a connection that is not open yet.
        self._places: LifoQueue[_Reader | None] = LifoQueue()
        for _ in range(limits.readers):
            self._places.put(None)

    @contextmanager
    def borrowed(self) -> Iterator[_Reader]:
        reader = self._take()
        try:
            reader = reader or _Reader(self._address, self._limits, self._threads)
            yield reader
        except BaseException as error:
            if reader is not None and _may_still_run(error):
                self._forget(reader)
                reader = None
            raise
        finally:
            self._give_back(reader)

    def close(self) -> None:
        self._is_closed = True
        for _ in range(self._places.qsize()):
            try:
                self._give_back(self._places.get_nowait())
            except Empty:
                return

    def _take(self) -> "_Reader | None":
        if self._is_closed:
            raise StoreAway("the fact store was closed")
        try:
            return self._places.get(timeout=self._limits.seconds)
        except Empty:
            raise StoreAway(
                f"all {self._limits.readers} connections to the facts are busy", code="store_busy"
            ) from None

    def _forget(self, reader: _Reader) -> None:
        with suppress(IndicubeError):  # the store that lost the answer may not take the kill either
            reader.kill()
        reader.client.close()

    def _give_back(self, reader: "_Reader | None") -> None:
        if reader is not None and self._is_closed:
            reader.client.close()
            reader = None
        self._places.put(reader)


def _may_still_run(error: BaseException) -> bool:
    """Whether the question can still be at work there: the answer was lost, not refused."""
    return isinstance(error, StoreAway) or not isinstance(error, IndicubeError)
