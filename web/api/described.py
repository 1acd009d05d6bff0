"""Cubes, indicators and scorecards as JSON-able values in a language."""

from server.arrivals.coverage import Coverage
from server.cube.cube_model import CubeModel
from server.cube.elements import Aggregate, Dimension, ValueType
from server.cube.statement_facts import KEY, default_fields
from server.indicators.definition import Indicator
from server.indicators.rounding import exact_text
from server.scorecards.comparing import Basis
from server.scorecards.views import (
    IndicatorRow,
    ObjectiveView,
    PerspectiveView,
    Rolled,
    Slice,
    Standing,
)
from web.api.answers import figure, score
from web.api.shapes import ADDS_UP


def cube_words(cube: CubeModel, said: str) -> dict[str, object]:
    """A cube's dimensions, aggregates and fact columns."""
    return {
        "name": cube.name,
        "label": cube.labels.in_language(said),
        "dimensions": [_dimension(one, said) for one in cube.dimensions],
        "aggregates": [_aggregate(one, said) for one in cube.aggregates],
        "fields": list(dict.fromkeys([*KEY, *default_fields(cube)])),
    }


def _aggregate(one: Aggregate, said: str) -> dict[str, object]:
    everywhere, but_along_time, nowhere = ADDS_UP
    stock = but_along_time if one.is_semi_additive else nowhere
    return {
        "name": one.name,
        "label": one.labels.in_language(said),
        "function": one.function.value,
        "unit": one.unit,
        "adds_up": everywhere if one.is_additive else stock,
        "over_time": one.over_time.value if one.over_time else None,
        "is_approximate": one.is_approximate or one.value_type is ValueType.FLOAT,
    }


def _dimension(one: Dimension, said: str) -> dict[str, object]:
    return {
        "name": one.name,
        "label": one.labels.in_language(said),
        "hierarchies": {
            hierarchy.name: [level.name for level in hierarchy.levels]
            for hierarchy in one.hierarchies
        },
    }


def indicator_words(indicator: Indicator, said: str) -> dict[str, object]:
    """An indicator's definition."""
    return {
        "code": indicator.code,
        "version": indicator.version,
        "name": indicator.name.in_language(said),
        "meaning": indicator.meaning.in_language(said),
        "cube": indicator.cube,
        "formula": str(indicator.formula),
        "unit": indicator.unit.code,
        "direction": str(indicator.direction),
        "frequency": indicator.frequency,
        "owner": indicator.owner,
    }


def standing_words(standing: Standing) -> dict[str, object]:
    """How an indicator stands in one period."""
    indicator = standing.indicator
    return {
        "actual": figure(standing.value, indicator),
        "target": figure(standing.target, indicator),
        "previous": figure(standing.previous, indicator),
        "year_earlier": figure(standing.year_earlier, indicator),
        "score": score(standing.score),
        "status": str(standing.status),
        "is_partial": standing.is_partial,
        "coverage": coverage_words(standing.coverage),
        "compared": {
            "previous": basis_words(standing.previous_basis),
            "year_earlier": basis_words(standing.year_basis),
        },
    }


def coverage_words(coverage: Coverage | None) -> dict[str, object] | None:
    """How much of what was expected has arrived; None where no contract expects anything."""
    if coverage is None:
        return None
    return {
        "arrived": coverage.arrived,
        "expected": coverage.expected,
        "due": coverage.due,
        "missing": [one for one in coverage.missing if one],
    }


def basis_words(basis: Basis | None) -> dict[str, object] | None:
    """The part of two periods that is compared; None: the whole of both."""
    return None if basis is None else dict(vars(basis))


def series_words(standing: Standing) -> list[dict[str, object]]:
    """The periods up to the asked one, oldest first."""
    indicator = standing.indicator
    return [
        {
            "period": str(point.period),
            "actual": figure(point.value, indicator),
            "target": figure(point.target, indicator),
        }
        for point in standing.trend
    ]


def slice_words(asked: Slice) -> list[dict[str, object]]:
    """The members that the answer is within."""
    return [{"dimension": one.dimension, "path": list(one.member.path)} for one in asked.filters]


def rolled_words(rolled: Rolled) -> dict[str, object]:
    """A score put together from others, and the share of weight behind it."""
    return {
        "score": score(rolled.score),
        "status": str(rolled.status),
        "coverage": exact_text(rolled.coverage),
    }


def perspective_words(view: PerspectiveView, said: str) -> dict[str, object]:
    """A perspective with its objectives."""
    return {
        "code": view.perspective.code,
        "name": view.perspective.name.in_language(said),
        "weight": exact_text(view.weight),
        **rolled_words(view.rolled),
        "objectives": [_objective(one, said) for one in view.objectives],
    }


def _objective(view: ObjectiveView, said: str) -> dict[str, object]:
    return {
        "code": view.objective.code,
        "name": view.objective.name.in_language(said),
        **rolled_words(view.rolled),
        "indicators": [_row(one, said) for one in view.rows],
    }


def _row(row: IndicatorRow, said: str) -> dict[str, object]:
    indicator = row.standing.indicator
    return {
        "code": indicator.code,
        "name": indicator.name.in_language(said),
        "unit": indicator.unit.code,
        "weight": exact_text(row.weight),
        "effective_weight": exact_text(row.effective_weight),
        **standing_words(row.standing),
    }
