"""A token's limit holds over all web processes, and without Redis over each of them."""

import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.embedded.redis_server import find_redis_server, redis_command
from server.errors import TooManyRequests
from tests.web.people import Clock
from web.limits import Limits

Redis = tuple[str, "subprocess.Popen[bytes]"]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    """A Redis of its own: its address and its process."""
    socket = tmp_path / "redis.sock"
    process = subprocess.Popen(redis_command(find_redis_server(), socket, tmp_path))
    deadline = time.monotonic() + 10
    while not socket.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    yield f"unix://{socket}", process
    process.send_signal(signal.SIGCONT)
    process.terminate()
    process.wait(10)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may need longer for an answer than a request would wait."""
    monkeypatch.setattr("server.redis.BUCKET_SECONDS", 20)


def answered(limits: Limits, asked: int, token: int = 1) -> int:
    """How many of so many requests are let through."""
    return sum(_is_let_through(limits, token) for _ in range(asked))


@pytest.mark.usefixtures("patient")
def test_processes_share_one_limit(redis: Redis, clock: Clock) -> None:
    first, second = (Limits(clock, 6, redis[0]) for _ in range(2))

    assert [answered(first, 4), answered(second, 4)] == [4, 2]
    assert answered(second, 3, token=2) == 3

    clock.pass_by(seconds=10)  # one more of six a minute
    assert [answered(second, 2), answered(first, 2)] == [1, 0]


@pytest.mark.usefixtures("patient")
def test_the_wait_is_until_the_next_request_is_let_through(redis: Redis, clock: Clock) -> None:
    limits = Limits(clock, 6, redis[0])
    answered(limits, 6)
    clock.pass_by(seconds=4)

    with pytest.raises(TooManyRequests) as refusal:
        limits.take(1)
    assert refusal.value.retry_after == 6

    clock.pass_by(seconds=6)
    limits.take(1)


@pytest.mark.usefixtures("patient")
def test_threads_of_several_processes_never_get_more_than_there_is(
    redis: Redis, clock: Clock
) -> None:
    processes = [Limits(clock, 600, redis[0]) for _ in range(4)]

    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda n: answered(processes[n % 4], 200), range(8)))

    assert sum(counts) == 600


@pytest.mark.usefixtures("patient")
def test_a_clock_that_is_behind_gives_nothing_away(redis: Redis, clock: Clock) -> None:
    behind = Clock(clock.now)
    behind.pass_by(seconds=-30)
    first, second = Limits(clock, 6, redis[0]), Limits(behind, 6, redis[0])

    assert answered(first, 6) == 6
    assert answered(second, 1) == 0
    clock.pass_by(seconds=10)
    assert answered(first, 2) == 1


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_without_redis_each_process_counts_alone_and_returns_to_it(
    redis: Redis, clock: Clock, how: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, process = redis
    monkeypatch.setattr("server.redis.BUCKET_SECONDS", 2)
    limits = Limits(clock, 6, url)
    assert answered(limits, 2) == 2

    process.send_signal(how)
    began = time.monotonic()
    assert answered(limits, 10) == 6
    assert time.monotonic() - began < 10  # one waits for a Redis that hangs, not all ten

    if how is signal.SIGSTOP:
        process.send_signal(signal.SIGCONT)
        clock.pass_by(seconds=5)
        # Redis has let through two, or three if it counted the one that nobody waited for.
        assert answered(limits, 10) in (3, 4)


def test_where_there_never_was_a_redis_the_limit_holds_all_the_same(
    tmp_path: Path, clock: Clock
) -> None:
    assert answered(Limits(clock, 6, f"unix://{tmp_path}/none.sock"), 10) == 6


def _is_let_through(limits: Limits, token: int) -> bool:
    try:
        limits.take(token)
    except TooManyRequests:
        return False
    return True
