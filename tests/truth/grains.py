"""Rows of any grain of a question, of one cube or of several, and what is said of them.

Totals, tops, shares, ranks and running totals are worked out here from such rows, in plain Python;
every row comes from the other engine, asked at its own grain.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import Any

from tests.truth.answers import SPLIT, answer_to
from tests.truth.other_engine import OtherEngine
from tests.truth.parts import Aggregate, Level, World
from tests.truth.questions import Cut, Drill, Question

Row = dict[str, Any]
Key = tuple[Any, ...]
Grain = tuple[Drill, ...]
ZEROES = ("count", "count_nonempty", "count_distinct", "sum")


@dataclass(frozen=True)
class Source:
    """The rows of every grain of a question."""

    world: World
    names: tuple[str, ...]
    rows: Callable[[Grain], list[Row]]  # in the order of the model; one of the whole cell
    outside: Callable[[Grain, Cut], list[Row]]  # over the facts that a cut leaves out
    adds_up: Callable[[str, Grain], bool]  # over the dimensions of some drill-downs

    def levels(self, grain: Grain) -> tuple[Level, ...]:
        """The levels of a grain."""
        return tuple(
            level
            for drill in grain
            for level in self.world.dimension(drill.dimension).levels(drill.hierarchy)[
                : drill.depth
            ]
        )

    def key(self, grain: Grain, row: Row) -> Key:
        """What tells a row of a grain apart."""
        return tuple(row[level.key] for level in self.levels(grain))


def source_of(engine: OtherEngine, question: Question) -> Source:
    """The rows of one cube, as the other engine answers them."""
    world = engine.world
    kept: dict[Grain, list[Row]] = {}

    def rows(grain: Grain) -> list[Row]:
        if grain not in kept:
            asked = replace(question, drills=grain, split=(), order=(), page=None)
            answer = answer_to(engine, asked)
            kept[grain] = answer.rows if grain else [answer.summary]
        return [dict(row) for row in kept[grain]]

    def outside(grain: Grain, cut: Cut) -> list[Row]:
        asked = replace(question, drills=grain, split=(cut,), order=(), page=None)
        found = [row for row in answer_to(engine, asked).rows if not row.pop(SPLIT)]
        return found or ([] if grain else [of_nothing(world, question.aggregates)])

    def adds_up(name: str, over: Grain) -> bool:
        (aggregate,) = world.chosen((name,))
        return _adds_up(aggregate, over)

    return Source(world, question.aggregates, rows, outside, adds_up)


def of_nothing(world: World, names: tuple[str, ...]) -> Row:
    """The figures of no fact."""
    return {each.name: 0 if is_zero_of_nothing(each) else None for each in world.chosen(names)}


def is_zero_of_nothing(aggregate: Aggregate) -> bool:
    """Whether nothing of it is 0."""
    return aggregate.document["function"] in ZEROES and not aggregate.windows


def coarser(grain: Grain, word: str) -> list[Grain]:
    """The grains of totals that a word means, the finest first."""
    if word == "whole":
        return [()]
    if word == "nested":
        found: list[Grain] = []
        upper = grain
        while upper:
            upper = parent_of(upper)
            found.append(upper)
        return found
    depths = product(*(range(drill.depth, -1, -1) for drill in grain))
    return [
        tuple(_at(drill, depth) for drill, depth in zip(grain, each, strict=True) if depth)
        for each in depths
    ]


def parent_of(grain: Grain) -> Grain:
    """One level up along the last drill-down, or without it."""
    *upper, last = grain
    return (*upper, _at(last, last.depth - 1)) if last.depth > 1 else tuple(upper)


def put_ranks(source: Source, rows: Sequence[Row], grain: Grain, name: str) -> None:
    """The place of every row among the members of the last drill-down."""
    for group in _groups(source, rows, grain[:-1]):
        figures = [row[name] for row in group if row[name] is not None]
        for row in group:
            value = row[name]
            row[f"{name}__rank"] = (
                None if value is None else 1 + sum(one > value for one in figures)
            )
            row[f"{name}__rank_shared_by"] = None if value is None else figures.count(value)


def put_shares(source: Source, rows: Sequence[Row], grain: Grain, name: str, mark: str) -> None:
    """The part of the row above, or of the whole cell."""
    whole = parent_of(grain) if mark == "share" else ()
    over = grain[-1:] if whole else grain
    above = {source.key(whole, row): row[name] for row in source.rows(whole)}
    for row in rows:
        value, total = row[name], above[source.key(whole, row)]
        has_share = source.adds_up(name, over) and value is not None and total
        row[f"{name}__{mark}"] = Fraction(value) / Fraction(total) if has_share else None


def put_running(source: Source, rows: Sequence[Row], grain: Grain, name: str) -> None:
    """The total so far along the last drill-down; from what is absent on there is none."""
    for group in _groups(source, rows, grain[:-1]):
        total: Fraction | None = Fraction(0) if source.adds_up(name, grain[-1:]) else None
        for row in group:
            is_there = total is not None and row[name] is not None
            total = total + Fraction(row[name]) if is_there and total is not None else None
            row[f"{name}__running"] = total


def _groups(source: Source, rows: Iterable[Row], grain: Grain) -> Iterable[list[Row]]:
    found: dict[Key, list[Row]] = {}
    for row in rows:
        found.setdefault(source.key(grain, row), []).append(row)
    return found.values()


def _adds_up(aggregate: Aggregate, over: Grain) -> bool:
    if aggregate.windows:
        return all(drill.dimension != "time" for drill in over)
    return aggregate.document["function"] in ("count", "count_nonempty", "sum")


def _at(drill: Drill, depth: int) -> Drill:
    return replace(drill, depth=depth)
