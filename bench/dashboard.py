"""G4: a dashboard's question over HTTP, of our server and of the bare engine behind HTTP.

They are asked in turns by clients in a third process, ours as 32 people with a token each: over the
facts, over a roll-up, and with our cache. The bare one runs one statement, that of the cells alone;
over the roll-up it is ours. Ours also answers the summary of all cells, and reads each token and
its rights anew every five seconds.
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
from bench.rolled import ROLL_UP
from bench.servers import Serving, got
from bench.turns import ratio
from server.access import EVERYTHING
from server.cube.cell import scoped_cell
from server.cube.drilldown import parse_drilldown
from server.cube.statement import Breakdown, Statement, aggregate_statement
from server.runtime import Runtime

CLIENTS = (1, 8, 32, 128)
_CUT = "supplier_nation:CHINA|customer_nation:PERU"
_AGGREGATE = f"/api/v1/cubes/{CUBE}/aggregate?aggregates=revenue_total&drilldown=time:year"
_PATH = f"{_AGGREGATE}&cut={quote(_CUT, safe=':')}"
_CELLS, _STATEMENT = "/cells", "/statement"


@dataclass(frozen=True)
class Asked:
    """Requests a second with so many clients."""

    clients: int
    ours: float
    bare: float
    ratio: float
    failed: tuple[str, ...]


def requests_a_second(
    servers: Serving,
    turns: int,
    seconds: float,
    clients: Sequence[int] = CLIENTS,
    *,
    is_rolled: bool = False,
) -> list[Asked]:
    """Ask both in turns; AssertionError when their rows differ."""
    ours, bare = (_AGGREGATE, _STATEMENT) if is_rolled else (_PATH, _CELLS)
    served_by = _check(servers, ours, bare)
    assert not is_rolled or served_by == ROLL_UP["name"], f"it is served by {served_by}"
    sides = (servers.ours + ours, " ".join(servers.tokens)), (servers.bare + bare, "")
    return [_asked(sides, each, turns, seconds) for each in clients]


def rolled_statement(runtime: Runtime) -> Statement:
    """The statement by which the roll-up answers seven years."""
    cube, snapshot = runtime.cubes.model.cube(CUBE), runtime.snapshot()
    cell = scoped_cell(cube, (), EVERYTHING)
    breakdown = Breakdown(parse_drilldown(cell, "time:year"))
    return aggregate_statement(cell, snapshot, [cube.aggregate("revenue_total")], breakdown)


def _check(servers: Serving, ours: str, bare: str) -> str:
    """What served ours."""
    found = json.loads(got(servers.ours + ours, servers.token))
    wanted = json.loads(got(servers.bare + bare))["cells"]
    cells = [[str(cell["time.year"]), str(cell["revenue_total"])] for cell in found["cells"]]
    assert cells == [[str(value) for value in row[:2]] for row in wanted], "the answers differ"
    assert len(cells) == 7, f"the dashboard's question has {len(cells)} rows, not seven"
    return str(found["served_by"])


def _asked(
    sides: tuple[tuple[str, str], tuple[str, str]], clients: int, turns: int, seconds: float
) -> Asked:
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
