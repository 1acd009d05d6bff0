"""The real flights of 2013: what is stored equals what another engine reads from the source.

DuckDB reads the package's CSV files with its own parser; every stored column is compared by counts
and exact sums, flags by their meaning.
"""

import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loaders.context import LoadContext
from loaders.sample import load_everything
from loaders.specification import read_specifications
from server.cube.model import load_model
from server.ledger.snapshot import open_snapshot
from server.ledger.source_line import source_line
from server.ledger.verify import verify
from server.metadata.loads import list_loads
from server.store.migrate import ensure_tables
from tests.flights import SOURCE
from tests.shop import Question
from tests.stores import Clock, new_metadata, new_store, settings_for

MODELS = Path(__file__).parents[2] / "cube_models"


@dataclass(frozen=True)
class Loaded:
    """Everything loaded, and the source in the other engine."""

    context: LoadContext
    outcomes: list[Any]
    source: duckdb.DuckDBPyConnection

    def stored(self, sql: str, **parameters: object) -> list[tuple[Any, ...]]:
        return self.context.store.readers.query(Question(sql, parameters), threads="all").rows

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self.source.execute(sql).fetchall()
        return rows


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    home = tmp_path_factory.mktemp("flights")
    settings, model = settings_for(home), load_model(MODELS, "flights")
    with new_metadata(home) as metadata, new_store(settings) as store:
        ensure_tables(store, model)
        found = read_specifications(MODELS, ("flights",))
        context = LoadContext(metadata, store, settings, Clock(), model, found)
        outcomes = load_everything(context, "ann", None, lambda _done, _expected: None)
        with closing(_in_duckdb(home)) as source:
            yield Loaded(context, outcomes, source)


def _in_duckdb(home: Path) -> duckdb.DuckDBPyConnection:
    with zipfile.ZipFile(SOURCE / "flights.csv.zip") as archive:
        archive.extract("flights.csv", home)
    connection = duckdb.connect()
    files = {"flights": home / "flights.csv"}
    files |= {
        name: SOURCE / f"{name}.csv" for name in ("planes", "airlines", "airports", "weather")
    }
    for name, file in files.items():
        connection.execute(
            f"CREATE VIEW {name} AS FROM read_csv('{file}', nullstr='NA', all_varchar=true)"
        )
    return connection


def test_every_row_of_every_file_is_there(loaded: Loaded) -> None:
    assert {each["specification"]: each["stored"] for each in loaded.outcomes} == {
        "aircraft": 3322,
        "airports": 1458,
        "carriers": 16,
        "departures": 336_776,
        "weather": 26_115,
    }
    assert [each["quarantined"] for each in loaded.outcomes] == [0] * 5
    tables = ("aircraft", "airports", "carriers", "departures", "weather")
    assert verify(loaded.context.metadata, loaded.context.store, tables) == ()


NUMBERS = {
    "hour": "hour",
    "flight": "flight",
    "scheduled_departure": "sched_dep_time",
    "departure_time": "dep_time",
    "departure_delay": "dep_delay",
    "scheduled_arrival": "sched_arr_time",
    "arrival_time": "arr_time",
    "arrival_delay": "arr_delay",
    "air_time": "air_time",
    "distance": "distance",
}


@pytest.mark.parametrize(("stored", "read"), NUMBERS.items())
def test_each_number_of_the_departures_is_right_at_every_airport_and_month(
    loaded: Loaded, stored: str, read: str
) -> None:
    ours = loaded.stored(
        f"SELECT origin, toMonth(day), count({stored}), sum({stored}), min({stored}), "
        f"max({stored}), sum({stored} * toInt64(_row)) FROM departures "
        "GROUP BY 1, 2 ORDER BY 1, 2"
    )
    theirs = loaded.read(
        f"SELECT origin, month::int m, count({read}), sum({read}::int), min({read}::int), "
        f"max({read}::int), sum({read}::bigint * line) "
        "FROM (SELECT *, row_number() OVER () + 1 AS line FROM flights) "
        "GROUP BY 1, 2 ORDER BY 1, 2"
    )

    assert ours == theirs
    assert len(ours) == 36


FLAGS = {
    "departed": "dep_time IS NOT NULL",
    "cancelled": "dep_time IS NULL",
    "arrived": "arr_delay IS NOT NULL",
    "not_recorded": "dep_time IS NOT NULL AND arr_delay IS NULL",
    "on_time": "arr_delay::int < 15",
    "severe": "arr_delay::int >= 120",
    "late_departure": "dep_delay::int >= 15",
    "recovered": "dep_delay::int >= 15 AND arr_delay::int < 15",
}


def test_each_flag_means_what_the_model_says(loaded: Loaded) -> None:
    sums = ", ".join(f"sum({flag})" for flag in FLAGS)
    counts = ", ".join(f"count(*) FILTER ({meaning})" for meaning in FLAGS.values())

    ours = loaded.stored(
        f"SELECT carrier, {sums} FROM departures GROUP BY carrier ORDER BY carrier"
    )

    assert ours == loaded.read(f"SELECT carrier, {counts} FROM flights GROUP BY 1 ORDER BY 1")
    totals = dict(zip(FLAGS, loaded.stored(f"SELECT {sums} FROM departures")[0], strict=True))
    assert (totals["cancelled"], totals["not_recorded"]) == (8255, 1175)


def test_days_and_texts_are_right(loaded: Loaded) -> None:
    ours = loaded.stored(
        "SELECT day, count(), uniqExact(tail_number), uniqExact(destination), count(tail_number) "
        "FROM departures GROUP BY day ORDER BY day"
    )
    theirs = loaded.read(
        "SELECT make_date(year::int, month::int, day::int) AS d, count(*), "
        "count(DISTINCT tailnum), count(DISTINCT dest), count(tailnum) "
        "FROM flights GROUP BY d ORDER BY d"
    )

    assert ours == theirs
    assert len(ours) == 365


def test_the_weather_is_exact_to_the_last_digit(loaded: Loaded) -> None:
    names = {"temperature": "temp", "wind_speed": "wind_speed", "wind_gust": "wind_gust"}
    names |= {"precipitation": "precip", "visibility": "visib", "pressure": "pressure"}
    for stored, read in names.items():
        ours = loaded.stored(f"SELECT count({stored}), sum({stored}) FROM weather")[0]
        texts = loaded.read(f"SELECT {read} FROM weather WHERE {read} IS NOT NULL")

        assert ours == (len(texts), sum(Decimal(text) for (text,) in texts)), stored

    low = loaded.read("SELECT count(*) FROM weather WHERE visib::double < 3")
    assert loaded.stored("SELECT sum(low_visibility) FROM weather") == low


def test_dimensions_carry_what_they_should(loaded: Loaded) -> None:
    version = open_snapshot(loaded.context.metadata).version_of("aircraft")
    aircraft = loaded.stored(
        "SELECT count(), sum(seats), count(age), sum(age), uniqExact(manufacturer), max(age) "
        "FROM dict_aircraft WHERE _load = {v:UInt32}",
        v=version,
    )
    assert aircraft == loaded.read(
        "SELECT count(*), sum(seats::int), count(year), sum(2013 - year::int), "
        "count(DISTINCT manufacturer), max(2013 - year::int) FROM planes"
    )
    assert aircraft[0][0] - aircraft[0][2] == 70  # aircraft without a year
    assert loaded.stored("SELECT `group`, count() FROM carriers GROUP BY 1 ORDER BY 1") == [
        ("low_cost", 5),
        ("network", 6),
        ("regional", 5),
    ]
    regions = loaded.stored(
        "SELECT region, count(), sum(altitude_ft) FROM airports GROUP BY 1 ORDER BY 1 NULLS LAST"
    )
    assert regions == loaded.read(
        "SELECT tzone, count(*), sum(alt::int) FROM airports GROUP BY 1 ORDER BY 1 NULLS LAST"
    )
    assert regions[-1][:2] == (None, 3)


def test_the_pack_covers_its_year(loaded: Loaded) -> None:
    snapshot = open_snapshot(loaded.context.metadata)

    assert snapshot.first_dates["departures"] == date(2013, 1, 1)
    assert snapshot.watermarks["departures"] == date(2013, 12, 31)
    assert snapshot.watermarks["weather"] == date(2013, 12, 30)


def test_a_fact_leads_back_to_its_line(loaded: Loaded) -> None:
    batch, row, tail = loaded.stored(
        "SELECT _load, _row, tail_number FROM departures ORDER BY departure_delay DESC LIMIT 1"
    )[0]

    line = source_line(loaded.context.metadata, loaded.context.settings.spool, batch, row)

    assert (
        line.text
        == "2013,1,9,641,900,1301,1242,1530,1272,HA,51,N384HA,JFK,HNL,640,4983,9,0,"
        + ("2013-01-09T14:00:00Z")
    )
    assert tail == "N384HA"


def test_the_sample_again_does_nothing(loaded: Loaded) -> None:
    again = load_everything(loaded.context, "bob", None, lambda _done, _expected: None)

    assert all(each["is_known"] for each in again)
    with loaded.context.metadata.read() as session:
        assert len(list_loads(session)) == 5
