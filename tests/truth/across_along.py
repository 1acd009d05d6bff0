"""Random questions over two cubes along time: joined rows, and formulas over both of them.

What one of the cubes says of a member without facts there is worked out from the days of every
figure: 0 of days that are loaded, nothing of others.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from server.cube.across_reading import read_across
from tests.truth.across import SIGNS
from tests.truth.answers import in_order
from tests.truth.asking import browser_for
from tests.truth.calendars import UNITS
from tests.truth.modified import (
    TO_DATE,
    ModifiedAnswer,
    ModifiedQuestion,
    Row,
    levels_in,
    modified_questions,
    named,
    rounded,
)
from tests.truth.modified_answers import Answering
from tests.truth.other_engine import OtherEngine
from tests.truth.our_engine import OurEngine
from tests.truth.parts import World
from tests.truth.questions import some_aggregates

FORMULA = "formula"
_WORK: dict[str, Callable[[Fraction, Fraction], Fraction | None]] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "/": lambda one, other: one / other if other else None,
}


@dataclass(frozen=True)
class AcrossAlong:
    """A question along time over both cubes; aggregates have the name of their cube."""

    along: ModifiedQuestion
    formula: tuple[str, str, str] | None  # left, sign, right

    @property
    def names(self) -> list[str]:
        """Every figure of a row."""
        names = [*self.along.base.aggregates, *([FORMULA] if self.formula else [])]
        return [named(name, *words) for name in names for words in self.suffixes]

    @property
    def suffixes(self) -> list[tuple[str, str]]:
        """Every modifier with every comparison."""
        along = self.along
        return [
            (one, other) for one in ("", *along.modifiers) for other in ("", *along.comparisons)
        ]


@st.composite
def across_along_questions(draw: st.DrawFn, world: World) -> AcrossAlong:
    """Any question along time over the two cubes of a world, where both have facts."""
    (visits,) = world.others
    both = [each for each in world.moments if world.days(each) and visits.days(each)]
    shared = replace(world, dimensions=visits.dimensions, moments=tuple(both))
    chosen = (
        *(f"facts.{name}" for name in draw(some_aggregates(world, 2))),
        *(f"visits.{name}" for name in draw(some_aggregates(visits, 2))),
    )
    along = draw(modified_questions(shared))
    along = replace(along, base=replace(along.base, aggregates=chosen, order=()))
    exact = [name for name in chosen if "weight" not in name]
    if not exact or draw(st.booleans()):
        return AcrossAlong(along, None)
    left, right = (draw(st.sampled_from(exact)) for _ in range(2))
    return AcrossAlong(along, (left, draw(st.sampled_from(SIGNS)), right))


def ask_across_along(ours: OurEngine, question: AcrossAlong) -> ModifiedAnswer:
    """The table of our cubes."""
    along, base = question.along, question.along.base
    number, size = base.page or (None, None)
    table = read_across(
        lambda cube: browser_for(ours, base, cube=cube),
        base.aggregates,
        cut=[cut.text for cut in base.cuts],
        formulas={FORMULA: " ".join(question.formula)} if question.formula else {},
        drilldown=[drill.text for drill in base.drills],
        time=along.modifiers,
        compare=along.comparisons,
        page=number,
        page_size=size,
    ).table()
    refs = [ref for level in levels_in(ours.world, base.drills) for ref in level.refs]
    rows = [_told(row, refs, question) for row in table.rows] if base.drills else []
    summary = _told(table.summary or {}, [], question)
    return ModifiedAnswer(rows, table.row_count if base.drills else 0, summary)


def expect_across_along(other: OtherEngine, question: AcrossAlong) -> ModifiedAnswer:
    """The table that must come."""
    base = question.along.base
    sides = [_Side(other, question, "facts"), _Side(other.others["visits"], question, "visits")]
    sides = [side for side in sides if side.names]
    levels = levels_in(other.world, base.drills)
    rows = _joined(sides, question, [level.key for level in levels]) if base.drills else []
    ordered = in_order(rows, [(level.key, level.is_descending) for level in levels])
    number, size = base.page or (0, len(ordered) or 1)
    shown = ordered[number * size : (number + 1) * size]
    summary: Row = {}
    for side in sides:
        summary |= side.summary()
    return ModifiedAnswer(shown, len(ordered), _worked_out(summary, question))


class _Side:
    """One of the cubes, its figures with its name before them."""

    def __init__(self, engine: OtherEngine, question: AcrossAlong, cube: str) -> None:
        along = question.along
        self.names = tuple(
            name.partition(".")[2] for name in along.base.aggregates if name.startswith(f"{cube}.")
        )
        moment = next(one for one in engine.world.moments if one.number == along.base.moment.number)
        base = replace(along.base, aggregates=self.names, moment=moment)
        against = (each.partition(":")[0] for each in along.comparisons)
        compared = tuple(dict.fromkeys((*along.comparisons, *against)))
        self._cube, self._engine = cube, engine
        self._asked = replace(along, base=base, comparisons=compared)
        self._answering = Answering(engine, self._asked)

    def rows(self) -> list[Row]:
        """Its own rows."""
        return [self._renamed(row) for row in self._answering.rows()]

    def of_nobody(self, row: Row) -> Row:
        """What it says where it has no row."""
        return self._renamed(self._answering.of_nobody(row))

    def summary(self) -> Row:
        """What it says of the whole cell, asked without a drill-down."""
        whole = replace(self._asked, base=replace(self._asked.base, drills=()))
        units = UNITS[whole.hierarchy]
        known = [one for one in whole.modifiers if TO_DATE.get(one, units[0]) in units]
        found = Answering(self._engine, replace(whole, modifiers=tuple(known))).summary()
        names = (name for name, *_ in whole.outputs)  # its calendar may lack such periods
        return self._renamed(dict.fromkeys(names) | found)

    def _renamed(self, row: Row) -> Row:
        own = {name for name, *_ in self._asked.outputs}
        return {f"{self._cube}.{ref}" if ref in own else ref: row[ref] for ref in row}


def _joined(sides: list[_Side], question: AcrossAlong, keys: list[str]) -> list[Row]:
    found: dict[tuple[Any, ...], Row] = {}
    for side in sides:
        for row in side.rows():
            found.setdefault(tuple(row[key] for key in keys), {}).update(
                {ref: row[ref] for ref in row if ref not in found[tuple(row[key] for key in keys)]}
            )
    for row in found.values():
        for side in sides:
            nobody = side.of_nobody(row)
            row.update({ref: nobody[ref] for ref in nobody if ref not in row})
    return [_worked_out(row, question) for row in found.values()]


def _worked_out(row: Row, question: AcrossAlong) -> Row:
    """The row with what the formula makes of it, without what only the formula needed."""
    for modifier, comparison in question.suffixes if question.formula else ():
        word, _, form = comparison.partition(":")
        now = _formula(row, question, modifier, "" if form else word)
        if form:
            now = _compared(now, _formula(row, question, modifier, word), form)
        row[named(FORMULA, modifier, comparison)] = rounded(now)
    others = {ref for ref in row if ref.startswith(("facts.", "visits."))} - {*question.names}
    return {ref: value for ref, value in row.items() if ref not in others}


def _formula(row: Row, question: AcrossAlong, *words: str) -> Fraction | None:
    left, sign, right = question.formula or ("", "", "")
    one, other = (row[named(name, *words)] for name in (left, right))
    if one is None or other is None:
        return None
    return _WORK[sign](Fraction(one), Fraction(other))


def _compared(now: Fraction | None, base: Fraction | None, form: str) -> Fraction | None:
    if now is None or base is None:
        return None
    if form == "difference":
        return now - base
    return (now - base) / base if base > 0 else None


def _told(row: Row, refs: list[str], question: AcrossAlong) -> Row:
    absences = row.get("absences", {})
    for name in question.names:
        assert (row[name] is None) == (name in absences), (name, row)
    return {ref: row[ref] for ref in refs} | {name: rounded(row[name]) for name in question.names}
