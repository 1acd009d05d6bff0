"""Several cubes as one source of rows: joined on what they share, whatever each of them has.

A row is there where any of the cubes has facts. A cube without facts there counts and sums to 0
where facts of those days are loaded; a cube that lacks what is cut to has nothing to say anywhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from server.cube.cube_table import CubeSource
from server.cube.elements import Aggregate, Dimension, DimensionKind
from server.cube.grains import Grain, Path, Row, key_reader
from server.cube.key_values import parts_of
from server.cube.marked import ABSENCES, figure_in, put_figure
from server.cube.modified_figures import of_nothing
from server.cube.time_paths import span
from server.indicators.absence import Absence
from server.indicators.formula import Formula


@dataclass(frozen=True)
class Side:
    """One of the cubes: what is asked of it, and whether it can be asked that at all."""

    source: CubeSource
    is_applicable: bool = True  # else a cut is on a dimension that it lacks

    @property
    def cube(self) -> str:
        """The name of the cube."""
        return str(self.source.browser.model.name)

    @property
    def aggregates(self) -> tuple[tuple[str, Aggregate], ...]:
        """What is asked of the cube, by the names that it has in the rows."""
        model = self.source.browser.model
        return tuple((f"{self.cube}.{one}", model.aggregate(one)) for one in self.source.names)

    def rows(self, grain: Grain, cuts: Sequence[str]) -> list[Row]:
        """Its rows of a grain, if it has anything to say."""
        return self._named(self.source.rows(grain, cuts)) if self.is_applicable else []

    def outside(self, grain: Grain, cut: str) -> list[Row]:
        """Its rows over the facts that a cut leaves out."""
        return self._named(self.source.outside(grain, cut)) if self.is_applicable else []

    def complete(self, row: Row, days: tuple[date, date] | None) -> None:
        """Put what it says of a place without facts into a row that it has no part in."""
        for name, aggregate in self.aggregates:
            if name in row:
                continue
            found = of_nothing(aggregate) if self._is_loaded(days) else Absence.NOT_LOADED
            if not self.is_applicable:
                found = Absence.NOT_APPLICABLE
            if isinstance(found, Absence):
                put_figure(row, name, found)
            else:
                row[name] = found

    def _named(self, rows: Iterable[Row]) -> list[Row]:
        names = {one: f"{self.cube}.{one}" for one in self.source.names}
        return [_renamed(row, names) for row in rows]

    def _is_loaded(self, days: tuple[date, date] | None) -> bool:
        """Whether facts of some of these days are loaded."""
        browser = self.source.browser
        table = browser.model.fact.name
        first = browser.snapshot.first_dates.get(table, date.min)
        last = browser.snapshot.watermarks.get(table)
        if last is None:
            return False
        return days is None or (days[0] <= last and days[1] >= first)


@dataclass(frozen=True)
class AcrossSource:
    """The rows of several cubes, with formulas over the figures of all."""

    sides: tuple[Side, ...]
    shown: tuple[str, ...]  # of the aggregates; formulas may need others
    formulas: Mapping[str, Formula]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the figures in every row."""
        return (*self.shown, *self.formulas)

    def adds_up(self, name: str, over: Iterable[Dimension]) -> bool:
        """Whether a figure adds up over some dimensions; that of a formula does not."""
        cube, _, aggregate = name.partition(".")
        sides = [side for side in self.sides if side.cube == cube and name not in self.formulas]
        return any(side.source.adds_up(aggregate, over) for side in sides)

    def rows(self, grain: Grain, cuts: Sequence[str] = ()) -> list[Row]:
        """The rows of a grain."""
        return self._joined(grain, [side.rows(grain, cuts) for side in self.sides])

    def outside(self, grain: Grain, cut: str) -> list[Row]:
        """The rows of a grain over the facts of each cube that a cut leaves out."""
        return self._joined(grain, [side.outside(grain, cut) for side in self.sides])

    def _joined(self, grain: Grain, parts: Sequence[Sequence[Row]]) -> list[Row]:
        found: dict[Path, Row] = {} if grain else {(): {}}
        read = key_reader(grain)
        for rows in parts:
            for row in rows:
                there = found.setdefault(read(row), {})
                absences = {**there.get(ABSENCES, {}), **row.get(ABSENCES, {})}
                there.update({name: row[name] for name in row if name not in there})
                if absences:
                    there[ABSENCES] = absences
        for row in found.values():
            self._complete(row, grain)
        return in_natural_order(found.values(), grain)

    def _complete(self, row: Row, grain: Grain) -> None:
        days = days_of(row, grain)
        for side in self.sides:
            side.complete(row, days)
        operands = {
            name: figure_in(row, name) for side in self.sides for name, _ in side.aggregates
        }
        for name, formula in self.formulas.items():
            put_figure(row, name, formula.evaluate(operands), 0)
        for name in operands.keys() - set(self.shown):
            del row[name]
            row.get(ABSENCES, {}).pop(name, None)


def days_of(row: Mapping[str, Any], grain: Grain) -> tuple[date, date] | None:
    """The days that a row is about; None when it does not say."""
    found: tuple[date, date] | None = None
    for drill in grain:
        if drill.dimension.kind is DimensionKind.TIME:
            path = key_reader((drill,))(row)
            first, last = span(parts_of(drill.hierarchy), path)
            found = (max(first, found[0]), min(last, found[1])) if found else (first, last)
    return found


def in_natural_order(rows: Iterable[Row], grain: Grain) -> list[Row]:
    """The rows in the model's own order, what has no value last, as one cube answers them."""
    found = list(rows)
    for drill in reversed(grain):
        for level in reversed(drill.levels):
            for ref in (level.key.ref, level.order_by.ref):
                found = _sorted_by(found, ref, level.is_descending)
    return found


def _sorted_by(rows: Sequence[Row], ref: str, is_descending: bool) -> list[Row]:
    known = [row for row in rows if row[ref] is not None]
    known.sort(key=lambda row: row[ref], reverse=is_descending)
    return [*known, *(row for row in rows if row[ref] is None)]


def _renamed(row: Row, names: Mapping[str, str]) -> Row:
    found = {names.get(name, name): value for name, value in row.items() if name != ABSENCES}
    if ABSENCES in row:
        found[ABSENCES] = {names.get(name, name): why for name, why in row[ABSENCES].items()}
    return found
