"""Bears children that have imported everything already: a start costs what the engine costs.

`python -m tests.chaos.nursery` reads a task a line as JSON, forks, answers the child's process id,
waits for its end and answers the status. The engine's library does not survive a fork, so it must
not be imported here; each child imports it for itself.
"""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

HOUSE = Path(__file__).parents[2]
NO_ENGINE = "the engine's library is imported before the fork"


class Nursery:
    """The parent's side: one child at a time, known by its process id."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self.pid = 0

    def __enter__(self) -> Self:
        environment = {name: value for name, value in os.environ.items() if "INDICUBE" not in name}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.nursery"],
                cwd=HOUSE,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.pid:
            self.kill()
            self.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def bear(self, task: object) -> int:
        """Start a child on the task; its process id."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(vars(task)) + "\n")
        self._process.stdin.flush()
        self.pid = self._answer()
        return self.pid

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send the child a signal; nothing when it has ended by itself."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def wait(self) -> int:
        """How the child ended: its exit code, or a signal as a negative number."""
        status = self._answer()
        self.pid = 0
        return status

    def _answer(self) -> int:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, self._log.read_text(encoding="utf-8", errors="replace")[-3000:]
        return int(line)


def main() -> None:
    """Bear children until there are no more tasks."""
    from tests.chaos.child import Task
    from tests.chaos.child import main as live

    assert "chdb" not in sys.modules, NO_ENGINE
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                code = live(Task(**json.loads(line)))
            finally:
                os._exit(code)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
