"""The SQL of figures over runs of days where those of the whole follow from those of its parts.

Facts are added up by pieces of time first, and only these sums are counted in every run that their
piece is in: a year to date by days costs little more than the days alone. Where every piece begins
at a border of a roll-up's spans of time, the pieces are told by that roll-up.
"""

from collections.abc import Sequence

from server.cube.cell import ScopedCell
from server.cube.conditions import cell_conditions
from server.cube.derived import simple_ones
from server.cube.elements import Aggregate
from server.cube.grouping import Output, output_name
from server.cube.rollups import RollUp
from server.cube.statement_lines import (
    Breakdown,
    Page,
    Statement,
    group_lines,
    groupings_of,
    order_lines,
    page_lines,
    select_lines,
    statement_of,
)
from server.cube.statement_parts import Parts, folding, is_of_parts, member_names, moves
from server.cube.statement_stocks import RUN
from server.cube.statement_time import (
    Days,
    Runs,
    RunSpans,
    run_bounds,
    run_of,
    run_parameters,
    run_start,
)
from server.cube.terms import Terms
from server.snapshot import Snapshot


def follows_from_pieces(cell: ScopedCell, aggregate: Aggregate, breakdown: Breakdown) -> bool:
    """Whether a figure of any run follows exactly from those of its pieces."""
    if moves(cell, breakdown):
        return False
    return all(is_of_parts(simple) for simple in aggregate.simple)


def rolled_pieces(
    cell: ScopedCell,
    snapshot: Snapshot,
    aggregates: Sequence[Aggregate],
    runs: Runs,
    breakdown: Breakdown,
    loaded: Days,
) -> RollUp | None:
    """The roll-up that tells the pieces of all runs; no visible fact is outside the loaded days."""
    if not snapshot.rollups:
        return None
    return folding(cell, snapshot, simple_ones(aggregates), breakdown, runs.ends(loaded))


def pieces_statement(
    cell: ScopedCell,
    snapshot: Snapshot,
    aggregates: Sequence[Aggregate],
    runs: Runs,
    breakdown: Breakdown,
    *,
    page: Page,
    language: str,
    roll_up: RollUp | None = None,
) -> Statement:
    """What `runs_statement` answers, for aggregates that follow from pieces.

    With a roll-up the runs are those of `Runs.opened`.
    """
    terms = Terms(cell.cube, snapshot, language, roll_up=roll_up)
    run_parameters(terms, runs)
    spans = RunSpans(cell, breakdown.drills, breakdown.split or ())
    parts = Parts(terms, spans, is_rolled=roll_up is not None)
    start = parts.key("__start__", run_start(terms))
    groupings = groupings_of(terms, breakdown)
    outputs = [
        Output(RUN, run_of(start)),
        *parts.members(groupings, breakdown),
        *(parts.figure(each) for each in simple_ones(aggregates)),
    ]
    lines = [
        *select_lines(outputs),
        *parts.lines([*cell_conditions(terms, cell), *run_bounds(terms, runs)]),
        *group_lines([output_name(RUN), *member_names(breakdown)]),
        *order_lines([output_name(RUN), *(item for each in groupings for item in each.order)]),
        *page_lines(terms, page),
    ]
    return statement_of(lines, terms, outputs)
