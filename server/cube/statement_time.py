"""The SQL of figures over any runs of days, also runs that overlap.

The days are cut where a run begins or ends. Each piece names the runs that it is in, so a fact
counts once in each of them: `arrayJoin` makes one group of every run. The same aggregates are asked
over runs as over anything else, and one statement answers them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from server.cube.calendar_sql import FIRST_DAY, LAST_DAY, day_number
from server.cube.cell import ScopedCell
from server.cube.conditions import cell_conditions, since
from server.cube.cube_model import CubeModel
from server.cube.derived import simple_ones
from server.cube.elements import Aggregate
from server.cube.grouping import Output
from server.cube.rollup_serving import Ends
from server.cube.statement_figures import aggregate_sql, oldest_day_sql
from server.cube.statement_lines import (
    Breakdown,
    Page,
    Statement,
    from_lines,
    group_lines,
    groupings_of,
    order_lines,
    page_lines,
    select_lines,
    statement,
)
from server.cube.statement_stocks import RUN, Spans
from server.cube.terms import Terms
from server.errors import LimitReached
from server.snapshot import Snapshot

OLDEST = "__oldest__"  # before the name of a stock that is carried on: the first day it is of
MOST_MENTIONS = 200_000  # of runs by pieces, all of which are sent along

_LAST_DAY = LAST_DAY - timedelta(days=1)
_STARTS = "{run_starts:Array(UInt16)}"

Days = tuple[date, date]


@dataclass(frozen=True)
class Runs:
    """Runs of days, counted from 0, and the pieces into which they cut time."""

    runs: tuple[Days, ...]

    @property
    def first(self) -> date:
        """The first day of all."""
        return min(first for first, _ in self.runs)

    @property
    def last(self) -> date:
        """The last day of all."""
        return max(last for _, last in self.runs)

    def ends(self, loaded: Days) -> list[Ends]:
        """The ends of each run; open where there is no visible fact beyond, so that any will do."""
        begun, ended = loaded
        return [
            (first if first > begun else None, last if last < ended else None)
            for first, last in self.runs
        ]

    def opened(self, loaded: Days) -> "Runs":
        """The same runs, with those that begin or end with the facts as long as can be."""
        return Runs(
            tuple((first or FIRST_DAY, last or _LAST_DAY) for first, last in self.ends(loaded))
        )

    def pieces(self) -> tuple[list[int], list[list[int]]]:
        """The first day of each piece, as a number, and the runs that the piece is in."""
        opened: dict[int, list[int]] = {0: []}
        closed: dict[int, list[int]] = {}
        for number, (first, last) in enumerate(self.runs):
            opened.setdefault(day_number(first), []).append(number)
            closed.setdefault(day_number(last) + 1, []).append(number)
        starts = sorted({*opened, *closed})
        within: dict[int, None] = {}
        lists: list[list[int]] = []
        mentions = 0
        for start in starts:
            for number in closed.get(start, ()):
                del within[number]
            within |= dict.fromkeys(opened.get(start, ()))
            mentions += len(within)
            if mentions > MOST_MENTIONS:
                raise LimitReached(
                    "The periods and their modifiers are too many to be asked at once: cut time, "
                    "or drill it less.",
                    field="time",
                )
            lists.append(list(within))
        return starts, lists


@dataclass(frozen=True)
class RunSpans(Spans):
    """The spans of an answer over runs: the runs themselves, which may overlap."""

    @property
    def may_overlap(self) -> bool:
        """One day may be in several runs."""
        return True

    def keys(self, terms: Terms) -> tuple[str, ...]:
        """The run of a fact, one of those that its day is in, and what else tells spans apart."""
        return (_run_of_fact(terms), *super().keys(terms))


def runs_of(runs: Sequence[Days]) -> Runs:
    """Runs of days that facts can have; a run must have such days."""
    return Runs(tuple((max(first, FIRST_DAY), min(last, _LAST_DAY)) for first, last in runs))


def runs_statement(
    cell: ScopedCell,
    snapshot: Snapshot,
    aggregates: Sequence[Aggregate],
    runs: Runs,
    breakdown: Breakdown,
    *,
    page: Page,
    language: str,
) -> Statement:
    """The figures of a cell over each run, by the members of a breakdown; its own cuts of time out.

    Only runs with facts have rows; a row's run is its number. A stock that is carried on has the
    oldest of its days beside it.
    """
    terms = Terms(cell.cube, snapshot, language)
    run_parameters(terms, runs)
    run = _run_of_fact(terms)
    groupings = groupings_of(terms, breakdown)
    spans = RunSpans(cell, breakdown.drills, breakdown.split or ())
    outputs = [Output(RUN, run), *(output for each in groupings for output in each.outputs)]
    simple = simple_ones(aggregates)
    outputs += [Output(each.name, aggregate_sql(terms, each, spans)) for each in simple]
    outputs += [
        Output(oldest_name(each), oldest_day_sql(terms, each, spans))
        for each in simple
        if each.carry
    ]
    lines = [
        *select_lines(outputs),
        *from_lines(cell.cube.fact.name, [*cell_conditions(terms, cell), *run_bounds(terms, runs)]),
        *group_lines([run, *(key for each in groupings for key in each.keys)]),
        *order_lines([f"`{RUN}`", *(item for each in groupings for item in each.order)]),
        *page_lines(terms, page),
    ]
    return statement(lines, terms, outputs)


def oldest_name(aggregate: Aggregate) -> str:
    """The output that holds the first of the days that a stock is of."""
    return f"{OLDEST}.{aggregate.name}"


def run_parameters(terms: Terms, runs: Runs) -> None:
    """Send the pieces of time along, and the runs that each is in."""
    starts, lists = runs.pieces()
    terms.parameter("run_starts", "Array(UInt16)", starts)
    terms.parameter("run_pieces", "Array(UInt32)", list(range(1, len(starts) + 1)))
    terms.parameter("run_lists", "Array(Array(UInt32))", lists)


def run_bounds(terms: Terms, runs: Runs) -> list[str]:
    """The conditions that leave no more than the days of all runs, so that the sort key serves."""
    day, bounds = terms.day(), []
    if runs.first > FIRST_DAY:
        bounds.append(since(terms, day, runs.first, "run"))
    if runs.last < _LAST_DAY:
        bounds.append(f"{day} <= {terms.parameter('run_to', 'Date', runs.last)}")
    return bounds


def run_start(terms: Terms) -> str:
    """The first day of the piece that a fact's day is in."""
    return terms.name("start", f"roundDown(toUInt16({terms.day()}), {_STARTS})")


def run_of(start: str) -> str:
    """Each of the runs that a piece is in."""
    piece = f"transform({start}, {_STARTS}, {{run_pieces:Array(UInt32)}}, 0)"
    return f"arrayJoin(arrayElement({{run_lists:Array(Array(UInt32))}}, {piece}))"


def loaded_statement(cube: CubeModel, snapshot: Snapshot) -> Statement:
    """The first and the last day of all visible facts, and how many there are."""
    terms = Terms(cube, snapshot, "en")
    day = terms.day()
    outputs = [
        Output("first", f"min({day})"),
        Output("last", f"max({day})"),
        Output("facts", "count()"),
    ]
    lines = [*select_lines(outputs), *from_lines(cube.fact.name, terms.visible())]
    return statement(lines, terms, outputs)


def _run_of_fact(terms: Terms) -> str:
    return terms.name("run", run_of(f"roundDown(toUInt16({terms.day()}), {_STARTS})"))
