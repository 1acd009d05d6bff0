"""THE SQL: what a SELECT on a cube looks like, as text and typed parameters.

Statements about cells stand here; those about members and single facts in `statement_members` and
`statement_facts`. Each takes a `ScopedCell`, so that none can be made without a scope, and a
`Snapshot`, so that all statements of one answer see the same facts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from server.cube.cell import ScopedCell
from server.cube.conditions import cell_conditions
from server.cube.derived import approximately, simple_ones
from server.cube.elements import Aggregate
from server.cube.grouping import Grouping, Output, group_keys, output_name
from server.cube.noted import about
from server.cube.rollup_serving import Needs, serving
from server.cube.rollups import RollUp
from server.cube.statement_figures import aggregate_sql
from server.cube.statement_lines import (
    NO_BREAKDOWN,
    SPLIT,
    Breakdown,
    Order,
    Page,
    Statement,
    from_inner_lines,
    from_lines,
    group_lines,
    groupings_of,
    order_items,
    order_lines,
    page_lines,
    select_lines,
    split_sql,
    statement,
    statement_of,
    with_lines,
)
from server.cube.statement_parts import (
    Parts,
    folded_sql,
    folding,
    is_of_parts,
    member_names,
)
from server.cube.statement_stocks import Spans
from server.cube.terms import Terms
from server.snapshot import Snapshot

__all__ = [
    "SPLIT",
    "TOTAL",
    "Breakdown",
    "Order",
    "Page",
    "Statement",
    "aggregate_statement",
    "cell_count_statement",
    "from_lines",
    "group_lines",
    "groupings_of",
    "is_of_parts",
    "order_items",
    "order_lines",
    "page_lines",
    "select_lines",
    "statement",
    "take_totals",
    "total_name",
    "with_lines",
]

TOTAL = "__total__"


def aggregate_statement(
    cell: ScopedCell,
    snapshot: Snapshot,
    aggregates: Sequence[Aggregate],
    breakdown: Breakdown = NO_BREAKDOWN,
    *,
    order: Sequence[Order] = (),
    page: Page | None = None,
    language: str = "en",
    totals: Sequence[Aggregate] = (),
) -> Statement:
    """The figures of a cell, one row for each member of the breakdown; one row without it.

    Of derived aggregates rows hold the simple ones that `derived.work_out` takes. Each row also
    holds the `totals`: figures of the whole cell, however few rows a page has.
    """
    simple = simple_ones(aggregates)
    roll_up = _serving(cell, snapshot, simple, breakdown)
    folded = None if roll_up else folding(cell, snapshot, simple, breakdown)
    terms = Terms(cell.cube, snapshot, language, roll_up=roll_up or folded)
    groupings = groupings_of(terms, breakdown)
    bodies = _Bodies(terms, cell, groupings, breakdown, simple)
    body = bodies.folded() if folded else bodies.plain()
    outputs = [*body.outputs, *(Output(total_name(each), _total_sql(each)) for each in totals)]
    lines = [
        *body.names,
        *select_lines(outputs),
        *body.lines,
        *order_lines([*_order_items(order, aggregates), *_natural_order(groupings)]),
        *page_lines(terms, page),
    ]
    asked = partial(about, "aggregate", cell, breakdown.drills, aggregates, breakdown.split)
    return statement_of(lines, terms, outputs, asked)


def cell_count_statement(cell: ScopedCell, snapshot: Snapshot, breakdown: Breakdown) -> Statement:
    """How many rows a breakdown has before it is cut into pages."""
    roll_up = serving(cell, snapshot, Needs(breakdown.drills, breakdown.split or ()))
    terms = Terms(cell.cube, snapshot, "en", roll_up=roll_up)
    keys = [key for drill in breakdown.drills for key in group_keys(terms, drill)]
    if breakdown.split is not None:
        keys.append(split_sql(terms, breakdown.split))
    inner = [
        "SELECT 1",
        *from_lines(cell.cube.fact.name, cell_conditions(terms, cell)),
        *group_lines(keys),
    ]
    lines = ["SELECT count() AS `cells`", *from_inner_lines([*with_lines(terms), *inner])]
    parameters = MappingProxyType(terms.parameters)
    text, served_by = "\n".join(lines), terms.served_by
    return Statement(text, parameters, ("cells",), served_by, threads=terms.threads)


def total_name(aggregate: Aggregate) -> str:
    """The output that holds an aggregate's figure of the whole cell."""
    return f"{TOTAL}.{aggregate.name}"


def take_totals(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Take the totals out of the rows; they are left by the names of their aggregates."""
    names = [name for name in rows[0] if name.startswith(f"{TOTAL}.")] if rows else []
    totals = {name.removeprefix(f"{TOTAL}."): rows[0][name] for name in names}
    for row in rows if names else ():
        for name in names:
            del row[name]
    return totals


@dataclass(frozen=True)
class _Body:
    """A SELECT without what is said of all its rows: order, page and totals."""

    names: list[str]
    outputs: list[Output]
    lines: list[str]  # from FROM to GROUP BY


@dataclass(frozen=True)
class _Bodies:
    """The two ways to answer a question: by figures of the facts, or by such of parts, folded."""

    terms: Terms
    cell: ScopedCell
    groupings: Sequence[Grouping]
    breakdown: Breakdown
    simple: Sequence[Aggregate]

    def plain(self) -> _Body:
        """Every figure of the facts, or of the rows of a roll-up, themselves."""
        outputs = [output for each in self.groupings for output in each.outputs]
        outputs += [
            Output(each.name, aggregate_sql(self.terms, each, self._spans)) for each in self.simple
        ]
        lines = [
            *from_lines(self.cell.cube.fact.name, self._conditions),
            *group_lines(key for each in self.groupings for key in each.keys),
        ]
        return _Body(with_lines(self.terms), outputs, lines)

    def folded(self) -> _Body:
        """Every figure folded from those of parts, which a roll-up tells."""
        parts = Parts(self.terms, self._spans, is_rolled=True)
        outputs = parts.members(self.groupings, self.breakdown)
        outputs += [parts.figure(each) for each in self.simple]
        lines = [*parts.lines(self._conditions), *group_lines(member_names(self.breakdown))]
        return _Body([], outputs, lines)

    @property
    def _spans(self) -> Spans:
        return Spans(self.cell, self.breakdown.drills, self.breakdown.split or ())

    @property
    def _conditions(self) -> list[str]:
        return cell_conditions(self.terms, self.cell)


def _total_sql(aggregate: Aggregate) -> str:
    return f"{folded_sql(aggregate, output_name(aggregate.name))} OVER ()"


def _order_items(order: Iterable[Order], aggregates: Iterable[Aggregate]) -> list[str]:
    """What was asked to sort by; a derived aggregate is sorted by as a binary float."""
    derived = {each.name: approximately(each) for each in aggregates if each.is_derived}
    return [each.sql(derived.get(each.ref) or output_name(each.ref)) for each in order]


def _natural_order(groupings: Iterable[Grouping]) -> list[str]:
    return [item for grouping in groupings for item in grouping.order]


def _serving(
    cell: ScopedCell, snapshot: Snapshot, simple: Sequence[Aggregate], breakdown: Breakdown
) -> RollUp | None:
    """The roll-up that can answer without parts; stocks are always asked of the facts."""
    if not snapshot.rollups or any(each.is_semi_additive for each in simple):
        return None
    terms, spans = Terms(cell.cube, snapshot, "en"), Spans(cell)
    figures = tuple(aggregate_sql(terms, each, spans) for each in simple)
    needs = Needs(breakdown.drills, breakdown.split or (), figures)
    return serving(cell, snapshot, needs)
