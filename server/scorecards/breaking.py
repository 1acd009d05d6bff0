"""What is broken down by members: an indicator, and what its formula takes from further cubes.

A further cube is asked by the same members where it shares their dimension; where it lacks it and
is open to it, what it says of the whole stands beside each of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from server.cube.across_reading import shared_dimensions
from server.cube.cube_model import CubeModel
from server.cube.elements import Level
from server.indicators.definition import Indicator
from server.indicators.operands import Operand
from server.indicators.scoring import Bands
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.arrival import Within, within
from server.scorecards.asking import Asked
from server.scorecards.figures import Operands, Question, cells, figures_of, period_of
from server.scorecards.gathering import cuts_of
from server.scorecards.standing import window
from server.scorecards.views import Standing
from server.snapshot import Snapshot

Path = tuple[str | None, ...]
Cells = Mapping[Period, Mapping[str, Any]]


@dataclass(frozen=True)
class Inquiry:
    """Whose figure is broken down, under which slice, snapshot and bands."""

    runtime: Runtime
    asked: Asked
    total: Standing
    snapshot: Snapshot
    bands: Bands

    @property
    def indicator(self) -> Indicator:
        """The indicator that is broken down."""
        return self.total.indicator

    @property
    def cube(self) -> CubeModel:
        """The cube that holds its facts."""
        return self.runtime.cubes.model.cube(self.indicator.cube)

    @property
    def cubes(self) -> tuple[CubeModel, ...]:
        """All cubes that its formula takes something from, its own first."""
        return tuple(self.runtime.cubes.model.cube(name) for name in self.indicator.cubes)

    @cached_property
    def operands(self) -> tuple[Operand, ...]:
        """What its formula takes from its own cube."""
        return tuple(one for one in self.indicator.operands if one.cube == self.indicator.cube)


@dataclass(frozen=True)
class Beside:
    """What a formula takes from a further cube, by member or of the whole."""

    inquiry: Inquiry
    cube: CubeModel
    asks: Within
    cells: Mapping[Path, Cells]
    dimension: str  # that it is broken down by; empty: it says the same of every member

    def figures(self, path: Path, period: Period) -> Operands:
        """The operands of one member in one period."""
        cell = self.cells.get(path if self.dimension else (), {}).get(period, {})
        asks = self.asks.and_also(self.dimension, (path,)) if self.dimension else self.asks
        return named_figures(self._operands, cell, self.cube, period, self.inquiry.snapshot, asks)

    @cached_property
    def _operands(self) -> tuple[Operand, ...]:
        return tuple(one for one in self.inquiry.indicator.operands if one.cube == self.cube.name)


def besides(inquiry: Inquiry, dimension: str, levels: Sequence[Level]) -> tuple[Beside, ...] | None:
    """The further cubes of an indicator; None when one has nothing to say by this dimension."""
    found = []
    for cube in inquiry.cubes[1:]:
        model, asked = inquiry.runtime.cubes.model, inquiry.asked
        cuts = cuts_of(model, asked.cuts, inquiry.cube.name, cube.name)
        is_shared = dimension in shared_dimensions((inquiry.cube, cube))
        if cuts is None or not (is_shared or dimension in cube.open_to):
            return None
        known = _cells(inquiry, cube, replace(asked, cuts=cuts), dimension, levels, is_shared)
        asks = within(cuts, asked.person.scope)
        found.append(Beside(inquiry, cube, asks, known, dimension if is_shared else ""))
    return tuple(found)


def named_figures(
    operands: Sequence[Operand],
    cell: Mapping[str, Any],
    cube: CubeModel,
    period: Period,
    snapshot: Snapshot,
    asks: Within,
) -> dict[str, Any]:
    """The aggregates of a cell by the names that a formula has for them."""
    names = {one.aggregate for one in operands}
    known = figures_of(cell, cube, names, period, snapshot, asks)
    return {one.name: known[one.aggregate] for one in operands}


def key_text(value: object) -> str | None:
    """The key of a member as a part of its path."""
    return None if value is None else str(value)


def _cells(
    inquiry: Inquiry,
    cube: CubeModel,
    asked: Asked,
    dimension: str,
    levels: Sequence[Level],
    is_shared: bool,
) -> Mapping[Path, Cells]:
    period = inquiry.total.period
    names = {one.aggregate for one in inquiry.indicator.operands if one.cube == cube.name}
    browser = inquiry.runtime.cubes.browser(
        cube.name, inquiry.snapshot, asked.person.scope, asked.language
    )
    by = f"{dimension}:{levels[-1].name}" if is_shared else None
    question = Question(tuple(sorted(names)), window(period), asked.cuts.texts(), by)
    found: dict[Path, dict[Period, Mapping[str, Any]]] = {}
    for cell in cells(browser, question):
        path = tuple(key_text(cell[level.key.ref]) for level in levels) if is_shared else ()
        found.setdefault(path, {})[period_of(cell, period.kind)] = cell
    return dict(found)
