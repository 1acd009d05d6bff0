"""The queue: rings reach the worker once, call only what is allowed, and survive failures."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from server.embedded.redis_server import find_redis_server, redis_command
from server.errors import InvalidInput, QueueAway
from server.queue import Queue, WorkerThread, current_runtime
from server.redis import connect

if TYPE_CHECKING:
    from server.runtime import Runtime

seen: list[str] = []
ALLOWED = frozenset({f"{__name__}.remember", f"{__name__}.fail", f"{__name__}.look_around"})


def remember(job_id: str) -> None:
    """A job that leaves a trace."""
    seen.append(job_id)


def fail(job_id: str) -> None:
    """A job that breaks."""
    seen.append(job_id)
    raise ValueError(job_id)


def unlisted(_job_id: str) -> None:
    """A function that is not on the allow-list."""
    seen.append("unlisted")


def look_around(_job_id: str) -> None:
    """A job that asks for the process's runtime."""
    seen.append(str(current_runtime()))


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    socket = tmp_path / "redis.sock"
    process = subprocess.Popen(redis_command(find_redis_server(), socket, tmp_path))
    try:
        _until(socket.exists)
        yield f"unix://{socket}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def queue(redis_url: str) -> Queue:
    seen.clear()
    return Queue(redis_url, ALLOWED)


@pytest.fixture
def worker(queue: Queue) -> Iterator[WorkerThread]:
    thread = WorkerThread(queue, cast("Runtime", "the runtime of this process"))
    thread.start()
    yield thread
    assert thread.stop(5)


@pytest.mark.usefixtures("worker")
def test_a_ring_runs_its_function_with_the_id_of_the_job(queue: Queue) -> None:
    queue.enqueue(f"{__name__}.remember", "a")

    _until(lambda: seen == ["a"])


def test_a_waiting_ring_is_not_repeated(queue: Queue) -> None:
    queue.enqueue(f"{__name__}.remember", "a")
    queue.enqueue(f"{__name__}.remember", "b")
    queue.enqueue(f"{__name__}.remember", "a")

    assert queue.waiting() == ("a", "b")


@pytest.mark.usefixtures("worker")
def test_a_job_can_be_rung_for_again_after_it_ran(queue: Queue) -> None:
    queue.enqueue(f"{__name__}.remember", "a")
    _until(lambda: seen == ["a"])
    _until(lambda: queue.waiting() == ())
    queue.enqueue(f"{__name__}.remember", "a")

    _until(lambda: seen == ["a", "a"])


@pytest.mark.usefixtures("worker")
def test_a_job_that_breaks_does_not_stop_the_next(queue: Queue) -> None:
    queue.enqueue(f"{__name__}.fail", "a")
    queue.enqueue(f"{__name__}.remember", "b")

    _until(lambda: seen == ["a", "b"])


@pytest.mark.usefixtures("worker")
def test_a_job_finds_the_runtime_of_the_process(queue: Queue) -> None:
    queue.enqueue(f"{__name__}.look_around", "a")

    _until(lambda: seen == ["the runtime of this process"])


def test_only_listed_functions_can_be_rung_for(queue: Queue) -> None:
    with pytest.raises(InvalidInput, match=r"'os\.system' is not a job"):
        queue.enqueue("os.system", "a")


@pytest.mark.usefixtures("worker")
def test_what_somebody_else_wrote_into_redis_is_not_called(queue: Queue, redis_url: str) -> None:
    stranger = Queue(redis_url, frozenset({f"{__name__}.unlisted"}))
    stranger.enqueue(f"{__name__}.unlisted", "a")
    queue.enqueue(f"{__name__}.remember", "after")

    _until(lambda: "after" in seen)
    assert seen == ["after"]


@pytest.mark.usefixtures("worker")
def test_a_callback_that_somebody_else_wrote_is_not_called(queue: Queue, redis_url: str) -> None:
    """RQ would import and call the function that the job's hash names on success."""
    connect(redis_url).hset("rq:job:b", mapping=_forged("b"))
    connect(redis_url).rpush("rq:queue:indicube", "b")
    queue.enqueue(f"{__name__}.remember", "c")

    _until(lambda: "c" in seen)
    assert seen == ["b", "c"]


def forged_callback(*_arguments: object) -> None:
    """What the forged job asks for."""
    seen.append("forged callback")


def test_an_idle_worker_stops_within_two_seconds(queue: Queue) -> None:
    thread = WorkerThread(queue, cast("Runtime", None))
    thread.start()
    time.sleep(0.5)
    began = time.monotonic()

    assert thread.stop(5)
    assert time.monotonic() - began < 2.5


def test_a_redis_that_is_away_is_said_with_its_address_and_without_its_password() -> None:
    queue = Queue("redis://:secret@127.0.0.1:1/0", ALLOWED)

    with pytest.raises(QueueAway) as caught:
        queue.enqueue(f"{__name__}.remember", "a")

    assert "redis://:***@127.0.0.1:1/0" in caught.value.message
    assert "secret" not in caught.value.message
    assert caught.value.exit_code == 4


def test_a_worker_outlives_a_restart_of_redis(tmp_path: Path) -> None:
    seen.clear()
    socket = tmp_path / "redis.sock"
    command = redis_command(find_redis_server(), socket, tmp_path)
    first = subprocess.Popen(command)
    _until(socket.exists)
    queue = Queue(f"unix://{socket}", ALLOWED)
    thread = WorkerThread(queue, cast("Runtime", None))
    thread.start()
    time.sleep(0.5)
    os.kill(first.pid, 9)
    first.wait()
    second = subprocess.Popen(command)
    try:
        _until(lambda: _rings(queue, "a"))

        _until(lambda: "a" in seen, 15)
    finally:
        assert thread.stop(5)
        second.terminate()
        second.wait(10)


def test_rings_survive_a_kill_of_redis(tmp_path: Path) -> None:
    socket = tmp_path / "redis.sock"
    command = redis_command(find_redis_server(), socket, tmp_path)
    queue = Queue(f"unix://{socket}", ALLOWED)
    first = subprocess.Popen(command)
    _until(socket.exists)
    queue.enqueue(f"{__name__}.remember", "a")
    os.kill(first.pid, 9)
    first.wait()
    second = subprocess.Popen(command)
    try:
        _until(lambda: _answers(queue))

        assert queue.waiting() == ("a",)
    finally:
        second.terminate()
        second.wait(10)


def _forged(job_id: str) -> dict[Any, Any]:
    return {
        "data": f'["{__name__}.remember", null, ["{job_id}"], {{}}]'.encode(),
        "status": "queued",
        "created_at": "2026-01-01T00:00:00.000000Z",
        "origin": "indicube",
        "success_callback_name": f"{__name__}.forged_callback",
    }


def _rings(queue: Queue, job_id: str) -> bool:
    try:
        queue.enqueue(f"{__name__}.remember", job_id)
    except QueueAway:
        return False
    return True


def _answers(queue: Queue) -> bool:
    try:
        queue.ping()
    except QueueAway:
        return False
    return True


def _until(is_so: Callable[[], bool], seconds: float = 8) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"did not come true in {seconds} s; seen {seen}"
        time.sleep(0.02)
