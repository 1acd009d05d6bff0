"""G3 and G9: what roll-ups gain, and how prices grow with the facts.

The same questions are asked of the cube with its roll-up and, through the same code, without it:
the second way neither names a roll-up nor lets the engine choose one. Both give the same figures.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from math import log
from pathlib import Path
from typing import Any

from bench.filling import CUBE, MODELS, filled, settings_of
from bench.ssb import SMALL_LOADS, days
from bench.turns import geometric_mean, in_turns, milliseconds, ratio
from server.cube.browser import ClickHouseBrowser, Cubes
from server.cube.statement import Statement
from server.ledger.rollups import build_roll_up
from server.runtime import Runtime
from server.settings import Settings
from server.snapshot import Snapshot
from server.store.connection import Client, connect_reader
from server.store.readers import Limits, Rows
from server.store.rollups import sizes

ROLL_UP: dict[str, Any] = {
    "name": "monthly",
    "keys": ["time:month", "customer_region", "supplier_region", "part_category"],
}


@dataclass(frozen=True)
class RolledQuestion:
    """A question of a dashboard that the roll-up can answer."""

    name: str
    cuts: str
    drilldown: tuple[str, ...]
    aggregates: tuple[str, ...] = ("revenue_total", "lines")
    modifiers: str | None = None  # of time
    compare: str | None = None


QUESTIONS = (
    RolledQuestion("seven years", "", ("time:year",)),
    RolledQuestion("months of a region", "customer_region:ASIA", ("time:month",)),
    RolledQuestion("regions by year", "", ("customer_region", "time:year")),
    RolledQuestion("categories of a year", "time:1997", ("part_category",)),
    RolledQuestion(
        "trade of a quarter",
        "time:1995,2|part_category:MFGR#12;MFGR#34",
        ("supplier_region", "customer_region"),
        ("revenue_total", "supply_cost_total"),
    ),
)
# What is folded from parts: the roll-up tells them, the facts are asked without it. No hand writes
# these, so they are told apart from the others and belong to no goal.
FOLDED = (
    RolledQuestion(
        "year to date and before",
        "time:1993-1997",  # of whole months alone: as much of a month as another has needs days
        ("time:month",),
        modifiers="ytd",
        compare="last_year:change",
    ),
    RolledQuestion(
        "rolling twelve months",
        "",
        ("customer_region", "time:month"),
        modifiers="rolling-12",
    ),
    RolledQuestion(
        "one region beside all", "", ("time:month",), ("revenue_total", "asian_revenue")
    ),
    RolledQuestion("regions that bought", "", ("part_category", "time:year"), ("buying_regions",)),
)
MORE_AGGREGATES: tuple[dict[str, Any], ...] = (
    {"name": "asian_revenue", "label": "Revenue in Asia", "labels": {"zh": "亚洲收入"},
     "function": "sum", "measure": "revenue", "filter": "customer_region:ASIA"},
    {"name": "buying_regions", "label": "Regions that bought", "labels": {"zh": "购买地区数"},
     "function": "count_distinct", "columns": ["customer_region"]},
)  # fmt: skip


@dataclass(frozen=True)
class Gain:
    """One question with the roll-up and without."""

    name: str
    rolled: float  # milliseconds
    plain: float
    by_hand: float | None  # None where nobody wrote it by hand
    ratio: float


@dataclass(frozen=True)
class Gains:
    """All questions over so many facts."""

    rows: int
    roll_up_rows: int
    questions: tuple[Gain, ...]
    folded: tuple[Gain, ...] = ()

    @property
    def mean(self) -> float:
        """How many times faster roll-ups are."""
        return geometric_mean(each.ratio for each in self.questions)


def gains(home: Path, rows: int, turns: int, told: Callable[[int], None]) -> Gains:
    """Load what lacks, build the roll-up, ask; AssertionError when the answers differ."""
    with filled(rolled_settings(home), rows, told=told) as runtime:
        return gains_of(runtime, rows, turns)


def small_gains(
    settings: Settings,
    rows: int,
    turns: int,
    told: Callable[[int], None] = lambda _loads: None,
    loads: int = SMALL_LOADS,
) -> Gains:
    """The same where the roll-up was there first and the lines came in many small loads."""
    with filled(settings, 0, ()) as empty:
        build_rolled(empty)
    with filled(settings, rows, days(loads), told) as runtime:
        return gains_of(runtime, rows, turns)


def gains_of(runtime: Runtime, rows: int, turns: int) -> Gains:
    """The same over facts that are there."""
    build_rolled(runtime)
    with _without_roll_ups(runtime) as client:
        questions = tuple(_gain(runtime, client, each, turns) for each in QUESTIONS)
        folded = tuple(_folded_gain(runtime, client, each, turns) for each in FOLDED)
    (roll_up,) = runtime.cubes.model.cube(CUBE).roll_ups
    size = sizes(runtime.store, CUBE)[roll_up.projection.physical]
    return Gains(rows, size.rows, questions, folded)


def exponents(small: Gains, large: Gains) -> tuple[float, float, float]:
    """By which power of the facts the time grows: with roll-ups, without, by hand."""
    grown = log(large.rows / small.rows)
    pairs = tuple(zip(small.questions, large.questions, strict=True))
    return (
        log(geometric_mean(b.rolled / a.rolled for a, b in pairs)) / grown,
        log(geometric_mean(b.plain / a.plain for a, b in pairs)) / grown,
        log(geometric_mean((b.by_hand or 1) / (a.by_hand or 1) for a, b in pairs)) / grown,
    )


def rolled_settings(home: Path, **more: str) -> Settings:
    """The settings of an installation whose model declares the roll-up."""
    models = home.parent / "models-rolled"
    shutil.rmtree(models, ignore_errors=True)
    shutil.copytree(MODELS, models)
    path = models / "ssb" / "cubes.json"
    document = json.loads(path.read_text("utf-8"))
    document["cubes"][0]["rollups"] = [ROLL_UP]
    document["cubes"][0]["aggregates"] += MORE_AGGREGATES
    path.write_text(json.dumps(document), "utf-8")
    return settings_of(home, INDICUBE_MODELS=str(models), **more)


def by_hand_sql(question: RolledQuestion) -> str:
    """What somebody would write who knows the facts and has no roll-up."""
    keys = [{"time:year": "toYear(day)", "time:month": "toStartOfMonth(day)"}.get(e, e)
            for e in question.drilldown]  # fmt: skip
    figures = {
        "revenue_total": "sum(revenue)",
        "supply_cost_total": "sum(supply_cost)",
        "lines": "count()",
    }
    conditions = {
        "customer_region:ASIA": "customer_region = 'ASIA'",
        "time:1997": "toYear(day) = 1997",
        "time:1995,2": "day BETWEEN '1995-04-01' AND '1995-06-30'",
        "part_category:MFGR#12;MFGR#34": "part_category IN ('MFGR#12', 'MFGR#34')",
    }
    where = [conditions[each] for each in question.cuts.split("|") if each]
    asked = ", ".join([*keys, *(figures[each] for each in question.aggregates)])
    visible = ["_load <= {top:UInt32}", "_load NOT IN {hidden:Array(UInt32)}"]
    grouped = ", ".join(keys)
    return (
        f"SELECT {asked} FROM {CUBE} WHERE {' AND '.join([*visible, *where])} "
        f"GROUP BY {grouped} ORDER BY {grouped}"
    )


class _Plain:
    """Readers over one connection that leaves the engine's projections alone."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def query(self, statement: Statement) -> Rows:
        """The answer, from the facts themselves."""
        found = self._client.query(statement.sql, parameters=dict(statement.parameters))
        return Rows(tuple(found.column_names), [tuple(row) for row in found.result_rows])


@contextmanager
def _without_roll_ups(runtime: Runtime) -> Iterator[Client]:
    """A connection on which the engine leaves every projection alone."""
    limits = Limits(result_rows=runtime.settings.max_result_rows).as_settings("all")
    settings = {"optimize_use_projections": "0", **limits}
    client = connect_reader(runtime.store.address, settings, "plain")
    try:
        yield client
    finally:
        client.close()


def build_rolled(runtime: Runtime) -> None:
    """Build the roll-up, unless it is there."""
    cube = runtime.cubes.model.cube(CUBE)
    (roll_up,) = cube.roll_ups
    if roll_up.address not in runtime.snapshot().rollups:
        projection, now = roll_up.projection, runtime.clock()
        checked = build_roll_up(
            runtime.metadata, runtime.store, cube.fact, projection, lambda *_: None, now
        )
        assert checked.is_well, checked.sentence


def _gain(runtime: Runtime, client: Client, question: RolledQuestion, turns: int) -> Gain:
    snapshot = runtime.snapshot()
    plain = Cubes(runtime.cubes.model, _Plain(client))
    rolled = partial(_ask, runtime.cubes.browser(CUBE, snapshot), question)
    facts = partial(_ask, plain.browser(CUBE, replace(snapshot, rollups={})), question)
    hand = partial(_by_hand, client, question, snapshot)
    _check(question, rolled(), facts(), hand())
    with_it, without, written = in_turns((rolled, facts, hand), turns)
    return Gain(
        question.name,
        milliseconds(with_it),
        milliseconds(without),
        milliseconds(written),
        ratio(without, with_it),
    )


def _folded_gain(runtime: Runtime, client: Client, question: RolledQuestion, turns: int) -> Gain:
    snapshot = runtime.snapshot()
    plain = Cubes(runtime.cubes.model, _Plain(client))
    rolled = partial(_ask, runtime.cubes.browser(CUBE, snapshot), question)
    facts = partial(_ask, plain.browser(CUBE, replace(snapshot, rollups={})), question)
    _check_same(question, rolled(), facts())
    with_it, without = in_turns((rolled, facts), turns)
    return Gain(
        question.name,
        milliseconds(with_it),
        milliseconds(without),
        None,
        ratio(without, with_it),
    )


def _check_same(question: RolledQuestion, rolled: Any, facts: Any) -> None:
    assert (rolled.served_by, facts.served_by) == (ROLL_UP["name"], "facts")
    assert rolled.cells == facts.cells, f"{question.name} differs"


def _check(question: RolledQuestion, rolled: Any, facts: Any, hand: list[Any]) -> None:
    _check_same(question, rolled, facts)
    names = question.aggregates
    figures = sorted([row[name] for name in names] for row in rolled.cells)
    assert figures == sorted(list(row[-len(names) :]) for row in hand), f"{question.name} differs"


def _ask(browser: ClickHouseBrowser, question: RolledQuestion) -> Any:
    return browser.aggregate(
        question.cuts or None,
        aggregates=question.aggregates,
        drilldown=list(question.drilldown),
        summary=False,
        time=question.modifiers,
        compare=question.compare,
    )


def _by_hand(client: Client, question: RolledQuestion, snapshot: Snapshot) -> list[Any]:
    parameters = {"top": snapshot.top, "hidden": list(snapshot.hidden_in(CUBE))}
    return list(client.query(by_hand_sql(question), parameters=parameters).result_rows)
