"""Processes that live no longer than the one that started them."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

PR_SET_PDEATHSIG = 1


class Child:
    """A process in a session of its own; it gets SIGTERM when its parent dies (Linux)."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environ: Mapping[str, str] | None = None,
        pass_fds: tuple[int, ...] = (),
    ) -> None:
        self.name = name
        self._command = list(command)
        self._environ = {**os.environ, **(environ or {})}
        self._pass_fds = pass_fds
        self._process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0

    def start(self) -> None:
        """Start it (anew). The parent's keyboard interrupts do not reach it."""
        self.started_at = time.monotonic()
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            env=self._environ,
            pass_fds=self._pass_fds,
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),  # safe: this process has one thread
        )

    @property
    def exit_status(self) -> int | None:
        """None while it runs or before it was started; negative: the signal that ended it."""
        return self._process.poll() if self._process else None

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process and self.is_running else None

    def stop(self, seconds: float) -> None:
        """Ask it to end, and end it together with its own children when it does not."""
        if self._process is None:
            return
        if self.is_running:
            self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        self.kill_family()

    def kill_family(self) -> None:
        """End whatever is left of its session; harmless when nothing is."""
        if self._process is None:
            return
        with suppress(ProcessLookupError, PermissionError):  # macOS: the latter for ended ones
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def ended(status: int) -> str:
    """The end of a process in words."""
    if status < 0:
        return f"ended by {signal.Signals(-status).name}"
    return f"ended with exit code {status}"


def _die_with(parent: int) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)  # loaded before the fork

    def prepare() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return prepare
