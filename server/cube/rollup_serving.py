"""Decides which roll-up of a cube serves a question; no statement is needed to tell."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from server.cube.calendar_parts import CalendarPart
from server.cube.cell import ScopedCell
from server.cube.cube_model import CubeModel
from server.cube.cuts import Cut
from server.cube.drilldown import Drill
from server.cube.elements import AS_IS, AS_WAS, Dimension, DimensionKind, Hierarchy, Membership
from server.cube.key_values import parts_of
from server.cube.rollups import DAY_PARTS, RollUp, RollUpKey
from server.cube.terms import column_of
from server.cube.time_paths import span

Ends = tuple[date | None, date | None]  # of a run of days; None: however far the facts go

_KNOWN_PARTS = ("year", "quarter", "month", "iso_year", "iso_week", *DAY_PARTS)


class HasRollUps(Protocol):
    """A snapshot, as far as roll-ups go."""

    @property
    def rollups(self) -> Mapping[str, int]:
        """The address of each roll-up that may serve, and its rows."""


@dataclass(frozen=True)
class Needs:
    """What a question asks of a roll-up beside its cell."""

    drills: tuple[Drill, ...] = ()
    cuts: tuple[Cut, ...] = ()  # besides those of the cell: of a split, of the aggregates' filters
    figures: tuple[str, ...] = ()  # SQL over `fact`
    columns: tuple[str, ...] = ()  # of the facts, whose single values must be told
    runs: tuple[Ends, ...] = ()  # of days, which must begin and end where spans of time do


def serving(cell: ScopedCell, snapshot: HasRollUps, needs: Needs) -> RollUp | None:
    """The smallest roll-up that can answer."""
    ready = [each for each in cell.cube.roll_ups if each.address in snapshot.rollups]
    able = [each for each in ready if _serves(cell, each, needs)]
    return min(
        able, key=lambda each: (snapshot.rollups[each.address], len(each.keys)), default=None
    )


def tells(cube: CubeModel, keys: Sequence[RollUpKey], cuts: Iterable[Cut]) -> bool:
    """Whether facts within some cuts can be told by a roll-up's keys, of members as they are."""
    return all(_cuts(cube, keys, cut, AS_IS) for cut in cuts)


def key_columns(dimension: Dimension) -> tuple[str, ...]:
    """The fact columns that tell the members of a dimension apart."""
    if not dimension.is_spread:
        return (column_of(dimension).name,)
    keys = [level.key for level in dimension.levels]
    found = (column for key in keys for column in (key.column, *key.localized.values()))
    return tuple(dict.fromkeys(found))


def _serves(cell: ScopedCell, roll_up: RollUp, needs: Needs) -> bool:
    cube = cell.cube
    asked = (*cell.cuts, *cell.outside, *needs.cuts)
    return (
        roll_up.keeps(needs.figures)
        and all(_drills(cube, roll_up, drill) for drill in needs.drills)
        and all(_cuts(cube, roll_up.keys, cut, cube.membership) for cut in asked)
        and all(_cuts(cube, roll_up.keys, cut, AS_IS) for cut in cell.scope_cuts)
        and all(_has_column(cube, roll_up, column) for column in needs.columns)
        and all(_runs(cube, roll_up, *ends) for ends in needs.runs)
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


def _cuts(cube: CubeModel, keys: Sequence[RollUpKey], cut: Cut, membership: Membership) -> bool:
    dimension = cube.dimension(cut.dimension)
    key = _key_of(keys, cut.dimension)
    if key is None:
        return False
    if dimension.is_spread and cut.attribute:
        return _column_of(dimension, cut.attribute) in key_columns(dimension)
    if dimension.kind is not DimensionKind.TIME:
        return not (dimension.is_dated and membership == AS_WAS) or has_days(cube, keys)
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


def _has_column(cube: CubeModel, roll_up: RollUp, column: str) -> bool:
    """Whether a column of the facts is a key itself."""
    return any(
        key.part in ("", "day") and column in key_columns(cube.dimension(key.dimension))
        for key in roll_up.keys
    )


def _runs(cube: CubeModel, roll_up: RollUp, first: date | None, last: date | None) -> bool:
    key = roll_up.key(cube.time.name) if cube.time else None
    return key is not None and key.borders(first, last)


def has_days(cube: CubeModel, keys: Sequence[RollUpKey]) -> bool:
    """Whether the days by which a cube tells time are a key."""
    time: Dimension | None = cube.time
    key = _key_of(keys, time.name) if time else None
    return key is not None and key.part == "day"


def _key_of(keys: Sequence[RollUpKey], dimension: str) -> RollUpKey | None:
    return next((each for each in keys if each.dimension == dimension), None)


def _column_of(dimension: Dimension, attribute: str) -> str:
    return next((each.column for each in dimension.attributes if each.name == attribute), "")
