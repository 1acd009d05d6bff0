"""Stops what a request asks of the facts when whoever asked has hung up.

A browser that moves on closes its connection, and so does a proxy on its behalf. The servers hand
the connection's socket to the application, so that it can be looked at while a question runs; no
process needs to know of another, and nothing is asked of the browser.
"""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from flask import request

from server.errors import IndicubeError
from server.store.readers import Cancellation

LOOK_SECONDS = 0.1  # a question that is answered sooner is never looked at

_SOCKETS = ("gunicorn.socket", "werkzeug.socket")
# The other end has closed, even where bytes of it are still unread; only Linux can tell that.
_GONE = getattr(select, "POLLRDHUP", 0) | select.POLLHUP | select.POLLERR


@contextmanager
def stopped_on_hang_up() -> Iterator[Cancellation]:
    """A cancellation for the questions of the request in hand; it ends with the block."""
    cancellation = Cancellation()
    connection = next((request.environ[name] for name in _SOCKETS if name in request.environ), None)
    if connection is None:
        yield cancellation
        return
    is_over = threading.Event()
    watch = threading.Thread(
        target=_watch, args=(connection, cancellation, is_over), name="hang-up", daemon=True
    )
    watch.start()
    try:
        yield cancellation
    finally:
        is_over.set()
        watch.join()


def has_hung_up(connection: socket.socket) -> bool:
    """Whether the other end of a connection is closed."""
    try:
        asked = select.poll()
        asked.register(connection, _GONE)
        return bool(asked.poll(0))
    except (OSError, ValueError):  # closed on our side
        return True


def _watch(connection: socket.socket, cancellation: Cancellation, is_over: threading.Event) -> None:
    while not is_over.wait(LOOK_SECONDS):
        if has_hung_up(connection):
            with suppress(IndicubeError):  # the facts are away: then nothing runs there either
                cancellation.cancel()
            return
