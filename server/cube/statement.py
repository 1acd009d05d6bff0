"""THE SQL: what a SELECT on a cube looks like, as text and typed parameters.

Statements about cells stand here; those about members and single facts in `statement_members` and
`statement_facts`. Each takes a `ScopedCell`, so that none can be made without a scope, and a
`Snapshot`, so that all statements of one answer see the same facts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from server.cube.cell import ScopedCell
from server.cube.conditions import all_of, cell_conditions, cut_condition
from server.cube.cuts import Cut
from server.cube.derived import approximately, simple_ones
from server.cube.drilldown import Drill
from server.cube.elements import Aggregate, Function, PartFunction, ValueType
from server.cube.grouping import Grouping, Output, group_keys, grouping_of, output_name
from server.cube.noted import About, about
from server.cube.rollup_serving import serving
from server.cube.rollups import FACTS, RollUp
from server.cube.statement_figures import aggregate_sql
from server.cube.statement_stocks import Spans
from server.cube.terms import Terms
from server.snapshot import Snapshot

SPLIT = "__within_split__"
TOTAL = "__total__"
# How the figure of the whole follows from those of its parts, exactly; of other functions it does
# not follow, and a sum of binary floats would depend on the parts.
_OF_PARTS: Mapping[Function | PartFunction, str] = {
    Function.COUNT: "sum",
    Function.COUNT_NONEMPTY: "sum",
    Function.SUM: "sum",
    Function.MIN: "min",
    Function.MAX: "max",
}


@dataclass(frozen=True)
class Statement:
    """One SELECT: its text, its parameters, and the names of the columns that it answers."""

    sql: str
    parameters: Mapping[str, object]
    columns: tuple[str, ...]
    served_by: str = FACTS  # what is read: the facts, or the roll-up of that name
    about: Callable[[], About] | None = None  # for the log of questions, worked out there


@dataclass(frozen=True)
class Page:
    """The rows to answer: at most `size`, after the first `skip`."""

    size: int
    skip: int = 0


@dataclass(frozen=True)
class Breakdown:
    """How a cell is broken down: by levels, and by whether a fact is within other cuts."""

    drills: tuple[Drill, ...] = ()
    split: tuple[Cut, ...] | None = None


@dataclass(frozen=True)
class Order:
    """One thing to sort by: the name of an output and the direction."""

    ref: str
    is_descending: bool = False


def aggregate_statement(
    cell: ScopedCell,
    snapshot: Snapshot,
    aggregates: Sequence[Aggregate],
    breakdown: Breakdown = Breakdown(),
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
    spans = Spans(cell, breakdown.drills, breakdown.split or ())
    roll_up = _serving(cell, snapshot, aggregates, breakdown)
    terms = Terms(cell.cube, snapshot, language, roll_up=roll_up)
    groupings = groupings_of(terms, breakdown)
    outputs = [output for grouping in groupings for output in grouping.outputs]
    simple = simple_ones(aggregates)
    outputs += [Output(each.name, aggregate_sql(terms, each, spans)) for each in simple]
    outputs += [Output(total_name(each), _total_sql(each)) for each in totals]
    lines = [
        *select_lines(outputs),
        *from_lines(cell.cube.fact.name, cell_conditions(terms, cell)),
        *group_lines(key for grouping in groupings for key in grouping.keys),
        *order_lines([*_order_items(order, aggregates), *_natural_order(groupings)]),
        *page_lines(terms, page),
    ]
    asked = partial(about, "aggregate", cell, breakdown.drills, aggregates, breakdown.split)
    return statement(lines, terms, outputs, asked)


def cell_count_statement(cell: ScopedCell, snapshot: Snapshot, breakdown: Breakdown) -> Statement:
    """How many rows a breakdown has before it is cut into pages."""
    roll_up = serving(cell, snapshot, breakdown.drills, breakdown.split or ())
    terms = Terms(cell.cube, snapshot, "en", roll_up=roll_up)
    keys = [key for drill in breakdown.drills for key in group_keys(terms, drill)]
    if breakdown.split is not None:
        keys.append(_within(terms, breakdown.split))
    inner = [
        "SELECT 1",
        *from_lines(cell.cube.fact.name, cell_conditions(terms, cell)),
        *group_lines(keys),
    ]
    inner = [f"    {line}" for line in [*with_lines(terms), *inner]]
    lines = ["SELECT count() AS `cells`", "FROM", "(", *inner, ")"]
    parameters = MappingProxyType(terms.parameters)
    return Statement("\n".join(lines), parameters, ("cells",), terms.served_by)


def is_of_parts(aggregate: Aggregate) -> bool:
    """Whether the figure of the whole follows exactly from those of its parts."""
    if aggregate.is_derived or aggregate.is_semi_additive:
        return False
    is_float_sum = aggregate.function is Function.SUM and aggregate.value_type is ValueType.FLOAT
    return aggregate.function in _OF_PARTS and not is_float_sum


def folded_sql(aggregate: Aggregate, parts: str) -> str:
    """The figure of the whole from those of its parts."""
    return f"{_OF_PARTS[aggregate.function]}({parts})"


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


def with_lines(terms: Terms) -> list[str]:
    """The WITH that says what the names mean, one a line; nothing when there are none."""
    listed = [f"    {sql} AS {name}" for name, sql in terms.named.items()]
    return ["WITH", *(f"{line}," for line in listed[:-1]), listed[-1]] if listed else []


def select_lines(outputs: Iterable[Output]) -> list[str]:
    """The SELECT with one output a line."""
    listed = [f"    {each.sql} AS {output_name(each.ref)}" for each in outputs]
    return ["SELECT", *(f"{line}," for line in listed[:-1]), listed[-1]]


def from_lines(table: str, conditions: Iterable[str]) -> list[str]:
    """The FROM and the WHERE with one condition a line."""
    first, *others = conditions
    return [
        f"FROM {output_name(table)} AS fact",
        f"WHERE {first}",
        *(f"    AND {condition}" for condition in others),
    ]


def group_lines(keys: Iterable[str]) -> list[str]:
    """The GROUP BY, each key once; none without keys."""
    once = list(dict.fromkeys(keys))
    return [f"GROUP BY {', '.join(once)}"] if once else []


def order_items(order: Iterable[Order]) -> list[str]:
    """What was asked to sort by, as SQL."""
    return [f"{output_name(each.ref)}{' DESC' if each.is_descending else ''}" for each in order]


def order_lines(items: Iterable[str]) -> list[str]:
    """The ORDER BY, each name once, the first mention counting; NULL is always last."""
    named: dict[str, str] = {}
    for item in items:
        named.setdefault(item.removesuffix(" DESC"), item)
    return [f"ORDER BY {', '.join(named.values())}"] if named else []


def page_lines(terms: Terms, page: Page | None) -> list[str]:
    """The LIMIT, with an OFFSET where rows are skipped."""
    if page is None:
        return []
    limit = f"LIMIT {terms.parameter('limit', 'UInt64', page.size)}"
    if not page.skip:
        return [limit]
    return [f"{limit} OFFSET {terms.parameter('offset', 'UInt64', page.skip)}"]


def statement(
    lines: Iterable[str],
    terms: Terms,
    outputs: Iterable[Output],
    asked: Callable[[], About] | None = None,
) -> Statement:
    """The lines as a statement with the parameters that its terms gathered."""
    columns = tuple(output.ref for output in outputs)
    sql = "\n".join([*with_lines(terms), *lines])
    return Statement(sql, MappingProxyType(terms.parameters), columns, terms.served_by, asked)


def _serving(
    cell: ScopedCell, snapshot: Snapshot, aggregates: Iterable[Aggregate], breakdown: Breakdown
) -> RollUp | None:
    """The roll-up that can answer; stocks are always asked of the facts."""
    simple = simple_ones(aggregates)
    if not snapshot.rollups or any(each.is_semi_additive for each in simple):
        return None
    terms, spans = Terms(cell.cube, snapshot, "en"), Spans(cell)
    figures = [aggregate_sql(terms, each, spans) for each in simple]
    return serving(cell, snapshot, breakdown.drills, breakdown.split or (), figures)


def _total_sql(aggregate: Aggregate) -> str:
    return f"{folded_sql(aggregate, output_name(aggregate.name))} OVER ()"


def _order_items(order: Iterable[Order], aggregates: Iterable[Aggregate]) -> list[str]:
    """What was asked to sort by; a derived aggregate is sorted by as a binary float."""
    derived = {each.name: approximately(each) for each in aggregates if each.is_derived}
    return [
        f"{derived.get(each.ref) or output_name(each.ref)}{' DESC' if each.is_descending else ''}"
        for each in order
    ]


def groupings_of(terms: Terms, breakdown: Breakdown) -> list[Grouping]:
    """What a breakdown groups by, the split first."""
    groupings = [grouping_of(terms, drill) for drill in breakdown.drills]
    if breakdown.split is not None:
        within = _within(terms, breakdown.split)
        order = (f"{output_name(SPLIT)}",)
        groupings.insert(0, Grouping((within,), (Output(SPLIT, within),), order))
    return groupings


def _within(terms: Terms, cuts: Iterable[Cut]) -> str:
    conditions = [
        cut_condition(terms, cut, f"split_{number}") for number, cut in enumerate(cuts, start=1)
    ]
    return f"ifNull({all_of(conditions)}, false)"


def _natural_order(groupings: Iterable[Grouping]) -> list[str]:
    return [item for grouping in groupings for item in grouping.order]
