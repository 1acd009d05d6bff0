"""The price of a question: through the browser against hand-written SQL on the same readers.

Both are asked in turns, so that whatever else the machine does hits both alike. Printed are the
ratio of the medians for each question, their geometric mean, and our own CPU time for a question
(the engine's answer taken from memory). The answers must be equal first.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from math import exp, log
from pathlib import Path
from typing import Any

from loaders.context import context_of
from loaders.sample import apply_everything, load_everything
from server.cube.browser import ClickHouseBrowser, Cubes, Readers
from server.cube.statement import Statement
from server.runtime import Runtime, open_runtime
from server.settings import Settings

ROUNDS = 60
VISIBLE = "_load <= {top:UInt32} AND _load NOT IN {hidden:Array(UInt32)}"


@dataclass(frozen=True)
class Question:
    """One question in both languages."""

    name: str
    aggregates: str
    sql: str
    cuts: str = ""
    drilldown: str = ""


@dataclass(frozen=True)
class HandWritten:
    """A statement as the readers take it."""

    sql: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    columns: tuple[str, ...] = ()


QUESTIONS = (
    Question("one total", "flights", f"SELECT count() FROM departures WHERE {VISIBLE}"),
    Question(
        "months",
        "flights|departure_delay_minutes",
        "SELECT toYear(m), toQuarter(m), toMonth(m), f, d FROM (SELECT toStartOfMonth(day) AS m, "
        f"count() AS f, sum(departure_delay) AS d FROM departures WHERE {VISIBLE} GROUP BY m) "
        "ORDER BY m",
        drilldown="time@ymd:month",
    ),
    Question(
        "carriers of a quarter",
        "arrivals|on_time_arrivals",
        "SELECT dictGet('dict_carriers', 'group', (v, carrier)) AS g, carrier, sum(arrived), "
        "sum(on_time) FROM (SELECT *, {version:UInt32} AS v FROM departures) "
        f"WHERE {VISIBLE} AND day >= '2013-10-01' AND day <= '2013-12-31' "
        "GROUP BY g, carrier, v ORDER BY g, carrier",
        cuts="time@ymd:2013,4",
        drilldown="organisation:carrier",
    ),
    Question(
        "origins of one carrier",
        "flights",
        f"SELECT origin, count() FROM departures WHERE {VISIBLE} AND carrier = 'AA' AND "
        "dictGet('dict_carriers', 'group', ({version:UInt32}, carrier)) = 'network' "
        "GROUP BY origin ORDER BY origin",
        cuts="organisation:network,AA",
        drilldown="origin:origin",
    ),
)


def main() -> None:
    """Measure and print."""
    with flights() as runtime:
        snapshot = runtime.snapshot()
        browser = runtime.cubes.browser("departures", snapshot)
        parameters = {
            "top": snapshot.top,
            "hidden": list(snapshot.hidden_in("departures")),
            "version": snapshot.version_of("carriers"),
        }
        print(f"{'question':<30}{'ours ms':>10}{'SQL ms':>10}{'ratio':>8}{'own CPU ms':>12}")
        ratios = []
        for question in QUESTIONS:
            by_hand = HandWritten(question.sql, parameters)
            ours, theirs = in_turns(
                partial(ask, browser, question), partial(ask_by_hand, runtime, by_hand)
            )
            ratios.append(ours / theirs)
            own = own_cpu(runtime, question)
            print(f"{question.name:<30}{ours:>10.2f}{theirs:>10.2f}{ratios[-1]:>8.2f}{own:>12.2f}")
        print(f"geometric mean of the ratios: {exp(statistics.fmean(map(log, ratios))):.3f}")


def ask(browser: ClickHouseBrowser, question: Question) -> list[tuple[Any, ...]]:
    """The rows that the browser answers, figures last."""
    result = browser.aggregate(
        question.cuts or None,
        aggregates=question.aggregates,
        drilldown=question.drilldown or None,
        summary=not question.drilldown,
    )
    rows = result.cells if question.drilldown else [result.summary]
    return [tuple(row.values()) for row in rows]


def ask_by_hand(runtime: Runtime, statement: HandWritten) -> list[tuple[Any, ...]]:
    """The rows that the statement answers."""
    return runtime.store.readers.query(statement).rows


def in_turns(ours: Callable[[], Any], theirs: Callable[[], Any]) -> tuple[float, float]:
    """The medians of both in milliseconds, after both gave figures that agree."""
    assert figures(ours()) == figures(theirs()), "the answers differ"
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(ROUNDS):
        for side in (0, 1) if turn % 2 else (1, 0):
            began = time.perf_counter()
            (ours, theirs)[side]()
            times[side].append(1000 * (time.perf_counter() - began))
    return statistics.median(times[0]), statistics.median(times[1])


def figures(rows: list[tuple[Any, ...]]) -> list[list[str]]:
    """The numbers of each row as text, without keys and names."""
    return [[str(value) for value in row if not isinstance(value, str)] for row in rows]


class FromMemory:
    """Readers that ask the engine once for each statement."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._answers: dict[str, Any] = {}

    def query(self, statement: Statement) -> Any:
        """The answer, from memory from the second time on."""
        if statement.sql not in self._answers:
            self._answers[statement.sql] = self._readers.query(statement)
        return self._answers[statement.sql]


def own_cpu(runtime: Runtime, question: Question) -> float:
    """Milliseconds of our own CPU for one question."""
    cubes = Cubes(runtime.cubes.model, FromMemory(runtime.store.readers))
    browser = cubes.browser("departures", runtime.snapshot())
    ask(browser, question)
    began = time.process_time()
    for _ in range(ROUNDS):
        ask(browser, question)
    return 1000 * (time.process_time() - began) / ROUNDS


@contextmanager
def flights() -> Iterator[Runtime]:
    """The real flights of 2013 in a home that goes away again."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.from_environment({"INDICUBE_HOME": str(Path(folder) / "home")})
        runtime = open_runtime(settings)
        try:
            apply_everything(runtime, runtime.cubes.model, "bench")
            load_everything(context_of(runtime), "bench", None, lambda _done, _expected: None)
            yield runtime
        finally:
            runtime.close()


if __name__ == "__main__":
    main()
