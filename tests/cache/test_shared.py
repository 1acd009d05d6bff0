"""What is kept at Redis spares the other processes their work; without it nobody waits or fails."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis as Client

from server.cache.answer import Answer
from server.cache.cache import Cache
from server.cache.shared import Shared
from server.embedded.redis_server import find_redis_server, redis_command

Redis = tuple[str, "subprocess.Popen[bytes]"]
ANSWER = Answer(b'{"a":1}', "application/json", (("Indicube-Watermark", "2013-12-31"),))


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


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may need longer for an answer than a request would wait."""
    monkeypatch.setattr("server.redis.BUCKET_SECONDS", 20)


def refused() -> Answer:
    """What is kept need not be worked out."""
    raise AssertionError


def test_another_process_finds_what_one_worked_out(redis: Redis) -> None:
    first, second = (Cache(100_000, Shared(redis[0], "here")) for _ in range(2))

    assert first.answered("key", lambda: ANSWER) == ANSWER
    assert second.answered("key", refused) == ANSWER
    second_alone = second.memory.get("key")
    assert second_alone == ANSWER  # nor is Redis asked again


def test_another_installation_at_the_same_redis_finds_nothing(redis: Redis) -> None:
    here, there = (Cache(100_000, Shared(redis[0], whose)) for whose in ("here", "there"))
    here.answered("key", lambda: ANSWER)

    assert there.recalled("key") is None


def test_what_lies_there_is_plain_bytes_for_a_day(redis: Redis) -> None:
    Cache(100_000, Shared(redis[0], "here")).answered("key", lambda: ANSWER)
    client = Client.from_url(redis[0])
    names = list(client.scan_iter("indicube:cache:*"))

    assert len(names) == 1
    assert client.get(names[0]) == (
        b'[1, "application/json", [["Indicube-Watermark", "2013-12-31"]]]\n{"a":1}'
    )
    assert 86_000 < client.ttl(names[0]) <= 86_400


def test_what_somebody_else_wrote_there_is_no_answer(redis: Redis) -> None:
    cache = Cache(100_000, Shared(redis[0], "here"))
    cache.answered("key", lambda: ANSWER)
    client = Client.from_url(redis[0])
    client.set(next(client.scan_iter("indicube:cache:*")), b"\x80\x04.")
    cache.memory.clear()

    other = Answer(b"2", "text/plain")
    assert cache.answered("key", lambda: other) == other


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL])
def test_a_redis_that_is_lost_is_a_miss_and_hardly_a_wait(
    redis: Redis, how: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.redis.BUCKET_SECONDS", 0.2)
    cache = Cache(100_000, Shared(redis[0], "here"))
    cache.answered("kept", lambda: ANSWER)
    redis[1].send_signal(how)

    began = time.monotonic()
    assert cache.answered("kept", refused) == ANSWER
    for number in range(20):
        assert cache.answered(f"new {number}", lambda: ANSWER) == ANSWER
    assert time.monotonic() - began < 5


def test_where_there_never_was_a_redis_each_process_keeps_its_own(tmp_path: Path) -> None:
    cache = Cache(100_000, Shared(f"unix://{tmp_path}/nobody.sock", "here"))

    assert cache.answered("key", lambda: ANSWER) == ANSWER
    assert cache.answered("key", refused) == ANSWER
