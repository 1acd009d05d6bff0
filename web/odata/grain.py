"""By which levels rows are, so that they show the attributes that are asked."""

from collections.abc import Iterable, Sequence

from server.cube.cube_model import CubeModel
from server.cube.cuts import Path, path_text
from server.cube.drilldown import MOST_DRILLS, Drill
from server.cube.elements import Dimension
from web.odata.sets import EntitySet, Property


def drills_of(cube: CubeModel, attributes: Iterable[Property]) -> tuple[Drill, ...]:
    """The drill-downs that show these attributes, each hierarchy as deep as it is needed."""
    levels: dict[str, list[str]] = {}
    for one in attributes:
        levels.setdefault(one.dimension, []).append(one.level)
    return tuple(
        drill for name, wanted in levels.items() for drill in _drills(cube.dimension(name), wanted)
    )


def usual_grain(cube: CubeModel, asked: EntitySet) -> tuple[Property, ...]:
    """What the rows are by when nobody says: the first level of each dimension that has several."""
    first = {
        (dimension.name, dimension.default_hierarchy.levels[0].name)
        for dimension in cube.dimensions
        if not dimension.is_flat and not dimension.default_hierarchy.levels[0].is_high
    }
    found = [one for one in asked.of_role("attribute") if (one.dimension, one.level) in first]
    dimensions = list(dict.fromkeys(one.dimension for one in found))[:MOST_DRILLS]
    return tuple(one for one in found if one.dimension in dimensions)


def id_of(drills: Sequence[Drill], row: dict[str, object]) -> str:
    """The cuts to a row alone, which identify it."""
    paths: list[Path] = [tuple(row[level.key.ref] for level in one.levels) for one in drills]  # type: ignore[misc]
    return "|".join(
        f"{drill.dimension.name}@{drill.hierarchy.name}:{path_text(path)}"
        for drill, path in zip(drills, paths, strict=True)
    )


def _drills(dimension: Dimension, wanted: Sequence[str]) -> Iterable[Drill]:
    left = list(dict.fromkeys(wanted))
    by_most = sorted(
        dimension.hierarchies,
        key=lambda one: -sum(bool(one.depth_of(level)) for level in left),
    )
    for hierarchy in by_most:
        depth = max((hierarchy.depth_of(level) for level in left), default=0)
        if depth:
            yield Drill(dimension, hierarchy, depth)
            left = [level for level in left if not hierarchy.depth_of(level)]
