"""How the file of a table fills our table: a load specification, written as such files are."""

import json
from collections.abc import Iterable, Mapping, Sequence

from loaders.importing.files import TableFile
from loaders.importing.looked_up import is_looked_up
from server.cube.cube_model import CubeModel
from server.cube.cubes_tables import TakenColumn, TakenTable
from server.cube.elements import DimensionKind
from server.cube.model import Model
from server.store.tables import ColumnSpec


def specification_text(table: TakenTable, model: Model, files: Mapping[str, TableFile]) -> str:
    """The specification of one table of the model, as a text."""
    file = files[table.source]
    is_made = is_looked_up(table)
    columns = [_read(column, is_made=is_made) for column in table.columns]
    names = [] if is_made else _ignored(table.columns, file.columns)
    derived = [] if is_made else [each for one in table.columns for each in _derived(one)]
    cube = next((each for each in model.cubes.values() if each.fact.name == table.name), None)
    label = (cube.labels.en, cube.labels.zh) if cube else (table.source, table.source)
    event_date = _event_date(cube)
    lines = [
        f"name = {_text(table.name)}",
        f"table = {_text(table.name)}",
        f"labels = {{ en = {_text(label[0])}, zh = {_text(label[1])} }}",
        f"mode = {_text('complete' if table.key else 'replace')}",
        *([f"event_date = {_text(event_date)}"] if event_date else []),
        f"ignored_columns = [{', '.join(map(_text, names))}]",
        f"source = {{ file = {_text(file.shown)} }}",
        f'format = {{ kind = {_text("csv" if is_made else "either")}, null = [""], '
        "ends_with_newline = false }",
        "control = { error_limit_percent = 0 }",
        *columns,
        *derived,
    ]
    return "\n".join(lines) + "\n"


def _ignored(columns: Iterable[TakenColumn], present: Sequence[str]) -> list[str]:
    used = {column.column for column in columns}
    return [name for name in present if name not in used]


def _read(column: TakenColumn, *, is_made: bool) -> str:
    """A column as it is read: under our name, or as its own type if it becomes a text then."""
    if is_made:
        return _table("columns", {"from": column.spec.name, "name": column.spec.name})
    values = {"from": column.column, "name": column.spec.name}
    if _becomes_text(column):
        values = {**values, "name": _typed(column), "type": column.source_type}
    return _table("columns", values)


def _derived(column: TakenColumn) -> list[str]:
    if not _becomes_text(column):
        return []
    return [_table("derived", {"name": column.spec.name, "text": _typed(column)})]


def _becomes_text(column: TakenColumn) -> bool:
    source = ColumnSpec("source", column.source_type)
    return column.spec.plain_type == "String" and source.plain_type != "String"


def _typed(column: TakenColumn) -> str:
    return f"{column.spec.name}__typed"


def _event_date(cube: CubeModel | None) -> str:
    """The column of days from which it is told up to when facts are there."""
    time = cube.time if cube else None
    column = time.fact_column if time and time.kind is DimensionKind.TIME else None
    return column.name if column and column.plain_type in ("Date", "Date32") else ""


def _table(name: str, values: Mapping[str, str]) -> str:
    return "\n".join([f"[[{name}]]", *(f"{key} = {_text(each)}" for key, each in values.items())])


def _text(value: str) -> str:
    """A text of TOML, which is written as JSON writes it but for one letter."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
