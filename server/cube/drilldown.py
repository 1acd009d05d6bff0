"""Drill-downs: the levels by which a cell is broken down, from text."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from server.cube.cell import ScopedCell
from server.cube.cuts import Cut, hierarchy_of
from server.cube.elements import Dimension, Hierarchy, Level
from server.errors import IndicubeError, InvalidInput, LimitReached, ManyErrors, NotFound

MOST_DRILLS = 8

_DRILL = re.compile(r"(\w+)(?:@(\w+))?(?::(\w+))?")


@dataclass(frozen=True)
class Drill:
    """One dimension broken down from the top of a hierarchy to a level."""

    dimension: Dimension
    hierarchy: Hierarchy
    depth: int

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels from the top down to the deepest."""
        return self.hierarchy.levels[: self.depth]

    @property
    def is_default(self) -> bool:
        """Whether it goes along the dimension's default hierarchy."""
        return self.hierarchy == self.dimension.default_hierarchy

    @property
    def text(self) -> str:
        """The drill-down as it is written."""
        hierarchy = "" if self.is_default else f"@{self.hierarchy.name}"
        return f"{self.dimension.name}{hierarchy}:{self.levels[-1].name}"


def parse_drilldown(cell: ScopedCell, text: str | Sequence[str] | None) -> tuple[Drill, ...]:
    """The drill-downs in a text such as `time@ymd:month|organisation:carrier`, or in several.

    Without a level it goes one below the deepest point cut of the dimension, else to the first.
    The same hierarchy twice is drilled once, to the deeper level. All mistakes at once.
    """
    texts = [text] if isinstance(text, str) else list(text or ())
    pieces = [piece for each in texts if each for piece in re.split(r"[|,]", each)]
    if len(pieces) > MOST_DRILLS:
        raise LimitReached(
            f"There are {len(pieces)} drill-downs; at most {MOST_DRILLS} are allowed.",
            field="drilldown",
        )
    errors: list[IndicubeError] = []
    drills: dict[tuple[str, str], Drill] = {}
    for piece in pieces:
        try:
            drill = _parse_drill(cell, piece)
        except (InvalidInput, NotFound) as error:
            errors.append(error)
            continue
        key = (drill.dimension.name, drill.hierarchy.name)
        if key not in drills or drills[key].depth < drill.depth:
            drills[key] = drill
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ManyErrors(errors)
    return tuple(drills.values())


def refuse_many_members(cell: ScopedCell, drills: Iterable[Drill]) -> None:
    """Raise `InvalidInput` for a level with many members that no point or set cut narrows."""
    for drill in drills:
        for depth, level in enumerate(drill.levels, start=1):
            if level.is_high and not _is_cut(cell.cuts, drill, depth):
                raise InvalidInput(
                    f"{drill.dimension.name}:{level.name} has many members; ask for it by page "
                    "(page and pagesize), or cut it to some of them.",
                    code="many_members",
                    field="drilldown",
                )


def _is_cut(cuts: Iterable[Cut], drill: Drill, depth: int) -> bool:
    return any(
        cut.dimension == drill.dimension.name
        and cut.hierarchy == drill.hierarchy.name
        and cut.kind != "range"
        and not cut.is_negated
        and all(len(path) >= depth for path in cut.paths)
        for cut in cuts
    )


def _parse_drill(cell: ScopedCell, text: str) -> Drill:
    match = _DRILL.fullmatch(text)
    if match is None:
        raise InvalidInput(
            f"{text!r} is not a drill-down; write dimension, dimension:level or "
            "dimension@hierarchy:level.",
            code="invalid_drilldown",
            field="drilldown",
        )
    dimension = cell.cube.dimension(match.group(1))
    hierarchy = hierarchy_of(dimension, match.group(2))
    level = match.group(3)
    if level is None:
        return Drill(dimension, hierarchy, _next_depth(cell, dimension, hierarchy))
    depth = hierarchy.depth_of(level)
    if not depth:
        allowed = tuple(each.name for each in hierarchy.levels)
        raise InvalidInput(
            f"Hierarchy {hierarchy.name} of {dimension.name} has no level {level!r}. "
            f"It has: {', '.join(allowed)}.",
            code="hierarchy",
            field="drilldown",
            allowed=allowed,
        )
    return Drill(dimension, hierarchy, depth)


def _next_depth(cell: ScopedCell, dimension: Dimension, hierarchy: Hierarchy) -> int:
    if dimension.is_flat:
        return 1
    points = [
        cut
        for cut in cell.cuts
        if cut.dimension == dimension.name and cut.kind == "point" and not cut.attribute
    ]
    for cut in points:
        if cut.hierarchy != hierarchy.name:
            raise InvalidInput(
                f"The cut of {dimension.name} is on hierarchy {cut.hierarchy}, the drill-down on "
                f"{hierarchy.name}: name the level to drill to.",
                code="hierarchy",
                field="drilldown",
            )
    depth = 1 + max((cut.depth - cut.is_negated for cut in points), default=0)
    if depth > len(hierarchy.levels):
        raise InvalidInput(
            f"{dimension.name} is cut at its lowest level, {hierarchy.levels[-1].name}: there is "
            "nothing below to drill to.",
            code="hierarchy",
            field="drilldown",
        )
    return depth
