"""Stocks along time: which days of a span of time a semi-additive aggregate adds up.

A stock is added up over everything but time. Along time a rule chooses, within each span of the
answer (a month of a drill-down by months, the whole cell without one), for each leaf one day, and
the sum is over the facts of the chosen days. So a figure is always the sum of its parts, and what
is chosen never narrows the other aggregates of the same question. A leaf is the whole grain of the
facts besides time; several facts of a leaf on one day add up.

Only what is about time bounds a span. Other cuts and the scope leave out facts, not days: `last` is
the last day on which the cube has any fact, whoever asks and for whichever part.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from server.cube.cell import Cut, ScopedCell
from server.cube.conditions import all_of, cut_condition
from server.cube.drilldown import Drill
from server.cube.elements import Aggregate, Dimension, Measure, OverTime, ValueType
from server.cube.grouping import group_keys, output_name
from server.cube.terms import Terms, column_of

_DAYS = 65_536  # more than there are days of the engine's type Date
RUN = "__run__"  # the output that names the run of a row, where spans are runs
EDGES = (OverTime.LAST, OverTime.FIRST)  # what they choose depends on no leaf


@dataclass(frozen=True)
class Spans:
    """The spans of time of an answer: one for each member of what it is broken down by."""

    cell: ScopedCell
    drills: tuple[Drill, ...] = ()
    split: tuple[Cut, ...] = ()

    @property
    def may_overlap(self) -> bool:
        """Whether one day may be in several spans."""
        return False

    def keys(self, terms: Terms) -> tuple[str, ...]:
        """What tells the spans apart."""
        drills = [each for each in self.drills if _is_time(terms, each.dimension)]
        keys = [key for drill in drills for key in group_keys(terms, drill)]
        if self.split and all(_is_about_time(terms, cut) for cut in self.split):
            keys.append(f"ifNull({all_of(_conditions(terms, self.split, 'split'))}, false)")
        return tuple(dict.fromkeys(keys))

    def conditions(self, terms: Terms) -> list[str]:
        """What a fact must meet for its day to count: visible, and within every cut of time."""
        outside = self.cell.outside
        bounds = [
            *_conditions(terms, self.cell.scope_cuts, "scope"),
            *_conditions(terms, self.cell.cuts, "cut"),
        ]
        if outside and all(_is_about_time(terms, cut) for cut in outside):
            beyond = all_of(_conditions(terms, outside, "outside"))
            bounds.append(f"NOT ifNull({beyond}, false)")
        return [*terms.visible(), *bounds]

    def of_leaves(self, terms: Terms) -> list[str]:
        """What of cuts and scope holds for all facts of a leaf or for none: others need no day."""
        return [
            *_conditions(terms.as_it_is(), self.cell.scope_cuts, "scope", _is_about_leaf),
            *_conditions(terms, self.cell.cuts, "cut", _is_about_leaf),
        ]


def chosen_days(terms: Terms, aggregate: Aggregate, spans: Spans, given: Iterable[str]) -> str:
    """The condition that a fact's day is the one that the rule chooses for its leaf.

    Rules that look at each leaf choose among its facts that have a number and meet what is given.
    """
    rule, within = aggregate.over_time, terms.inline()
    if rule is None or aggregate.measure is None:
        raise ValueError(f"Aggregate {aggregate.name} chooses no days.")
    run = spans.keys(terms)[:1] if spans.may_overlap else ()
    if rule in EDGES:
        return terms.name(f"is_{rule}", is_edge(terms, rule, spans, [*run, terms.day()]))
    leaf = tuple(within.column(name) for name in within.cube.grain)
    amount = within.amount(aggregate.measure)
    conditions = [*spans.conditions(within), *spans.of_leaves(within), *given]
    conditions.append(f"isNotNull({amount})")
    if rule is OverTime.LAST_NON_EMPTY:
        chosen = _last_known(terms, within, conditions, spans)
    else:
        chosen = _extreme(within, aggregate.measure, rule, conditions, spans)
    return terms.name(f"is_{rule}", _is_in([*run, *leaf, terms.day()], chosen))


def is_edge(terms: Terms, rule: OverTime, spans: Spans, asked: Iterable[str]) -> str:
    """Whether a day, after its run where spans are runs, is the last or the first of its span."""
    within = terms.inline()
    keys = spans.keys(within)
    day = f"{'max' if rule is OverTime.LAST else 'min'}({within.day()})"
    run = keys[:1] if spans.may_overlap else ()
    chosen = [
        f"SELECT {', '.join([*run, day])}",
        *_days_lines(within, spans),
        *_group_lines(keys),
    ]
    return _is_in(asked, chosen)


def dates(terms: Terms, spans: Spans) -> str:
    """On how many dates of its span the cube has facts."""
    return _of_span(terms, terms, spans, "dates", f"uniqExact({terms.day()})")


def _of_span(terms: Terms, asking: Terms, spans: Spans, word: str, sql: str) -> str:
    """A figure of all facts of a span, for the span of a group that is asked about."""
    within = terms.inline()
    keys = spans.keys(within)
    source = _days_lines(within, spans)
    if not keys:
        found = [f"SELECT {sql}", *source]
        return terms.name(word, f"(\n{_indented(found)}\n    )")
    wanted = f"tuple({', '.join(keys)}) AS _span, {sql} AS _found"
    inner = [f"SELECT {wanted}", *source, *_group_lines(keys)]
    lines = ["SELECT (groupArray(_span), groupArray(_found))", "FROM", *_block(inner)]
    name = terms.name(word, f"(\n{_indented(lines)}\n    )")
    place = f"indexOf({name}.1, tuple({', '.join(spans.keys(asking))}))"
    return f"arrayElement({name}.2, {place})"


def _still_there(terms: Terms, within: Terms, spans: Spans) -> list[str]:
    """A leaf whose membership has ended by the last date with facts is carried no further.

    Members that their table does not know on the day of their fact are left alone.
    """
    dated = [
        each
        for each in within.cube.dimensions
        if each.is_dated and column_of(each).name in within.cube.grain
    ]
    if not dated:
        return []
    last = _of_span(terms, within, spans, "last_date", f"max({within.day()})")
    known = f"max({within.day()})"
    return [
        f"({within.is_known(each, last)} OR NOT {within.is_known(each, known)})" for each in dated
    ]


def _last_known(terms: Terms, within: Terms, conditions: Iterable[str], spans: Spans) -> list[str]:
    """Of each leaf the last day on which it has a number."""
    keys = spans.keys(within)
    leaf = tuple(within.column(name) for name in within.cube.grain)
    run = keys[:1] if spans.may_overlap else ()
    wanted = [*run, *leaf, f"max({within.day()})"]
    return [
        f"SELECT {', '.join(wanted)}",
        *_from_lines(within, conditions),
        *_group_lines((*keys, *leaf)),
        *_having(_still_there(terms, within, spans)),
    ]


def _extreme(
    within: Terms, measure: Measure, rule: OverTime, conditions: Iterable[str], spans: Spans
) -> list[str]:
    """Of each leaf the day of its greatest or least number."""
    keys = spans.keys(within)
    leaf = tuple(within.column(name) for name in within.cube.grain)
    function = "argMax" if rule is OverTime.MAX else "argMin"
    day = within.day()
    wanted = [*(keys[:1] if spans.may_overlap else ()), *leaf]
    wanted.append(f"{function}({day}, {_by_amount(measure, day)})")
    return [
        f"SELECT {', '.join(wanted)}",
        *_leaf_lines(within, measure, conditions),
        *_group_lines((*keys, *leaf)),
    ]


def _by_amount(measure: Measure, day: str) -> str:
    """What sorts days by the amount, and equal ones by the day: of exact ones a single number."""
    if measure.value_type is ValueType.FLOAT:
        return f"(_amount, {day})"
    number = "assumeNotNull(_amount)"
    if measure.value_type is ValueType.DECIMAL:
        number = f"reinterpretAsInt128({number})"
    return f"toInt256({number}) * {_DAYS} + toUInt16({day})"


def _days_lines(within: Terms, spans: Spans) -> list[str]:
    """The FROM of all days of the spans on which the cube has facts, each day once."""
    inner = [
        f"SELECT {within.day()} AS {_day_name(within)}",
        *_from_lines(within, spans.conditions(within)),
        *_group_lines([within.day()]),
    ]
    return ["FROM", *_block(inner), "AS fact"]


def _leaf_lines(within: Terms, measure: Measure, conditions: Iterable[str]) -> list[str]:
    """The FROM of every leaf on every day, once, with the amount of its facts."""
    names = [*within.cube.grain, _day_name(within)]
    columns = [*(within.column(name) for name in within.cube.grain), within.day()]
    wanted = [f"{sql} AS {name}" for sql, name in zip(columns, names, strict=True)]
    inner = [
        f"SELECT {', '.join(wanted)}, sum({within.amount(measure)}) AS _amount",
        *_from_lines(within, conditions),
        *_group_lines(columns),
    ]
    return ["FROM", *_block(inner), "AS fact"]


def _from_lines(within: Terms, conditions: Iterable[str]) -> list[str]:
    first, *others = conditions
    return [
        f"FROM {output_name(within.cube.fact.name)} AS fact",
        f"WHERE {first}",
        *(f"    AND {condition}" for condition in others),
    ]


def _group_lines(keys: Iterable[str]) -> list[str]:
    once = list(dict.fromkeys(keys))
    return [f"GROUP BY {', '.join(once)}"] if once else []


def _day_name(within: Terms) -> str:
    if within.cube.time is None:
        raise ValueError(f"Cube {within.cube.name} has no time.")
    return column_of(within.cube.time).name


def _is_about_time(terms: Terms, cut: Cut) -> bool:
    return _is_time(terms, terms.cube.dimension(cut.dimension))


def _is_about_leaf(terms: Terms, cut: Cut) -> bool:
    dimension = terms.cube.dimension(cut.dimension)
    return column_of(dimension).name in terms.cube.grain and not terms.is_as_was(dimension)


def _conditions(
    terms: Terms,
    cuts: Iterable[Cut],
    word: str,
    is_about: Callable[[Terms, Cut], bool] = _is_about_time,
) -> list[str]:
    return [
        cut_condition(terms, cut, f"{word}_{number}")
        for number, cut in enumerate(cuts, start=1)
        if is_about(terms, cut)
    ]


def _is_time(terms: Terms, dimension: Dimension) -> bool:
    """Whether it says when a fact was: it hangs on the day by which the cube tells time."""
    time = terms.cube.time
    return time is not None and column_of(dimension) == column_of(time)


def _block(lines: Iterable[str]) -> list[str]:
    return ["(", *(f"    {line}" for line in lines), ")"]


def _having(conditions: list[str]) -> list[str]:
    return [f"HAVING {all_of(conditions)}"] if conditions else []


def _is_in(values: Iterable[str], chosen: Iterable[str]) -> str:
    listed = list(values)
    value = listed[0] if len(listed) == 1 else f"({', '.join(listed)})"
    # GLOBAL: over a distributed table the days are chosen once, from the facts of all shards.
    return f"{value} GLOBAL IN\n{_bracketed(chosen)}"


def _bracketed(lines: Iterable[str]) -> str:
    return f"    (\n{_indented(lines)}\n    )"


def _indented(lines: Iterable[str]) -> str:
    return "\n".join(f"        {line}" for line in lines)
