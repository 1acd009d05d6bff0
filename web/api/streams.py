"""Answers in rows: JSON lines and CSV.

What fits into memory is written here. Answers of any length are written by the engine and sent as
they come: the first rows are asked before the answer begins, so that a mistake is still told as
one. What goes wrong later breaks the connection off without the answer's proper end; and whoever
counts the rows finds fewer than `Indicube-Rows` says.
"""

import csv
import io
import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask import Response

from server.cube.marked import ABSENCES
from server.cube.plain_text import harmless
from server.cube.statement import Statement
from server.store.streams import Form
from web.api.answers import Based, ExactJson
from web.visitor import runtime

Row = Mapping[str, object]

FORMATS = ("json", "jsonl", "csv")
JSON_LINES = "application/x-ndjson"
CSV = "text/csv; charset=utf-8; header=present"

_TYPES = {"jsonl": JSON_LINES, "csv": CSV}
_FORMS: dict[str, Form] = {"jsonl": "JSONEachRow", "csv": "CSV"}


def streamed(
    form: str, name: str, columns: Sequence[str], rows: Iterable[Row], based: Based
) -> Response:
    """Rows that are here already as one answer, as `jsonl` or `csv`."""
    lines = _json_lines(rows) if form == "jsonl" else _csv(columns, rows)
    return _answer(form, name, [lines], based)


def in_words(rows: Sequence[Row]) -> tuple[tuple[str, ...], Sequence[Row]]:
    """Rows with their columns; in CSV the reason stands in the place of an absent figure."""
    named = dict.fromkeys(name for row in rows for name in row if name != ABSENCES)
    return tuple(named), rows


def written_by_engine(
    form: str, name: str, statement: Statement, rows: int, based: Based
) -> Response:
    """The rows of a statement, as the engine writes them; `rows` is how many there are."""
    blocks = _blocks(form, statement)
    first = next(blocks, b"")
    answer = _answer(form, name, _rest(first, blocks), based)
    answer.call_on_close(blocks.close)  # whoever goes away stops the question
    answer.headers["Indicube-Rows"] = str(rows)
    return answer


def _blocks(form: str, statement: Statement) -> Generator[bytes, None, None]:
    head = _line(statement.columns).encode() if form == "csv" else b""
    with runtime().store.streams.written(statement, _FORMS[form]) as blocks:
        yield head + next(blocks, b"")
        yield from blocks


def _rest(first: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from blocks


def _answer(form: str, name: str, body: Iterable[bytes], based: Based) -> Response:
    answer = Response(body, content_type=_TYPES[form])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return based.on(answer)


def _json_lines(rows: Iterable[Row]) -> bytes:
    lines = (json.dumps(row, default=ExactJson.default, ensure_ascii=False) for row in rows)
    return "".join(f"{line}\n" for line in lines).encode()


def _csv(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    lines = (_line(_cell(_told(row, name)) for name in columns) for row in rows)
    return "".join([_line(columns), *lines]).encode()


def _line(cells: Iterable[object]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()


def _told(row: Row, name: str) -> object:
    absences = row.get(ABSENCES)
    return absences[name] if isinstance(absences, Mapping) and name in absences else row[name]


def _cell(value: object) -> object:
    write = _CELLS.get(type(value))
    return value if write is None else write(value)


_CELLS: dict[type, Callable[[Any], object]] = {
    str: harmless,
    bool: lambda value: str(value).lower(),
    Decimal: lambda value: f"{value:f}",
    Fraction: float,
}
