"""Answers in rows: JSON lines and CSV, sent while they are asked.

The first rows are asked before the answer begins, so that a mistake is still told as one. What
goes wrong later cuts the answer off without its proper end, which every client notices.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Any

from flask import Response

from server.exports.plain_text import harmless
from web.api.answers import Based, ExactJson

Row = Mapping[str, object]
Pages = Iterator[Sequence[Row]]

FORMATS = ("json", "jsonl", "csv")
JSON_LINES = "application/x-ndjson"
CSV = "text/csv; charset=utf-8; header=present"


def streamed(form: str, name: str, columns: Sequence[str], pages: Pages, based: Based) -> Response:
    """The pages as one answer, row by row, as `jsonl` or `csv`."""
    first = next(pages, ())
    write = _WRITERS[form]
    answer = Response(
        write(columns, chain([first], pages)),
        content_type=JSON_LINES if form == "jsonl" else CSV,
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return based.on(answer)


def _json_lines(_columns: Sequence[str], pages: Iterable[Sequence[Row]]) -> Iterator[bytes]:
    for page in pages:
        lines = (json.dumps(row, default=ExactJson.default, ensure_ascii=False) for row in page)
        yield "".join(f"{line}\n" for line in lines).encode()


def _csv(columns: Sequence[str], pages: Iterable[Sequence[Row]]) -> Iterator[bytes]:
    yield _lines([columns])
    for page in pages:
        yield _lines(_cells(row, columns) for row in page)


def _lines(rows: Iterable[Sequence[object]]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()


def _cells(row: Row, columns: Sequence[str]) -> list[object]:
    values = (row[name] for name in columns)
    return [
        write(value) if (write := _CELLS.get(type(value))) is not None else value
        for value in values
    ]


# The texts of facts repeat a great deal; whole numbers and dates write themselves.
_CELLS: dict[type, Callable[[Any], object]] = {
    str: lru_cache(maxsize=20_000)(harmless),
    bool: lambda value: str(value).lower(),
    Decimal: lambda value: f"{value:f}",
}
_WRITERS: dict[str, Callable[[Sequence[str], Iterable[Sequence[Row]]], Iterator[bytes]]] = {
    "jsonl": _json_lines,
    "csv": _csv,
}
