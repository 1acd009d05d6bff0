"""The peer: DataBrewery Cubes 1.1 with its own SQL browser, over SQLite, on the same lines.

Its price is measured against SQL by hand over the same connection library, ours against SQL by hand
over the same engine: neither side is charged for the other's engine. Both answer cells and summary.
"""

import json
import re
import sqlite3
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench.aggregates import bare_reader, by_hand
from bench.filling import CUBE, filled, settings_of
from bench.questions import QUESTIONS, Question
from bench.ssb import MONTHS
from bench.turns import geometric_mean, in_turns, milliseconds, ratio
from server.runtime import Runtime
from server.store.connection import Client

ROWS = 600_000
DIMENSIONS = (
    *("customer_region", "customer_nation", "customer_city"),
    *("supplier_region", "supplier_nation", "supplier_city"),
    *("part_manufacturer", "part_category", "part_brand", "discount", "quantity"),
)
MEASURES = {
    "revenue": "revenue",
    "discounted": "extended_price * discount",
    "profit": "revenue - supply_cost",
}
_PARTS = {
    "year": "toYear(day)",
    "quarter": "toQuarter(day)",
    "month": "toMonth(day)",
    "iso_year": "toISOYear(day)",
    "iso_week": "toISOWeek(day)",
}
_HERE = Path(__file__).parent
_NUMBERS = ("time", "week", "discount", "quantity")


@dataclass(frozen=True)
class Compared:
    """One question, asked of both."""

    name: str
    ours: float  # milliseconds
    ours_by_hand: float
    ours_ratio: float
    peer: float
    peer_by_hand: float
    peer_ratio: float


def compared(home: Path, turns: int) -> list[Compared]:
    """Ask all questions of both; AssertionError when any two answers differ."""
    python = _environment(home / "environment")
    with filled(settings_of(home / "home"), ROWS) as runtime:
        client = bare_reader(runtime)
        try:
            database = _database(home / "lines.db", client)
            told = _asked_of_peer(python, database, turns)
            return [_compared(runtime, client, each, told[each.name], turns) for each in QUESTIONS]
        finally:
            client.close()


def means(found: list[Compared]) -> tuple[float, float]:
    """The geometric means of both prices: ours, the peer's."""
    return (
        geometric_mean(each.ours_ratio for each in found),
        geometric_mean(each.peer_ratio for each in found),
    )


def peer_question(question: Question) -> dict[str, Any]:
    """A question in the peer's words."""
    figure = next(name for name, sql in MEASURES.items() if f"sum({sql})" == question.figure)
    return {
        "name": question.name,
        "cuts": [_cut(one) for one in question.cuts.split("|")],
        "drilldown": [_drill(one) for one in question.drilldown],
        "keys": [one.replace(":", ".") for one in question.drilldown],
        "measure": figure,
        "sql": _sql(question, figure),
    }


def _compared(
    runtime: Runtime, client: Client, question: Question, told: Any, turns: int
) -> Compared:
    browser = runtime.cubes.browser(CUBE, runtime.snapshot())
    asked = partial(
        browser.aggregate,
        question.cuts,
        aggregates=question.aggregates,
        drilldown=list(question.drilldown) or None,
    )
    written = partial(by_hand, client, question, browser.snapshot)
    result = asked()
    cells = result.cells if question.drilldown else [result.summary]
    answers = [sorted(question.rows_of(cells)), sorted(tuple(row) for row in written())]
    answers += [sorted(tuple(row) for row in one) for one in told["answers"]]
    plain = [[tuple(map(_plain, row)) for row in one] for one in answers]
    assert all(one == plain[0] for one in plain), f"{question.name}: the answers differ"
    ours, theirs = in_turns((asked, written), turns)
    peer, peer_by_hand = told["times"]
    return Compared(
        name=question.name,
        ours=milliseconds(ours),
        ours_by_hand=milliseconds(theirs),
        ours_ratio=ratio(ours, theirs),
        peer=milliseconds(peer),
        peer_by_hand=milliseconds(peer_by_hand),
        peer_ratio=ratio(peer, peer_by_hand),
    )


def _plain(value: Any) -> Any:
    """Sums of nothing are 0 here and empty in SQLite."""
    return 0 if value is None else value if isinstance(value, str) else int(value)


def _environment(folder: Path) -> str:
    """The Python of the peer's environment, made at its first use."""
    python, ready = folder / "bin" / "python", folder / "ready"
    if not ready.exists():
        print("Installing the peer into an environment of its own", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        pip.append("--require-hashes")
        subprocess.run([*pip, "-r", str(_HERE / "peer_build.txt")], check=True)
        needed = ["--no-build-isolation", "-r", str(_HERE / "peer.txt")]
        subprocess.run([*pip, *needed], check=True)
        ready.touch()
    return str(python)


def _database(path: Path, client: Client) -> Path:
    """The lines in SQLite, as columns of plain numbers and texts."""
    names = (*_PARTS, *DIMENSIONS, *MEASURES)
    if path.exists():
        with closing(sqlite3.connect(path)) as there:
            if there.execute("SELECT count(*) FROM lineorder").fetchone() == (ROWS,):
                return path
        path.unlink()
    with closing(sqlite3.connect(path)) as database:
        kinds = (f"{one} {'TEXT' if one in DIMENSIONS[:9] else 'INTEGER'}" for one in names)
        database.execute(f"CREATE TABLE lineorder ({', '.join(kinds)})")
        places = ", ".join("?" * len(names))
        database.executemany(f"INSERT INTO lineorder VALUES ({places})", _lines(client))
        database.commit()
    return path


def _lines(client: Client) -> Iterator[tuple[Any, ...]]:
    columns = ", ".join((*_PARTS.values(), *DIMENSIONS, *MEASURES.values()))
    for month in MONTHS:
        within = f"day BETWEEN '{month.first_day}' AND '{month.last_day}'"
        for row in client.query(f"SELECT {columns} FROM lineorder WHERE {within}").result_rows:
            yield tuple(one if isinstance(one, str) else int(one) for one in row)


def _asked_of_peer(python: str, database: Path, turns: int) -> Any:
    asked = {
        "dimensions": DIMENSIONS,
        "measures": tuple(MEASURES),
        "questions": [peer_question(each) for each in QUESTIONS],
    }
    done = subprocess.run(
        [python, str(_HERE / "peer_child.py"), str(database), str(turns)],
        input=json.dumps(asked),
        text=True,
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def _cut(text: str) -> tuple[str, str, list[Any]]:
    name, _, values = text.partition(":")
    dimension = "week" if name == "time@iso" else name

    def read(value: str) -> Any:
        return int(value) if dimension in _NUMBERS else value

    if ";" in values:
        return "set", dimension, [read(one) for one in values.split(";")]
    if "-" in values:
        return "range", dimension, [read(one) if one else None for one in values.split("-")]
    return "point", dimension, [read(one) for one in values.split(",")]


def _drill(text: str) -> tuple[str, None, str | None]:
    dimension, _, level = text.partition(":")
    return dimension, None, level or None


def _sql(question: Question, figure: str) -> str:
    """The statement by hand as SQLite takes it."""
    sql = question.sql("1").replace(f"sum({MEASURES[figure]})", f"sum({figure})")
    sql = re.sub(r"toYYYYMM\(day\) = (\d{4})(\d\d)", _month, sql)
    for name, part in _PARTS.items():
        sql = sql.replace(part, name)
    return sql


def _month(found: re.Match[str]) -> str:
    return f"year = {found[1]} AND month = {int(found[2])}"
