"""Keeps a process running: starts it again when it ends, after pauses that grow."""

import time
from collections.abc import Callable

from server.embedded.children import Child, ended

SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
STEADY_SECONDS = 60  # a process that lived this long starts with the shortest pause again


class Kept:
    """A child that is started again whenever it ends, after pauses that grow."""

    def __init__(self, child: Child, say: Callable[[str], None]) -> None:
        self._child = child
        self._say = say
        self._restarts = 0
        self._due: float | None = None  # when it will be started again
        self._next_pause = SHORTEST_PAUSE

    def pause(self) -> float:
        """Seconds until there is something to do; long when it runs."""
        return 60.0 if self._due is None else max(0.0, self._due - time.monotonic())

    def refusal(self) -> int:
        """The exit code of a first start that said why it cannot be; 0 else."""
        status = self._child.exit_status
        if status is None or status <= 0 or self._restarts > 0 or self._lived_long():
            return 0
        return status

    def look(self) -> None:
        """Notice an end, or start it again when its pause is over."""
        status = self._child.exit_status
        if status is None:
            return
        if self._due is None:
            self._notice(status)
        elif time.monotonic() >= self._due:
            self._due = None
            self._restarts += 1
            self._child.start()

    def _notice(self, status: int) -> None:
        self._child.kill_family()
        if self._lived_long():
            self._next_pause = SHORTEST_PAUSE
        self._due = time.monotonic() + self._next_pause
        self._say(f"{self._child.name} {ended(status)}; starting it again")
        self._next_pause = min(2 * self._next_pause, LONGEST_PAUSE)

    def _lived_long(self) -> bool:
        return time.monotonic() - self._child.started_at > STEADY_SECONDS
