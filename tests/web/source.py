"""The flights of 2013 read from their source file by csv alone: an oracle without our code."""

import csv
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from io import TextIOWrapper

from tests.flights import SOURCE

Row = dict[str, str]
NETWORK = frozenset({"AA", "AS", "DL", "HA", "UA", "US"})


@cache
def december() -> tuple[Row, ...]:
    """The flights of December 2013, each with its line in the file (the header is line 1)."""
    return flights_of(12)


@cache
def flights_of(month: int) -> tuple[Row, ...]:
    """The flights of a month of 2013."""
    return tuple(row for row in _rows() if row["month"] == str(month))


def count(rows: tuple[Row, ...], holds: Callable[[Row], bool]) -> int:
    """How many rows something holds for."""
    return sum(holds(row) for row in rows)


def is_on_time(row: Row) -> bool:
    """Arrived, and less than 15 minutes late."""
    return row["arr_delay"] not in ("", "NA") and float(row["arr_delay"]) < 15


def _rows() -> Iterator[Row]:
    with zipfile.ZipFile(SOURCE / "flights.csv.zip") as archive:
        (name,) = archive.namelist()
        with archive.open(name) as file:
            rows = csv.DictReader(TextIOWrapper(file, "utf-8"))
            yield from ({**row, "line": str(line)} for line, row in enumerate(rows, start=2))
