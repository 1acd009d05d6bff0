"""A pack's definitions: read from TOML, checked against the cubes, applied as versions."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources.abc import Traversable
from typing import Any

from server.cube.across_reading import shared_dimensions
from server.cube.model import Model
from server.errors import IndicubeError, InvalidInput, ManyErrors
from server.indicators.definition import Indicator, indicator_from_mapping
from server.indicators.formula import check_names
from server.indicators.scorecard import Scorecard, scorecard_from_mapping
from server.metadata.definitions import apply_definitions
from server.metadata.session import Metadata

Bodies = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Pack:
    """The checked definitions of one folder of `cube_models/`."""

    name: str
    indicators: Bodies
    scorecards: Bodies


@dataclass(frozen=True)
class Applied:
    """Which definitions got a new version, by kind."""

    indicators: tuple[str, ...]
    scorecards: tuple[str, ...]


def read_pack(folder: Traversable, name: str, model: Model) -> Pack:
    """Read and check a pack; ManyErrors names every mistake with file and place."""
    place = folder.joinpath(name)
    indicators = _read(place, f"{name}/indicators.toml", "indicators.toml")
    scorecards = _read(place, f"{name}/scorecards.toml", "scorecards.toml")
    errors: list[IndicubeError] = []
    known = {
        code: _indicator(code, body, model, f"{name}/indicators.toml [{code}]", errors)
        for code, body in indicators.items()
    }
    for code, body in scorecards.items():
        _scorecard(code, body, known, f"{name}/scorecards.toml [{code}]", errors)
    if errors:
        raise ManyErrors(errors)
    return Pack(name, indicators, scorecards)


def apply_pack(
    metadata: Metadata, pack: Pack, *, author: str, reason: str, now: datetime
) -> Applied:
    """Write changed definitions as new versions, all in one transaction."""
    with metadata.write() as session:
        return Applied(
            tuple(apply_definitions(session, "indicator", pack.indicators, author, reason, now)),
            tuple(apply_definitions(session, "scorecard", pack.scorecards, author, reason, now)),
        )


def _read(place: Traversable, where: str, file: str) -> dict[str, Any]:
    source = place.joinpath(file)
    if not source.is_file():
        return {}
    try:
        # Numbers stay text: a float would already have lost the decimal that was written.
        return tomllib.loads(source.read_text("utf-8"), parse_float=str)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{where}: {error}", field=where) from error


def _indicator(
    code: str, body: Mapping[str, Any], model: Model, where: str, errors: list[IndicubeError]
) -> Indicator | None:
    try:
        indicator = indicator_from_mapping({"code": code, **body}, where)
    except ManyErrors as error:
        errors.extend(error.errors)
        return None
    except IndicubeError as error:
        errors.append(error)
        return None
    errors.extend(_formula_mistakes(indicator, model, where))
    return indicator


def _formula_mistakes(indicator: Indicator, model: Model, where: str) -> list[IndicubeError]:
    """What the formula takes that is not there, and cubes whose periods are not the same."""
    if indicator.cube not in model.cubes:
        return [_no_cube(indicator.cube, "cube", model, where)]
    known = {one.name for one in model.cubes[indicator.cube].aggregates}
    others = {one.cube for one in indicator.operands if "." in one.name}
    missing = sorted(others - set(model.cubes))
    if missing:
        return [_no_cube(name, "formula", model, where) for name in missing]
    known |= {f"{name}.{one.name}" for name in others for one in model.cubes[name].aggregates}
    try:
        check_names(indicator.formula, known, where)
    except IndicubeError as error:
        return [error]
    return _time_mistakes(indicator, model, where)


def _no_cube(name: str, field: str, model: Model, where: str) -> InvalidInput:
    return InvalidInput(
        f"{where}: there is no cube {name!r}; there are {', '.join(sorted(model.cubes))}.",
        field=field,
        allowed=sorted(model.cubes),
    )


def _time_mistakes(indicator: Indicator, model: Model, where: str) -> list[IndicubeError]:
    cubes = [model.cube(name) for name in indicator.cubes]
    own = cubes[0].time
    if len(cubes) < 2 or (own is not None and own.name in shared_dimensions(cubes)):
        return []
    named = ", ".join(indicator.cubes)
    return [InvalidInput(f"{where}: {named} do not share a dimension of time.", field="formula")]


def _scorecard(
    code: str,
    body: Mapping[str, Any],
    known: Mapping[str, Indicator | None],
    where: str,
    errors: list[IndicubeError],
) -> Scorecard | None:
    try:
        scorecard = scorecard_from_mapping({"code": code, **body}, where)
    except ManyErrors as error:
        errors.extend(error.errors)
        return None
    except IndicubeError as error:
        errors.append(error)
        return None
    for missing in sorted(set(scorecard.indicator_codes) - set(known)):
        errors.append(
            InvalidInput(
                f"{where}: there is no indicator {missing!r}; "
                f"indicators.toml has {', '.join(sorted(known))}.",
                field="indicators",
                allowed=sorted(known),
            )
        )
    return scorecard
