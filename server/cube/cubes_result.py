"""Answers in the form of cubes: results with their cell, cuts, drill-down and rows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from server.cube.cell import Cut, ScopedCell
from server.cube.cuts import Path
from server.cube.databrewery import (
    AggregationResult,
    Cell,
    Cube,
    Drilldown,
    Facts,
    PointCut,
    RangeCut,
    SetCut,
)
from server.cube.elements import Aggregate
from server.cube.key_values import key_text
from server.cube.statement import Breakdown


class FactRows(Facts):  # type: ignore[misc]  # cubes has no types
    """Fact rows with the fields that they hold; `total` is None unless it was asked for."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], fields: Sequence[str]) -> None:
        super().__init__(rows, list(fields))
        self.total: int | None = None


class _RangeCut(RangeCut):  # type: ignore[misc]  # cubes has no types
    """A range that may be open at both ends, of which cubes cannot tell the depth."""

    def level_depth(self) -> int:
        """The length of the longer path."""
        return max(len(self.from_path or ()), len(self.to_path or ()))


class _AttributeCut(SetCut):  # type: ignore[misc]  # cubes has no types
    """A cut that cubes has no form for; it is only ever shown."""

    def __init__(self, dimension: Any, cut: Cut) -> None:
        super().__init__(dimension, [_texts(path) for path in cut.paths], None, cut.is_negated)
        self._cut = cut

    def to_dict(self) -> dict[str, Any]:
        """The cut as `cuts_from_objects` reads it."""
        paths: dict[str, Any] = {"paths": self.paths}
        if self._cut.kind != "set":
            paths = {"path": self.paths[0]}
        if self._cut.kind == "range":
            paths = {"from": self.paths[0] or None, "to": self.paths[1] or None}
        return {
            "type": self._cut.kind,
            "dimension": self._cut.dimension,
            "attribute": self._cut.attribute,
            **paths,
            "invert": self._cut.is_negated,
            "hidden": False,
        }


def result_of(
    cube: Cube, cell: ScopedCell, aggregates: Iterable[Aggregate], breakdown: Breakdown
) -> AggregationResult:
    """The frame of an answer: everything but its figures. The scope is not among its cuts."""
    form = Cell(cube, [_cubes_cut(cube, cut) for cut in cell.cuts])
    drills = [
        (each.dimension.name, each.hierarchy.name, each.levels[-1].name)
        for each in breakdown.drills
    ]
    drilldown = Drilldown(drills, form)
    known = {each.name: each for each in cube.aggregates}
    chosen = [known[each.name] for each in aggregates if each.name in known]
    has_split = breakdown.split is not None
    result = AggregationResult(form, chosen, drilldown, has_split)
    result.levels = drilldown.result_levels(include_split=has_split) or None
    return result


def _cubes_cut(cube: Cube, cut: Cut) -> PointCut | SetCut | RangeCut:
    dimension = cube.dimension(cut.dimension)
    if cut.attribute:
        return _AttributeCut(dimension, cut)
    hierarchy = dimension.hierarchy(cut.hierarchy)
    paths = [_texts(path) for path in cut.paths]
    if cut.kind == "point":
        return PointCut(dimension, paths[0], hierarchy, cut.is_negated)
    if cut.kind == "set":
        return SetCut(dimension, paths, hierarchy, cut.is_negated)
    return _RangeCut(dimension, paths[0] or None, paths[1] or None, hierarchy, cut.is_negated)


def _texts(path: Path) -> list[str | None]:
    return [None if key is None else key_text(key) for key in path]
