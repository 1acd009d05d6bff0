"""The web server: gunicorn with threads, never forked after the application was made.

Each process makes its own runtime and application after the fork, because neither chDB nor a V8
context lives through one. In the whole application (`python -m web`) the one process also answers
the queue and runs the scheduler; `indicube web` leaves that to `indicube worker` and `scheduler`.
"""

import logging
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger

from server.errors import IndicubeError, SettingsError
from server.log import start_log
from server.settings import Settings

if TYPE_CHECKING:
    from web.process import Process

GRACEFUL_SECONDS = 10
CANNOT_BOOT = 3  # makes gunicorn give up, rather than try for ever without a pause


def serve(settings: Settings, *, is_whole: bool, listen: int | None = None) -> int:
    """Serve until a signal ends it; the exit code says why it could not begin.

    Args:
        settings: where to listen and how.
        is_whole: one process that also works on jobs, or several that only answer.
        listen: the descriptor of a socket that is listening already.
    """
    if not is_whole and settings.web_workers > 1 and settings.clickhouse.startswith("chdb://"):
        raise SettingsError(
            "One process at a time can open a chdb:// folder: use `indicube up`, or set "
            "INDICUBE_WEB_WORKERS=1",
            field="INDICUBE_WEB_WORKERS",
        )
    start_log(settings.log_format)
    refusal, this_process = _Refusal(), os.getpid()
    server = _Server(settings, is_whole=is_whole, listen=listen, refusal=refusal)
    try:
        server.run()
    except SystemExit as end:
        if os.getpid() != this_process:  # gunicorn's forked process ends through here too
            raise
        if end.code == CANNOT_BOOT:
            return refusal.read()
        return end.code if isinstance(end.code, int) else 1
    return 0


class _Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, configured from our settings alone."""

    def __init__(
        self, settings: Settings, *, is_whole: bool, listen: int | None, refusal: "_Refusal"
    ) -> None:
        self._settings = settings
        self._is_whole = is_whole
        self._listen = listen
        self._refusal = refusal
        self._process: Process | None = None
        super().__init__()

    def load_config(self) -> None:
        """Called by gunicorn: every value that is not its default."""
        settings = self._settings
        port = f"{_bracketed(settings.host)}:{settings.port}"
        values = {
            "bind": port if self._listen is None else f"fd://{self._listen}",
            "worker_class": "gthread",
            "workers": 1 if self._is_whole else settings.web_workers,
            "threads": settings.web_threads,
            "timeout": 0 if self._is_whole else 60,
            "graceful_timeout": GRACEFUL_SECONDS,
            "limit_request_line": 8190,  # the address is the state of a screen
            "forwarded_allow_ips": "",  # proxies are judged by the application
            "umask": 0o077,  # gunicorn's own is 0
            "control_socket_disable": True,
            "certfile": settings.tls_certificate and str(settings.tls_certificate),
            "keyfile": settings.tls_key and str(settings.tls_key),
            "loglevel": "warning",
            "logger_class": _Log,
            "post_worker_init": self._begin,
            "worker_exit": self._end,
        }
        config: Config = self.cfg
        for name, value in values.items():
            config.set(name, value)

    def load(self) -> Callable[..., Any]:
        """Called by gunicorn in the process that will answer, after the fork."""
        from web.process import Process  # nothing of it may be there before the fork

        try:
            self._process = Process(self._settings, is_whole=self._is_whole)
            return self._process.application()
        except IndicubeError as reason:
            sys.stderr.write(f"indicube: {reason.sentence}\n")
            self._refusal.write(reason.exit_code)
            sys.exit(CANNOT_BOOT)

    def _begin(self, _worker: object) -> None:
        if self._process is not None:
            self._process.begin()

    def _end(self, _server: object, _worker: object) -> None:
        if self._process is not None:
            self._process.end(GRACEFUL_SECONDS - 2)


class _Log(Logger):  # type: ignore[misc]
    """gunicorn's own lines, in the form of all others and without those that repeat ours."""

    REPEATED = ("Worker (pid:%s) exited with code %s.", "Shutting down: %s", "Reason: %s")

    def setup(self, cfg: Config) -> None:
        """Called by gunicorn at the start of each process."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.addFilter(self._is_news)

    def _is_news(self, record: logging.LogRecord) -> bool:
        return record.msg not in self.REPEATED


class _Refusal:
    """Carries the exit code of a start that cannot be from the forked process to its parent."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)

    def write(self, code: int) -> None:
        """In the forked process: leave the code."""
        os.write(self._writer, bytes([code]))

    def read(self) -> int:
        """In the parent: the code that was left, 1 when the process broke without one."""
        try:
            return os.read(self._reader, 1)[0]
        except BlockingIOError:
            return 1


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
