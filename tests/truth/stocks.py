"""Sums that take one day of each span of time, as windows of the other engine.

`<span>` stands for what tells the spans of an answer apart.
"""

import random
from dataclasses import dataclass

from tests.truth.parts import FLAGS, Aggregate, Document, Measure, labelled

RULES = ("last", "first", "last_non_empty", "average", "max", "min")
Windows = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Leaf:
    """The grain of the facts besides the day; a dated dimension may close a leaf."""

    columns: tuple[str, ...]
    closing: str = ""  # a dated dimension whose column is part of the grain

    @property
    def sql(self) -> str:
        """What tells leaves apart."""
        return ", ".join(f'"{column}"' for column in self.columns)


def stock_of(chance: random.Random, measure: Measure, rule: str, leaf: Leaf) -> Aggregate:
    """A stock of a measure under a rule, now and then of flagged facts alone."""
    flag = chance.choice(("", "", *FLAGS))
    name = f"{rule}_{measure.name}{f'_{flag}' if flag else ''}"
    return stock_of_rule(measure, rule, leaf, name=name, flag=flag)


def stock_of_rule(
    measure: Measure, rule: str, leaf: Leaf, *, name: str, flag: str = "", carry: int = 0
) -> Aggregate:
    """A stock of a measure under a rule; carried on for so many periods."""
    given = f"({measure.sql}) IS NOT NULL" + (f' AND "{flag}" = 1' if flag else "")
    limits: Document = {"where": flag} if flag else {}
    limits |= {"carry": carry} if carry else {}
    document = labelled(name, function="sum", measure=measure.name, over_time=rule, **limits)
    windows = _windows(rule, name, given, measure.sql, leaf)
    chosen = f'"{name} day"'
    meets = f' AND "{flag}" = 1' if flag else ""
    if rule == "average":
        where = f" FILTER (WHERE true{meets})"
        both = (f"sum({measure.sql}){where}", f"max({chosen})")
        return Aggregate(document, both, "over", windows=windows)
    if rule == "last_non_empty" and leaf.closing:
        meets += f' AND "{name} open"'
    pieces = (f"sum({measure.sql}) FILTER (WHERE day = {chosen}{meets})",)
    return Aggregate(document, pieces, windows=windows)


def _windows(rule: str, name: str, given: str, amount: str, leaf: Leaf) -> Windows:
    chosen = f'"{name} day"'
    if rule in ("last", "first"):
        word = {"last": "max", "first": "min"}[rule]
        return ((chosen, f"{word}(day) OVER (PARTITION BY <span>)"),)
    if rule == "average":
        return ((chosen, "count(DISTINCT day) OVER (PARTITION BY <span>)"),)
    if rule == "last_non_empty":
        day = f"max(CASE WHEN {given} THEN day END) OVER (PARTITION BY <span>, {leaf.sql})"
        return ((chosen, day), *(_open(name, leaf.closing) if leaf.closing else ()))
    of_day, best = f'"{name} of day"', f'"{name} best"'
    amounts = (
        f"sum(CASE WHEN {given} THEN {amount} END) OVER (PARTITION BY <span>, {leaf.sql}, day)"
    )
    # Of equal amounts `max` takes the latest day and `min` the earliest.
    day = f"{rule}(CASE WHEN {of_day} = {best} THEN day END)"
    return (
        (of_day, amounts),
        (best, f"{rule}({of_day}) OVER (PARTITION BY <span>, {leaf.sql})"),
        (chosen, f"{day} OVER (PARTITION BY <span>, {leaf.sql})"),
    )


def _open(name: str, dimension: str) -> Windows:
    """Whether the leaf's member is still there on the last date, if it ever was."""
    last = f'"{name} last date"'
    return (
        (last, "max(day) OVER (PARTITION BY <span>)"),
        (
            f'"{name} open"',
            f"{_is_there(dimension, last)} OR NOT {_is_there(dimension, 'day')}",
        ),
    )


def _is_there(dimension: str, day: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM {dimension}s AS there"
        f' WHERE there._load = "{dimension} version" AND there.member = of_{dimension}'
        f" AND {day} BETWEEN coalesce(there.valid_from, DATE '1900-01-01')"
        " AND coalesce(there.valid_to, DATE '2999-01-01'))"
    )
