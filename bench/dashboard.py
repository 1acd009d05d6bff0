"""G4: a dashboard's question over HTTP, of our server and of the bare engine behind HTTP.

Both run as processes of their own, each over its own copy of the same facts, and are asked in
turns by clients in a third process. The statement of the bare one is that of the cells alone; ours
asks the summary too unless it is told not to, checks the token and its rights, and reads the
snapshot from the ledger, each time.
"""

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
from typing import Any
from urllib.parse import quote

from bench.filling import CUBE, environment_of
from bench.questions import VISIBLE
from bench.turns import ratio
from server.access import Role
from server.metadata.tokens import create_token
from server.metadata.users import create_user, find_user
from server.runtime import Runtime

CLIENTS = (1, 8, 32, 128)
_CUT = "supplier_nation:CHINA|customer_nation:PERU"
_SQL = (
    f"SELECT toYear(day), sum(revenue) FROM {CUBE} WHERE {VISIBLE} "
    "AND supplier_nation = 'CHINA' AND customer_nation = 'PERU' GROUP BY toYear(day) "
    "ORDER BY toYear(day)"
)
_PATH = (
    f"/api/v1/cubes/{CUBE}/aggregate?cut={quote(_CUT, safe=':')}"
    "&aggregates=revenue_total&drilldown=time:year"
)


@dataclass(frozen=True)
class Asked:
    """Requests a second with so many clients."""

    clients: int
    ours: float
    bare: float
    ratio: float
    failed: tuple[str, ...]


@dataclass(frozen=True)
class Prepared:
    """What both servers need, made while the facts are open here."""

    home: Path
    copy: Path
    token: str


def prepare(runtime: Runtime, folder: Path) -> Prepared:
    """Make the token, and the statement for the bare server; the facts are copied when closed."""
    with runtime.metadata.write() as session:
        now = runtime.clock()
        user = find_user(session, "bench") or create_user(session, "bench", Role.ANALYST, now)
        token = create_token(session, user, "bench", now, timedelta(days=1))
    snapshot = runtime.snapshot()
    parameters = {"top": snapshot.top, "hidden": list(snapshot.hidden_in(CUBE))}
    folder.mkdir(parents=True, exist_ok=True)
    statement = {"sql": _SQL, "parameters": parameters}
    (folder / "statement.json").write_text(json.dumps(statement), "utf-8")
    return Prepared(runtime.settings.home, folder, token)


def requests_a_second(
    prepared: Prepared, turns: int, seconds: float, clients: Sequence[int] = CLIENTS
) -> list[Asked]:
    """Start both servers over the closed facts and ask them in turns.

    AssertionError when their rows differ.
    """
    facts = prepared.copy / "facts"
    shutil.rmtree(facts, ignore_errors=True)
    shutil.copytree(prepared.home / "facts", facts, symlinks=True)
    with _serving(prepared) as urls:
        _check(urls, prepared.token)
        return [_asked(urls, prepared.token, each, turns, seconds) for each in clients]


def _asked(urls: tuple[str, str], token: str, clients: int, turns: int, seconds: float) -> Asked:
    rates: tuple[list[float], list[float]] = ([], [])
    failed: list[str] = []
    for turn in range(turns):
        for side in (0, 1) if turn % 2 else (1, 0):
            found = _measured(urls[side], token if side == 0 else "", clients, seconds)
            rates[side].append(found["answered"] / found["seconds"])
            failed += found["failed"]
    ours, bare = (sorted(each)[len(each) // 2] for each in rates)
    return Asked(clients, ours, bare, ratio(*rates), tuple(failed))


def _measured(url: str, token: str, clients: int, seconds: float) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.clients", url, str(clients), str(seconds)],
        env={**os.environ, "BENCH_TOKEN": token},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _check(urls: tuple[str, str], token: str) -> None:
    ours, bare = (json.loads(_got(url, token)) for url in urls)
    cells = [[cell["time.year"], cell["revenue_total"]] for cell in ours["cells"]]
    assert len(cells) == 7, "the dashboard's question has seven rows"
    assert cells == bare["cells"], "the servers' answers differ"


@contextmanager
def _serving(prepared: Prepared) -> Iterator[tuple[str, str]]:
    ports = _free_port(), _free_port()
    ours = {"INDICUBE_PORT": str(ports[0]), "INDICUBE_WEB_WORKERS": "1"}
    started = [
        _started(["-m", "bench.web"], environment_of(prepared.home, **ours)),
        _started(["-m", "bench.bare", str(prepared.copy), str(ports[1])], {}),
    ]
    try:
        urls = (f"http://127.0.0.1:{ports[0]}{_PATH}", f"http://127.0.0.1:{ports[1]}/")
        for url, process in zip(urls, started, strict=True):
            _wait(url, process)
        yield urls
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(30)


def _started(arguments: Sequence[str], more: Mapping[str, str]) -> subprocess.Popen[bytes]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("INDICUBE_")}
    return subprocess.Popen([sys.executable, *arguments], env={**clean, **more})


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            _got(url, "")
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"the server at {url} does not answer")


def _got(url: str, token: str) -> bytes:
    host, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        connection.request("GET", f"/{path}", headers=headers)
        return connection.getresponse().read()
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
