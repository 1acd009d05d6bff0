"""G1 and G2: the price of a question asked of the cube, and our own part of it."""

import time
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bench.filling import CUBE
from bench.questions import ALL, QUESTIONS, VISIBLE, Question, Rows
from bench.turns import geometric_mean, in_turns, milliseconds, ratio
from server.access import EVERYTHING
from server.cache.answer import Answer
from server.cache.cache import Cache
from server.cache.key import Asked, Keys, Reading
from server.cube.browser import ClickHouseBrowser, Cubes, Readers
from server.cube.canonical import canonical
from server.cube.statement import Statement
from server.runtime import Runtime
from server.snapshot import Snapshot
from server.store.connection import Client, connect_reader
from server.store.readers import Limits

HIDDEN = (0, 5, 500)


@dataclass(frozen=True)
class Price:
    """What one question costs, beside the statement written by hand."""

    name: str
    rows: int
    ours: float  # milliseconds
    by_hand: float
    ratio: float
    own_cpu: float  # milliseconds of ours alone
    hit_cpu: float  # milliseconds to find the answer in the cache


def prices(runtime: Runtime, turns: int) -> list[Price]:
    """Ask all questions both ways; AssertionError when any answer differs."""
    snapshot = runtime.snapshot()
    browser = runtime.cubes.browser(CUBE, snapshot)
    client = bare_reader(runtime)
    try:
        return [_price(runtime, browser, client, each, turns) for each in QUESTIONS]
    finally:
        client.close()


def predicate_costs(runtime: Runtime, turns: int) -> dict[int, float]:
    """The statements by hand with so many hidden batches, against those without `_load`."""
    client = bare_reader(runtime)
    ratios: dict[int, list[float]] = {hidden: [] for hidden in HIDDEN}
    try:
        for question in QUESTIONS:
            works = [partial(by_hand, client, question, runtime.snapshot(), ALL)]
            for hidden in HIDDEN:
                snapshot = hiding(runtime.snapshot(), hidden)
                works.append(partial(by_hand, client, question, snapshot))
            answers = [work() for work in works]
            assert all(each == answers[0] for each in answers), f"{question.name} differs"
            bare, *others = in_turns(works, turns)
            for hidden, times in zip(HIDDEN, others, strict=True):
                ratios[hidden].append(ratio(times, bare))
    finally:
        client.close()
    return {hidden: geometric_mean(each) for hidden, each in ratios.items()}


def hiding(snapshot: Snapshot, count: int) -> Snapshot:
    """The snapshot as if so many batches, without rows here, were hidden in it."""
    hidden = tuple(range(snapshot.top + 1, snapshot.top + 1 + count))
    return replace(snapshot, top=snapshot.top + count, hidden={CUBE: hidden})


def ask(browser: ClickHouseBrowser, question: Question) -> Any:
    """The cube's answer; a question that breaks nothing down asks the summary alone."""
    drilldown = list(question.drilldown) or None
    return browser.aggregate(
        question.cuts,
        aggregates=question.aggregates,
        drilldown=drilldown,
        summary=drilldown is None,
    )


def by_hand(client: Client, question: Question, snapshot: Snapshot, visible: str = VISIBLE) -> Rows:
    """The statement's answer."""
    parameters = {"top": snapshot.top, "hidden": list(snapshot.hidden_in(CUBE))}
    found = client.query(question.sql(visible), parameters=parameters)
    rows: Rows = found.result_rows  # type: ignore[assignment]  # they are tuples
    return rows


def bare_reader(runtime: Runtime) -> Client:
    """A connection like that of a reader whose question is alone, without our code around it."""
    limits = Limits(result_rows=runtime.settings.max_result_rows).as_settings("all")
    return connect_reader(runtime.store.address, limits, "bench")


def both_answers(
    browser: ClickHouseBrowser, client: Client, question: Question
) -> tuple[Rows, Rows]:
    """The cube's answer in the form of the statement's, and the statement's; both in one order."""
    result = ask(browser, question)
    cells = result.cells if question.drilldown else [result.summary]
    written = [tuple(row) for row in by_hand(client, question, browser.snapshot)]
    return sorted(question.rows_of(cells)), sorted(written)


def _price(
    runtime: Runtime, browser: ClickHouseBrowser, client: Client, question: Question, turns: int
) -> Price:
    answer, wanted = both_answers(browser, client, question)
    assert answer == wanted, f"{question.name}: the answers differ"
    asked = partial(ask, browser, question)
    written = partial(by_hand, client, question, browser.snapshot)
    ours, theirs = in_turns((asked, written), turns)
    return Price(
        name=question.name,
        rows=len(wanted),
        ours=milliseconds(ours),
        by_hand=milliseconds(theirs),
        ratio=ratio(ours, theirs),
        own_cpu=own_cpu(runtime, question, turns),
        hit_cpu=hit_cpu(runtime, question, 20 * turns),
    )


def own_cpu(runtime: Runtime, question: Question, turns: int) -> float:
    """Milliseconds of CPU for a question whose rows are had from memory."""
    cubes = Cubes(runtime.cubes.model, _FromMemory(runtime.store.readers))
    browser = cubes.browser(CUBE, runtime.snapshot())
    ask(browser, question)
    began = time.thread_time()  # all of ours runs in this thread; merges of the engine do not
    for _ in range(turns):
        ask(browser, question)
    return 1000 * (time.thread_time() - began) / turns


def hit_cpu(runtime: Runtime, question: Question, turns: int) -> float:
    """Milliseconds of CPU from a question's words to an answer that is kept."""
    cubes, snapshot = runtime.cubes, runtime.snapshot()
    keys, cache = Keys(lambda: cubes.model), Cache(1_000_000)
    words = {
        "cut": question.cuts,
        "aggregates": list(question.aggregates),
        "drilldown": list(question.drilldown),
    }
    reading = Reading((CUBE,), has_definitions=False)

    def find() -> Answer | None:
        browser = cubes.browser(CUBE, snapshot)
        asked = canonical(browser, words)
        key = keys.key(Asked(asked, reading, snapshot, EVERYTHING, "en", "json"))
        return cache.answered(key, lambda: Answer(b"{}", "application/json"))

    find()
    began = time.thread_time()
    for _ in range(turns):
        find()
    return 1000 * (time.thread_time() - began) / turns


class _FromMemory:
    """Readers that ask the engine once for each statement."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._answers: dict[str, Any] = {}

    def query(self, statement: Statement) -> Any:
        """The answer, from memory from the second time on."""
        if statement.sql not in self._answers:
            self._answers[statement.sql] = self._readers.query(statement)
        return self._answers[statement.sql]
