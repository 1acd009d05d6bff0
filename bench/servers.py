"""Our server and the bare engine behind HTTP: processes over two copies of the same facts."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bench.filling import CUBE, environment_of
from server.access import Role
from server.cube.statement import Statement
from server.metadata.tokens import create_token
from server.metadata.users import create_user, find_user
from server.runtime import Runtime

PEOPLE = 32  # who ask: of 128 clients each has four, such as the parts of a dashboard


@dataclass(frozen=True)
class Prepared:
    """What both servers need, made while the facts are open here."""

    home: Path
    copy: Path
    tokens: tuple[str, ...]  # one of each person
    models: str  # the folder of the model


@dataclass(frozen=True)
class Serving:
    """Both servers, ready to be asked."""

    ours: str  # the address without a path
    bare: str
    tokens: tuple[str, ...]
    process: int  # ours, the one that answers

    @property
    def token(self) -> str:
        """That of one person."""
        return self.tokens[0]


def prepare(runtime: Runtime, copy: Path, statement: Statement | None = None) -> Prepared:
    """Make tokens, and tell the bare server what is visible and a statement that it answers."""
    tokens = tuple(_token(runtime, f"bench-{number}") for number in range(1, PEOPLE + 1))
    snapshot = runtime.snapshot()
    visible = {"top": snapshot.top, "hidden": list(snapshot.hidden_in(CUBE))}
    copy.mkdir(parents=True, exist_ok=True)
    (copy / "visible.json").write_text(json.dumps(visible), "utf-8")
    if statement is not None:
        asked = {"sql": statement.sql, "parameters": dict(statement.parameters)}
        (copy / "statement.json").write_text(json.dumps(asked, default=str), "utf-8")
    return Prepared(runtime.settings.home, copy, tokens, str(runtime.settings.model_folder))


@contextmanager
def serving(prepared: Prepared, **more: str) -> Iterator[Serving]:
    """Start both over the facts, which nobody may have open; `more` are settings of ours."""
    facts = prepared.copy / "facts"
    shutil.rmtree(facts, ignore_errors=True)
    shutil.copytree(prepared.home / "facts", facts, symlinks=True)
    ports = _free_port(), _free_port()
    ours = {
        "INDICUBE_PORT": str(ports[0]),
        "INDICUBE_WEB_WORKERS": "1",
        "INDICUBE_API_REQUESTS_PER_MINUTE": "1000000",  # nobody is that fast
        "INDICUBE_MODELS": prepared.models,
        **more,
    }
    started = [
        _started(["-m", "bench.web"], environment_of(prepared.home, **ours)),
        _started(["-m", "bench.bare", str(prepared.copy), str(ports[1])], {}),
    ]
    try:
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        for url, process in zip(urls, started, strict=True):
            _wait(url, process)
        yield Serving(urls[0], urls[1], prepared.tokens, _child_of(started[0].pid))
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(30)
        shutil.rmtree(facts, ignore_errors=True)


@contextmanager
def ours_alone(variables: Mapping[str, str]) -> Iterator[str]:
    """Start ours with these settings; its address without a path."""
    port = _free_port()
    process = _started(
        ["-m", "bench.web"],
        {"INDICUBE_PORT": str(port), "INDICUBE_WEB_WORKERS": "1", **variables},
    )
    try:
        _wait(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def got(url: str, token: str = "") -> bytes:
    """The body of an answer; AssertionError unless it is 200."""
    connection, answer = opened(url, token)
    try:
        body = answer.read()
        assert answer.status == 200, f"{url} answers {answer.status}: {body[:300]!r}"
        return body
    finally:
        connection.close()


def opened(url: str, token: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    """A connection and the answer that begins on it."""
    host, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=900)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    connection.request("GET", f"/{path}", headers=headers)
    return connection, connection.getresponse()


def _token(runtime: Runtime, name: str) -> str:
    with runtime.metadata.write() as session:
        now = runtime.clock()
        user = find_user(session, name) or create_user(session, name, Role.ANALYST, now)
        return create_token(session, user, "bench", now, timedelta(days=1))


def _started(arguments: Sequence[str], more: Mapping[str, str]) -> subprocess.Popen[bytes]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("INDICUBE_")}
    return subprocess.Popen([sys.executable, *arguments], env={**clean, **more})


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            connection, _ = opened(f"{url}/health", "")
            connection.close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"the server at {url} does not answer")


def _child_of(process: int) -> int:
    """The process that gunicorn forked to answer."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text("utf-8").split()
    return int(children[0])


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
