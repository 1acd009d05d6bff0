"""Decides which roll-up of a cube serves a question; no statement is needed to tell."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from server.cube.calendar_parts import CalendarPart
from server.cube.cell import ScopedCell
from server.cube.cube_model import CubeModel
from server.cube.cuts import Cut
from server.cube.drilldown import Drill
from server.cube.elements import AS_WAS, Dimension, DimensionKind, Hierarchy, Membership
from server.cube.key_values import parts_of
from server.cube.rollups import DAY_PARTS, RollUp, RollUpKey
from server.cube.time_paths import span

_KNOWN_PARTS = ("year", "quarter", "month", "iso_year", "iso_week", *DAY_PARTS)


class HasRollUps(Protocol):
    """A snapshot, as far as roll-ups go."""

    @property
    def rollups(self) -> Mapping[str, int]:
        """The address of each roll-up that may serve, and its rows."""


def serving(
    cell: ScopedCell,
    snapshot: HasRollUps,
    drills: Iterable[Drill] = (),
    split: Iterable[Cut] = (),
    figures: Iterable[str] = (),
) -> RollUp | None:
    """The smallest roll-up that can answer; `figures` are SQL over `fact`."""
    ready = [each for each in cell.cube.roll_ups if each.address in snapshot.rollups]
    if not ready:
        return None
    drills, figures = tuple(drills), tuple(figures)
    asked = (*cell.cuts, *cell.outside, *split)
    able = [
        each
        for each in ready
        if each.keeps(figures)
        and all(_drills(cell.cube, each, drill) for drill in drills)
        and all(_cuts(cell.cube, each, cut, cell.cube.membership) for cut in asked)
        and all(_cuts(cell.cube, each, cut, "as_is") for cut in cell.scope_cuts)
    ]
    return min(
        able, key=lambda each: (snapshot.rollups[each.address], len(each.keys)), default=None
    )


def _drills(cube: CubeModel, roll_up: RollUp, drill: Drill) -> bool:
    dimension = drill.dimension
    key = roll_up.key(dimension.name)
    if key is None or (dimension.is_dated and cube.membership == AS_WAS):
        return False  # the last day that a member was somewhere is not kept
    if dimension.kind is not DimensionKind.TIME:
        return True
    return all(
        _tells(key, attribute.part) for level in drill.levels for attribute in level.attributes
    )


def _cuts(cube: CubeModel, roll_up: RollUp, cut: Cut, membership: Membership) -> bool:
    dimension = cube.dimension(cut.dimension)
    key = roll_up.key(cut.dimension)
    if key is None:
        return False
    if dimension.kind is not DimensionKind.TIME:
        return not (dimension.is_dated and membership == AS_WAS) or _has_days(cube, roll_up)
    if cut.attribute:
        parts = [each.part for each in dimension.attributes if each.name == cut.attribute]
        return bool(parts) and all(_tells(key, part) for part in parts)
    hierarchy = dimension.hierarchy(cut.hierarchy)
    return hierarchy is not None and _borders(key, hierarchy, cut)


def _tells(key: RollUpKey, part: str) -> bool:
    if isinstance(part, CalendarPart):
        return key.part == "day"
    return part in _KNOWN_PARTS and key.tells(part)


def _borders(key: RollUpKey, hierarchy: Hierarchy, cut: Cut) -> bool:
    """Whether the days of a cut begin and end where the roll-up's spans do."""
    parts = parts_of(hierarchy)
    if key.part == "day":
        return True
    if any(isinstance(part, CalendarPart) or part not in _KNOWN_PARTS for part in parts):
        return False
    if cut.kind == "range":
        first = span(parts, cut.paths[0])[0] if cut.paths[0] else None
        last = span(parts, cut.paths[1])[1] if cut.paths[1] else None
        return key.borders(first, last)
    paths = [path for path in cut.paths if path and None not in path]
    return all(key.borders(*span(parts, path)) for path in paths)


def _has_days(cube: CubeModel, roll_up: RollUp) -> bool:
    time: Dimension | None = cube.time
    key = roll_up.key(time.name) if time else None
    return key is not None and key.part == "day"
