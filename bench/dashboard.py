"""G4: a dashboard's question over HTTP, of our server and of the bare engine behind HTTP.

They are asked in turns by clients in a third process. The bare one runs one statement, that of the
cells alone. Ours also answers the summary of all cells, asks the ledger for every request which
snapshot is the latest, and reads the token and its rights anew every five seconds.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from bench.filling import CUBE
from bench.servers import Serving, got
from bench.turns import ratio

CLIENTS = (1, 8, 32, 128)
_CUT = "supplier_nation:CHINA|customer_nation:PERU"
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


def requests_a_second(
    servers: Serving, turns: int, seconds: float, clients: Sequence[int] = CLIENTS
) -> list[Asked]:
    """Ask both in turns; AssertionError when their rows differ."""
    _check(servers)
    return [_asked(servers, each, turns, seconds) for each in clients]


def _check(servers: Serving) -> None:
    ours = json.loads(got(servers.ours + _PATH, servers.token))
    bare = json.loads(got(f"{servers.bare}/cells"))
    cells = [[cell["time.year"], cell["revenue_total"]] for cell in ours["cells"]]
    assert cells == bare["cells"], "the servers' answers differ"
    assert len(cells) == 7, f"the dashboard's question has {len(cells)} rows, not seven"


def _asked(servers: Serving, clients: int, turns: int, seconds: float) -> Asked:
    sides = (servers.ours + _PATH, servers.token), (f"{servers.bare}/cells", "")
    rates: tuple[list[float], list[float]] = ([], [])
    failed: list[str] = []
    for turn in range(turns):
        for side in (0, 1) if turn % 2 else (1, 0):
            found = _measured(*sides[side], clients, seconds)
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
