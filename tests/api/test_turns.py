"""One person's questions wait for each other; those of everybody else are answered meanwhile."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from server.embedded.redis_server import find_redis_server, redis_command
from server.errors import Busy, LimitReached
from server.metadata.users import named_user
from server.runtime import Runtime
from server.store.asking import Asker, asking_for
from server.store.readers import Cancellation, Limits, Readers
from tests.api.conftest import new_token
from tests.shop import Question
from tests.uncached import uncached
from tests.web.people import ADMIN, ANALYST, Browser
from web.app import create_app
from web.on_behalf import EXTENSION
from web.turns import Rules, Turns

SLOW = Question("SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1")
QUICK = Question("SELECT 1")
FLIGHTS = "/api/v1/cubes/departures/aggregate?aggregates=flights"
LONG = 3600.0  # seconds: longer than any test
PATIENCE = 120.0  # seconds: a machine with other work has answered long before
NEVER = Cancellation()
HEAVY_SECONDS = float(os.environ.get("INDICUBE_TEST_HEAVY_SECONDS", "0"))  # of one trial


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """A Redis of its own: its address and its process."""
    socket = tmp_path / "redis.sock"
    process = subprocess.Popen(redis_command(find_redis_server(), socket, tmp_path))
    deadline = time.monotonic() + 10
    while not socket.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    yield f"unix://{socket}", process
    process.terminate()
    process.wait(10)


@pytest.fixture
def hasty(served: Runtime) -> Flask:
    """The application with two questions a person, and no waiting."""
    settings = replace(served.settings, questions_per_person=2, question_wait_seconds=0)
    return create_app(uncached(replace(served, settings=settings)))


def test_a_further_question_waits_until_one_of_the_same_person_ends() -> None:
    turns = Turns(Rules(1, 10, LONG))
    order: list[str] = []
    is_running, may_end = threading.Event(), threading.Event()

    def first() -> None:
        with turns.taken("ann", NEVER):
            is_running.set()
            may_end.wait(10)
            order.append("first")

    def second() -> None:
        with turns.taken("ann", NEVER):
            order.append("second")

    with ThreadPoolExecutor(2) as pool:
        pool.submit(first)
        is_running.wait(10)
        waiting = pool.submit(second)
        with turns.taken("bob", NEVER):  # somebody else does not wait
            order.append("bob")
        may_end.set()
        waiting.result(10)

    assert order == ["bob", "first", "second"]


def test_who_waits_in_vain_is_told_so_and_when_to_come_back() -> None:
    turns = Turns(Rules(1, 0.2, LONG))

    with (
        turns.taken("ann", NEVER),
        pytest.raises(Busy, match="1 of your questions") as refused,
        turns.taken("ann", NEVER),
    ):
        pass

    assert refused.value.retry_after == 1
    with turns.taken("ann", NEVER):
        pass  # a refusal takes no place


def test_only_some_may_wait_so_that_one_person_cannot_hold_every_thread() -> None:
    turns = Turns(Rules(1, 5, LONG))
    with turns.taken("ann", NEVER), ThreadPoolExecutor(4) as pool:
        began = time.monotonic()
        asked = [pool.submit(_take, turns, "ann") for _ in range(4)]
        time.sleep(0.5)
        refused = [one for one in asked if one.done()]
        assert len(refused) == 2
        assert time.monotonic() - began < 3


def test_who_hangs_up_does_not_wait_any_longer() -> None:
    turns, gone = Turns(Rules(1, 60, LONG)), Cancellation()
    threading.Timer(0.2, gone.cancel).start()
    began = time.monotonic()

    with turns.taken("ann", NEVER), pytest.raises(Busy), turns.taken("ann", gone):
        pass
    assert time.monotonic() - began < 10


def test_processes_that_share_a_redis_share_the_turns(
    redis: tuple[str, "subprocess.Popen[bytes]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.redis.BUCKET_SECONDS", 20)
    here, there = (Turns(Rules(2, 0, LONG), redis[0]) for _ in range(2))

    with here.taken("ann", NEVER), there.taken("ann", NEVER):
        for turns in (here, there):
            with pytest.raises(Busy), turns.taken("ann", NEVER):
                pass
        with there.taken("bob", NEVER):
            pass
    with here.taken("ann", NEVER), here.taken("ann", NEVER):
        pass


def test_the_place_of_a_process_that_died_falls_vacant(
    redis: tuple[str, "subprocess.Popen[bytes]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.redis.BUCKET_SECONDS", 20)
    dead, living = (Turns(Rules(1, 5, 0.5), redis[0]) for _ in range(2))
    with ExitStack() as never_left:
        never_left.enter_context(dead.taken("ann", NEVER))
        with living.taken("ann", NEVER):
            pass


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_without_redis_each_process_counts_alone(
    redis: tuple[str, "subprocess.Popen[bytes]"], how: signal.Signals
) -> None:
    turns = Turns(Rules(1, 0, LONG), redis[0])
    redis[1].send_signal(how)
    began = time.monotonic()

    with turns.taken("ann", NEVER), pytest.raises(Busy), turns.taken("ann", NEVER):
        pass
    redis[1].send_signal(signal.SIGCONT)
    assert time.monotonic() - began < 3


def test_programs_and_browsers_of_one_person_are_counted_together(
    hasty: Flask, served: Runtime
) -> None:
    """Administrators wait as everybody does."""
    admin, analyst = (_headers(served, name) for name in (ADMIN, ANALYST))
    browser = Browser(hasty)
    browser.sign_in(ADMIN)
    client = hasty.test_client()

    with _asking_twice(hasty, served, ADMIN):
        refused = client.get(FLIGHTS, headers=admin)
        page = browser.get("/slice/departures?rows=organisation&value=flights")
        other = client.get(FLIGHTS, headers=analyst)
    later = client.get(FLIGHTS, headers=admin)

    assert (refused.status_code, _code(refused)) == (429, "busy")
    assert int(refused.headers["Retry-After"]) >= 1
    assert page.status_code == 429
    assert "Your other questions are still being answered" in page.text
    assert other.status_code == later.status_code == 200


def test_a_stream_counts_among_the_persons_streams(hasty: Flask, served: Runtime) -> None:
    headers, client = _headers(served, ADMIN), hasty.test_client()
    address = "/api/v1/cubes/weather/facts?format=csv"
    most = max(served.settings.streams // 2, 1)

    running = [client.get(address, headers=headers) for _ in range(most)]
    refused = client.get(address, headers=headers)
    for one in running:
        one.close()

    assert [one.status_code for one in running] == [200] * most
    assert (refused.status_code, _code(refused)) == (429, "busy")
    assert client.get(address, headers=headers).status_code == 200


def test_one_persons_heavy_questions_do_not_stop_twenty_others(served: Runtime) -> None:
    """Twelve threads of one person ask without end; the others are answered in the meantime.

    What is heavy may take an hour and is never stopped before the others have been answered: one
    of them that had to wait for its end would wait beyond any patience of this test.
    """
    turns, is_over = Turns(Rules(4, 0.5, LONG)), threading.Event()
    readers = Readers(served.store.address, Limits(seconds=int(LONG)))
    told: list[str] = []
    cancellations = [Cancellation() for _ in range(12)]

    def heavy(cancellation: Cancellation) -> None:
        with asking_for(Asker(partial(turns.taken, "heavy"), cancellation=cancellation)):
            while not is_over.is_set():
                try:
                    readers.query(SLOW)
                except LimitReached as reason:
                    told.append(reason.code)

    def light(number: int) -> int:
        """How many questions of somebody were answered."""
        until, asked = time.monotonic() + HEAVY_SECONDS, 0
        with asking_for(Asker(partial(turns.taken, f"person {number}"))):
            while asked < 5 or time.monotonic() < until:
                assert readers.query(QUICK).rows == [(1,)]
                asked += 1
        return asked

    with ThreadPoolExecutor(32) as pool:
        attackers = [pool.submit(heavy, one) for one in cancellations]
        try:
            time.sleep(1)
            asked = [pool.submit(light, number) for number in range(20)]
            answered = [one.result(PATIENCE + HEAVY_SECONDS) for one in asked]
            refused_meanwhile = set(told)
        finally:
            is_over.set()
            while not all(attacker.done() for attacker in attackers):
                for one in cancellations:  # again: a question that was just beginning is not hit
                    one.cancel()
                time.sleep(0.2)
            for attacker in attackers:
                attacker.result()
    readers.close()

    assert min(answered) >= 5
    assert refused_meanwhile == {"busy"}  # not one of the heavy ones has ended


def _take(turns: Turns, who: str) -> None:
    with turns.taken(who, NEVER):
        pass


def _code(answer: TestResponse) -> str:
    told = answer.get_json()
    return str(told["error"]["code"])


def _headers(runtime: Runtime, name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {new_token(runtime, name)}"}


@contextmanager
def _asking_twice(app: Flask, runtime: Runtime, name: str) -> Iterator[None]:
    """Two questions of somebody are under way."""
    with runtime.metadata.read() as reading:
        user = named_user(reading, name)
    everybody = app.extensions[EXTENSION]
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(everybody.questions.taken(f"user:{user.id}", NEVER))
        yield
