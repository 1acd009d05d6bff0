"""Rows as text: JSON lines, and CSV that no spreadsheet takes for formulas."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from typing import Any

from server.cube.marked import ABSENCES
from server.cube.plain_text import harmless
from web.api.answers import ExactJson

Row = Mapping[str, Any]

_ROWS = 5_000  # of one part


def json_lines(rows: Iterable[Row]) -> Iterator[bytes]:
    """Each row as an object on a line of its own, many lines at a time."""
    write = json.JSONEncoder(default=ExactJson.default, ensure_ascii=False).encode
    for part in _parts(rows):
        yield "".join(f"{write(row)}\n" for row in part).encode()


def csv_lines(names: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """A line of names, then one for each row; a reason stands in the place of a figure."""
    yield head_line(names)
    still = lru_cache(maxsize=100_000)(harmless)  # members come again and again
    cells: dict[type, Callable[[Any], object]] = {**_CELLS, str: still}
    for part in _parts(rows):
        written = io.StringIO()
        csv.writer(written).writerows([_line(row, names, cells) for row in part])
        yield written.getvalue().encode()


def head_line(names: Iterable[str]) -> bytes:
    """The line of names."""
    written = io.StringIO()
    csv.writer(written).writerow(names)
    return written.getvalue().encode()


def _parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rows = iter(rows)
    return iter(lambda: list(islice(rows, _ROWS)), [])


def _line(
    row: Row, names: Sequence[str], cells: Mapping[type, Callable[[Any], object]]
) -> list[object]:
    absences = row.get(ABSENCES) or {}
    line: list[object] = []
    for name in names:
        value = absences[name] if name in absences else row.get(name)
        write = cells.get(type(value))
        line.append(value if write is None else write(value))
    return line


_CELLS: dict[type, Callable[[Any], object]] = {
    bool: lambda value: str(value).lower(),
    Decimal: lambda value: f"{value:f}",
    Fraction: float,
}
