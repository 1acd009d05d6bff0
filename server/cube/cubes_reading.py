"""Reads a model of DataBrewery Cubes 1.1 as it is: its JSON becomes a model of ours.

Logical names stay what they are; tables get names of their own, so that nothing of an imported
model is mixed with another one. Whatever cannot be read is a mistake with its place; what is read
but answers otherwise than in cubes is a note.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from server.cube.cube_model import CubeModel
from server.cube.cube_reading import read_cubes
from server.cube.cubes_dimensions import dimension_document
from server.cube.cubes_logical import (
    Values,
    aggregates_of,
    dimensions_of,
    label_of,
    linked,
    links_of,
    measures_of,
    named,
)
from server.cube.cubes_physical import FACT, Star, merged
from server.cube.cubes_shape import check_shape
from server.cube.cubes_tables import ColumnTypes, TakenTable, Taking, column_section, our_name
from server.cube.dimension_reading import read_dimensions, read_tables
from server.cube.document import Mistakes, Section
from server.cube.elements import Labels, ValueType, value_type_of
from server.cube.model import Model

_NAME = re.compile(r"[^\W\d_]\w{0,62}")  # of letters of any language
USUAL_KEY = "id"  # the column by which cubes knows facts unless its model says another
_OF_COLUMNS = ("count_nonempty", "count_distinct")
_KINDS = {
    ValueType.INTEGER: "integer",
    ValueType.DECIMAL: "decimal",
    ValueType.FLOAT: "float",
}


@dataclass(frozen=True)
class ImportedModel:
    """A model that was read, the tables that it needs, and where it differs from cubes."""

    model: Model
    tables: tuple[TakenTable, ...]
    notes: tuple[str, ...]


def read_cubes_model(
    document: Mapping[str, Any],
    column_types: ColumnTypes | None,
    *,
    name: str = "imported",
    where: str = "model.json",
    time_zone: str = "UTC",
) -> ImportedModel:
    """The model in a JSON document of cubes; `column_types` are those of the tables it names.

    Without types those that fit are assumed: enough to check the model, not to fill its tables.
    Every mistake is reported at once, each with its place.
    """
    mistakes = Mistakes()
    document = check_shape(document, where, mistakes)
    mistakes.raise_any()  # what has another shape cannot be read any further
    dimensions = dimensions_of(document, where, mistakes)
    importing = _Importing(our_name(name), column_types, time_zone, where, mistakes)
    for given in document.get("cubes") or ():
        importing.gather(merged(document, named(given)), dimensions)
    if not document.get("cubes"):
        mistakes.note(where, "there are no cubes.")
    cubes = importing.cubes()
    mistakes.raise_any()
    labels = Labels(label_of(document) or name, label_of(document) or name)
    version = _version(document, column_types)
    own = {
        each: replace(cube, model_version=version, imported_as=our_name(name))
        for each, cube in cubes.items()
    }
    model = Model(our_name(name), labels, MappingProxyType(own), version)
    return ImportedModel(model, importing.tables(), tuple(importing.notes))


class _Names(Section):
    """A section whose names may have capitals and letters of any language, as cubes' may."""

    def name(self, key: str = "name") -> str:
        value = self.text(key)
        if not _NAME.fullmatch(value):
            self.wrong(f"{key} is {value!r}; a name has letters, digits and underscores only.")
        return value


class _Importing:
    """Gathers the cubes of one model and the tables that they share."""

    def __init__(
        self, prefix: str, types: ColumnTypes | None, time_zone: str, where: str, mistakes: Mistakes
    ) -> None:
        self.notes: list[str] = []
        self._prefix = prefix
        self._types = types
        self._time_zone = time_zone
        self._where = where
        self._mistakes = mistakes
        self._members: dict[tuple[str, str], Taking] = {}
        self._facts: list[Taking] = []
        self._documents: list[tuple[Values, list[Values]]] = []

    def gather(self, cube: Values, dimensions: Mapping[str, Values]) -> None:
        """Take one cube; what it needs of tables is known when all are gathered."""
        place = f"{self._where}: cube {cube.get('name')}"
        star = Star(cube, place, self._mistakes)
        table = self._free_name(str(cube.get("name")))
        facts = Taking(table, star.fact, self._types, place, self._mistakes)
        self._facts.append(facts)
        documents, links = [], []
        for link in links_of(cube, place, self._mistakes):
            dimension = dimensions.get(str(link.get("name")))
            if dimension is None:
                told = f"unknown dimension {link.get('name')!r}."
                self._mistakes.note(place, told, dimensions)
                continue
            whole = linked(link, dimension, place, self._mistakes)
            made, column = dimension_document(whole, star, facts, self._table_of, place)
            documents.append(made)
            links.append({"name": made["name"]} | ({"column": column} if column else {}))
        self._tell(place, cube, star)
        self._documents.append((self._cube(cube, star, facts, links, place), documents))

    def cubes(self) -> dict[str, CubeModel]:
        """The cubes by name."""
        tables = self._sections({"tables": [_members(each) for each in self._members.values()]})
        known = read_tables(tables)
        found: dict[str, CubeModel] = {}
        for cube, dimensions in self._documents:
            place = f"{self._where}: cube {cube['name']}"
            section = _Names({"dimensions": dimensions}, place, self._mistakes)
            shared = read_dimensions(section, known, {})
            read = read_cubes(self._sections({"cubes": [cube]}), shared)
            for name in read:
                if name in found:
                    self._mistakes.note(self._where, f"there are two cubes called {name}.")
            found |= read
        return found

    def tables(self) -> tuple[TakenTable, ...]:
        """The tables to be filled, those of members first."""
        return tuple(each.taken() for each in (*self._members.values(), *self._facts))

    def _table_of(self, source: str, key: str, where: str) -> Taking:
        """Our table for the members of a source table that are told apart by a column."""
        found = self._members.get((source, key))
        if found is None:
            name = self._free_name(f"{source}__by_{key}")
            found = Taking(name, source, self._types, where, self._mistakes)
            found.take_key(key)
            self._members[source, key] = found
        return found

    def _free_name(self, text: str) -> str:
        """A name that no other table of the model has; names of ours have no capitals."""
        taken = {each.name for each in (*self._members.values(), *self._facts)}
        names = (f"{self._prefix}__{text}{number}" for number in ("", *map(str, range(2, 99))))
        return next(name for each in names if (name := our_name(each)) not in taken)

    def _cube(
        self, cube: Values, star: Star, facts: Taking, links: list[Values], place: str
    ) -> Values:
        measures, columns = self._measures(cube, star, facts, place)
        aggregates = [self._aggregate(each, columns, place) for each in aggregates_of(cube)]
        details = self._details(cube, star, facts)
        key = self._key(cube, star, facts)
        return {
            "name": cube.get("name"),
            **_labels(label_of(cube)),
            **_descriptions(cube),
            "category": cube.get("category") or (cube.get("info") or {}).get("category") or "",
            "info": cube.get("info") or {},
            "fact": {
                "table": facts.name,
                "time_zone": self._time_zone,
                "sort_key": ["_load", "_row"],
                **({"key": key} if key else {}),
                "columns": [
                    {
                        **column_section(each.spec),
                        **_detail(details.get(each.spec.name), each.column),
                    }
                    for each in facts.taken().columns
                ],
            },
            "dimensions": links,
            "measures": measures,
            "aggregates": aggregates,
        }

    def _measures(
        self, cube: Values, star: Star, facts: Taking, place: str
    ) -> tuple[list[Values], dict[str, str]]:
        """The measures that are numbers, and the fact column of each measure."""
        found, columns = [], {}
        for measure in measures_of(cube):
            name, at = str(measure.get("name")), f"{place}: measure {measure.get('name')}"
            if measure.get("expression"):
                self._mistakes.note(at, "an expression is not read; write the column it makes.")
                continue
            source = star.place(name, star.fact, name)
            if source.table != FACT:
                self._mistakes.note(at, f"it is in {source.table}; a measure is in the facts.")
                continue
            spec = facts.take(source.column, assumed="Int64")
            columns[name] = spec.name
            kind = _KINDS.get(value_type_of(spec.plain_type))
            if kind is None:
                continue  # of texts and dates only values are counted
            found.append(
                {"name": name, **_labels(label_of(measure)), "type": kind, "column": spec.name}
                | ({"approximate": True} if kind == "float" else {})
            )
        return found, columns

    def _aggregate(self, given: Values, columns: Mapping[str, str], place: str) -> Values:
        name, function = str(given.get("name")), str(given.get("function"))
        if given.get("expression") or given.get("formula"):
            at = f"{place}: aggregate {name}"
            self._mistakes.note(at, "an expression is not read; a ratio has two aggregates.")
        made: Values = {"name": name, **_labels(label_of(given)), "function": function}
        measure = str(given.get("measure") or "")
        if function in _OF_COLUMNS and measure in columns:
            return {**made, "columns": [columns[measure]]}
        return made if function == "count" or not measure else {**made, "measure": measure}

    def _key(self, cube: Values, star: Star, facts: Taking) -> str:
        """Our column for the key of a fact: the named one, else one called id, as in cubes."""
        named_key = str(cube.get("key") or "")
        if named_key or USUAL_KEY in (self._types or {}).get(star.fact, ()):
            return facts.take(named_key or USUAL_KEY, assumed="Int64").name
        return ""

    def _details(self, cube: Values, star: Star, facts: Taking) -> dict[str, Values]:
        """The details, by the fact columns that they are."""
        details: dict[str, Values] = {}
        for detail in (named(each) for each in cube.get("details") or ()):
            source = star.place(str(detail["name"]), star.fact, str(detail["name"]))
            if source.table == FACT:
                details[facts.take(source.column).name] = detail
            else:
                at = f"{self._where}: cube {cube.get('name')}: detail {detail['name']}"
                self.notes.append(f"{at}: it is in {source.table}, so it is left out.")
        return details

    def _tell(self, place: str, cube: Values, star: Star) -> None:
        """Say where answers differ from those of cubes."""
        kinds = {each.get("method") for each in cube.get("joins") or () if isinstance(each, dict)}
        if star.joins and not kinds <= {"master"}:
            self.notes.append(
                f"{place}: facts whose member a joined table lacks are counted as unknown; cubes "
                "leaves them out unless the join says master."
            )
        for each in (*measures_of(cube), *map(named, cube.get("aggregates") or ())):
            if each.get("nonadditive") not in (None, "none"):
                told = f"{each['name']} is nonadditive, of which cubes makes no use either."
                self.notes.append(f"{place}: {told}")

    def _sections(self, values: Values) -> Section:
        return _Names({"label": "-", "labels": {"zh": "-"}, **values}, self._where, self._mistakes)


def _members(taking: Taking) -> Values:
    return {"name": taking.name, "key": taking.key, "columns": taking.column_sections()}


def _labels(text: str) -> Values:
    return {"label": text, "labels": {"zh": text}}


def _detail(detail: Values | None, column: str) -> Values:
    if detail is None:
        return _labels(column)
    name = str(detail["name"])
    is_name = _NAME.fullmatch(name)
    return {**_labels(label_of(detail)), "detail": name if is_name else our_name(name)}


def _descriptions(cube: Values) -> Values:
    text = cube.get("description")
    return {"description": text, "descriptions": {"zh": text}} if text else {}


def _version(document: Mapping[str, Any], types: ColumnTypes | None) -> str:
    plain = [document, {table: dict(columns) for table, columns in (types or {}).items()}]
    canonical = json.dumps(plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
