"""The SQL of figures over runs of days where those of the whole follow from those of its parts.

Facts are added up by pieces of time first, and only these sums are counted in every run that their
piece is in: a year to date by days costs little more than the days alone.
"""

from collections.abc import Sequence
from types import MappingProxyType

from server.cube.cell import ScopedCell
from server.cube.conditions import cell_conditions
from server.cube.derived import simple_ones
from server.cube.elements import AS_WAS, Aggregate
from server.cube.grouping import Output, output_name
from server.cube.statement import (
    SPLIT,
    Breakdown,
    Page,
    Statement,
    folded_sql,
    from_lines,
    group_lines,
    groupings_of,
    is_of_parts,
    order_lines,
    page_lines,
    select_lines,
    with_lines,
)
from server.cube.statement_figures import aggregate_sql
from server.cube.statement_stocks import Spans
from server.cube.statement_time import RUN, Runs, run_bounds, run_of, run_parameters, run_start
from server.cube.terms import Terms
from server.snapshot import Snapshot

_PIECE = "__piece__"


def follows_from_pieces(cell: ScopedCell, aggregate: Aggregate, breakdown: Breakdown) -> bool:
    """Whether a figure of any run follows exactly from those of its pieces."""
    is_moving = cell.cube.membership == AS_WAS and any(
        drill.dimension.is_dated for drill in breakdown.drills
    )
    return not is_moving and all(is_of_parts(simple) for simple in aggregate.simple)


def pieces_statement(
    cell: ScopedCell,
    snapshot: Snapshot,
    aggregates: Sequence[Aggregate],
    runs: Runs,
    breakdown: Breakdown,
    *,
    page: Page,
    language: str,
) -> Statement:
    """What `runs_statement` answers, for aggregates that follow from pieces."""
    terms = Terms(cell.cube, snapshot, language)
    run_parameters(terms, runs)
    simple, start = simple_ones(aggregates), run_start(terms)
    groupings = groupings_of(terms, breakdown)
    members = [output for each in groupings for output in each.outputs]
    figures = [Output(each.name, aggregate_sql(terms, each, Spans(cell))) for each in simple]
    inner = [
        *select_lines(
            Output(_inner(one.ref), one.sql) for one in (Output("start", start), *members, *figures)
        ),
        *from_lines(cell.cube.fact.name, [*cell_conditions(terms, cell), *run_bounds(terms, runs)]),
        *group_lines([start, *(key for each in groupings for key in each.keys)]),
    ]
    keys = {level.key.ref for drill in breakdown.drills for level in drill.levels} | {SPLIT}
    outputs = [
        Output(RUN, run_of(output_name(_inner("start")))),
        *(Output(one.ref, _once(one.ref, is_key=one.ref in keys)) for one in members),
        *(Output(one.name, folded_sql(one, output_name(_inner(one.name)))) for one in simple),
    ]
    grouped = [output_name(RUN)]
    grouped += [output_name(_inner(one.ref)) for one in members if one.ref in keys]
    lines = [
        *select_lines(outputs),
        "FROM",
        "(",
        *(f"    {line}" for line in [*with_lines(terms), *inner]),
        ")",
        *group_lines(grouped),
        *order_lines([output_name(RUN), *(item for each in groupings for item in each.order)]),
        *page_lines(terms, page),
    ]
    columns = tuple(output.ref for output in outputs)
    return Statement("\n".join(lines), MappingProxyType(terms.parameters), columns)


def _inner(ref: str) -> str:
    return f"{_PIECE}.{ref}"


def _once(ref: str, *, is_key: bool) -> str:
    """A member's key, or an attribute of it: pieces of one member say the same."""
    name = output_name(_inner(ref))
    return name if is_key else f"min({name})"
