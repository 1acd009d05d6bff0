"""The files of a model's tables: `<table>.csv` or `<table>.parquet` in one folder."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from loaders.lines import LONGEST_LINE
from loaders.parquet_rows import open_parquet
from loaders.sources.files import open_text
from server.errors import IndicubeError, InvalidInput, LoadRejected
from server.store.parquet_records import is_parquet

_MARK = "\ufeff"
_ENDINGS = (".csv", ".parquet")


@dataclass(frozen=True)
class TableFile:
    """The file of one table, and the columns that it names."""

    table: str
    path: Path
    columns: tuple[str, ...]
    is_parquet: bool

    @property
    def shown(self) -> str:
        """The name that people know."""
        return self.path.name


def find_files(
    folder: Path, tables: Iterable[str], errors: list[IndicubeError]
) -> dict[str, TableFile]:
    """The file of each table; every one that is not there or cannot be read is noted."""
    found: dict[str, TableFile] = {}
    for table in tables:
        try:
            found[table] = _open(table, _find(folder, table))
        except IndicubeError as error:
            errors.append(error)
    return found


def _find(folder: Path, table: str) -> Path:
    if not table or Path(table).name != table:
        raise InvalidInput(f"the table {table!r} has a name that no file can have", field="data")
    there = [path for ending in _ENDINGS if (path := folder / f"{table}{ending}").is_file()]
    if len(there) > 1:
        raise LoadRejected(
            f"{folder}: there are both {table}.csv and {table}.parquet; one is meant", field="data"
        )
    if not there:
        raise LoadRejected(
            f"{folder / table}.csv: there is no such file, and no {table}.parquet; the model names "
            f"the table {table}",
            field="data",
        )
    return there[0]


def _open(table: str, path: Path) -> TableFile:
    is_typed = is_parquet(path)
    if is_typed:
        with open_parquet(path, path.name) as file:
            columns = tuple(file.schema_arrow.names)
    else:
        columns = _header(path)
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise LoadRejected(f"{path.name}:1: there are two columns {', '.join(map(repr, twice))}")
    return TableFile(table, path, columns, is_typed)


def _header(path: Path) -> tuple[str, ...]:
    with open_text(path, path.name, None) as file:
        line = file.readline(LONGEST_LINE).rstrip(b"\r\n")
    try:
        text = line.decode("utf-8").removeprefix(_MARK)
    except UnicodeDecodeError:
        raise LoadRejected(f"{path.name}:1: it is not UTF-8; save it as UTF-8") from None
    if not text:
        raise LoadRejected(f"{path.name}:1: there is no line that names the columns")
    return tuple(next(csv.reader([text])))
