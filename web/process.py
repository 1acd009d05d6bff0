"""What one process of the web server holds: a runtime, the application, and maybe jobs to do.

Imported after the fork, never before: neither the engine's libraries nor their threads live
through one.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from flask import Flask

from server.errors import IndicubeError, StoreAway, StoreInUse
from server.query_log import QueryLog
from server.queue import WorkerThread
from server.runtime import Runtime, open_facts, open_runtime, open_without_facts
from server.scheduler import Scheduler
from server.settings import Settings
from server.store.pulse import answers
from web.app import create_app
from web.background import write_last_uses

FOLDER_SECONDS = 10  # for a predecessor that still holds the facts' folder
AGAIN_SECONDS = 2.0  # between two tries to open facts that are away

log = logging.getLogger(__name__)


class Process:
    """Opened in the process that answers, closed when it ends."""

    def __init__(self, settings: Settings, *, is_whole: bool) -> None:
        self._is_whole = is_whole
        self._runtime = _open_patiently(settings)
        self._threads: list[WorkerThread | Scheduler] = []
        self._query_log = QueryLog(self._runtime)
        self._app: Flask | None = None
        self._is_ended = threading.Event()

    def application(self) -> Callable[..., Any]:
        """The WSGI application over the runtime."""
        self._app = create_app(self._runtime)
        return self._app

    def begin(self) -> None:
        """Start to answer the queue and to schedule, when this process is the whole of it.

        Facts that could not be opened are opened first, as soon as they are there.
        """
        self._query_log.start()
        self._runtime.metadata.watch()
        if self._runtime.store.pulse.away_since is None:
            self._start()
        else:
            threading.Thread(target=self._open_late, name="opening", daemon=True).start()

    def _start(self) -> None:
        if self._is_whole:
            worker = WorkerThread(self._runtime.queue, self._runtime)
            self._threads = [worker, Scheduler(self._runtime)]
        for thread in self._threads:
            thread.start()

    def _open_late(self) -> None:
        while not self._is_ended.wait(AGAIN_SECONDS):
            if not answers(self._runtime.store.address):  # asked so that nothing is logged
                continue
            try:
                open_facts(self._runtime)
            except StoreAway:
                continue
            except IndicubeError as reason:  # nobody can mend that but by a new start
                log.error("the facts cannot be opened: %s", reason.sentence)
                return
            self._start()
            return

    def end(self, seconds: float) -> None:
        """Stop both, at most so long, and close what is open."""
        self._is_ended.set()
        stops = [threading.Thread(target=each.stop, args=(seconds,)) for each in self._threads]
        for stop in stops:
            stop.start()
        for stop in stops:
            stop.join()
        if self._app is not None:
            write_last_uses(self._app)
        self._query_log.close()
        self._runtime.close()


def _open_patiently(settings: Settings) -> Runtime:
    deadline = time.monotonic() + FOLDER_SECONDS
    while True:
        try:
            return open_runtime(settings)
        except StoreAway as reason:  # pages can say so, and what needs no facts can be done
            log.warning("%s; trying again", reason.message)
            return open_without_facts(settings)
        except StoreInUse:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
