"""The SQL of figures that are folded from those of parts: one SELECT over another.

The inner one groups the facts by all that decides what counts where: the members asked for, the
piece of time, whether the filter of an aggregate holds, the values of which each is counted once.
The outer one folds its few rows. What the inner one groups by is told by the keys of a roll-up, so
the engine can read that, where a condition within an aggregate, a distinct count of a key or
`arrayJoin` would make it read the facts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from server.cube.calendar_parts import CalendarPart
from server.cube.cell import ScopedCell
from server.cube.conditions import all_of
from server.cube.cube_model import CubeModel
from server.cube.cuts import Cut, parse_cuts
from server.cube.elements import AS_WAS, Aggregate, Function, PartFunction, ValueType
from server.cube.grouping import Grouping, Output, output_name
from server.cube.rollup_serving import Ends, Needs, serving
from server.cube.rollups import RollUp
from server.cube.statement_figures import aggregate_sql, distinct_sql, filter_sql
from server.cube.statement_lines import (
    SPLIT,
    Breakdown,
    from_inner_lines,
    from_lines,
    group_lines,
    select_lines,
    with_lines,
)
from server.cube.statement_stocks import EDGES, RUN, Spans, is_edge
from server.cube.terms import Terms, column_of
from server.snapshot import Snapshot

_PIECE = "__piece__"
# How the figure of the whole follows from those of its parts, exactly; of other functions it does
# not follow, and a sum of binary floats would depend on the parts.
_OF_PARTS: Mapping[Function | PartFunction, str] = {
    Function.COUNT: "sum",
    Function.COUNT_NONEMPTY: "sum",
    Function.SUM: "sum",
    Function.MIN: "min",
    Function.MAX: "max",
}
_OF_SOME_PARTS = {"sum": "sumIf", "min": "minOrNullIf", "max": "maxOrNullIf"}


def is_of_parts(aggregate: Aggregate) -> bool:
    """Whether the figure of the whole follows exactly from those of its parts."""
    if aggregate.is_derived or aggregate.is_semi_additive:
        return False
    is_float_sum = aggregate.function is Function.SUM and aggregate.value_type is ValueType.FLOAT
    return aggregate.function in _OF_PARTS and not is_float_sum


def folded_sql(aggregate: Aggregate, parts: str, within: str = "") -> str:
    """The figure of the whole from those of its parts, or of those parts that are within."""
    function = _OF_PARTS[aggregate.function]
    return f"{_OF_SOME_PARTS[function]}({parts}, {within})" if within else f"{function}({parts})"


def moves(cell: ScopedCell, breakdown: Breakdown) -> bool:
    """Whether members are shown where they belonged on the last day of each group."""
    return cell.cube.membership == AS_WAS and any(
        drill.dimension.is_dated for drill in breakdown.drills
    )


def folding(
    cell: ScopedCell,
    snapshot: Snapshot,
    simple: Sequence[Aggregate],
    breakdown: Breakdown,
    days: Iterable[Ends] = (),
) -> RollUp | None:
    """The roll-up from whose rows some simple aggregates can be folded; `days` are runs of days."""
    if not snapshot.rollups or not all(
        can_be_folded(each) or _is_distinct(each) for each in simple
    ):
        return None
    if _has_calendar(breakdown):
        return None  # days outside of a calendar have no key by which they could be folded
    terms, spans = Terms(cell.cube, snapshot, "en"), Spans(cell)
    figures = [
        aggregate_sql(terms, part_of(each), spans) for each in simple if not _is_distinct(each)
    ]
    filters = [cut for each in simple for cut in _filter_cuts(cell, each)]
    columns = {column for each in simple for column in _value_columns(cell.cube, each)}
    needs = Needs(
        breakdown.drills,
        (*(breakdown.split or ()), *filters),
        tuple(figures),
        tuple(columns),
        tuple(days),
    )
    return serving(cell, snapshot, needs)


def can_be_folded(aggregate: Aggregate) -> bool:
    """Whether a figure follows exactly from figures of parts that a roll-up keeps.

    Stocks do where a rule chooses the same day for all: their parts are the figures of days.
    """
    if is_edge_stock(aggregate):
        return aggregate.value_type is not ValueType.FLOAT
    return is_of_parts(aggregate)


def is_edge_stock(aggregate: Aggregate) -> bool:
    """Whether it is a stock on the last or the first day."""
    return aggregate.over_time in EDGES and not aggregate.is_derived


def part_of(aggregate: Aggregate) -> Aggregate:
    """What of every part a simple aggregate is folded from."""
    part = replace(aggregate, filter="")
    if not is_edge_stock(aggregate):
        return part
    return replace(part, function=PartFunction.SUM_OF_SOME, over_time=None)


class Parts:
    """The inner SELECT of two; what is put into it is known to the outer one by a name."""

    def __init__(self, terms: Terms, spans: Spans, *, is_rolled: bool) -> None:
        self._terms = terms
        self._spans = spans
        self._is_rolled = is_rolled  # from facts a filter is cheaper where it stands
        self._keys: dict[str, str] = {}
        self._outputs: dict[str, str] = {}
        self._filters: dict[str, str] = {}

    def key(self, ref: str, sql: str) -> str:
        """Something that tells parts apart."""
        self._keys.setdefault(sql, "")
        return self._output(ref, sql)

    def members(self, groupings: Iterable[Grouping], breakdown: Breakdown) -> list[Output]:
        """The members that parts belong to: parts of one member say the same of it."""
        refs = _key_refs(breakdown)
        listed = list(groupings)
        self._keys |= dict.fromkeys((key for each in listed for key in each.keys), "")
        found = [
            Output(one.ref, self._output(one.ref, one.sql)) for g in listed for one in g.outputs
        ]
        return [one if one.ref in refs else Output(one.ref, f"min({one.sql})") for one in found]

    def figure(self, aggregate: Aggregate) -> Output:
        """A simple aggregate of the whole."""
        if not self._is_rolled:
            return Output(aggregate.name, folded_sql(aggregate, self._figure(aggregate)))
        within = self._within(aggregate)
        if _is_distinct(aggregate):
            values = [self._value(column.name) for column in aggregate.columns]
            return Output(
                aggregate.name, distinct_sql(aggregate, values, [within] if within else [])
            )
        figure = self._figure(part_of(aggregate))
        if is_edge_stock(aggregate):
            chosen = [self._is_edge(aggregate), *([within] if within else [])]
            return Output(aggregate.name, f"sumOrNullIf({figure}, {all_of(chosen)})")
        return Output(aggregate.name, folded_sql(aggregate, figure, within))

    def lines(self, conditions: Iterable[str]) -> list[str]:
        """The FROM of the outer SELECT; nothing may be put in afterwards."""
        outputs = [Output(ref, sql) for ref, sql in self._outputs.items()]
        inner = [
            *select_lines(outputs),
            *from_lines(self._terms.cube.fact.name, conditions),
            *group_lines(self._keys),
        ]
        return from_inner_lines([*with_lines(self._terms), *inner])

    def _is_edge(self, aggregate: Aggregate) -> str:
        """Whether the day of a part is the one that a stock's rule chooses."""
        (column,) = _value_columns(self._terms.cube, aggregate)
        run = [output_name(RUN)] if self._spans.may_overlap else []
        if aggregate.over_time is None:
            raise ValueError(f"Aggregate {aggregate.name} chooses no days.")
        return is_edge(self._terms, aggregate.over_time, self._spans, [*run, self._value(column)])

    def _value(self, column: str) -> str:
        return self.key(f"__value__.{column}", self._terms.column(column))

    def _figure(self, aggregate: Aggregate) -> str:
        sql = aggregate_sql(self._terms, aggregate, self._spans)
        return self._output(aggregate.name, sql)

    def _within(self, aggregate: Aggregate) -> str:
        if not aggregate.filter:
            return ""
        if aggregate.filter not in self._filters:
            sql = f"ifNull({filter_sql(self._terms, aggregate)}, false)"
            number = len(self._filters) + 1
            self._filters[aggregate.filter] = self.key(f"__filter_{number}__", sql)
        return self._filters[aggregate.filter]

    def _output(self, ref: str, sql: str) -> str:
        name = f"{_PIECE}.{ref}"
        self._outputs[name] = sql
        return output_name(name)


def member_names(breakdown: Breakdown) -> list[str]:
    """What tells members apart in the outer SELECT."""
    return [output_name(f"{_PIECE}.{ref}") for ref in _key_refs(breakdown)]


def _key_refs(breakdown: Breakdown) -> dict[str, None]:
    refs = [level.key.ref for drill in breakdown.drills for level in drill.levels]
    return dict.fromkeys([*([SPLIT] if breakdown.split is not None else []), *refs])


def _filter_cuts(cell: ScopedCell, aggregate: Aggregate) -> tuple[Cut, ...]:
    return parse_cuts(cell.cube, aggregate.filter) if aggregate.filter else ()


def _value_columns(cube: CubeModel, aggregate: Aggregate) -> list[str]:
    """The fact columns whose single values decide what counts."""
    if is_edge_stock(aggregate) and cube.time is not None:
        return [column_of(cube.time).name]
    return [column.name for column in aggregate.columns] if _is_distinct(aggregate) else []


def _is_distinct(aggregate: Aggregate) -> bool:
    """Whether it counts values, of all facts: then a value is there or not, however often."""
    return aggregate.function is Function.COUNT_DISTINCT and not aggregate.where


def _has_calendar(breakdown: Breakdown) -> bool:
    levels = (level for drill in breakdown.drills for level in drill.levels)
    return any(isinstance(level.key.part, CalendarPart) for level in levels)
