"""Keeps the log of questions: hears of each, and writes them down some seconds later.

Nobody waits for it. What cannot be written is dropped, and so is what comes faster than it can be.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime
from functools import partial

from server.cube.statement import Statement
from server.metadata.query_log import LoggedQuery, forget_queries, log_queries
from server.runtime import Runtime
from server.store.asking import Answered

SECONDS = 5.0
MOST_WAITING = 2_000

log = logging.getLogger(__name__)


class QueryLog:
    """Remembers in one process what was asked there."""

    def __init__(self, runtime: Runtime, seconds: float = SECONDS) -> None:
        self._runtime = runtime
        self._seconds = seconds
        self._waiting: deque[Callable[[], LoggedQuery]] = deque(maxlen=MOST_WAITING)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._end_hearing: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin to listen and to write, unless nothing is to be remembered."""
        if self._runtime.settings.query_log_days and self._thread is None:
            self._end_hearing = self._runtime.store.readers.tell(self.hear)
            self._thread = threading.Thread(target=self._run, name="query-log", daemon=True)
            self._thread.start()

    def hear(self, answered: Answered) -> None:
        """Remember a question that says what it is about; that is worked out when it is written."""
        statement = answered.statement
        if isinstance(statement, Statement) and statement.about is not None:
            self._waiting.append(partial(_noted, answered, statement, self._runtime.clock()))

    def write(self) -> None:
        """Write down what was heard since the last time, and forget what is too old."""
        heard = [self._waiting.popleft()() for _ in range(len(self._waiting))]
        if not heard:
            return
        settings = self._runtime.settings
        with self._runtime.metadata.write() as session:
            log_queries(session, heard)
            days, most = settings.query_log_days, settings.query_log_rows
            forget_queries(session, self._runtime.clock(), days, most)

    def close(self) -> None:
        """Write what is left and end."""
        self._stop.set()
        if self._thread is not None:
            self._end_hearing()
            self._thread.join()
            self._safely()

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            self._safely()

    def _safely(self) -> None:
        try:
            self.write()
        except Exception:
            log.warning("some questions were not noted in the query log", exc_info=True)


def _noted(answered: Answered, statement: Statement, at: datetime) -> LoggedQuery:
    if statement.about is None:
        raise ValueError("a statement that says nothing is not noted")
    about = statement.about()
    return LoggedQuery(
        at=at,
        kind=about.kind,
        cube=about.cube,
        levels=about.levels,
        cuts=about.cuts,
        aggregates=about.aggregates,
        served_by=statement.served_by,
        microseconds=round(answered.seconds * 1_000_000),
        rows_read=answered.rows_read,
        rows=answered.rows,
    )
