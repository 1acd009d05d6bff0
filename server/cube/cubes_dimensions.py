"""A dimension of a cubes 1.1 model as a document of ours, over the tables where it lies."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from server.cube.cubes_logical import Values, label_of
from server.cube.cubes_physical import FACT, Join, Place, Star
from server.cube.cubes_tables import Taking

# Our table for the members of a source table that are told apart by a column.
TableOf = Callable[[str, str, str], Taking]

_CARDINALITIES = {"tiny": "low", "low": "low", "medium": "medium", "high": "high"}
_PARTS = {
    "year": "year",
    "quarter": "quarter",
    "month": "month",
    "day": "day",
    "date": "date",
    "isoyear": "iso_year",
    "week": "iso_week",
    "isoweek": "iso_week",
    "isodow": "iso_weekday",
}


@dataclass(frozen=True)
class _Lying:
    """Where an attribute lies, in English or the first language there is, and in Chinese."""

    usual: Place
    chinese: Place | None


def dimension_document(
    dimension: Values, star: Star, facts: Taking, table_of: TableOf, where: str
) -> tuple[Values, str]:
    """The dimension as a document of ours, and the fact column that it hangs on."""
    at = f"{where}: dimension {dimension['name']}"
    lying = _lying(dimension, star)
    places = [place for each in lying.values() for place in (each.usual, each.chinese) if place]
    tables = {place.table for place in places if place.table != FACT}
    if tables:
        return _with_table(dimension, star, facts, table_of, lying, tables, at)
    if any(place.extract for place in places):
        return _of_time(dimension, star, facts, lying, at)
    return _in_facts(dimension, facts, lying)


def _lying(dimension: Values, star: Star) -> dict[str, _Lying]:
    name = str(dimension["name"])
    attributes = [each for level in dimension["levels"] for each in level["attributes"]]
    is_bare = len(dimension["levels"]) == 1 and len(attributes) == 1
    table = star.fact if is_bare else name
    found: dict[str, _Lying] = {}
    for attribute in attributes:
        own = str(attribute["name"])
        reference = name if is_bare else f"{name}.{own}"
        languages = [str(each) for each in attribute.get("locales") or ()]
        if not languages:
            found[own] = _Lying(star.place(reference, table, own), None)
            continue
        usual = "en" if "en" in languages else languages[0]
        chinese = next((each for each in languages if each.split("-")[0] == "zh"), usual)
        first, second = (
            star.place(f"{reference}.{language}", table, f"{own}_{language}")
            for language in (usual, chinese)
        )
        found[own] = _Lying(first, None if chinese == usual else second)
    return found


def _with_table(
    dimension: Values,
    star: Star,
    facts: Taking,
    table_of: TableOf,
    lying: Mapping[str, _Lying],
    tables: set[str],
    at: str,
) -> tuple[Values, str]:
    """Members in a table that is joined to the facts, or in several that hang together."""
    ways = {table: star.way(table) for table in sorted(tables)}
    roots = {way[0].alias: way[0] for way in ways.values() if way}
    if len(roots) > 1:
        star.note(
            at, f"its attributes are in tables that do not hang together: {', '.join(roots)}."
        )
    if not roots:
        return _in_facts(dimension, facts, lying)  # the join that lacks is noted already
    root = next(iter(roots.values()))
    members = table_of(root.table, root.key, at)

    def column(place: Place) -> str:
        return _member_column(place, root, star, members, at)

    document = _document(dimension, lying, column)
    document["table"] = members.name
    if members.has_whole_keys(root.key):
        _say_numbers(document, members.key)
    return document, facts.take(root.master.column, as_key=True).name


def _say_numbers(document: Values, key: str) -> None:
    """Members that are told apart by a number are texts to us, and numbers to who asks for some."""
    for level in document["levels"]:
        for attribute in level["attributes"]:
            if attribute["column"] == key:
                attribute["number"] = True


def _member_column(place: Place, root: Join, star: Star, members: Taking, at: str) -> str:
    if place.extract:
        star.note(at, f"{place.extract} of {place.column}: parts are taken of dates of the facts.")
    if place.table == FACT:
        if place.column != root.master.column:
            star.note(at, f"{place.column} is in the facts, the others are in {root.table}.")
        return members.key
    return members.take(place.column, star.way(place.table)[1:]).name


def _of_time(
    dimension: Values, star: Star, facts: Taking, lying: Mapping[str, _Lying], at: str
) -> tuple[Values, str]:
    columns = {each.usual.column for each in lying.values()}
    if len(columns) > 1:
        star.note(at, f"its parts are of several columns: {', '.join(sorted(columns))}.")
    document = _document(dimension, lying, lambda _: "")
    document["role"] = "time"
    for level in document["levels"]:
        for attribute in level["attributes"]:
            place = lying[attribute["name"]].usual
            part = _PARTS.get(place.extract or "date")
            if part is None:
                told = f"{place.extract!r} is no part of a date."
                star.note(f"{at}: attribute {attribute['name']}", told, _PARTS)
            attribute["part"] = part or "date"
            attribute.pop("column", None)
            attribute.pop("localized", None)
    return document, facts.take(min(columns), assumed="Date").name


def _in_facts(dimension: Values, facts: Taking, lying: Mapping[str, _Lying]) -> tuple[Values, str]:
    """One column of the facts, or several."""
    document = _document(dimension, lying, lambda place: facts.take(place.column).name)
    attributes = [each for level in document["levels"] for each in level["attributes"]]
    if len(attributes) != 1:
        return {**document, "flat": True}, ""
    column = str(attributes[0].pop("column"))
    attributes[0].pop("localized", None)
    document["role"] = ""  # a time of one column that is no date has no days
    return document, column


def _document(
    dimension: Values, lying: Mapping[str, _Lying], column: Callable[[Place], str]
) -> Values:
    text = dimension.get("description")
    told = {"description": text, "descriptions": {"zh": text}} if text else {}
    return {
        "name": dimension["name"],
        **_labels(dimension),
        **told,
        "info": dimension.get("info") or {},
        "role": "time" if dimension.get("role") == "time" else "",
        "levels": [
            _level(each, str(dimension.get("cardinality") or ""), lying, column)
            for each in dimension["levels"]
        ],
        "hierarchies": [
            {"name": each["name"], **_labels(each), "levels": list(each["levels"])}
            for each in dimension["hierarchies"]
        ],
        "default_hierarchy_name": dimension["default_hierarchy_name"],
    }


def _level(
    level: Values, cardinality: str, lying: Mapping[str, _Lying], column: Callable[[Place], str]
) -> Values:
    order = str(level.get("order") or "").lower()
    return {
        "name": level["name"],
        **_labels(level),
        "role": level.get("role") or "",
        "key": level["key"],
        "label_attribute": level["label_attribute"],
        "order_attribute": level["order_attribute"],
        "order": "desc" if order.startswith("desc") else "asc" if order else "",
        "cardinality": _CARDINALITIES.get(str(level.get("cardinality") or cardinality), ""),
        "attributes": [
            _attribute(each, lying[str(each["name"])], column) for each in level["attributes"]
        ],
    }


def _attribute(
    attribute: Mapping[str, Any], lying: _Lying, column: Callable[[Place], str]
) -> Values:
    made = {"name": attribute["name"], **_labels(attribute), "column": column(lying.usual)}
    if lying.chinese is not None:
        made["localized"] = {"zh": column(lying.chinese)}
    return made


def _labels(values: Mapping[str, Any]) -> Values:
    return {"label": label_of(values), "labels": {"zh": label_of(values)}}
