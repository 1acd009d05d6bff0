"""Forty exports (five hundred in a soak) while workers and Redis are killed: each is done once."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest

from server.embedded.redis_server import find_redis_server, redis_command
from server.errors import QueueAway
from server.exports.spec import ExportSpec
from server.metadata.exports import FUNCTION, Export, ask_export, list_exports
from server.metadata.session import Metadata, open_metadata
from server.metadata.users import named_user
from server.queue import Queue
from server.redis import connect

HOUSE = Path(__file__).parents[2]
IS_SOAK = hypothesis.settings().max_examples >= 2_000
EXPORTS, KILLS = (500, 60) if IS_SOAK else (40, 5)
PATIENCE = 1_800 if IS_SOAK else 240  # seconds


@pytest.mark.slow
def test_every_export_is_done_once_whatever_is_killed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    subprocess.run(
        [sys.executable, "-m", "tests.exports.worker_child", str(home), "prepare"],
        cwd=HOUSE, check=True, timeout=120, env=_environment(),
    )  # fmt: skip
    metadata = open_metadata(f"sqlite:///{home}/metadata.db")
    chance = random.Random(7)  # noqa: S311 -- the same kills in every run
    ids = [_asked(metadata, index) for index in range(EXPORTS)]
    socket = tmp_path / "redis.sock"
    with _Killable(redis_command(find_redis_server(), socket, tmp_path)) as redis:
        _until_there(socket)
        queue = Queue(f"unix://{socket}")
        for number, export in enumerate(ids):
            if number == EXPORTS // 2:
                connect(f"unix://{socket}").flushall()  # half of the rings are lost at enqueue
            _ring(queue, export)
        with _worker(home, socket) as worker:
            for kill in range(KILLS):
                time.sleep(chance.uniform(0.5, 4))
                worker.kill_and_start()
                if kill % 3 == 1:
                    redis.kill_and_start()
                if kill % 3 == 2:
                    _flush(socket)
            _until_done(metadata)
    made = _all(metadata)
    metadata.close()
    assert {one.id for one in made} == set(ids)
    assert {one.state for one in made} == {"done"}
    for one in made:
        path = home / "exports" / str(one.file_name)
        assert hashlib.sha256(path.read_bytes()).hexdigest() == one.sha256
    assert len({one.file_name for one in made}) == EXPORTS


class _Killable:
    """A process that is killed and started again."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "_Killable":
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._kill()

    def kill_and_start(self) -> None:
        self._kill()
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            self._command, cwd=HOUSE, env=_environment(), stderr=subprocess.DEVNULL
        )

    def _kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()


@contextmanager
def _worker(home: Path, socket: Path) -> Iterator[_Killable]:
    module = "tests.exports.worker_child"
    with _Killable([sys.executable, "-m", module, str(home), "work", f"unix://{socket}"]) as one:
        yield one


def _asked(metadata: Metadata, index: int) -> str:
    kind = ("csv", "xlsx", "parquet")[index % 3]
    spec = ExportSpec("scorecard", "punctuality", kind, ("en", "zh")[index % 2])
    with metadata.write() as session:
        return ask_export(
            session,
            user=named_user(session, "ana").id,
            by="ana",
            spec=spec.as_mapping(),
            file_format=kind,
            title=f"Number {index}",
            now=datetime.now(UTC),
        ).id


def _ring(queue: Queue, export: str) -> None:
    try:
        queue.enqueue(FUNCTION, export)
    except QueueAway:
        return  # the scheduler rings again


def _flush(socket: Path) -> None:
    try:
        connect(f"unix://{socket}").flushall()
    except Exception:  # noqa: BLE001 -- it was killed a moment ago: nothing to flush
        return


def _until_there(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _until_done(metadata: Metadata) -> None:
    deadline = time.monotonic() + PATIENCE
    while any(one.job.is_open for one in _all(metadata)):
        assert time.monotonic() < deadline, [one.state for one in _all(metadata)]
        time.sleep(0.3)


def _all(metadata: Metadata) -> tuple[Export, ...]:
    with metadata.read() as session:
        return list_exports(session, limit=EXPORTS + 1)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if "INDICUBE" not in name}
