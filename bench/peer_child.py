"""Asks DataBrewery Cubes 1.1 over its own SQL browser: `python peer_child.py DATABASE TURNS`.

Runs in an environment of its own with what `bench/peer.txt` names, and imports nothing of ours.
Reads the questions from standard input as JSON and writes times and answers as JSON.
"""

import collections
import collections.abc
import json
import sys
import time
import warnings
from typing import Any

for _name in ("Mapping", "MutableMapping", "Sequence", "Set", "Iterable", "Callable"):
    if not hasattr(collections, _name):
        setattr(collections, _name, getattr(collections.abc, _name))
warnings.simplefilter("ignore")

import sqlalchemy  # noqa: E402
from cubes import Cell, PointCut, RangeCut, SetCut, Workspace  # noqa: E402

TIME = ("year", "quarter", "month")
WEEK = ("iso_year", "iso_week")


def main() -> None:
    """Answer every question both ways, in turns."""
    database, turns = sys.argv[1], int(sys.argv[2])
    asked = json.load(sys.stdin)
    url = f"sqlite:///{database}"
    browser = _browser(url, asked["dimensions"], asked["measures"])
    engine = sqlalchemy.create_engine(url)
    told = {}
    with engine.connect() as connection:
        for question in asked["questions"]:
            works = (
                lambda question=question: _by_cubes(browser, question),
                lambda question=question: _by_hand(connection, question["sql"]),
            )
            answers = [sorted(work()) for work in works]
            times: list[list[float]] = [[], []]
            for turn in range(turns):
                for step in range(2):
                    side = (turn + step) % 2
                    began = time.perf_counter()
                    works[side]()
                    times[side].append(time.perf_counter() - began)
            told[question["name"]] = {"answers": answers, "times": times}
    json.dump(told, sys.stdout)


def _browser(url: str, dimensions: list[str], measures: list[str]) -> Any:
    workspace = Workspace()
    workspace.register_default_store("sql", url=url)
    workspace.import_model(
        {
            "dimensions": [
                _dimension("time", TIME),
                _dimension("week", WEEK),
                *(_dimension(name, (name,)) for name in dimensions),
            ],
            "cubes": [
                {
                    "name": "lineorder",
                    "dimensions": ["time", "week", *dimensions],
                    "measures": [{"name": name} for name in measures],
                    "aggregates": [
                        {"name": f"{name}_sum", "function": "sum", "measure": name}
                        for name in measures
                    ],
                    "mappings": {
                        **{f"time.{name}": name for name in TIME},
                        **{f"week.{name}": name for name in WEEK},
                        **{f"{name}.{name}": name for name in dimensions},
                    },
                }
            ],
        }
    )
    return workspace.browser("lineorder")


def _dimension(name: str, levels: tuple[str, ...]) -> dict[str, Any]:
    return {"name": name, "levels": [{"name": one, "attributes": [one]} for one in levels]}


def _by_cubes(browser: Any, question: dict[str, Any]) -> list[tuple[Any, ...]]:
    cell = Cell(browser.cube, [_cut(one) for one in question["cuts"]])
    measure = f"{question['measure']}_sum"
    drilldown = [tuple(one) for one in question["drilldown"]]
    result = browser.aggregate(cell, aggregates=[measure], drilldown=drilldown or None)
    if not drilldown:
        return [(result.summary[measure],)]
    keys = question["keys"]
    return [(*(row[key] for key in keys), row[measure]) for row in result]


def _cut(told: list[Any]) -> Any:
    kind, dimension, values = told
    if kind == "point":
        return PointCut(dimension, values)
    if kind == "set":
        return SetCut(dimension, [[value] for value in values], hierarchy="default")
    return RangeCut(dimension, *(None if one is None else [one] for one in values))


def _by_hand(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(sql)]


if __name__ == "__main__":
    main()
