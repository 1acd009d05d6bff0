"""The flights of 2013 in DuckDB: another parser and another engine than ours."""

import zipfile
from collections.abc import Iterator

import duckdb
import pytest

from tests.flights import SOURCE


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The package's flights with their aircraft and destinations, as `joined`."""
    folder = tmp_path_factory.mktemp("slices")
    with zipfile.ZipFile(SOURCE / "flights.csv.zip") as archive:
        archive.extract("flights.csv", folder)
    connection = duckdb.connect()
    for name, path in (
        ("flights", folder / "flights.csv"),
        ("planes", SOURCE / "planes.csv"),
        ("airports", SOURCE / "airports.csv"),
    ):
        connection.execute(
            f"CREATE TABLE {name} AS SELECT * FROM read_csv(?, nullstr='NA', header=true)",
            [str(path)],
        )
    connection.execute(
        """CREATE TABLE joined AS
        SELECT f.*, p.seats, p.year AS built, a.tzone
        FROM flights f LEFT JOIN planes p ON p.tailnum = f.tailnum
        LEFT JOIN airports a ON a.faa = f.dest"""
    )
    yield connection
    connection.close()
