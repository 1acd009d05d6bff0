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
from server.cube.elements import Aggregate, Dimension, OverTime
from server.cube.grouping import group_keys, output_name
from server.cube.terms import Terms, column_of


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
    by = spans.keys(within) if spans.may_overlap else ()
    outer = spans.keys(terms) if spans.may_overlap else ()
    if rule in (OverTime.LAST, OverTime.FIRST):
        day = f"{'max' if rule is OverTime.LAST else 'min'}({within.day()})"
        chosen = _select([*by, day], within, spans.conditions(within), spans.keys(within))
        return terms.name(f"is_{rule}", _is_in([*outer, terms.day()], chosen))
    leaf = tuple(within.column(name) for name in within.cube.grain)
    amount = within.amount(aggregate.measure)
    conditions = [*spans.conditions(within), *spans.of_leaves(within), *given]
    conditions.append(f"isNotNull({amount})")
    if rule is OverTime.LAST_NON_EMPTY:
        wanted = [*by, *leaf, f"max({within.day()})"]
        chosen = _select(wanted, within, conditions, (*spans.keys(within), *leaf))
        chosen += _having(_still_there(terms, within, spans))
    else:
        chosen = _extreme(within, rule, amount, conditions, spans)
    return terms.name(f"is_{rule}", _is_in([*outer, *leaf, terms.day()], chosen))


def dates(terms: Terms, spans: Spans) -> str:
    """On how many dates of its span the cube has facts."""
    return _of_span(terms, terms, spans, "dates", f"uniqExact({terms.day()})")


def _of_span(terms: Terms, asking: Terms, spans: Spans, word: str, sql: str) -> str:
    """A figure of all facts of a span, for the span of a group that is asked about."""
    within = terms.inline()
    keys = spans.keys(within)
    if not keys:
        found = _select([sql], within, spans.conditions(within), ())
        return terms.name(word, f"(\n{_indented(found)}\n    )")
    wanted = [f"tuple({', '.join(keys)}) AS _span", f"{sql} AS _found"]
    inner = _select(wanted, within, spans.conditions(within), keys)
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


def _extreme(
    within: Terms, rule: OverTime, amount: str, conditions: list[str], spans: Spans
) -> list[str]:
    """Of each leaf the day of its greatest or least number."""
    keys = spans.keys(within)
    leaf = tuple(within.column(name) for name in within.cube.grain)
    inner = _select(
        [
            *(f"{key} AS _span_{number}" for number, key in enumerate(keys, start=1)),
            *(f"{column} AS _leaf_{number}" for number, column in enumerate(leaf, start=1)),
            f"{within.day()} AS _day",
            f"sum({amount}) AS _amount",
        ],
        within,
        conditions,
        (*keys, *leaf, within.day()),
    )
    names = [f"_span_{number}" for number, _ in enumerate(keys, start=1)]
    leaves = [f"_leaf_{number}" for number, _ in enumerate(leaf, start=1)]
    function = "argMax" if rule is OverTime.MAX else "argMin"
    day = f"{function}(_day, (_amount, _day))"
    wanted = ", ".join([*(names if spans.may_overlap else ()), *leaves, day])
    return [f"SELECT {wanted}", "FROM", *_block(inner), f"GROUP BY {', '.join([*names, *leaves])}"]


def _select(
    wanted: Iterable[str], within: Terms, conditions: Iterable[str], keys: Iterable[str]
) -> list[str]:
    first, *others = conditions
    once = list(dict.fromkeys(keys))
    return [
        f"SELECT {', '.join(wanted)}",
        f"FROM {output_name(within.cube.fact.name)} AS fact",
        f"WHERE {first}",
        *(f"    AND {condition}" for condition in others),
        *([f"GROUP BY {', '.join(once)}"] if once else []),
    ]


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
