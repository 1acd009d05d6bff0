"""What to do instead, where somebody named a thing of the model by the wrong word."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from server.cube.cube_model import CubeModel
from server.errors import AskerError, IndicubeError, ManyErrors, quoted
from server.scorecards.catalogue import read_catalogue
from web.api.mistakes import Mistakes
from web.visitor import runtime


def tell_wrong(mistakes: Mistakes, cubes: Sequence[CubeModel]) -> None:
    """Raise what was found, with hints where a cube or an indicator has the name that was used."""
    _give_hints(mistakes.found, cubes)
    mistakes.tell()


@contextmanager
def telling_what_to_do(cubes: Sequence[CubeModel]) -> Iterator[None]:
    """The same for what is found wrong within the block."""
    try:
        yield
    except AskerError as mistake:
        _give_hints(mistake.errors if isinstance(mistake, ManyErrors) else (mistake,), cubes)
        raise


def _give_hints(found: Sequence[IndicubeError], cubes: Sequence[CubeModel]) -> None:
    for mistake in found:
        if mistake.hint is None:
            mistake.hint = next(_hints(mistake, cubes), None)


def _hints(mistake: IndicubeError, cubes: Sequence[CubeModel]) -> Iterator[str]:
    name = quoted(mistake.message)
    if mistake.code == "unknown_dimension":
        yield from _of_levels(name, cubes)
    elif mistake.code == "hierarchy":
        yield from _of_hierarchies(mistake.message, name, cubes)
    elif mistake.code == "unknown_aggregate":
        yield from _of_measures(name, cubes)
        yield from _of_indicators(name)
    elif mistake.code == "other_cubes":
        yield "Ask for it by `indicators` of POST /api/v1/query, which reads several cubes."


def _of_levels(name: str, cubes: Sequence[CubeModel]) -> Iterator[str]:
    for cube in cubes:
        for dimension in cube.dimensions:
            for level in dimension.levels:
                if level.name == name:
                    yield (
                        f"{name} is a level of {dimension.name}: drill down by "
                        f"{dimension.name}:{name}, cut by {dimension.name}.{level.key.name}."
                    )


def _of_hierarchies(message: str, name: str, cubes: Sequence[CubeModel]) -> Iterator[str]:
    for cube in cubes:
        for dimension in cube.dimensions:
            for hierarchy in dimension.hierarchies:
                if f" of {dimension.name} " in message and hierarchy.depth_of(name):
                    yield f"Write {dimension.name}@{hierarchy.name}:{name}."


def _of_measures(name: str, cubes: Sequence[CubeModel]) -> Iterator[str]:
    for cube in cubes:
        found = [one.name for one in cube.aggregates if one.measure and one.measure.name == name]
        if found:
            yield f"{name} is a measure; its aggregates are {', '.join(found)}."


def _of_indicators(name: str) -> Iterator[str]:
    if name in read_catalogue(runtime().metadata).indicators:
        yield (
            f"{name} is an indicator: ask it at /api/v1/indicators/{name}, or by `indicators` of "
            "POST /api/v1/query."
        )
