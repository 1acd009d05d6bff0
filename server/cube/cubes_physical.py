"""Where the attributes of a model of cubes 1.1 lie: mappings, joins, and what must be taken.

A star's tables are joined to the facts, a snowflake's to each other; what is joined to a table of
members is looked up when that table is loaded, so that members are always one table.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from server.cube.document import Mistakes

FACT = ""  # the place of columns of the fact table itself


@dataclass(frozen=True)
class Place:
    """A column of a joined table, or of the facts; `extract` is a part of a date."""

    table: str  # the alias of a join; empty: the fact table
    column: str
    extract: str = ""


@dataclass(frozen=True)
class Join:
    """A table that is looked up by a column of another one."""

    alias: str
    table: str
    key: str  # the column of the table that is joined
    master: Place  # what it is looked up by


class Star:
    """The tables of one cube and how they hang together."""

    def __init__(self, cube: Mapping[str, Any], where: str, mistakes: Mistakes) -> None:
        self.fact = str(cube.get("fact") or cube.get("name"))
        self.mappings: Mapping[str, Any] = cube.get("mappings") or {}
        self._where = where
        self._mistakes = mistakes
        self.joins: dict[str, Join] = {}
        for each in cube.get("joins") or ():
            join = self._join(each)
            if join is not None and join.alias in self.joins:
                mistakes.note(where, f"there are two joins of {join.alias!r}; one needs an alias.")
            if join is not None:
                self.joins[join.alias] = join

    def place(self, reference: str, table: str, column: str) -> Place:
        """Where an attribute lies: where the mappings say, else in that column of that table."""
        mapped = self.mappings.get(reference)
        if mapped is None:
            return self._known(reference, Place(FACT if table == self.fact else table, column))
        if isinstance(mapped, Mapping):
            if mapped.get("function"):
                self._mistakes.note(
                    self._where, f"mapping {reference}: a function of the database is not read."
                )
            given = Place(
                str(mapped.get("table") or FACT),
                str(mapped.get("column")),
                str(mapped.get("extract") or ""),
            )
        else:
            given = _split(mapped)
        if given.table == self.fact and given.table not in self.joins:
            given = Place(FACT, given.column, given.extract)
        return self._known(reference, given)

    def way(self, table: str) -> tuple[Join, ...]:
        """The joins from the facts to a table, the nearest first."""
        way: list[Join] = []
        while table != FACT and table in self.joins and self.joins[table] not in way:
            way.insert(0, self.joins[table])
            table = self.joins[table].master.table
        return tuple(way)

    def note(self, where: str, sentence: str, allowed: Iterable[str] = ()) -> None:
        """Note a mistake of what lies in the tables."""
        self._mistakes.note(where, sentence, allowed)

    def _join(self, given: Any) -> Join | None:
        if isinstance(given, Mapping):
            parts = [given.get(key) for key in ("master", "detail", "alias", "method")]
        else:
            parts = [*given, None, None, None, None][:4]
        master, detail = (_key(each) for each in parts[:2])
        if master is None or detail is None:
            self._mistakes.note(
                self._where, f"join {given!r}: its master and detail are one column each."
            )
            return None
        table = master.table
        master = Place(FACT if table in ("", self.fact) else table, master.column)
        return Join(str(parts[2] or detail.table), detail.table, detail.column, master)

    def _known(self, reference: str, place: Place) -> Place:
        if place.table != FACT and not self.way(place.table):
            self._mistakes.note(
                self._where,
                f"{reference} is in the table {place.table!r}, which no join brings.",
                self.joins,
            )
        return place


def merged(document: Mapping[str, Any], cube: Mapping[str, Any]) -> dict[str, Any]:
    """The cube with the mappings of its model, and with those of its joins that it names."""
    shared = {each["name"]: each for each in document.get("joins", ()) if "name" in each}
    joins = [
        {**shared.get(each.get("name"), {}), **each} if isinstance(each, dict) else each
        for each in cube.get("joins") or ()
    ]
    mappings = {**(document.get("mappings") or {}), **(cube.get("mappings") or {})}
    return {**cube, "mappings": mappings, "joins": joins}


def _key(given: Any) -> Place | None:
    if isinstance(given, Mapping):
        column = given.get("column")
        if not isinstance(column, str):
            return None
        return Place(str(given.get("table") or FACT), column)
    if isinstance(given, str) or (
        isinstance(given, list | tuple) and all(isinstance(each, str) for each in given)
    ):
        return _split(given)
    return None


def _split(given: Any) -> Place:
    """`column`, `table.column` or `schema.table.column`, written out or as a list."""
    parts = given.split(".") if isinstance(given, str) else [str(each) for each in given]
    return Place(parts[-2] if len(parts) > 1 else FACT, parts[-1])
