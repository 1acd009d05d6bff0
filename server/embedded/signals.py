"""Signals as something to wait for."""

import os
import select
import signal
from types import TracebackType
from typing import Self

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class SignalPipe:
    """Waits for signals without polling and without doing anything inside a handler."""

    def __enter__(self) -> Self:
        """Collect the signals that matter from now on."""
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        for number in (*STOP_SIGNALS, signal.SIGCHLD):
            signal.signal(number, _nothing)
        signal.set_wakeup_fd(self._writer)
        return self

    def told_to_stop(self, seconds: float) -> bool:
        """Wait for any signal, at most so long; whether one came that means to stop."""
        select.select([self._reader], [], [], seconds)
        try:
            came = os.read(self._reader, 512)
        except BlockingIOError:
            return False
        return any(number in came for number in STOP_SIGNALS)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop collecting; whoever insisted meanwhile has waited for a clean end."""
        signal.set_wakeup_fd(-1)
        os.close(self._reader)
        os.close(self._writer)


def _nothing(_number: int, _frame: object) -> None:
    """The wake-up descriptor carries the signal."""
