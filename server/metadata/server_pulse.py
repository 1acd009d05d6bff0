"""Whether a metadata server answers: one that hangs is not waited for by anybody who is looked at.

A server that is down refuses at once; one that hangs (its disk, its machine, a stopped process)
leaves whoever asks waiting for ever. So a small question is asked all the time, on a line of its
own: when its answer does not come, every line of this process is cut, whoever waits on one is told
that the metadata are away, and nobody asks until the small question is answered again.
"""

import logging
import os
import socket
import time
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import Any
from weakref import WeakSet

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError

from server.errors import MetadataAway

BETWEEN = 0.4  # seconds between two questions
ANSWER_WITHIN = 1.0  # seconds; with the others here all that stays below two
LOOK = 0.1  # seconds between two looks at whether it was answered

# A line that is opened, or whose other end vanished, is given up; of a hanging server see above.
LINES = {
    "connect_timeout": 2,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}

log = logging.getLogger(__name__)


class ServerPulse:
    """One server's, as one process sees it; asked only after `start`."""

    def __init__(self, engine: Engine, asking: Engine) -> None:
        self._asking = asking
        self._lines: WeakSet[Any] = WeakSet()
        self._lock = Lock()
        self._asked_at: float | None = None  # when the question began that has no answer yet
        self._is_away = False
        self._is_over = Event()
        for each in (engine, asking):
            event.listen(each, "connect", self._keep)
        # Whose line was cut would open another one, and wait for that.
        event.listen(engine, "do_connect", lambda *_parts: self.check())

    def check(self) -> None:
        """Raise `MetadataAway` at once while the server is known to hang."""
        if self._is_away:
            raise MetadataAway("the metadata database does not answer")

    def start(self) -> None:
        """Ask from now on; once is enough."""
        for work in (self._ask, self._look):
            Thread(target=work, name="metadata-pulse", daemon=True).start()

    def stop(self) -> None:
        """Ask no more."""
        self._is_over.set()

    def _keep(self, line: Any, _record: object) -> None:
        with self._lock:
            self._lines.add(line)

    def _ask(self) -> None:
        line: Connection | None = None
        while not self._is_over.wait(BETWEEN):
            try:
                self._asked_at = time.monotonic()
                line = line or self._asking.connect()
                line.exec_driver_sql("SELECT 1")
                self._told(is_away=False)
            except DBAPIError as reason:
                line = None
                # Whoever is refused, instead of left waiting, is told so by the server itself.
                self._told(is_away=self._is_away and _is_cut_or_late(reason))
            finally:
                self._asked_at = None
        self._asking.dispose()

    def _look(self) -> None:
        late = 0
        while not self._is_over.wait(LOOK):
            asked_at = self._asked_at
            is_late = asked_at is not None and time.monotonic() - asked_at > ANSWER_WITHIN
            late = late + 1 if is_late else 0
            if late > 1:  # twice: a process that slept itself has its answer waiting
                self._told(is_away=True)
                self._cut()

    def _told(self, *, is_away: bool) -> None:
        if is_away != self._is_away:
            log.warning("the metadata database %s", "hangs" if is_away else "answers again")
        self._is_away = is_away

    def _cut(self) -> None:
        with self._lock:
            lines = tuple(self._lines)
            self._lines.clear()
        for line in lines:
            with suppress(Exception):  # one that was closed meanwhile has nothing to be cut
                _cut(line)


def asking(url: URL) -> Engine:
    """Opens a line of its own to the server."""
    return create_engine(
        url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=lines_of(url)
    )


def lines_of(url: URL) -> dict[str, Any]:
    """How lines to the server are kept, but for what its address says itself."""
    return {name: value for name, value in LINES.items() if name not in url.query}


def _cut(line: Any) -> None:
    """Whoever waits for an answer on the line learns at once that none will come."""
    if line.closed:
        return
    with socket.socket(fileno=os.dup(line.fileno())) as end:
        end.shutdown(socket.SHUT_RDWR)


def _is_cut_or_late(reason: DBAPIError) -> bool:
    """Whether the line was cut from here, or could not be opened in time."""
    told = str(reason.orig).lower()
    return "timeout" in told or "closed the connection" in told
