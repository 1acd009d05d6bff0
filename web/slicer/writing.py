"""Answers as Cubes writes them: JSON, JSON lines and CSV.

A decimal is a JSON number with all of its digits, since clients reckon with it; a number that
JSON cannot write is null. CSV cells are made harmless for spreadsheets.
"""

import csv
import io
import json
import math
import re
import secrets
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from flask import Response, request

from server.cube.plain_text import harmless

JSON = "application/json"
JSON_LINES = "application/x-json-lines"
CSV = "text/csv; charset=utf-8"
_TRUE = ("true", "yes", "1", "on")
_ROWS = 500  # of a stream that are sent together

_MARK = secrets.token_hex(16)  # what no text of an answer begins with
_MARKED = re.compile(rf'"{_MARK}(-?[0-9.]+)"')

Row = Mapping[str, Any]

_harmless = lru_cache(maxsize=10_000)(harmless)  # keys and labels come again and again


def as_json(value: object) -> Response:
    """A JSON answer; indented where `prettyprint` says so."""
    is_pretty = request.args.get("prettyprint", "").lower() in _TRUE
    return Response(json_text(value, 4 if is_pretty else None), content_type=JSON)


def json_text(value: object, indent: int | None = None) -> str:
    """The value as JSON with exact numbers."""
    try:
        text = json.dumps(value, default=_plain, ensure_ascii=False, allow_nan=False, indent=indent)
    except ValueError:  # a number that is none
        text = json.dumps(_finite(value), default=_plain, ensure_ascii=False, indent=indent)
    return _MARKED.sub(r"\1", text)


def as_json_lines(rows: Generator[Row, None, None]) -> Response:
    """One object a line, however many."""
    pieces = _pieces(_begun(rows), lambda some: "".join(f"{json_text(row)}\n" for row in some))
    return _streamed(pieces, rows, JSON_LINES)


def as_csv(
    name: str, columns: Sequence[str], header: Sequence[str], rows: Generator[Row, None, None]
) -> Response:
    """Rows as CSV, however many; an empty header is none."""
    begun = _begun(rows)
    head = [csv_text([header]).encode()] if header else []
    pieces = _pieces(begun, lambda some: csv_text([row[name] for name in columns] for row in some))
    return attached(_streamed(chain(head, pieces), rows, CSV), name)


def attached(answer: Response, name: str) -> Response:
    """The answer as a file of that name."""
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Lines of CSV."""
    written = io.StringIO()
    csv.writer(written).writerows([_cell(cell) for cell in row] for row in rows)
    return written.getvalue()


def _streamed(pieces: Iterable[bytes], rows: Generator[Row, None, None], kind: str) -> Response:
    answer = Response(pieces, content_type=kind)
    answer.call_on_close(rows.close)  # whoever goes away stops the question
    return answer


def _begun(rows: Generator[Row, None, None]) -> Iterator[Row]:
    """The rows, the first asked for at once: a mistake is told before the answer begins."""
    first = next(rows, None)
    return chain([] if first is None else [first], rows)


def _pieces(rows: Iterator[Row], write: Callable[[list[Row]], str]) -> Iterator[bytes]:
    while some := list(islice(rows, _ROWS)):
        yield write(some).encode()


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{_MARK}{value:f}"
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not JSON.")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _finite(each) for name, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list | tuple) else value


def _cell(value: object) -> object:
    if isinstance(value, str):
        return _harmless(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return float(value) if isinstance(value, Fraction) else value
