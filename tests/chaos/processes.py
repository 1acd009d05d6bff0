"""Starts the processes of an installation, keeps their ids, and ends only those.

Every process is started from here and known by its id; a signal goes to such an id and nowhere
else. What they write goes to a file beside them.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from server.embedded.redis_server import find_redis_server, redis_command
from tests.chaos.nursery import HOUSE
from tests.starting import COMMAND, children

START_SECONDS = 60.0  # on a machine that does other things


class Program:
    """One process, which can be killed, stopped and started anew."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        environ: Mapping[str, str] | None = None,
        is_up: Callable[[], bool] = lambda: True,
    ) -> None:
        self._command = list(command)
        self._log = log
        self._is_up = is_up
        clean = {name: value for name, value in os.environ.items() if "INDICUBE" not in name}
        self._environ = {**clean, "PYTHONUNBUFFERED": "1", **(environ or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def output(self) -> str:
        """What it wrote so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def start(self, *, wait: bool = True) -> None:
        """Start it (anew) and wait until it is up."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=HOUSE,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if wait:
            self.wait_up()

    def wait_up(self) -> None:
        """Wait until it is up."""
        deadline = time.monotonic() + START_SECONDS
        while not self._is_up():
            assert self.is_running, self.output[-2000:]
            assert time.monotonic() < deadline, f"{self._command} is not up: {self.output[-2000:]}"
            time.sleep(0.02)

    def send(self, number: int) -> None:
        """Send it a signal."""
        if self.is_running:
            os.kill(self.pid, number)

    def send_to_child(self, pid: int, number: int) -> None:
        """Send a signal to a process that this one started."""
        assert pid in children(self.pid)
        os.kill(pid, number)

    def kill(self) -> None:
        """End it as a power cut would, with its own children."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def kill_and_start(self, *, wait: bool = True) -> None:
        """Kill it and start it anew."""
        self.kill()
        self.start(wait=wait)

    def end(self, seconds: float = 15) -> None:
        """Ask it to end, and kill it when it does not."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        self.kill()


class Postgres(Program):
    """PostgreSQL, whose immediate stop takes its children and its shared memory along."""

    def kill(self) -> None:
        """End it without a word to its clients and without writing anything down."""
        if self.is_running:
            self.send(signal.SIGQUIT)
            with suppress(subprocess.TimeoutExpired):
                assert self._process is not None
                self._process.wait(10)
        super().kill()


def front(folder: Path, port: int) -> Program:
    """The HTTP front with an engine of its own."""
    return Program(
        [sys.executable, "-m", "tests.chaos.front.server", str(folder / "facts"), str(port)],
        folder / "front.log",
        is_up=lambda: listens(port),
    )


def redis(folder: Path) -> Program:
    """Redis on a socket in the folder, with every write on disk."""
    command = redis_command(find_redis_server(), folder / "redis.sock", folder)
    return Program(command, folder / "redis.log", is_up=lambda: _is_heard(folder / "redis.sock"))


def indicube(name: str, folder: Path, environ: Mapping[str, str], **more: str) -> Program:
    """`indicube web`, `worker` or `scheduler` with these settings."""
    settings = {**environ, **more}
    port = int(settings.get("INDICUBE_PORT", "0"))
    log = folder / f"{name}.{port or os.urandom(3).hex()}.log"
    is_up = (lambda: listens(port)) if name == "web" else (lambda: True)
    return Program([COMMAND, name], log, settings, is_up)


@contextmanager
def postgres() -> Iterator[tuple[Postgres, str]]:
    """PostgreSQL in a folder of its own, and the address of an empty database."""
    folder = Path(tempfile.mkdtemp(prefix="indicube-chaos-"))
    try:
        with _postgres_in(folder) as program:
            _as_postgres("createdb", "-h", str(folder), "-U", "indicube", "indicube")
            yield program, f"postgresql+psycopg://indicube@/indicube?host={folder}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def has_postgres() -> bool:
    """Whether its programs are installed."""
    return _program("initdb") is not None


@contextmanager
def stopped(program: Program) -> Iterator[None]:
    """A server that hangs: it and all its children hold still while the block runs."""
    everybody = (program.pid, *children(program.pid))
    for pid in everybody:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in everybody:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@contextmanager
def _postgres_in(folder: Path) -> Iterator[Postgres]:
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
    options = "--auth=trust", "-E", "UTF8", "--no-locale", "--no-sync"
    _as_postgres("initdb", "-D", str(folder / "data"), "-U", "indicube", *options)
    command = _command("postgres", "-D", str(folder / "data"), "-k", str(folder))
    command += ["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200"]
    program = Postgres(command, folder / "log", is_up=lambda: _is_heard(folder / ".s.PGSQL.5432"))
    with program:
        folder.chmod(0o755)
        yield program


def _as_postgres(name: str, *arguments: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        ended = subprocess.run(
            _command(name, *arguments), capture_output=True, text=True, check=False, cwd="/"
        )
        if ended.returncode == 0:
            return
        assert time.monotonic() < deadline, ended.stderr
        time.sleep(0.2)


def _command(name: str, *arguments: str) -> list[str]:
    """The command line; PostgreSQL refuses to run as root, so its own account runs it."""
    found = _program(name)
    assert found is not None, f"there is no {name}"
    own = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups", "--reset-env"]
    return [*(own if os.geteuid() == 0 else []), found, *arguments]


def _program(name: str) -> str | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = [str(folder / name) for folder in folders if os.access(folder / name, os.X_OK)]
    return found[0] if found else shutil.which(name)


def listens(port: int) -> bool:
    """Whether somebody listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _is_heard(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0
