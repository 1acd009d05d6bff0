"""Links as programs open them: pandas over real HTTP, and what a spreadsheet would run."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pandas as pd  # type: ignore[import-untyped]
import pytest
from flask import Flask

from server.links.table import LinkTable
from server.snapshot import Snapshot
from tests.links.conftest import Make
from tests.web.chromium import serving
from web.links import csv_of, json_of


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the application is served."""
    with serving(app) as found:
        yield found


def test_pandas_reads_a_link_as_numbers(address: str, make: Make) -> None:
    secret = make("aggregate", "departures", "drilldown=organisation:carrier|time:month")

    found = pd.read_csv(f"{address}/links/{secret}/by-carrier.csv")
    assert found["flights"].sum() == 336776
    assert str(found["flights"].dtype) == "int64"
    assert str(found["departure_delay_avg"].dtype) == "float64"
    assert len(found) == 185
    same = pd.read_json(f"{address}/links/{secret}/by-carrier.json")
    assert list(same.columns) == list(found.columns)
    assert same["miles"].sum() == found["miles"].sum()


TABLE = LinkTable(
    ("name", "amount", "rate", "share", "day", "size"),
    (
        ("=1+1", Decimal("-0.10"), 0.5, Fraction(1, 4), date(2013, 12, 31), -7),
        ("＋cmd", Decimal("12345678901234567890.123456"), None, None, None, 2**70),
        ('a, "b"\nc;-d', None, 1e-9, Fraction(1, 3), None, 0),
    ),
    Snapshot(1, 1),
)


def test_a_text_never_begins_a_formula_and_a_number_stays_one() -> None:
    rows = list(csv.reader(io.StringIO(csv_of(TABLE))))

    assert rows[1] == ["'=1+1", "-0.10", "0.5", "0.25", "2013-12-31", "-7"]
    assert rows[2] == ["'＋cmd", "12345678901234567890.123456", "", "", "", str(2**70)]
    assert rows[3][0] == 'a, "b"\nc;\'-d'
    assert rows[3][2:] == ["1e-09", str(1 / 3), "", "0"]


def test_json_keeps_every_digit_and_the_texts_as_they_are() -> None:
    text = json_of(TABLE)

    assert '"name":"=1+1","amount":-0.10,"rate":0.5,"share":0.25' in text
    assert '"amount":12345678901234567890.123456' in text
    assert f'"size":{2**70}' in text
