"""What a question was about, in the words of the model: levels and aggregates, never a member.

It goes with the statement to whoever keeps the log of questions.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from server.cube.cell import Cut, ScopedCell
from server.cube.cube_model import CubeModel
from server.cube.drilldown import Drill
from server.cube.elements import Aggregate


@dataclass(frozen=True)
class About:
    """A question without its values."""

    kind: str  # aggregate or members
    cube: str
    levels: tuple[str, ...]  # that it is broken down by, such as `time:month`
    cuts: tuple[str, ...]  # the lowest level that each cut names, of the scope too
    aggregates: tuple[str, ...] = ()


def about(
    kind: str,
    cell: ScopedCell,
    drills: Iterable[Drill],
    aggregates: Iterable[Aggregate] = (),
    split: Iterable[Cut] | None = None,
) -> About:
    """What a question asks for within a cell."""
    cuts = (*cell.cuts, *cell.scope_cuts, *cell.outside, *(split or ()))
    return About(
        kind,
        cell.cube.name,
        tuple(drill.text for drill in drills),
        tuple(sorted({named_level(cell.cube, cut) for cut in cuts})),
        tuple(each.name for each in aggregates),
    )


def named_level(cube: CubeModel, cut: Cut) -> str:
    """The level of a cut, as a drill-down would name it; an attribute by its own name."""
    if cut.attribute:
        return f"{cut.dimension}.{cut.attribute}"
    dimension = cube.dimension(cut.dimension)
    hierarchy = dimension.hierarchy(cut.hierarchy) or dimension.default_hierarchy
    levels = hierarchy.levels[: max(cut.depth, 1)]
    return Drill(dimension, hierarchy, len(levels)).text
