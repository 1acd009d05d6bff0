"""Tables of members that a snowflake keeps in pieces, put together as one text.

Each row of the outer table stays one line, in its place, so that a line of the text is the line of
its source. What a row looks up and does not find is empty.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from loaders.importing.checking import CheckedTable
from server.cube.cubes_tables import Step, TakenTable


def is_looked_up(table: TakenTable) -> bool:
    """Whether some column of the table comes from another file than the others."""
    return any(column.steps for column in table.columns)


def write_looked_up(table: TakenTable, checked: Mapping[str, CheckedTable], path: Path) -> str:
    """Write the table as text to the path; the names of its files, for people."""
    columns = [_column(table, column.steps, column.column, checked) for column in table.columns]
    names = [column.spec.name for column in table.columns]
    made = pa.table(columns, names=names)
    csv.write_csv(made, path, csv.WriteOptions(include_header=True, quoting_style="needed"))
    used = [table.source, *(step.table for one in table.columns for step in one.steps)]
    return " + ".join(checked[each].file.shown for each in dict.fromkeys(used))


def _column(
    table: TakenTable, steps: tuple[Step, ...], column: str, checked: Mapping[str, CheckedTable]
) -> Any:
    """The texts of a column, one for each row of the outer table."""
    here, rows = checked[table.source], None
    for step in steps:
        wanted = _at(here.texts(step.by), rows)
        there = checked[step.table]
        rows = pc.index_in(wanted, value_set=there.texts(step.key), skip_nulls=True)
        here = there
    return _at(here.texts(column), rows)


def _at(texts: Any, rows: Any) -> Any:
    return texts if rows is None else texts.take(rows)
