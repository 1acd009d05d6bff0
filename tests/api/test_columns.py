"""Rows as Arrow streams and Parquet: typed, the same as in JSON, chosen by word or by `Accept`."""

import csv
import io
import json
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from server.cube.browser import Cubes, Limits
from server.exports.columns import Column, written_rows
from server.runtime import Runtime
from tests.api.conftest import Ask
from tests.web.people import ADMIN, ANALYST
from tests.web.source import NETWORK, december
from web.app import create_app

CUBE = "/api/v1/cubes/departures"
DECEMBER = "cut=time:2013,4,12"
ARROW, PARQUET = "application/vnd.apache.arrow.stream", "application/vnd.apache.parquet"
KEYS = pa.dictionary(pa.int32(), pa.string())
MANY = f"{DECEMBER}&drilldown=time@ymd:day|organisation:carrier|region:airport"


def table_of(answer: TestResponse) -> pa.Table:
    """What an answer holds, whichever of the two forms it has."""
    assert answer.status_code == 200, answer.text
    if answer.mimetype == ARROW:
        return pa.ipc.open_stream(answer.data).read_all()
    assert answer.mimetype == PARQUET
    return pq.read_table(io.BytesIO(answer.data))


@pytest.mark.parametrize("form", ["arrow", "parquet"])
def test_cells_are_those_of_json_and_typed(ask: Ask, form: str) -> None:
    words = (
        f"{DECEMBER}&drilldown=organisation:carrier|time:month&order=flights:desc"
        "&aggregates=flights,departure_delay_max,departure_delay_avg,aircraft,seat_miles"
    )
    body = ask(f"{CUBE}/aggregate?{words}").get_json()
    table = table_of(ask(f"{CUBE}/aggregate?{words}&format={form}"))

    assert table.to_pylist() == body["cells"]
    types = dict(zip(table.schema.names, table.schema.types, strict=True))
    assert types["organisation.carrier"] == KEYS
    assert types["time.month"] == types["flights"] == types["seat_miles"] == pa.int64()
    assert types["departure_delay_avg"] == pa.float64()
    told = table.schema.metadata
    assert told[b"indicube.snapshot"] == str(body["snapshot"]).encode()
    assert told[b"indicube.watermark"] == b"2013-12-31"
    assert told[b"indicube.model_version"] == body["model_version"].encode()
    assert told[b"indicube.served_by"] == body["served_by"].encode()


@pytest.mark.parametrize("form", ["arrow", "parquet"])
def test_facts_are_those_of_json_and_typed(ask: Ask, form: str) -> None:
    words = "cut=time:2013,4,12,24&cut=origin:JFK"
    body = ask(f"{CUBE}/facts?{words}&page=0&pagesize=5000").get_json()
    answer = ask(f"{CUBE}/facts?{words}&format={form}")
    table = table_of(answer)

    def by_key(rows: list[dict[str, Any]]) -> dict[tuple[Any, Any], dict[str, Any]]:
        return {(row["_load"], row["_row"]): row for row in rows}

    found = [
        {n: v.isoformat() if isinstance(v, date) else v for n, v in row.items()}
        for row in table.to_pylist()
    ]
    assert by_key(found) == by_key(body["facts"])
    assert answer.headers["Indicube-Rows"] == str(table.num_rows) == str(body["total"])
    types = dict(zip(table.schema.names, table.schema.types, strict=True))
    assert types["day"] == pa.date32()
    assert types["carrier"] == types["organisation.group_name"] == KEYS
    assert types["flight"] == pa.uint16()


def test_a_page_of_facts_comes_in_its_order(ask: Ask) -> None:
    path = f"{CUBE}/facts?{DECEMBER}&page=2&pagesize=50&order=flight:desc&fields=flight,carrier"
    table = table_of(ask(f"{path}&format=parquet"))

    assert table.to_pylist() == ask(path).get_json()["facts"]


def test_members_come_as_columns_too(ask: Ask) -> None:
    path = f"{CUBE}/members/region?cut=organisation:network,AA"
    table = table_of(ask(f"{path}&format=arrow"))

    assert table.to_pylist() == ask(path).get_json()["members"]
    assert table.num_rows > 10


def test_a_figure_that_is_none_is_null_and_a_column_says_why_where_asked(ask: Ask) -> None:
    path = (
        f"{CUBE}/aggregate?cut=time:2013,1&drilldown=organisation:carrier|time:month"
        "&aggregates=flights&compare=last_year:change&format=arrow"
    )
    plain, told = table_of(ask(path)), table_of(ask(f"{path}&absences=true"))

    name = "flights__last_year__change"
    assert set(plain[name].to_pylist()) == {None}
    assert f"{name}__absence" not in plain.schema.names
    assert set(told[f"{name}__absence"].to_pylist()) == {"not_loaded"}
    assert set(told["flights__absence"].to_pylist()) == {None}


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (ARROW, ARROW),
        (PARQUET, PARQUET),
        ("text/csv", "text/csv"),
        ("application/x-ndjson", "application/x-ndjson"),
        (f"application/json;q=0.5, {ARROW}", ARROW),
        ("*/*", "application/json"),
        ("text/html", "application/json"),
        ("text/csv;q=0.2, */*;q=0.1", "text/csv"),
    ],
)
def test_the_form_follows_accept(ask: Ask, accept: str, kind: str) -> None:
    path = f"{CUBE}/aggregate?{DECEMBER}&aggregates=flights&drilldown=origin"
    answer = ask(path, Accept=accept)

    assert answer.mimetype == kind
    assert "Accept" in answer.headers["Vary"]


def test_a_word_goes_before_accept_and_a_tag_is_of_one_form(ask: Ask) -> None:
    path = f"{CUBE}/aggregate?{DECEMBER}&aggregates=flights"

    assert ask(f"{path}&format=csv", Accept=ARROW).mimetype == "text/csv"
    tag = ask(path).headers["ETag"]
    as_csv = ask(path, **{"If-None-Match": tag, "Accept": "text/csv"})
    assert (as_csv.status_code, as_csv.mimetype) == (200, "text/csv")


def test_post_asks_for_columns_too(ask: Ask) -> None:
    question = {"cut": ["time:2013,4,12"], "aggregates": ["flights"], "drilldown": ["origin"]}
    facts = {"cut": ["time:2013,4,12,24"], "fields": ["carrier"], "format": "parquet"}

    cells = table_of(ask(f"{CUBE}/aggregate", json={**question, "format": "arrow"}))
    assert sum(cells["flights"].to_pylist()) == len(december())
    query = {**question, "aggregates": ["departures.flights", "weather.observations"]}
    joined = table_of(ask("/api/v1/query", json=query, Accept=ARROW))
    assert joined["departures.flights"].to_pylist() == cells["flights"].to_pylist()
    carriers = Counter(table_of(ask(f"{CUBE}/facts", json=facts))["carrier"].to_pylist())
    assert carriers == Counter(row["carrier"] for row in december() if row["day"] == "24")
    depth = {"depth": 1, "format": "arrow"}
    assert table_of(ask(f"{CUBE}/members/organisation", json=depth)).num_rows == 3


@pytest.mark.parametrize("form", ["arrow", "parquet", "csv", "jsonl"])
def test_the_scope_is_in_every_form(ask: Ask, form: str) -> None:
    path = f"{CUBE}/facts?{DECEMBER}&fields=carrier&format={form}"
    answer = ask(path, ANALYST)
    if form == "csv":
        found = {row["carrier"] for row in csv.DictReader(io.StringIO(answer.text))}
    elif form == "jsonl":
        found = {json.loads(line)["carrier"] for line in answer.text.splitlines()}
    else:
        found = set(table_of(answer)["carrier"].to_pylist())

    assert found == NETWORK & {row["carrier"] for row in december()}


@pytest.fixture(scope="module")
def narrow(served: Runtime, tokens: dict[str, str]) -> Ask:
    """Asks a house in which an answer has at most 500 cells."""
    cubes = Cubes(served.cubes.model, served.store.readers, Limits(cells=500))
    client = create_app(replace(served, cubes=cubes)).test_client()

    def asked(words: str) -> TestResponse:
        headers = {"Authorization": f"Bearer {tokens[ADMIN]}"}
        return client.get(f"{CUBE}/aggregate?{MANY}&{words}", headers=headers)

    return asked


def test_more_cells_than_one_answer_holds_come_in_a_stream(narrow: Ask) -> None:
    table = table_of(narrow("aggregates=flights&format=arrow"))

    assert narrow("aggregates=flights").status_code == 422
    assert table.num_rows == len({(row["day"], row["carrier"], row["dest"]) for row in december()})
    assert sum(table["flights"].to_pylist()) == len(december())
    assert table["time.day"].to_pylist() == sorted(table["time.day"].to_pylist())


def test_lines_of_many_cells_are_the_same(narrow: Ask) -> None:
    words = "aggregates=flights,departure_delay_max&split=origin:EWR"
    table = list(csv.DictReader(io.StringIO(narrow(f"{words}&format=csv").text)))
    lines = [json.loads(line) for line in narrow(f"{words}&format=jsonl").text.splitlines()]
    columns = table_of(narrow(f"{words}&format=parquet")).to_pylist()

    assert [row["flights"] for row in columns] == [row["flights"] for row in lines]
    told = [{name: _written(row, name) for name in row if name != "absences"} for row in lines]
    assert told == table
    assert [
        {name: _written({**row, "time.date": row["time.date"].isoformat()}, name) for name in row}
        for row in columns
    ] == [{**row, "departure_delay_max": _none(row["departure_delay_max"])} for row in table]
    assert {row["departure_delay_max"] for row in table} > {"not_applicable"}


def _written(row: dict[str, Any], name: str) -> str:
    value = row["absences"][name] if name in row.get("absences", {}) else row[name]
    if isinstance(value, bool):  # whether it is within the split
        return str(int(value))
    return "" if value is None else str(value)


def _none(text: str) -> str:
    return "" if text == "not_applicable" else text


def test_many_cells_are_worked_out_as_they_pass(narrow: Ask) -> None:
    words = "aggregates=flights,departure_delay_avg,departure_delay_max&order=flights:desc"
    table = table_of(narrow(f"{words}&format=parquet&absences=true"))
    lines = narrow(f"{words}&format=csv").text.splitlines()

    flights = table["flights"].to_pylist()
    assert flights == sorted(flights, reverse=True)
    assert table.num_rows == len(lines) - 1 > 500
    lacking = [row for row in table.to_pylist() if row["departure_delay_avg"] is None]
    assert lacking  # nothing departed there
    assert {row["departure_delay_avg__absence"] for row in lacking} == {"zero_denominator"}
    assert {row["departure_delay_max__absence"] for row in lacking} == {"not_applicable"}
    assert sum("zero_denominator" in line for line in lines) == len(lacking)


def test_a_level_of_many_members_is_asked_by_page_or_in_a_stream(ask: Ask) -> None:
    path = f"{CUBE}/aggregate?{DECEMBER}&aggregates=flights&drilldown=aircraft:tail_number"
    refused = ask(path)
    table = table_of(ask(f"{path}&format=arrow"))

    assert refused.get_json()["error"]["code"] == "many_members"
    tails = Counter(None if row["tailnum"] == "NA" else row["tailnum"] for row in december())
    found = dict(
        zip(table["aircraft.tail_number"].to_pylist(), table["flights"].to_pylist(), strict=True)
    )
    assert found == tails


def test_whoever_goes_away_frees_the_place(ask: Ask, served: Runtime) -> None:
    for _ in range(served.settings.streams + 1):
        answer = ask(f"{CUBE}/facts?format=arrow")
        assert len(next(answer.response)) > 0  # type: ignore[call-overload]
        answer.close()


def test_numbers_keep_their_type_whatever_stands_in_the_rows() -> None:
    columns = (Column("sum", "decimal", 2, is_figure=True), Column("wide", "wide"))
    rows: list[dict[str, Any]] = [
        {"sum": Decimal("1.5"), "wide": 2**70},
        {"sum": None, "wide": None},
    ]
    written = b"".join(written_rows("arrow", columns, rows, {}, "absences"))
    table = pa.ipc.open_stream(written).read_all()

    assert table.to_pylist() == [
        {"sum": Decimal("1.50"), "sum__absence": None, "wide": Decimal(2**70)},
        {"sum": None, "sum__absence": None, "wide": None},
    ]
    empty = pa.ipc.open_stream(b"".join(written_rows("arrow", columns, [], {}))).read_all()
    assert (empty.num_rows, empty.schema.names) == (0, ["sum", "wide"])


def test_columns_of_nothing_have_their_heads(app: Flask, tokens: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {tokens[ADMIN]}"}
    for kind in ("facts?fields=carrier", "aggregate?drilldown=origin&aggregates=flights"):
        found = app.test_client().get(f"{CUBE}/{kind}&cut=time:1999&format=arrow", headers=headers)
        table = table_of(found)
        assert table.num_rows == 0
        assert {"carrier", "flights"} & set(table.schema.names)
    csv_head = app.test_client().get(
        f"{CUBE}/aggregate?drilldown=origin&aggregates=flights&cut=time:1999&format=csv",
        headers=headers,
    )
    assert csv_head.text == "origin.origin,origin.origin_name,flights\r\n"
