"""Reads a model and all its data, and tells every mistake of both at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from loaders.importing.checking import CheckedTable, check_table
from loaders.importing.documents import Document, needed, tables_named
from loaders.importing.files import TableFile, find_files
from loaders.importing.guessing import guessed_types
from loaders.importing.refusing import refuse
from server.cube.cubes_files import TYPES, read_types
from server.cube.cubes_reading import USUAL_KEY, ImportedModel
from server.cube.cubes_tables import ColumnTypes
from server.errors import IndicubeError, InvalidInput, LoadRejected, ManyErrors
from server.store.tables import is_known_type

T = TypeVar("T")
_ALLOWED = (
    "Int8 … Int64", "UInt8 … UInt64", "Decimal(P, S)", "Float64", "Date", "Date32",
    "DateTime64(3, 'UTC')", "String", "LowCardinality(String)", "Nullable(…) of these",
)  # fmt: skip


@dataclass(frozen=True)
class Data:
    """The files of a model's tables, whose every row was read, and their types."""

    types: ColumnTypes
    guessed: ColumnTypes  # those of them that nobody wrote down
    tables: Mapping[str, CheckedTable]

    @property
    def files(self) -> Mapping[str, TableFile]:
        """The files by table."""
        return {name: table.file for name, table in self.tables.items()}


def read_data(
    document: Document,
    folder: Path,
    model_folder: Path,
    before: ColumnTypes,
    shape: Callable[[ColumnTypes], T],
) -> tuple[Data, T]:
    """The data of a model, and what `shape` makes of it with the types.

    Raises:
        InvalidInput: the model has mistakes; those of the data are told too.
        LoadRejected: the data have.
    """
    errors: list[IndicubeError] = []
    if not folder.is_dir():
        raise InvalidInput(f"{folder} is no folder; --data names the one with the tables")
    wanted = needed(document, errors)
    written = _written(folder, errors)
    data = _checked(document, folder, wanted, written, before, errors)
    if wanted is not None:
        try:
            made = shape(data.types)
        except ManyErrors as several:
            errors += several.errors
        except IndicubeError as one:
            errors.append(one)
        else:
            refuse(document, model_folder, errors)
            return data, made
    refuse(document, model_folder, errors)
    raise AssertionError("a model that cannot be read has mistakes")


def _written(folder: Path, errors: list[IndicubeError]) -> ColumnTypes:
    """The types that `schema.json` beside the data says."""
    try:
        types = read_types(folder) or {}
    except ManyErrors as several:
        errors += several.errors
        return {}
    except IndicubeError as one:
        errors.append(one)
        return {}
    for table, columns in types.items():
        for column, kind in columns.items():
            if not is_known_type(kind):
                told = f"{TYPES}: table {table}: column {column}: there is no type {kind!r}."
                errors.append(LoadRejected(f"{told} Allowed: {', '.join(_ALLOWED)}"))
    return {
        table: {column: kind for column, kind in columns.items() if is_known_type(kind)}
        for table, columns in types.items()
    }


def _checked(
    document: Document,
    folder: Path,
    wanted: ImportedModel | None,
    written: ColumnTypes,
    before: ColumnTypes,
    errors: list[IndicubeError],
) -> Data:
    """Every row of every table that the model needs; of a wrong model of those that it names."""
    columns = _columns(wanted) if wanted else {name: {} for name in tables_named(document)}
    files = find_files(folder, columns, errors)
    for name in _facts(wanted) & files.keys():
        if USUAL_KEY in files[name].columns:  # by which cubes knows facts unless it is told another
            columns[name].setdefault(USUAL_KEY, "Int64")
    keys = _keys(wanted)
    types: dict[str, Mapping[str, str]] = {name: dict(each) for name, each in columns.items()}
    guessed: dict[str, Mapping[str, str]] = {}
    tables: dict[str, CheckedTable] = {}
    for name, file in files.items():
        known = {each: kind for each, kind in written.get(name, {}).items() if each in file.columns}
        if wanted is not None:
            _note_lacking(file, tuple(columns[name]), errors)
            unknown = {each: kind for each, kind in columns[name].items() if each not in known}
            guessed[name] = _guessed(file, unknown, before.get(name, {}), errors)
            whole = {**columns[name], **known, **guessed[name]}
            types[name] = {each: whole[each] for each in columns[name]}
            known = {each: kind for each, kind in types[name].items() if each in file.columns}
        checked = check_table(file, known, keys.get(name, ()), errors, is_kept=name in keys)
        if checked is not None:
            tables[name] = checked
    return Data(types, guessed, tables)


def _columns(wanted: ImportedModel) -> dict[str, dict[str, str]]:
    """The columns that are needed of each source table, with types that would fit the model."""
    found: dict[str, dict[str, str]] = {}
    for table in wanted.tables:
        for column in table.columns:
            source = table.source
            for step in column.steps:
                found.setdefault(source, {}).setdefault(step.by, "String")
                found.setdefault(step.table, {}).setdefault(step.key, "String")
                source = step.table
            found.setdefault(source, {})[column.column] = column.source_type
    return found


def _facts(wanted: ImportedModel | None) -> set[str]:
    """The source tables of facts."""
    return {table.source for table in wanted.tables if not table.key} if wanted else set()


def _keys(wanted: ImportedModel | None) -> dict[str, tuple[str, ...]]:
    """Of each table in which rows are looked up, the columns by which that is done."""
    found: dict[str, dict[str, None]] = {}
    for table in wanted.tables if wanted else ():
        for column in table.columns:
            if table.key and column.spec.name == table.key:
                found.setdefault(table.source, {})[column.column] = None
            for step in column.steps:
                found.setdefault(step.table, {})[step.key] = None
    return {table: tuple(keys) for table, keys in found.items()}


def _note_lacking(file: TableFile, columns: tuple[str, ...], errors: list[IndicubeError]) -> None:
    for column in columns:
        if column not in file.columns:
            errors.append(
                LoadRejected(
                    f"{file.shown}:1: there is no column {column!r}, which the model needs; there "
                    f"are: {', '.join(file.columns)}",
                    field=column,
                )
            )


def _guessed(
    file: TableFile,
    columns: Mapping[str, str],
    before: Mapping[str, str],
    errors: list[IndicubeError],
) -> Mapping[str, str]:
    try:
        return guessed_types(file, columns, before)
    except LoadRejected as rejected:
        errors.append(rejected)
        return {}
