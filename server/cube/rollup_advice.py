"""Advice on roll-ups from the questions that were asked: what to prepare, and what does not pay.

A question needs one key for each dimension that it is broken down by or cut on, of time the widest
span that tells all of it. Questions of one need make a candidate, and so do two needs together.
How many rows a candidate has is counted with the batches, for each batch has its own.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from server.cube.calendar_parts import CalendarPart
from server.cube.cube_model import CubeModel
from server.cube.elements import Dimension, DimensionKind
from server.cube.noted import named_level
from server.cube.rollup_reading import can_be_kept, filters_of, make_roll_up
from server.cube.rollups import DAY_PARTS, FACTS, PARTS, RollUpKey

LEAST_GAIN = 10  # a roll-up of more than a tenth of the facts does not pay
_MOST_NEEDS = 12  # the dearest ones; beyond them two are not put together

# As the log names a level, `time@iso:week`, and an attribute, `time.week`.
_REF = re.compile(
    r"(?P<dimension>[^@:.]+)(?:@(?P<hierarchy>[^:.]+))?"
    r"(?::(?P<level>[^:.]+)|\.(?P<attribute>[^:.]+))?"
)

Need = frozenset[RollUpKey]
Count = Callable[[Sequence[tuple[str, ...]]], Sequence[int]]


class Question(Protocol):
    """A question as the log remembers it."""

    @property
    def cube(self) -> str: ...
    @property
    def levels(self) -> Sequence[str]: ...
    @property
    def cuts(self) -> Sequence[str]: ...
    @property
    def aggregates(self) -> Sequence[str]: ...
    @property
    def served_by(self) -> str: ...
    @property
    def microseconds(self) -> int: ...


@dataclass(frozen=True)
class Advice:
    """A roll-up that would have served questions; whether it pays, and why."""

    cube: str
    keys: tuple[str, ...]  # as the model writes them
    aggregates: tuple[str, ...]
    questions: int
    seconds: float  # that these questions took
    rows: int
    facts: int

    @property
    def pays(self) -> bool:
        """Whether it is enough smaller than the facts."""
        return self.rows * LEAST_GAIN <= self.facts

    @property
    def sentence(self) -> str:
        """Gain and cost in words."""
        gain = self.facts / self.rows if self.rows else 1.0
        told = (
            f"{self.cube} by {', '.join(self.keys) or 'nothing'}: {self.questions:,} questions of "
            f"{self.seconds:,.1f} s would read {self.rows:,} rows, not {self.facts:,}"
        )
        if self.pays:
            return f"{told} ({gain:,.0f} times fewer)"
        return (
            f"{told}, only {gain:,.1f} times fewer: it would cost nearly as much as the facts with "
            "every load, and does not pay"
        )


def advise(
    cube: CubeModel, questions: Iterable[Question], facts: int, count: Count
) -> tuple[Advice, ...]:
    """What would have served the questions that the facts had to answer, the dearest first.

    `count` says how many rows roll-ups of some keys (as SQL, each) would have.
    """
    able = [(each, need) for each in questions if (need := need_of(cube, each)) is not None]
    needs = _candidates(able)
    if not needs:
        return ()
    shapes = [make_roll_up(cube, "advice", _ordered(cube, need), ()) for need in needs]
    rows = count([shape.projection.keys for shape in shapes])
    listed = [
        _advice(cube, need, able, number, facts) for need, number in zip(needs, rows, strict=True)
    ]
    return tuple(sorted(_without_lesser(listed), key=lambda each: (not each.pays, -each.seconds)))


def need_of(cube: CubeModel, question: Question) -> Need | None:
    """The keys that a question needs; None where no roll-up can serve it, or one does already."""
    if question.cube != cube.name or question.served_by != FACTS:
        return None
    known = {each.name: each for each in cube.aggregates}
    asked = [known.get(name) for name in question.aggregates]
    if any(each is None or not can_be_kept(cube, each) for each in asked):
        return None
    filters = [named_level(cube, cut) for each in asked if each for cut in filters_of(cube, each)]
    simple = [part for each in asked if each for part in each.simple]
    has_stocks = any(part.is_semi_additive for part in simple)
    parts = {cube.time.name: "day"} if has_stocks and cube.time else {}
    for ref in (*question.levels, *question.cuts, *filters):
        found = _key_of(cube, ref)
        if found is None:
            return None
        name, part = found
        parts[name] = _together(parts[name], part) if part and name in parts else part
    return frozenset(RollUpKey(name, part) for name, part in parts.items())


def _key_of(cube: CubeModel, ref: str) -> tuple[str, str] | None:
    """The dimension that a level or an attribute is of, and of time the span that tells it."""
    words = _REF.fullmatch(ref)
    if words is None or not cube.has_dimension(words["dimension"]):
        return None
    dimension = cube.dimension(words["dimension"])
    if dimension.kind is not DimensionKind.TIME:
        return dimension.name, ""
    for name, part in _parts(dimension, words["hierarchy"], is_level=bool(words["level"])):
        if name == (words["level"] or words["attribute"]):
            is_day = isinstance(part, CalendarPart) or part in DAY_PARTS
            return dimension.name, "day" if is_day else str(part)
    return None


def _parts(
    dimension: Dimension, hierarchy: str | None, *, is_level: bool
) -> list[tuple[str, str | CalendarPart]]:
    """The parts of a date that the levels of a hierarchy, or all attributes, are."""
    if not is_level:
        return [(each.name, each.part) for each in dimension.attributes]
    along = dimension.hierarchy(hierarchy) if hierarchy else dimension.default_hierarchy
    return [(each.name, each.key.part) for each in along.levels] if along else []


def _together(one: str, other: str) -> str:
    """The widest span that tells both."""
    for part in (one, other):
        key = RollUpKey("", part)
        if key.tells(one) and key.tells(other):
            return part
    wider = [part for part in PARTS if all(RollUpKey("", part).tells(p) for p in (one, other))]
    return next((part for part in wider if part != "day"), "day")


def _candidates(able: Sequence[tuple[Question, Need]]) -> list[Need]:
    spent: dict[Need, int] = {}
    for question, need in able:
        spent[need] = spent.get(need, 0) + question.microseconds
    dearest = sorted(spent, key=lambda need: -spent[need])
    both = [
        _union(one, other)
        for number, one in enumerate(dearest[:_MOST_NEEDS])
        for other in dearest[number + 1 : _MOST_NEEDS]
    ]
    return list(dict.fromkeys([*dearest[: 2 * _MOST_NEEDS], *both]))


def _union(one: Need, other: Need) -> Need:
    parts: dict[str, str] = {key.dimension: key.part for key in one}
    for key in other:
        name = key.dimension
        parts[name] = _together(parts[name], key.part) if key.part and name in parts else key.part
    return frozenset(RollUpKey(name, part) for name, part in parts.items())


def _serves(roll_up: Need, need: Need) -> bool:
    parts = {key.dimension: key for key in roll_up}
    return all(
        key.dimension in parts and (not key.part or parts[key.dimension].tells(key.part))
        for key in need
    )


def _advice(
    cube: CubeModel,
    need: Need,
    able: Sequence[tuple[Question, Need]],
    rows: int,
    facts: int,
) -> Advice:
    served = [question for question, needed in able if _serves(need, needed)]
    asked = {name for question in served for name in question.aggregates}
    keys = _ordered(cube, need)
    return Advice(
        cube=cube.name,
        keys=tuple(_written(cube, key) for key in keys),
        aggregates=tuple(each.name for each in cube.aggregates if each.name in asked),
        questions=len(served),
        seconds=sum(question.microseconds for question in served) / 1_000_000,
        rows=rows,
        facts=facts,
    )


def _without_lesser(listed: Sequence[Advice]) -> list[Advice]:
    """Leave out what another that pays serves as well, in rows of the same order."""
    return [
        each
        for each in listed
        if not any(
            other.pays
            and other.questions > each.questions
            and set(_dimensions(each)) <= set(_dimensions(other))
            and other.rows <= LEAST_GAIN * max(1, each.rows)
            for other in listed
        )
    ]


def _dimensions(advice: Advice) -> list[str]:
    return [key.partition(":")[0] for key in advice.keys]


def _ordered(cube: CubeModel, need: Need) -> tuple[RollUpKey, ...]:
    order: Mapping[str, int] = {each.name: place for place, each in enumerate(cube.dimensions)}
    return tuple(sorted(need, key=lambda key: order[key.dimension]))


def _written(cube: CubeModel, key: RollUpKey) -> str:
    if not key.part:
        return key.dimension
    for level in cube.dimension(key.dimension).levels:
        part = "day" if level.key.part in DAY_PARTS else level.key.part
        if not isinstance(level.key.part, CalendarPart) and part == key.part:
            return f"{key.dimension}:{level.name}"
    return f"{key.dimension}:{key.part}"


__all__ = ["LEAST_GAIN", "Advice", "Question", "advise", "need_of"]
