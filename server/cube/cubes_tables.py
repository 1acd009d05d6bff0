"""What must be taken from the tables of an imported model, and into which of our tables."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.cube.cubes_physical import Join
from server.cube.document import Mistakes
from server.store.tables import ColumnSpec, is_name

_MOST_LETTERS = 55  # a dictionary's name is a little longer than its table's
ColumnTypes = Mapping[str, Mapping[str, str]]  # of each source table: column -> our type


@dataclass(frozen=True)
class Step:
    """A row looked up in another source table, by a column of the row before."""

    by: str
    table: str
    key: str


@dataclass(frozen=True)
class TakenColumn:
    """A column of ours and the source column that fills it.

    Where the types differ, the value is written as text: keys of members are texts.
    """

    spec: ColumnSpec
    column: str
    source_type: str
    steps: tuple[Step, ...] = ()  # from the source table to the one that has the column


@dataclass(frozen=True)
class TakenTable:
    """A table of ours with the source table whose rows become its rows."""

    name: str
    source: str
    key: str  # of members; empty: facts
    columns: tuple[TakenColumn, ...]


class Taking:
    """Gathers the columns of one table of ours; the same source column is taken once."""

    def __init__(
        self, name: str, source: str, types: ColumnTypes | None, where: str, mistakes: Mistakes
    ) -> None:
        self.name = name
        self.source = source
        self.key = ""
        self._types = types
        self._where = where
        self._mistakes = mistakes
        self._columns: dict[tuple[tuple[Step, ...], str, bool], TakenColumn] = {}

    def take(
        self,
        column: str,
        joins: tuple[Join, ...] = (),
        *,
        as_key: bool = False,
        assumed: str = "String",
    ) -> ColumnSpec:
        """Our column for a source column, of this table or of one that is looked up from it.

        Where nothing is known of types, the one that fits its use is assumed.
        """
        steps = tuple(Step(join.master.column, join.table, join.key) for join in joins)
        found = self._columns.get((steps, column, as_key))
        if found is not None:
            return found.spec
        source = steps[-1].table if steps else self.source
        kind = self._type(source, column, assumed)
        is_nullable = kind.startswith("Nullable(") or "(Nullable(" in kind
        stored = kind
        if as_key:
            stored = "Nullable(String)" if is_nullable else "String"
        elif steps and not is_nullable and not kind.startswith("LowCardinality("):
            stored = f"Nullable({kind})"  # what is looked up may be missing
        spec = ColumnSpec(self._free_name(column, joins), stored)
        self._columns[steps, column, as_key] = TakenColumn(spec, column, kind, steps)
        return spec

    def take_key(self, column: str) -> None:
        """The column that tells members apart; always a text."""
        if self.key:
            return
        kind = self._type(self.source, column)
        spec = ColumnSpec(self._free_name(column, ()), "String")
        self.key = spec.name
        self._columns[(), column, False] = TakenColumn(spec, column, kind)

    def has_whole_keys(self, column: str) -> bool:
        """Whether the source's own column that tells members apart holds whole numbers."""
        kind = (self._types or {}).get(self.source, {}).get(column, "")
        return re.search(r"\bU?Int\d+", kind) is not None

    def taken(self) -> TakenTable:
        """What was gathered."""
        columns = sorted(self._columns.values(), key=lambda each: each.spec.name != self.key)
        return TakenTable(self.name, self.source, self.key, tuple(columns))

    def column_sections(self) -> list[dict[str, Any]]:
        """The columns as a document has them."""
        return [column_section(each.spec) for each in self.taken().columns]

    def _type(self, table: str, column: str, assumed: str = "String") -> str:
        if self._types is None:
            return assumed
        columns = self._types.get(table)
        if columns is None:
            self._mistakes.note(
                self._where, f"nothing is known of the table {table!r}.", self._types
            )
        elif column not in columns:
            self._mistakes.note(self._where, f"table {table} has no column {column!r}.", columns)
        return (columns or {}).get(column, "String")

    def _free_name(self, column: str, joins: tuple[Join, ...]) -> str:
        wish = our_name(f"{joins[-1].alias}_{column}" if joins else column)
        taken = {each.spec.name for each in self._columns.values()}
        name, number = wish, 1
        while name in taken:
            number += 1
            name = f"{wish}_{number}"
        return name


def column_section(spec: ColumnSpec) -> dict[str, Any]:
    """A column as a document has it."""
    section: dict[str, Any] = {"name": spec.name, "type": spec.type}
    return {**section, "approximate": True} if spec.plain_type == "Float64" else section


def our_name(text: str) -> str:
    """The text as a name of a table or column of ours; a long one keeps its beginning."""
    name = re.sub(r"[^a-z0-9_]", "_", text.lower())
    name = name if is_name(name[:1]) else f"c_{name}"
    if len(name) <= _MOST_LETTERS:
        return name
    return f"{name[: _MOST_LETTERS - 11]}_{hashlib.sha256(text.encode()).hexdigest()[:10]}"
