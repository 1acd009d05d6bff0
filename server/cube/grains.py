"""Grains: the sets of levels at which one question is asked, for its cells and for its totals.

Whatever is shown at a grain is asked from the facts at that very grain; nothing is added up from
the rows of another one.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any, Protocol

from server.cube.cuts import path_text
from server.cube.drilldown import Drill
from server.cube.elements import Aggregate, Dimension, DimensionKind
from server.cube.key_values import Key
from server.errors import InvalidInput, LimitReached

Grain = tuple[Drill, ...]  # () is the whole cell
Row = dict[str, Any]
Path = tuple[Key, ...]

NESTED, EVERY, WHOLE = "nested", "every", "whole"
MOST_GRAINS = 40

_BETWEEN = "*"


class Source(Protocol):
    """Where the rows of every grain come from: one cube, or several that are joined."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the figures in every row."""

    def adds_up(self, name: str, over: Iterable[Dimension]) -> bool:
        """Whether the figures of the members of these dimensions add up to that of them all."""

    def rows(self, grain: Grain, cuts: Sequence[str] = ()) -> list[Row]:
        """The rows of a grain in the model's own order; one row for the whole cell."""

    def outside(self, grain: Grain, cut: str) -> list[Row]:
        """The rows of a grain over all facts that a cut leaves out."""


def adds_up(aggregate: Aggregate, over: Iterable[Dimension]) -> bool:
    """Whether an aggregate's figures add up over some dimensions."""
    if not aggregate.is_semi_additive:
        return aggregate.is_additive
    return all(dimension.kind is not DimensionKind.TIME for dimension in over)


def key_refs(grain: Grain) -> tuple[str, ...]:
    """The outputs that tell the rows of a grain apart."""
    return tuple(level.key.ref for drill in grain for level in drill.levels)


def key_reader(grain: Grain) -> Callable[[Mapping[str, Any]], Path]:
    """Reads what tells a row apart from the others of this grain, or of a finer one."""
    refs = key_refs(grain)
    if len(refs) > 1:
        return itemgetter(*refs)
    return lambda row: tuple(row[ref] for ref in refs)


def text_of_grain(grain: Grain) -> str:
    """A grain as it is written; the whole cell has a word of its own."""
    return _BETWEEN.join(drill.text for drill in grain) or WHOLE


def parent_of(grain: Grain) -> Grain:
    """The grain one level up along the last dimension."""
    *upper, last = grain
    return (*upper, replace(last, depth=last.depth - 1)) if last.depth > 1 else tuple(upper)


def members_cut(drill: Drill, paths: Iterable[Path]) -> str:
    """The cut that leaves some members in."""
    texts = dict.fromkeys(path_text(path) for path in paths)
    return f"{drill.dimension.name}@{drill.hierarchy.name}:{';'.join(texts)}"


def read_totals(
    grain: Grain, asked: Iterable[str], read_drills: Callable[[list[str]], Grain]
) -> tuple[Grain, ...]:
    """The coarser grains that are asked for beside one, each once, the finest first.

    `nested` is every level above the last in the order in which they are drilled, `every` is every
    set of levels, `whole` is the whole cell; others are written as `organisation:group*time:year`.
    """
    found: dict[str, Grain] = {}
    for text in asked:
        found.update({text_of_grain(one): one for one in _read(grain, text, read_drills)})
    found.pop(text_of_grain(grain), None)
    if len(found) > MOST_GRAINS:
        raise LimitReached(
            f"There are {len(found)} kinds of totals; at most {MOST_GRAINS} are answered at once.",
            field="totals",
        )
    return tuple(sorted(found.values(), key=lambda one: -sum(drill.depth for drill in one)))


def _read(grain: Grain, text: str, read_drills: Callable[[list[str]], Grain]) -> Iterable[Grain]:
    if text == WHOLE:
        return [()]
    if text == NESTED:
        return _nested(grain)
    if text == EVERY:
        return _every(grain)
    asked = {_along(drill): drill for drill in read_drills(text.split(_BETWEEN))}
    coarser = tuple(_within(drill, asked.pop(_along(drill), None)) for drill in grain)
    if asked or None in coarser:
        raise InvalidInput(
            f"There is no total by {text[:100]}: a total is by levels that are drilled down to.",
            code="invalid_totals",
            field="totals",
            allowed=(NESTED, EVERY, WHOLE, *(drill.text for drill in grain)),
        )
    return [tuple(drill for drill in coarser if drill is not None and drill.depth)]


def _within(drill: Drill, asked: Drill | None) -> Drill | None:
    """The drill-down as the total has it: not at all (depth 0), or not below; else none."""
    if asked is None:
        return replace(drill, depth=0)
    return asked if asked.depth <= drill.depth else None


def _along(drill: Drill) -> tuple[str, str]:
    return drill.dimension.name, drill.hierarchy.name


def _nested(grain: Grain) -> Iterable[Grain]:
    upper = grain
    while upper:
        upper = parent_of(upper)
        yield upper


def _every(grain: Grain) -> Iterable[Grain]:
    depths = itertools.product(*(range(drill.depth, -1, -1) for drill in grain))
    for chosen in itertools.islice(depths, MOST_GRAINS + 2):
        pairs = zip(grain, chosen, strict=True)
        yield tuple(replace(drill, depth=depth) for drill, depth in pairs if depth)
