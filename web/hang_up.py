"""Stops what a request asks of the facts when whoever asked has hung up.

A browser that moves on closes its connection, and so does a proxy on its behalf. The servers hand
the connection's socket to the application, so that one thread can look at those of all requests
under way; no process needs to know of another, and nothing is asked of the browser.
"""

import itertools
import select
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from server.errors import IndicubeError
from server.store.asking import present_asker
from server.store.readers import Cancellation

LOOK_SECONDS = 0.1  # a question that is answered sooner is hardly ever looked at

_SOCKETS = ("gunicorn.socket", "werkzeug.socket")
# The other end has closed, even where bytes of it are still unread; only Linux can tell that.
_GONE = getattr(select, "POLLRDHUP", 0) | select.POLLHUP | select.POLLERR


class HangUps:
    """Looks at the connections of all requests under way."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._watched: dict[int, tuple[socket.socket, Cancellation]] = {}
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    def watch(self, connection: socket.socket, cancellation: Cancellation) -> int:
        """Cancel when the connection closes, until `forget` is called with the number."""
        with self._changed:
            number = next(self._numbers)
            self._watched[number] = connection, cancellation
            if self._thread is None:  # with the first request: never before a fork
                self._thread = threading.Thread(target=self._look, name="hang-up", daemon=True)
                self._thread.start()
            self._changed.notify()
            return number

    def forget(self, number: int) -> None:
        """The request is answered."""
        with self._changed:
            self._watched.pop(number, None)

    def _look(self) -> None:
        while True:
            with self._changed:
                while not self._watched:
                    self._changed.wait()
            time.sleep(LOOK_SECONDS)
            with self._changed:
                watched = list(self._watched.items())
            for number, (connection, cancellation) in watched:
                if has_hung_up(connection):
                    self.forget(number)
                    # To cancel takes a connection to the facts: the others are not kept waiting.
                    threading.Thread(target=_cancel, args=(cancellation,), daemon=True).start()


def connection_of(environ: Mapping[str, object]) -> socket.socket | None:
    """The connection of a request, where the server hands it on."""
    found = next((environ[name] for name in _SOCKETS if name in environ), None)
    return found if isinstance(found, socket.socket) else None


@contextmanager
def stopped_on_hang_up() -> Iterator[Cancellation]:
    """The cancellation of the questions of the request in hand."""
    yield present_asker().cancellation or Cancellation()


def has_hung_up(connection: socket.socket) -> bool:
    """Whether the other end of a connection is closed."""
    try:
        asked = select.poll()
        asked.register(connection, _GONE)
        return bool(asked.poll(0))
    except (OSError, ValueError):  # closed on our side
        return True


def _cancel(cancellation: Cancellation) -> None:
    with suppress(IndicubeError):  # the facts are away: then nothing runs there either
        cancellation.cancel()
