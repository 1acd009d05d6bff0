"""Pooled connections that can only read, and the stopping of what runs on them.

Every reader has its own `log_comment`, by which a running question can be killed. The kill is sent
by whoever borrowed the reader, before it goes back: it can never hit the next borrower's question.
"""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, LifoQueue

from server.errors import IndicubeError, LimitReached, StoreAway
from server.store.address import Address
from server.store.connection import Client, connect_writer, in_our_words
from server.store.pulse import Pulse

Connect = Callable[[str], Client]  # opens a connection under a name

_LOOK_SECONDS = 0.25  # how often whoever waits for a connection looks whether that makes sense


class Cancellation:
    """Lets another thread stop a question: pass it to `query`, then call `cancel`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reader: Reader | None = None
        self.is_cancelled = False

    def cancel(self) -> None:
        """Stop the question that runs now, and any that comes later with this value."""
        with self._lock:
            self.is_cancelled = True
            if self._reader is not None:
                self._reader.kill()

    @contextmanager
    def over(self, reader: "Reader") -> Iterator[None]:
        """What runs on a reader within the block is stopped by `cancel`."""
        with self._lock:
            if self.is_cancelled:
                raise LimitReached("the question to the facts was cancelled", code="cancelled")
            self._reader = reader
        try:
            yield
        finally:
            with self._lock:  # waits for a kill under way, so that it cannot hit the next question
                self._reader = None


class Reader:
    """One connection with its name."""

    def __init__(self, address: Address, connect: Connect, pulse: Pulse) -> None:
        self._address = address
        self._pulse = pulse
        self.name = f"reader-{uuid.uuid4()}"
        self.client: Client = connect(self.name)

    def kill(self) -> None:
        """Stop what runs on this connection, over another one; not where the store is away."""
        self._pulse.check()
        self._pulse.watch(self._kill)

    def _kill(self) -> None:
        with in_our_words(self._address):
            client = connect_writer(self._address)
            try:
                client.command(
                    "KILL QUERY WHERE Settings['log_comment'] = {name:String} ASYNC",
                    parameters={"name": self.name},
                )
            finally:
                client.close()


class Pool:
    """Up to `places` connections of one kind, opened when they are first needed."""

    def __init__(
        self,
        address: Address,
        connect: Connect,
        places: int,
        wait_seconds: float,
        pulse: Pulse | None = None,
    ) -> None:
        self._address = address
        self.pulse = pulse or Pulse(address)
        self._connect = connect
        self._size = places
        self._wait_seconds = wait_seconds
        self._is_closed = False
        # None stands for a connection that is not open yet.
        self._places: LifoQueue[Reader | None] = LifoQueue()
        for _ in range(places):
            self._places.put(None)

    @contextmanager
    def borrowed(self) -> Iterator[Reader]:
        """A reader for the block; one whose question may still run is not used again."""
        reader = self._take()
        try:
            reader = reader or self.pulse.watch(
                lambda: Reader(self._address, self._connect, self.pulse)
            )
            yield reader
        except BaseException as error:
            if reader is not None and _may_still_run(error):
                self._forget(reader)
                reader = None
            raise
        finally:
            self._give_back(reader)

    def close(self) -> None:
        """Close every idle reader; those on loan close when they come back."""
        self._is_closed = True
        for _ in range(self._places.qsize()):
            try:
                self._give_back(self._places.get_nowait())
            except Empty:
                return

    def _take(self) -> "Reader | None":
        if self._is_closed:
            raise StoreAway("the fact store was closed")
        deadline = time.monotonic() + self._wait_seconds
        while True:
            self.pulse.check()  # while waiting too: those who go before may wait in vain
            left = deadline - time.monotonic()
            try:
                return self._places.get(timeout=max(0, min(left, _LOOK_SECONDS)))
            except Empty:
                if left <= 0:
                    raise StoreAway(
                        f"all {self._size} connections to the facts are busy", code="store_busy"
                    ) from None

    def _forget(self, reader: Reader) -> None:
        with suppress(IndicubeError):  # the store that lost the answer may not take the kill either
            reader.kill()
        reader.client.close()

    def _give_back(self, reader: "Reader | None") -> None:
        if reader is not None and self._is_closed:
            reader.client.close()
            reader = None
        self._places.put(reader)


def _may_still_run(error: BaseException) -> bool:
    """Whether the question can still be at work there: the answer was lost, not refused."""
    return isinstance(error, StoreAway) or not isinstance(error, IndicubeError)
