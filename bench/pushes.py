"""What pushing costs beside loading one file of the same rows.

An acknowledged push was checked as a load would check it, is on disk in the spool and written down
in the ledger, so that it survives a power cut; its rows are loaded with those of its window later.
The file is loaded whole: kept, checked, stored, compared, published.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.senders import observation
from bench.servers import ours_alone
from loaders.context import LoadContext, context_of
from loaders.grouping import load_due_groups
from loaders.load import run_load
from server.access import Role
from server.metadata.tokens import create_token
from server.metadata.users import create_user
from server.runtime import Runtime, open_runtime
from server.settings import Settings

CLIENTS, ROWS = 10, 100
_SOURCE = "weather"
_COLUMNS = (
    *("origin", "year", "month", "day", "hour", "temp", "dewp", "humid", "wind_dir"),
    *("wind_speed", "wind_gust", "precip", "pressure", "visib", "time_hour"),
)


@dataclass(frozen=True)
class Pushed:
    """What was acknowledged in some seconds, and what loading it took."""

    pushes: int
    seconds: float
    joined: float  # seconds until what was pushed was seen
    file: float  # seconds until the same rows in one file were
    failed: tuple[str, ...]

    @property
    def rows(self) -> int:
        """How many rows were pushed."""
        return self.pushes * ROWS


def pushed(home: Path, seconds: float) -> Pushed:
    """Push to our server for so long, then load what was pushed, and the same as one file."""
    home.mkdir(parents=True, exist_ok=True)
    variables = {
        "INDICUBE_HOME": str(home),
        "INDICUBE_API_REQUESTS_PER_MINUTE": "1000000",  # one token sends for everybody
        "INDICUBE_PUSH_WINDOW_SECONDS": "3600",  # nothing is loaded meanwhile
    }
    token = _token(Settings.from_environment(variables))
    with ours_alone(variables) as address:
        told = _sent(f"{address}/api/v1/loads/{_SOURCE}", token, seconds)
    runtime = open_runtime(Settings.from_environment(variables))
    try:
        joined = _seconds(lambda: _load_pushed(runtime))
        file = _written(home / "one.csv", told["accepted"] * ROWS)
        alone = _seconds(lambda: run_load(_without_totals(context_of(runtime)), _SOURCE, file))
    finally:
        runtime.close()
    return Pushed(told["accepted"], told["seconds"], joined, alone, tuple(told["failed"]))


def _token(settings: Settings) -> str:
    runtime = open_runtime(settings)
    try:
        with runtime.metadata.write() as session:
            user = create_user(session, "bench", Role.OPS, runtime.clock())
            return create_token(session, user, "bench", runtime.clock(), timedelta(days=1))
    finally:
        runtime.close()


def _sent(url: str, token: str, seconds: float) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "bench.senders", url, str(CLIENTS), str(seconds), str(ROWS)],
        env={**os.environ, "BENCH_TOKEN": token},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def _load_pushed(runtime: Runtime) -> None:
    context = context_of(runtime)
    after = replace(context, clock=lambda: runtime.clock() + timedelta(hours=2))
    assert load_due_groups(after), "nothing was pushed"


def _written(path: Path, rows: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{','.join(_COLUMNS)}\n")
        for number in range(rows):
            row = observation(number)
            file.write(f"{','.join(str(row.get(name, 'NA')) for name in _COLUMNS)}\n")
    return path


def _without_totals(context: LoadContext) -> LoadContext:
    """The control totals are those of the file that comes with the sample."""
    found = replace(context.specification(_SOURCE), rows=None, sums={})
    return replace(context, specifications={**context.specifications, _SOURCE: found})


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
