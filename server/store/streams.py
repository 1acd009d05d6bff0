"""Streams: answers of any length, written by the engine itself and handed on as they come.

Neither the engine nor this process ever holds more than a few blocks of rows. The engine writes
CSV or JSON lines; other formats are made from its CSV, block by block.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol, cast

from server.store.address import Address
from server.store.asking import present_asker
from server.store.bounds import Bound, Bounds, in_bytes
from server.store.connection import connect_streamer, in_our_words
from server.store.csv_batches import csv_batches
from server.store.pool import Cancellation, Pool, Reader
from server.store.pulse import Pulse
from server.store.readers import HasSql
from server.store.select_only import check_select

Form = Literal["CSV", "JSONEachRow"]
BLOCK = 1 << 18  # bytes


@dataclass(frozen=True)
class StreamLimits:
    """How many long answers there may be at a time, and what one may take."""

    streams: int = 4
    seconds: int = 3600
    memory_bytes: int = 2_000_000_000
    wait_seconds: float = 10.0

    def as_settings(self) -> dict[str, str]:
        """The engine's settings; also what a server's profile for streamers must hold."""
        spill = str(self.memory_bytes // 2)  # what takes more goes on on the disk
        return {
            "max_threads": "0",
            "max_execution_time": str(self.seconds),
            "max_memory_usage": str(self.memory_bytes),
            "max_result_rows": "0",
            "max_bytes_before_external_group_by": spill,
            "max_bytes_before_external_sort": spill,
            "group_by_use_nulls": "1",
            "join_use_nulls": "1",
            "distributed_product_mode": "global",
            "format_csv_null_representation": "",
            "output_format_csv_crlf_end_of_line": "1",
            "output_format_decimal_trailing_zeros": "1",
            "output_format_json_quote_64bit_integers": "0",
            "output_format_json_quote_decimals": "1",
            "output_format_json_escape_forward_slashes": "0",
            "date_time_output_format": "iso",
        }

    def as_bounds(self) -> Bounds:
        """The limits in words, for whoever passes one."""
        return {
            "max_execution_time": Bound(f"{self.seconds} s", "INDICUBE_STREAM_SECONDS"),
            "max_memory_usage": Bound(in_bytes(self.memory_bytes), "INDICUBE_MAX_MEMORY_BYTES"),
        }


class _File(Protocol):
    def read(self, size: int, /) -> bytes: ...
    def close(self) -> None: ...


class Streams:
    """The pool; it takes one SELECT and no setting, as readers do."""

    def __init__(self, address: Address, limits: StreamLimits, pulse: Pulse | None = None) -> None:
        self._address = address
        self._bounds = limits.as_bounds()
        self._pulse = pulse or Pulse(address)
        connect = partial(connect_streamer, address, limits.as_settings())
        self._pool = Pool(address, connect, limits.streams, limits.wait_seconds, self._pulse)

    @contextmanager
    def written(
        self, statement: HasSql, form: Form, cancellation: Cancellation | None = None
    ) -> Iterator[Iterator[bytes]]:
        """Run a SELECT and hand out its rows as bytes, without a head, some rows at a time.

        Raises:
            LimitReached: it took too long or too much memory, or was cancelled.
            StoreAway: all streams are busy, or the answer was lost; in mid-answer too.
        """
        check_select(statement.sql)
        asker = present_asker()
        cancellation = cancellation or asker.cancellation or Cancellation()
        with (
            asker.stream_turn(cancellation),
            self._pool.borrowed() as reader,
            cancellation.over(reader),
        ):
            file = self._pulse.watch(lambda: self._open(reader, statement, form))
            try:
                # Looked at before all else: to close an answer unread can hang the engine.
                yield self._blocks(self._block(file), file)
            finally:
                file.close()

    @contextmanager
    def batches(
        self, statement: HasSql, schema: Any, cancellation: Cancellation | None = None
    ) -> Iterator[Iterator[Any]]:
        """Run a SELECT and hand out its rows as Arrow record batches of the schema."""
        with self.written(statement, "CSV", cancellation) as blocks:
            yield csv_batches(blocks, schema)

    def row(self, statement: HasSql, cancellation: Cancellation | None = None) -> tuple[Any, ...]:
        """The one row of a SELECT that may read as much and as long as a stream."""
        check_select(statement.sql)
        asker = present_asker()
        cancellation = cancellation or asker.cancellation or Cancellation()
        with (
            asker.stream_turn(cancellation),
            self._pool.borrowed() as reader,
            cancellation.over(reader),
            in_our_words(self._address, bounds=self._bounds),
        ):
            found = reader.client.query(statement.sql, parameters=dict(statement.parameters))
            return tuple(found.result_rows[0])

    def types(self, statement: HasSql) -> tuple[str, ...]:
        """The engine's types of what a SELECT that ends with LIMIT 0 would answer."""
        check_select(statement.sql)
        with self._pool.borrowed() as reader, in_our_words(self._address, bounds=self._bounds):
            found = reader.client.query(statement.sql, parameters=dict(statement.parameters))
            return tuple(one.name for one in found.column_types)

    def close(self) -> None:
        """Close every idle connection; those on loan close when they come back."""
        self._pool.close()

    def _open(self, reader: Reader, statement: HasSql, form: Form) -> _File:
        with in_our_words(self._address, bounds=self._bounds):
            opened = reader.client.raw_stream(
                statement.sql, parameters=dict(statement.parameters), fmt=form
            )
        return cast("_File", opened)

    def _blocks(self, block: bytes, file: _File) -> Iterator[bytes]:
        while block:
            yield block
            block = self._block(file)

    def _block(self, file: _File) -> bytes:
        # Only the engine's own errors are put into our words, not those of whoever takes the bytes.
        with in_our_words(self._address, bounds=self._bounds):
            return file.read(BLOCK)
