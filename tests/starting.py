"""Starts `indicube up` as a user would, on a port and a home of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

COMMAND = str(Path(sys.executable).with_name("indicube"))
START_SECONDS = 60  # a slow machine that runs other tests beside this one


class Started:
    """A running `indicube up`; leaving the block stops whatever is left of it."""

    def __init__(self, home: Path, *arguments: str, port: int = 0, **variables: str) -> None:
        self.home = home
        self.port = port or free_port()
        self.log = home.parent / f"{home.name[:40]}.{self.port}.log"
        self._arguments = arguments
        self._variables = variables

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [COMMAND, "up", *self._arguments],
                env=environ(self.home, self.port, **self._variables),
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.home.parent,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        family = self.family()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pid in family:
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)

    @property
    def output(self) -> str:
        """What it has written so far, to both streams."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def is_ready(self) -> bool:
        """Whether it answers that it can answer."""
        return status_of(f"http://127.0.0.1:{self.port}/readyz") == 200

    def wait_ready(self, seconds: float = START_SECONDS) -> Self:
        """Wait until it can answer."""
        self.until(self.is_ready, seconds)
        return self

    def wait_greeting(self, seconds: float = START_SECONDS) -> str:
        """Wait for the one-time link of the first user, and return it."""
        self.until(lambda: "/sign-in/" in self.output, seconds)
        found = re.search(r"http://\S+/sign-in/\S+", self.output)
        assert found is not None
        return found[0]

    def until(self, is_so: Callable[[], bool], seconds: float = START_SECONDS) -> None:
        """Wait until something comes true, while the command runs."""
        deadline = time.monotonic() + seconds
        while not is_so():
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, f"not within {seconds} s: {self.output}"
            time.sleep(0.05)

    @property
    def redis(self) -> int:
        """The process of Redis."""
        return _only(pid for pid in children(self.process.pid) if "redis" in command_of(pid))

    @property
    def master(self) -> int:
        """The process that the supervisor started as the application."""
        return _only(pid for pid in children(self.process.pid) if " web " in command_of(pid))

    @property
    def worker(self) -> int:
        """The process that holds the facts and answers."""
        return _only(children(self.master))

    def family(self) -> tuple[int, ...]:
        """The supervisor and everything below it."""
        found = [self.process.pid]
        for pid in found:
            found += children(pid)
        return tuple(pid for pid in found if is_alive(pid))


def run(home: Path, *arguments: str, port: int = 0, **variables: str) -> tuple[int, str]:
    """Run a command that ends by itself; its exit code and what it said on standard error."""
    ended = subprocess.run(
        [COMMAND, *arguments],
        env=environ(home, port or free_port(), **variables),
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
        cwd=home.parent,
    )
    return ended.returncode, ended.stderr


def environ(home: Path, port: int, **variables: str) -> dict[str, str]:
    """The environment of a user who sets a home and a port and nothing else of ours."""
    clean = {name: value for name, value in os.environ.items() if "INDICUBE" not in name}
    return {**clean, "INDICUBE_HOME": str(home), "INDICUBE_PORT": str(port), **variables}


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def status_of(url: str) -> int:
    """The status that the address answers with, redirects followed; 0 when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=15) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def children(pid: int) -> Sequence[int]:
    """The processes that one started and that still live."""
    everybody = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [other for other in everybody if _state_and_parent(other)[1] == pid and is_alive(other)]


def command_of(pid: int) -> str:
    """The command line of a process; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").replace("\0", " ")
    except OSError:
        return ""


def is_alive(pid: int) -> bool:
    """Whether the process exists and is more than a memory of its parent's."""
    return _state_and_parent(pid)[0] not in ("", "Z")


def _state_and_parent(pid: int) -> tuple[str, int]:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return "", 0
    state, parent = stat.rpartition(")")[2].split()[:2]  # the name in brackets may hold anything
    return state, int(parent)


def _only(found: object) -> int:
    pids = list(found)  # type: ignore[call-overload]
    assert len(pids) == 1, pids
    return int(pids[0])
