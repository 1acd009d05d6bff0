"""Reads every row of a table's file once, strictly, before anything is stored.

Whatever is wrong is told with file and line; of one file at most so many mistakes. The columns of
tables that are looked up are kept, of facts nothing is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from loaders.derive import text_of
from loaders.importing.files import TableFile
from loaders.reading import read_source, survey_source
from loaders.row_schema import row_schema
from loaders.specification import Column, Source, Specification
from server.errors import IndicubeError, LoadRejected
from server.metadata.loads import Quarantined
from server.store.tables import ROW_COLUMN, ColumnSpec, TableSpec

MOST_TOLD = 100  # mistakes of one file


@dataclass(frozen=True)
class CheckedTable:
    """A file whose rows were all read: how many there are, and the columns that were kept."""

    file: TableFile
    rows: int
    columns: Mapping[str, Any]  # by the source's name: a typed Arrow array
    lines: Any

    def texts(self, column: str) -> Any:
        """The column as texts, each value written in one way."""
        return text_of(self.columns[column])


def check_table(
    file: TableFile,
    types: Mapping[str, str],
    keys: Sequence[str],
    errors: list[IndicubeError],
    *,
    is_kept: bool,
) -> CheckedTable | None:
    """Every value of the typed columns, and that each of the keys names one row.

    None where the file cannot be read at all; its mistakes are noted.
    """
    reading = _Reading(file, types)
    try:
        found = reading.read(is_kept)
    except LoadRejected as rejected:
        errors.append(rejected)
        return None
    refused = [*reading.refused, *_doubles(found, keys)] if is_kept else reading.refused
    errors += _told(file, refused, reading.more)
    return found


class _Reading:
    """One pass over a file."""

    def __init__(self, file: TableFile, types: Mapping[str, str]) -> None:
        self.refused: list[Quarantined] = []
        self.more = 0
        self._file = file
        self._names = {column: f"c{place}" for place, column in enumerate(types)}
        specs = [ColumnSpec(self._names[column], kind) for column, kind in types.items()]
        self._table = TableSpec("source", tuple(specs), ())
        self._specification = self._reader()
        self._schema = row_schema(self._specification, self._table)

    def read(self, is_kept: bool) -> CheckedTable:
        path, shown = self._file.path, self._file.shown
        surveyed = survey_source(path, shown, self._specification, self._schema)
        kept: list[Any] = []
        for rows in read_source(path, shown, self._specification, surveyed):
            parsed = self._schema.parse(rows)
            room = max(MOST_TOLD - len(self.refused), 0)
            self.refused += parsed.refused[:room]
            self.more += len(parsed.refused[room:])
            if is_kept:
                kept.append(parsed.chunk)
        whole = pa.concat_tables(kept) if kept else None
        columns = {
            column: whole.column(name).combine_chunks() if whole is not None else self._none(name)
            for column, name in (self._names.items() if is_kept else ())
        }
        lines = whole.column(ROW_COLUMN).to_numpy() if whole is not None else np.array([])
        return CheckedTable(self._file, surveyed.rows, columns, lines)

    def _none(self, name: str) -> Any:
        return pa.array([], next(each.type for each in self._schema.read if each.name == name))

    def _reader(self) -> Specification:
        ignored = [name for name in self._file.columns if name not in self._names]
        return Specification(
            pack="import",
            name=self._file.table,
            table=self._table.name,
            labels={},
            mode="append",
            event_date=None,
            source=Source(self._file.shown),
            delimiter=",",
            null=("",),
            ends_with_newline=False,
            columns=tuple(Column(column, name, None) for column, name in self._names.items()),
            ignored_columns=tuple(ignored),
            derived=(),
            rows=None,
            sums={},
            error_limit_percent=None,
            hash="",
            kind="either",
        )


def _doubles(table: CheckedTable, keys: Sequence[str]) -> list[Quarantined]:
    """Rows whose key came before: what is looked up by a key must be one row."""
    found: list[Quarantined] = []
    for key in keys:
        first: dict[str, int] = {}
        for text, line in zip(table.texts(key).to_pylist(), table.lines.tolist(), strict=True):
            if text is None:
                found.append(Quarantined(line, key, "", "empty", f"{key} must have a value"))
            elif (before := first.setdefault(text, line)) != line:
                told = f"it is there already in line {before}; a key names one row"
                found.append(Quarantined(line, key, text, "duplicate_key", told))
    return found


def _told(file: TableFile, refused: Sequence[Quarantined], more: int) -> list[IndicubeError]:
    noun = "record " if file.is_parquet else ""
    told: list[IndicubeError] = [
        LoadRejected(
            f"{file.shown}:{noun}{row.line}: "
            + (f"column {row.column}: " if row.column else "")
            + f"{row.raw!r}: {row.message}",
            code=row.rule,
            field=row.column,
        )
        for row in refused[:MOST_TOLD]
    ]
    more += len(refused[MOST_TOLD:])
    if more:
        told.append(LoadRejected(f"{file.shown}: {more:,} more values are wrong"))
    return told
