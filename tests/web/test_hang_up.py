"""Whoever moves on takes their question along: the facts are not asked for nobody."""

import queue
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from flask import Flask

from server.errors import IndicubeError
from server.metadata.tokens import create_token
from server.metadata.users import named_user
from server.runtime import Runtime
from server.store.readers import Cancellation, Readers
from tests.shop import Question
from tests.uncached import uncached
from tests.web.chromium import serving
from tests.web.people import ADMIN, Browser
from web.app import create_app
from web.hang_up import has_hung_up
from web.pages import slicer

SLOW = "SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1"
SLICE = "/slice/departures?rows=organisation&value=flights"


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


def test_a_connection_is_there_until_its_other_end_closes(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    """Bytes that nobody has read yet, as of a next request, do not hide the end."""
    ours, theirs = pair
    assert not has_hung_up(ours)
    theirs.send(b"GET /next")
    assert not has_hung_up(ours)
    theirs.close()

    assert has_hung_up(ours)
    ours.close()
    assert has_hung_up(ours)


def test_a_question_ends_when_its_browser_moves_on(
    app: Flask, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A question of minutes is killed in the engine soon after the connection closes."""
    begun: queue.Queue[float] = queue.Queue()
    ended: queue.Queue[tuple[str, float]] = queue.Queue()

    def ask_slowly(here: Runtime, *_: object, cancellation: Cancellation, **__: object) -> None:
        begun.put(time.monotonic())
        try:
            here.store.readers.query(Question(SLOW), cancellation=cancellation)
        except IndicubeError as error:
            ended.put((error.message, time.monotonic()))
            raise

    monkeypatch.setattr(slicer, "ask", ask_slowly)
    with serving(app) as address:
        connection = _asked(address, admin)
        begun.get(timeout=10)
        time.sleep(0.3)
        assert ended.empty()
        connection.close()
        left = time.monotonic()
        told, at = ended.get(timeout=10)

    assert "cancelled" in told
    assert at - left < 5


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/indicators/on_time_arrival", "page"),
        ("/api/v1/cubes/departures/aggregate?aggregates=flights", "program"),
        ("/api/v1/cubes/departures/facts?format=csv", "program"),
    ],
)
def test_every_route_ends_its_questions_so(
    admin: Browser,
    loaded: Runtime,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    kind: str,
) -> None:
    """Nobody hands a cancellation on: whatever a request asks is stopped."""
    with loaded.metadata.write() as writing:
        token = create_token(writing, named_user(writing, ADMIN), "hang up", loaded.clock())
    begun, ended = threading.Event(), threading.Event()
    ask = Readers.query

    def ask_slowly(here: Readers, _statement: object) -> object:
        begun.set()
        try:
            return ask(here, Question(SLOW))
        finally:
            ended.set()

    monkeypatch.setattr(Readers, "query", ask_slowly)
    with serving(create_app(uncached(loaded))) as address:
        sid = admin.cookies()["sid"]
        proof = f"Cookie: sid={sid}" if kind == "page" else f"Authorization: Bearer {token}"
        connection = _opened(address, path, proof)
        assert begun.wait(10)
        time.sleep(0.3)
        assert not ended.is_set()
        connection.close()

        assert ended.wait(10)


def _asked(address: str, browser: Browser) -> socket.socket:
    return _opened(address, SLICE, f"Cookie: sid={browser.cookies()['sid']}")


def _opened(address: str, path: str, proof: str) -> socket.socket:
    host, port = address.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)))
    head = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n"
    connection.sendall(f"{head}{proof}\r\n\r\n".encode())
    return connection
