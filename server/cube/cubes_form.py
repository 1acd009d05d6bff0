"""A cube of ours in the form of cubes, so that its clients and tools work with it unchanged."""

from typing import TYPE_CHECKING, Any

from server.cube.databrewery import Cube
from server.cube.databrewery import Dimension as CubesDimension
from server.cube.elements import Aggregate, Attribute, Dimension, Hierarchy, Level

FACT_KEY = "__fact_key__"  # what the key of a fact is called in answers

if TYPE_CHECKING:
    from server.cube.cube_model import CubeModel


def cube(model: "CubeModel", language: str) -> Cube:
    """The cube with its labels in one language."""
    dimensions = [_dimension(each, language) for each in model.dimensions]
    form = Cube.from_metadata(
        {
            "name": model.name,
            "label": model.labels.in_language(language),
            "description": model.description.in_language(language) or None,
            "category": model.category or None,
            "info": dict(model.info),
            "fact": model.fact.name,
            "key": model.key or FACT_KEY,
            "locale": language,
            "measures": [
                {"name": each.name, "label": each.labels.in_language(language)}
                for each in model.measures
            ],
            "aggregates": [_aggregate(each, language) for each in model.aggregates],
            "details": [
                {"name": name, "label": each.labels.in_language(language)}
                for name, each in model.details.items()
            ],
        }
    )
    for dimension in dimensions:
        form.link_dimension(dimension)
    return form


def _dimension(dimension: Dimension, language: str) -> CubesDimension:
    return CubesDimension.from_metadata(
        {
            "name": dimension.name,
            "label": dimension.labels.in_language(language),
            "description": dimension.description.in_language(language) or None,
            "info": dict(dimension.info),
            "role": dimension.role or None,
            "levels": [_level(each, language) for each in dimension.levels],
            "hierarchies": [_hierarchy(each, language) for each in dimension.hierarchies],
            "default_hierarchy_name": dimension.default_hierarchy.name,
        }
    )


def _level(level: Level, language: str) -> dict[str, Any]:
    return {
        "name": level.name,
        "label": level.labels.in_language(language),
        "role": level.role or None,
        "attributes": [_attribute(each, language) for each in level.attributes],
        "key": level.key.name,
        "label_attribute": level.label.name,
        "order_attribute": level.order_by.name,
        "order": "desc" if level.is_descending else None,
        "cardinality": "high" if level.is_high else None,
    }


def _attribute(attribute: Attribute, language: str) -> dict[str, Any]:
    return {"name": attribute.name, "label": attribute.labels.in_language(language)}


def _hierarchy(hierarchy: Hierarchy, language: str) -> dict[str, Any]:
    return {
        "name": hierarchy.name,
        "label": hierarchy.labels.in_language(language),
        "levels": [level.name for level in hierarchy.levels],
    }


def _aggregate(aggregate: Aggregate, language: str) -> dict[str, Any]:
    return {
        "name": aggregate.name,
        "label": aggregate.labels.in_language(language),
        "function": aggregate.function.value,
        "measure": aggregate.measure.name if aggregate.measure else None,
        "nonadditive": _nonadditive(aggregate),
    }


def _nonadditive(aggregate: Aggregate) -> str | None:
    """Over which dimensions values do not add up, in the words of cubes."""
    if aggregate.is_additive:
        return None
    return "time" if aggregate.is_semi_additive else "all"
