"""Answers in rows: JSON lines, CSV, Arrow streams and Parquet.

What fits into memory is written here. Answers of any length come from the engine and are sent as
they come: the first rows are asked before the answer begins, so that a mistake is still told as
one. What goes wrong later breaks the connection off without the answer's proper end; and whoever
counts the rows finds fewer than `Indicube-Rows` says.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response

from server.cube.marked import ABSENCES
from server.cube.statement import Statement
from server.exports.columns import (
    MEDIA_TYPES,
    Column,
    Form,
    schema_of_columns,
    written_batches,
    written_rows,
)
from server.store.streams import Form as EngineForm
from web.api.answers import Based
from web.api.carried import with_carried
from web.api.formats import CSV, JSON_LINES
from web.api.lines import csv_lines, head_line, json_lines
from web.visitor import runtime

Row = Mapping[str, Any]

_TYPES: Mapping[str, str] = {
    "jsonl": JSON_LINES,
    "csv": CSV,
    **{str(form): kind for form, kind in MEDIA_TYPES.items()},
}
_ENDINGS = {"arrow": "arrows"}
_FORMS: Mapping[str, EngineForm] = {"jsonl": "JSONEachRow", "csv": "CSV"}
_COLUMNS: Mapping[str, Form] = {"arrow": "arrow", "parquet": "parquet"}


@dataclass(frozen=True)
class Sheet:
    """Rows on their way out: what they are called, in which form, and what is in them."""

    name: str
    form: str
    columns: Sequence[Column]
    based: Based
    served_by: str = ""
    has_absences: bool = False  # in columns of their own, where rows are written as columns

    @property
    def is_of_columns(self) -> bool:
        """Whether the rows are written as columns, not as lines."""
        return self.form in _COLUMNS

    @property
    def told(self) -> dict[str, str]:
        """What a file of columns says of itself."""
        watermark = self.based.watermark
        return {
            "indicube.snapshot": str(self.based.snapshot.number),
            "indicube.watermark": watermark.isoformat() if watermark else "",
            "indicube.definitions": str(self.based.snapshot.definitions),
            "indicube.model_version": self.based.version,
            "indicube.served_by": self.served_by,
        }


def streamed(sheet: Sheet, rows: Iterable[Row]) -> Response:
    """Rows that Python holds, or makes one part after the other."""
    if sheet.form == "jsonl":
        return _begun(sheet, json_lines(rows))
    columns, rows = with_carried(sheet.columns, rows)
    if sheet.is_of_columns:
        absences = ABSENCES if sheet.has_absences else None
        form = _COLUMNS[sheet.form]
        return _begun(sheet, written_rows(form, columns, rows, sheet.told, absences))
    return _begun(sheet, csv_lines([one.name for one in columns], rows))


def written_by_engine(sheet: Sheet, statement: Statement) -> Response:
    """The rows of a statement, as the engine writes them as lines."""
    return _begun(sheet, _blocks(sheet.form, statement))


def columns_of_engine(sheet: Sheet, statement: Statement, schema: Any = None) -> Response:
    """The rows of a statement as columns, without Python in between."""
    schema = schema or schema_of_columns(sheet.columns, sheet.told)
    batches = batches_of(statement, schema)
    return _begun(sheet, written_batches(_COLUMNS[sheet.form], schema, batches))


def batches_of(statement: Statement, schema: Any) -> Iterator[Any]:
    """The rows of a statement as record batches of a schema."""
    with runtime().store.streams.batches(statement, schema) as batches:
        yield from batches


def _blocks(form: str, statement: Statement) -> Generator[bytes, None, None]:
    head = head_line(statement.columns) if form == "csv" else b""
    with runtime().store.streams.written(statement, _FORMS[form]) as blocks:
        yield head + next(blocks, b"")
        yield from blocks


def _begun(sheet: Sheet, parts: Iterator[bytes]) -> Response:
    """The answer, of which something is there: what is wrong with the question has been told."""
    first, second = next(parts, b""), next(parts, None)
    if second is None:
        answer = Response(first, content_type=_TYPES[sheet.form])
    else:
        sent = _rest((first, second), parts)
        answer = Response(sent, content_type=_TYPES[sheet.form])
        answer.call_on_close(sent.close)
    if isinstance(parts, Generator):
        answer.call_on_close(parts.close)  # whoever goes away stops the question
    ending = _ENDINGS.get(sheet.form, sheet.form)
    answer.headers["Content-Disposition"] = f'attachment; filename="{sheet.name}.{ending}"'
    return sheet.based.on(answer)


def _rest(begun: Iterable[bytes], parts: Iterator[bytes]) -> Generator[bytes, None, None]:
    yield from begun
    yield from parts
