"""G7: facts as CSV, streamed by our server, against the engine's own INTO OUTFILE.

Ours is read over HTTP to its end and kept by nobody; the engine writes a file. Both hold the same
columns of the same facts. The growth is that of our process, from before to its peak.
"""

import json
import time
from dataclasses import dataclass
from urllib.parse import quote

from bench.bare import COLUMNS
from bench.filling import CUBE
from bench.memory import growing
from bench.servers import Serving, got, opened
from bench.turns import ratio

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Streamed:
    """One export, both ways."""

    rows: int
    ours: float  # seconds
    outfile: float
    ratio: float  # of the speeds: 1 is as fast as the engine
    growth: float  # MB


def streamed(servers: Serving, turns: int, year: int | None) -> Streamed:
    """Export the facts of a year, or all; AssertionError when a row is missing."""
    times: tuple[list[float], list[float]] = ([], [])
    growth, rows = 0.0, 0
    for _ in range(turns):
        written = json.loads(got(f"{servers.bare}/outfile/{year or ''}"))
        times[1].append(written["seconds"])
        with growing(servers.process) as grown:
            began = time.perf_counter()
            rows = _lines(servers, year) - 1
            times[0].append(time.perf_counter() - began)
            growth = max(growth, grown())
        assert rows == written["rows"], f"{rows} of {written['rows']} rows were sent"
    ours, outfile = (sorted(each)[len(each) // 2] for each in times)
    return Streamed(rows, ours, outfile, ratio(times[1], times[0]), growth)


def _lines(servers: Serving, year: int | None) -> int:
    fields = quote(",".join(COLUMNS), safe=",")
    cut = f"&cut=time:{year}" if year else ""
    path = f"/api/v1/cubes/{CUBE}/facts?format=csv&fields={fields}{cut}"
    connection, answer = opened(servers.ours + path, servers.token)
    lines = 0
    try:
        assert answer.status == 200, answer.read(300)
        while block := answer.read(_BLOCK):
            lines += block.count(b"\n")
    finally:
        connection.close()
    return lines
