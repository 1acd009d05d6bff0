"""What a model of cubes 1.1 says in full: its defaults filled in, as cubes itself would.

Names stand for objects, a dimension without levels has one, a level without attributes one of its
own name, the second attribute is the label; links of a cube leave hierarchies out or rename.
Nothing here knows where data lie.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from server.cube.document import Mistakes

Values = dict[str, Any]

FACT_COUNT = {"name": "fact_count", "label": "Count", "function": "count"}
_LABELS = {
    "sum": "Sum of {}",
    "count": "Record Count",
    "count_nonempty": "Non-empty count of {}",
    "min": "{} Minimum",
    "max": "{} Maximum",
    "avg": "Average of {}",
}
_OF_LEVEL = ("attributes", "key", "order_attribute", "order", "label_attribute")


def named(value: Any) -> Values:
    """An object that may be given by its name alone."""
    return {"name": value} if isinstance(value, str) else dict(value)


def label_of(values: Mapping[str, Any]) -> str:
    """The label, or the name where there is none."""
    return str(values.get("label") or values.get("name") or "")


def dimensions_of(document: Mapping[str, Any], where: str, mistakes: Mistakes) -> dict[str, Values]:
    """The dimensions of a model by name; one that follows a template has the template's levels."""
    given = {
        str(named(each).get("name")): each
        for each in document.get("dimensions", ())
        if isinstance(each, str | dict)
    }
    found: dict[str, Values] = {}
    for name in given:
        _resolve(name, given, found, (), where, mistakes)
    return {name: found[name] for name in given if name in found}


def linked(
    link: Mapping[str, Any], dimension: Mapping[str, Any], where: str, mistakes: Mistakes
) -> Values:
    """The dimension as a cube links it: fewer hierarchies, another default, another name."""
    hierarchies = {each["name"]: each for each in dimension["hierarchies"]}
    names = link.get("hierarchies") or [
        name for name in hierarchies if name not in (link.get("exclude_hierarchies") or ())
    ]
    for name in names:
        if name not in hierarchies:
            mistakes.note(where, f"it links an unknown hierarchy {name!r}.", hierarchies)
    kept = [hierarchies[name] for name in names if name in hierarchies]
    default = link.get("default_hierarchy_name") or dimension["default_hierarchy_name"]
    if default not in [each["name"] for each in kept] and kept:
        default = kept[0]["name"]
    return {
        **dimension,
        "name": link.get("alias") or dimension["name"],
        "hierarchies": kept,
        "levels": _used(dimension["levels"], kept),
        "default_hierarchy_name": default,
        "cardinality": link.get("cardinality") or dimension.get("cardinality"),
    }


def links_of(cube: Mapping[str, Any], where: str, mistakes: Mistakes) -> list[Values]:
    """The links of a cube to dimensions; `hierarchies` of the cube narrows them too."""
    links = [named(each) for each in cube.get("dimensions", ())]
    narrowed = dict(cube.get("hierarchies") or {})
    for link in links:
        if link.get("name") in narrowed:
            link["hierarchies"] = narrowed.pop(link["name"])
    for name in narrowed:
        mistakes.note(where, f"hierarchies names {name!r}, which the cube does not link.")
    return links


def measures_of(cube: Mapping[str, Any]) -> list[Values]:
    """The measures of a cube."""
    return [named(each) for each in cube.get("measures") or ()]


def aggregates_of(cube: Mapping[str, Any]) -> list[Values]:
    """The aggregates of a cube: those it says, those its measures imply, or at least a count.

    A cube of measures alone, of which cubes itself could not ask anything, has the sum of each.
    """
    measures = {str(each.get("name")): each for each in measures_of(cube)}
    found = [_explicit(each, measures) for each in cube.get("aggregates") or ()]
    if cube.get("implicit_aggregates") or not found:
        found += _implied(measures.values(), found)
    if not cube.get("aggregates") and not cube.get("implicit_aggregates"):
        found.append(FACT_COUNT)
    return [{**each, "label": _aggregate_label(each, measures)} for each in found]


def _explicit(given: Any, measures: Mapping[str, Values]) -> Values:
    """An aggregate; one that is only a name says by it what it is."""
    values = named(given)
    if "function" in values or values["name"] == FACT_COUNT["name"]:
        return {**FACT_COUNT, **values} if "function" not in values else values
    measure, _, function = str(values["name"]).rpartition("_")
    return {**values, "measure": measure, "function": function} if measure in measures else values


def _implied(measures: Iterable[Values], present: list[Values]) -> list[Values]:
    found: list[Values] = []
    taken = {each.get("name") for each in present}
    done = {(each.get("function"), each.get("measure")) for each in present}
    for measure in measures:
        for function in measure.get("aggregates") or ("sum",):
            name = f"{measure['name']}_{function}"
            if name not in taken and (function, measure["name"]) not in done:
                found.append({"name": name, "measure": measure["name"], "function": function})
    return found


def _aggregate_label(aggregate: Values, measures: Mapping[str, Values]) -> str:
    if aggregate.get("label"):
        return str(aggregate["label"])
    measure = measures.get(str(aggregate.get("measure")))
    noun = label_of(measure) if measure else aggregate.get("measure") or aggregate["name"]
    return _LABELS.get(str(aggregate.get("function")), "{}").format(noun)


def _resolve(
    name: str,
    given: Mapping[str, Any],
    found: dict[str, Values],
    above: tuple[str, ...],
    where: str,
    mistakes: Mistakes,
) -> None:
    """Fill in one dimension, its template first."""
    if name in found or name not in given:
        return
    place = f"{where}: dimension {name}"
    template = named(given[name]).get("template")
    if template is not None and (template not in given or template in (*above, name)):
        mistakes.note(place, f"its template {template!r} is not there or follows it.", given)
        template = None
    if template is not None:
        _resolve(str(template), given, found, (*above, name), where, mistakes)
    found[name] = _filled(named(given[name]), found.get(str(template)), place, mistakes)


def _filled(given: Values, template: Values | None, place: str, mistakes: Mistakes) -> Values:
    values = {**(template or {}), **{key: each for key, each in given.items() if each is not None}}
    levels = _levels(given, template)
    values["levels"] = levels
    if "hierarchy" in given and "hierarchies" in given:
        mistakes.note(place, "it has both hierarchy and hierarchies; one is meant.")
    hierarchies = _hierarchies(given, template, levels)
    by_name = {level["name"] for level in levels}
    for hierarchy in hierarchies:
        for level in hierarchy["levels"]:
            if level not in by_name:
                where = f"{place}: hierarchy {hierarchy['name']}"
                mistakes.note(where, f"unknown level {level!r}.", sorted(by_name))
    values["hierarchies"] = hierarchies
    values["levels"] = _used(levels, hierarchies)
    default = values.get("default_hierarchy_name")
    values["default_hierarchy_name"] = default or hierarchies[0]["name"]
    return values


def _levels(given: Values, template: Values | None) -> list[Values]:
    known = {level["name"]: level for level in (template or {}).get("levels", ())}
    if not given.get("levels"):
        if known:
            return list(known.values())
        own = {key: given[key] for key in _OF_LEVEL if key in given}
        return [_level({**own, "name": given["name"], "label": given.get("label")})]
    return [
        known[each] if isinstance(each, str) and each in known else _level(named(each))
        for each in given["levels"]
    ]


def _level(level: Values) -> Values:
    bare = {"name": level.get("name"), "label": level.get("label")}
    attributes = [named(each) for each in level.get("attributes") or (bare,)]
    first = attributes[0].get("name")
    key = level.get("key") or first
    second = attributes[1].get("name") if len(attributes) > 1 else key
    return {
        **level,
        "attributes": attributes,
        "key": key,
        "label_attribute": level.get("label_attribute") or second,
        "order_attribute": level.get("order_attribute") or first,
        "cardinality": level.get("cardinality") or _high(level),
    }


def _high(level: Values) -> str | None:
    return "high" if "high_cardinality" in (level.get("info") or {}) else None


def _hierarchies(given: Values, template: Values | None, levels: list[Values]) -> list[Values]:
    names = [level["name"] for level in levels]
    known = {each["name"]: each for each in (template or {}).get("hierarchies", ())}
    if given.get("hierarchy"):
        return [{"name": "default", "levels": list(given["hierarchy"])}]
    if given.get("hierarchies"):
        return [
            known[each]
            if isinstance(each, str) and each in known
            else {"levels": [], **named(each)}
            for each in given["hierarchies"]
        ]
    kept = [each for each in known.values() if set(each["levels"]) <= set(names)]
    return kept or [{"name": "default", "levels": names}]


def _used(levels: Iterable[Values], hierarchies: Iterable[Values]) -> list[Values]:
    used = {name for each in hierarchies for name in each["levels"]}
    return [level for level in levels if level["name"] in used]
