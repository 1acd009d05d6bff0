"""What a GET may note: last-used times, written by one thread in batches.

A GET changes no business state; that a session, token or link was used is noted here and reaches
the metadata some seconds later, one row per session, token and link.
"""

import logging
import threading
from datetime import datetime

from flask import Flask, current_app

from server.metadata.links import touch_link
from server.metadata.session import Metadata
from server.metadata.sign_in import touch_session
from server.metadata.tokens import touch_token
from server.runtime import Clock, Runtime

_log = logging.getLogger(__name__)

EXTENSION = "indicube-last-used"
SECONDS = 5.0


class LastUsed:
    """Collects when sessions and tokens were used, and writes it down every few seconds."""

    def __init__(self, metadata: Metadata, clock: Clock, seconds: float = SECONDS) -> None:
        self._metadata = metadata
        self._clock = clock
        self._seconds = seconds
        self._lock = threading.Lock()
        self._sessions: dict[int, datetime] = {}
        self._tokens: dict[int, datetime] = {}
        self._links: dict[int, datetime] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def note_session(self, session_id: int) -> None:
        """Remember that a session was used now."""
        with self._lock:
            self._sessions[session_id] = self._clock()
        self._start()

    def note_token(self, token_id: int) -> None:
        """Remember that a token was used now."""
        with self._lock:
            self._tokens[token_id] = self._clock()
        self._start()

    def note_link(self, link_id: int) -> None:
        """Remember that a stable link was used now."""
        with self._lock:
            self._links[link_id] = self._clock()
        self._start()

    def write(self) -> None:
        """Write down what was remembered since the last time."""
        with self._lock:
            sessions, self._sessions = self._sessions, {}
            tokens, self._tokens = self._tokens, {}
            links, self._links = self._links, {}
        if not (sessions or tokens or links):
            return
        with self._metadata.write() as writing:
            for session_id, at in sessions.items():
                touch_session(writing, session_id, at)
            for token_id, at in tokens.items():
                touch_token(writing, token_id, at)
            for link_id, at in links.items():
                touch_link(writing, link_id, at)

    def close(self) -> None:
        """Write what is left and end the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self.write()

    def _start(self) -> None:
        # The thread starts with the first use, in the process that serves: never before a fork.
        with self._lock:
            if self._thread is None and not self._stop.is_set():
                self._thread = threading.Thread(target=self._run, name="last-used", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            try:
                self.write()
            except Exception:  # noqa: BLE001  the thread must outlive any single failure
                _log.exception("the last uses were not written down")


def last_used(runtime: Runtime) -> LastUsed:
    """The collector of an application."""
    return LastUsed(runtime.metadata, runtime.clock)


def write_last_uses(app: Flask) -> None:
    """Write down what an application that ends has not written yet."""
    collected: LastUsed = app.extensions[EXTENSION]
    collected.close()


def note_session(session_id: int) -> None:
    """Remember that a session was used, in the application of the request."""
    _of_app().note_session(session_id)


def note_token(token_id: int) -> None:
    """Remember that a token was used, in the application of the request."""
    _of_app().note_token(token_id)


def note_link(link_id: int) -> None:
    """Remember that a stable link was used, in the application of the request."""
    _of_app().note_link(link_id)


def _of_app() -> LastUsed:
    found: LastUsed = current_app.extensions[EXTENSION]
    return found
