"""One source, whatever its kind: looked at whole, then read row by row, twice alike.

A text is surveyed by reading it once; a Parquet file says at its end what it holds.
"""

from collections.abc import Iterator
from pathlib import Path

from loaders.columns import check_columns
from loaders.csv_rows import read_rows
from loaders.lines import read_rows_after_header
from loaders.parquet_rows import check_types, open_parquet, read_parquet
from loaders.row_schema import RowSchema
from loaders.rows import SourceRows
from loaders.sources.files import open_text
from loaders.specification import Specification
from loaders.survey import Survey, first_line, survey
from server.errors import LoadRejected
from server.store.parquet_records import is_parquet


def survey_source(
    path: Path, shown: str, specification: Specification, schema: RowSchema
) -> Survey:
    """What the whole source shows; `LoadRejected` when it cannot be what is specified."""
    if not _is_parquet(path, shown, specification):
        with open_text(path, shown, specification.source.member) as file:
            return survey(file, shown, specification)
    with open_parquet(path, shown) as opened:
        columns = tuple(opened.schema_arrow.names)
        check_columns(columns, shown, specification)
        check_types(opened, shown, schema.read)
        return Survey(columns, opened.metadata.num_rows, is_parquet=True)


def read_source(
    path: Path, shown: str, specification: Specification, surveyed: Survey
) -> Iterator[SourceRows]:
    """The rows of a surveyed source, a bounded number at a time."""
    if surveyed.is_parquet:
        names = tuple(dict.fromkeys(column.source for column in specification.columns))
        yield from read_parquet(path, shown, names)
        return
    with open_text(path, shown, specification.source.member) as file:
        for block in read_rows_after_header(file, shown, surveyed.header):
            yield read_rows(block, surveyed.columns, specification.delimiter)


def control_line_of(path: Path, shown: str, specification: Specification) -> str | None:
    """What the source's control line says, if its specification knows one."""
    if specification.cover.control_line is None or _is_parquet(path, shown, specification):
        return None
    with open_text(path, shown, specification.source.member) as file:
        return first_line(file, shown, specification.cover.control_line)


def _is_parquet(path: Path, shown: str, specification: Specification) -> bool:
    has_mark = is_parquet(path)
    if specification.kind == "parquet" and not has_mark:
        raise LoadRejected(f"{shown} is no Parquet file; {specification.name} reads Parquet")
    return has_mark and specification.kind != "csv"
