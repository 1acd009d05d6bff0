"""Several cubes as one source of rows: joined on what they share, whatever each of them has.

A row is there where any of the cubes has facts. A cube without facts there counts and sums to 0
where facts of those days are loaded; a cube that lacks what is cut to has nothing to say anywhere.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Protocol

from server.cube.across_worked import PLAIN, Along, Worked
from server.cube.cube_table import CubeSource
from server.cube.elements import Dimension, DimensionKind
from server.cube.grains import Grain, Path, Row, key_reader
from server.cube.marked import ABSENCES, figure_in, put_figure
from server.cube.modified import BESIDE, CARRIED
from server.cube.modifiers import Output
from server.cube.statement_lines import Order
from server.indicators.absence import Absence
from server.store.asking import still_asked

Absences = Mapping[str, Absence]


@dataclass(frozen=True)
class Side:
    """One of the cubes: what is asked of it, and whether it can be asked that at all."""

    source: CubeSource
    is_applicable: bool = True  # else a cut is on a dimension that it lacks

    @property
    def cube(self) -> str:
        """The name of the cube."""
        return str(self.source.browser.model.name)

    @cached_property
    def outputs(self) -> tuple[tuple[str, Output], ...]:
        """What is asked of the cube, by the names that it has in the rows."""
        found = self.source.outputs.items()
        return tuple((f"{self.cube}.{name}", output) for name, output in found)

    def rows(self, grain: Grain, cuts: Sequence[str]) -> list[Row]:
        """Its rows of a grain, if it has anything to say."""
        return self._named(self.source.rows(grain, cuts)) if self.is_applicable else []

    def outside(self, grain: Grain, cut: str) -> list[Row]:
        """Its rows over the facts that a cut leaves out."""
        return self._named(self.source.outside(grain, cut)) if self.is_applicable else []

    def complete(self, row: Row, of_nobody: Callable[[Row], Row], known: Absences) -> None:
        """Put what it says of a place without facts into a row that it has no part in.

        `known` is what its other rows of the same time lack, whoever they are about.
        """
        lacking = [name for name, _ in self.outputs if name not in row]
        told = of_nobody(row) if lacking and self.is_applicable else {}
        for name in lacking:
            if not self.is_applicable:
                put_figure(row, name, Absence.NOT_APPLICABLE)
            elif name in known:
                put_figure(row, name, known[name])
            elif (value := told[name.partition(".")[2]]) is None:
                put_figure(row, name, figure_in(told, name.partition(".")[2]))
            else:
                row[name] = value

    def unloaded(self, rows: Iterable[Row]) -> Absences:
        """Which figures of its rows of one time are of days that nobody's facts are loaded of."""
        found: dict[str, Absence] = {}
        for row in rows:
            for name, why in row.get(ABSENCES, {}).items():
                if why == Absence.NOT_LOADED:
                    found[name] = Absence.NOT_LOADED
        return found

    def _named(self, rows: Iterable[Row]) -> list[Row]:
        names = {one: f"{self.cube}.{one}" for one in self.source.names}
        return [_renamed(row, names) for row in rows]


class Judge(Protocol):
    """Says what is thought of the figures of a row."""

    @property
    def names(self) -> tuple[str, ...]:
        """The further figures that it puts into every row."""

    def judge(self, row: Row, grain: Grain) -> None:
        """Put them there, and words beside them."""


@dataclass(frozen=True)
class AcrossSource:
    """The rows of several cubes, with formulas over the figures of all."""

    sides: tuple[Side, ...]
    shown: tuple[str, ...]  # of the aggregates; formulas may need others
    worked: tuple[Worked, ...] = ()
    along: Along = PLAIN
    judge: Judge | None = None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the figures in every row."""
        known = (*self.shown, *(one.name for one in self.worked))
        outputs = (f"{name}{suffix}" for name in known for suffix in self.along.suffixes)
        return (*outputs, *(self.judge.names if self.judge else ()))

    @property
    def outputs(self) -> Mapping[str, Output]:
        """What each figure of a cube is, by its name."""
        return {name: output for side in self.sides for name, output in side.outputs}

    def adds_up(self, name: str, over: Iterable[Dimension]) -> bool:
        """Whether a figure adds up over some dimensions; that of a formula does not."""
        cube, dot, output = name.partition(".")
        sides = [side for side in self.sides if dot and side.cube == cube]
        return any(side.source.adds_up(output, over) for side in sides)

    def rows(self, grain: Grain, cuts: Sequence[str] = ()) -> list[Row]:
        """The rows of a grain."""
        return self._joined(grain, [side.rows(grain, cuts) for side in self.sides])

    def outside(self, grain: Grain, cut: str) -> list[Row]:
        """The rows of a grain over the facts of each cube that a cut leaves out."""
        return self._joined(grain, [side.outside(grain, cut) for side in self.sides])

    def unfinished_in(self, grains: Sequence[Grain]) -> list[Row]:
        """The periods of some grains of which a cube has facts in part."""
        return [
            {"cube": side.cube, **one}
            for side in self.sides
            if side.is_applicable
            for one in side.source.unfinished_in(grains)
        ]

    def _joined(self, grain: Grain, parts: Sequence[Sequence[Row]]) -> list[Row]:
        found: dict[Path, Row] = {} if grain else {(): {}}
        read = key_reader(grain)
        for rows in parts:
            for row in rows:
                still_asked()
                there = found.setdefault(read(row), {})
                beside = {
                    name: {**there.get(name, {}), **row[name]} for name in BESIDE if name in row
                }
                there.update({name: row[name] for name in row if name not in there})
                there.update(beside)
        self._complete(found.values(), grain, parts)
        return in_natural_order(found.values(), grain)

    def _complete(
        self, rows: Collection[Row], grain: Grain, parts: Sequence[Sequence[Row]]
    ) -> None:
        timed = tuple(drill for drill in grain if drill.dimension.kind is DimensionKind.TIME)
        moment = key_reader(timed)
        known = [
            _by_moment(side, part, moment) for side, part in zip(self.sides, parts, strict=True)
        ]
        nobodies = [side.source.of_nobody(grain) for side in self.sides]
        for row in rows:
            still_asked()
            at = moment(row)
            for side, absences, nobody in zip(self.sides, known, nobodies, strict=True):
                side.complete(row, nobody.figures, absences.get(at, {}))
            self._work_out(row)
            if self.judge is not None:
                self.judge.judge(row, grain)

    def _work_out(self, row: Row) -> None:
        operands = {name: figure_in(row, name) for side in self.sides for name, _ in side.outputs}
        for name, figure in self.along.figures(self.worked, operands).items():
            put_figure(row, name, figure, 0)
        self._carry_on(row, row.get(CARRIED, {}))
        for name in operands.keys() - set(self.names):
            del row[name]
            for beside in BESIDE:
                row.get(beside, {}).pop(name, None)

    def _carry_on(self, row: Row, carried: dict[str, date]) -> None:
        """What is worked out of a stock from before its own days stands on those days too."""
        for one in self.worked if carried else ():
            for suffix in self.along.suffixes:
                names = [f"{name}{suffix}" for name in (*one.operands, *one.formulas)]
                days = [carried[name] for name in names if name in carried]
                if days and row[f"{one.name}{suffix}"] is not None:
                    carried[f"{one.name}{suffix}"] = min(days)


def _by_moment(
    side: Side, rows: Iterable[Row], moment: Callable[[Row], Path]
) -> dict[Path, Absences]:
    found: dict[Path, list[Row]] = {}
    for row in rows:
        found.setdefault(moment(row), []).append(row)
    return {at: side.unloaded(each) for at, each in found.items()}


def in_natural_order(rows: Iterable[Row], grain: Grain) -> list[Row]:
    """The rows in the model's own order, what has no value last, as one cube answers them."""
    found = list(rows)
    for drill in reversed(grain):
        for level in reversed(drill.levels):
            for by in (level.key, level.order_by):
                found = Order.of(by, is_descending=level.is_descending).sorted(found)
    return found


def _renamed(row: Row, names: Mapping[str, str]) -> Row:
    found = {names.get(name, name): value for name, value in row.items()}
    for beside in BESIDE:
        if beside in row:
            told_by = row[beside].items()
            found[beside] = {names.get(name, name): why for name, why in told_by}
    return found
