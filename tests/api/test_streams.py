"""Rows as JSON lines and CSV: all of them, the same as in pages, and harmless."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

import pytest

from server.exports.columns import Column
from server.runtime import Runtime
from server.snapshot import Snapshot
from tests.api.conftest import Ask
from tests.web.people import ANALYST
from tests.web.source import NETWORK, december
from web.api.answers import Based
from web.api.streams import Sheet, streamed
from web.sending import BrokenOff

CUBE = "/api/v1/cubes/departures"
DECEMBER = "cut=time:2013,4,12"


def _csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def _by_key(rows: Iterable[Mapping[str, object]]) -> dict[tuple[object, object], object]:
    return {(row["_load"], row["_row"]): dict(row) for row in rows}


@dataclass(frozen=True)
class _Asked:
    sql: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    columns: tuple[str, ...] = ()


def test_every_fact_of_a_cell_comes_once(ask: Ask) -> None:
    answer = ask(f"{CUBE}/facts?{DECEMBER}&fields=carrier,flight&format=jsonl")
    rows = [json.loads(line) for line in answer.text.splitlines()]

    assert answer.mimetype == "application/x-ndjson"
    assert len({(row["_load"], row["_row"]) for row in rows}) == len(rows) == len(december())
    assert Counter(row["carrier"] for row in rows) == Counter(r["carrier"] for r in december())


def test_all_columns_of_all_facts_are_what_the_pages_say(ask: Ask) -> None:
    """Numbers, texts, dates and what is missing, one by one, in both forms."""
    path = f"{CUBE}/facts?cut=time:2013,4,12,24"
    paged = ask(f"{path}&page=0&pagesize=5000").get_json()["facts"]
    lines = [json.loads(line) for line in ask(f"{path}&format=jsonl").text.splitlines()]
    table = _csv(ask(f"{path}&format=csv").text)

    assert len(paged) > 500
    assert _by_key(lines) == _by_key(paged)
    assert _by_key(table) == _by_key(
        {name: "" if value is None else str(value) for name, value in fact.items()}
        for fact in paged
    )


def test_a_stream_says_how_many_rows_it_has(ask: Ask) -> None:
    answer = ask(f"{CUBE}/facts?{DECEMBER}&fields=carrier&format=csv")

    assert answer.headers["Indicube-Rows"] == str(len(december()))


def test_whoever_goes_away_stops_the_question(ask: Ask, served: Runtime) -> None:
    running = _Asked("SELECT query FROM system.processes WHERE query LIKE '%FORMAT JSONEachRow'")
    for _ in range(served.settings.streams + 1):  # each place is free again, or the last one waits
        answer = ask(f"{CUBE}/facts?format=jsonl")
        assert len(next(answer.response)) > 0  # type: ignore[call-overload]
        assert len(served.store.readers.query(running).rows) == 1
        answer.close()

    assert served.store.readers.query(running).rows == []


def test_what_fails_in_mid_answer_is_no_end_of_it(ask: Ask, served: Runtime) -> None:
    """The server can only break the connection off; fewer rows came than were announced."""
    answer = ask(f"{CUBE}/facts?format=jsonl")
    pieces = cast(Iterator[bytes], answer.response)
    came = next(pieces)
    with served.store.writer() as writer:
        writer.run("KILL QUERY WHERE query LIKE '%FORMAT JSONEachRow' ASYNC")

    lines = [came.count(b"\n")]
    with pytest.raises(BrokenOff):
        lines.extend(piece.count(b"\n") for piece in pieces)
    assert sum(lines) < int(answer.headers["Indicube-Rows"])


def test_csv_and_pages_of_json_say_the_same(ask: Ask) -> None:
    path = f"{CUBE}/facts?{DECEMBER}&page=2&pagesize=50&order=flight:desc"
    paged = ask(path).get_json()["facts"]
    rows = _csv(ask(f"{path}&format=csv").text)

    assert rows == [
        {name: "" if value is None else str(value) for name, value in fact.items()}
        for fact in paged
    ]


def test_cells_and_members_come_as_rows_too(ask: Ask) -> None:
    path = f"{CUBE}/aggregate?{DECEMBER}&aggregates=flights&drilldown=organisation:carrier"
    cells = {
        row["organisation.carrier"]: row["flights"] for row in _csv(ask(f"{path}&format=csv").text)
    }
    lines = ask(f"{CUBE}/members/organisation?depth=1&format=jsonl").text.splitlines()
    total = _csv(ask(f"{CUBE}/aggregate?{DECEMBER}&aggregates=flights&format=csv").text)

    assert cells == {k: str(n) for k, n in Counter(r["carrier"] for r in december()).items()}
    assert {json.loads(line)["organisation.group"] for line in lines} == {
        "network",
        "low_cost",
        "regional",
    }
    assert total == [{"flights": str(len(december()))}]


def test_a_stream_names_what_it_is_based_on(ask: Ask) -> None:
    answer = ask(f"{CUBE}/facts?{DECEMBER}&fields=carrier&format=csv")

    assert answer.headers["Indicube-Watermark"] == "2013-12-31"
    assert int(answer.headers["Indicube-Snapshot"]) > 0
    assert answer.headers["Content-Disposition"] == 'attachment; filename="facts.csv"'


def test_a_stream_of_nothing_is_its_heads_alone(ask: Ask) -> None:
    answer = ask(f"{CUBE}/facts?cut=time:1999&fields=carrier&format=csv")

    assert answer.text == "_load,_row,carrier\r\n"
    assert ask(f"{CUBE}/facts?cut=time:1999&format=jsonl").text == ""


def test_a_mistake_in_a_stream_is_told_as_one(ask: Ask) -> None:
    answer = ask(f"{CUBE}/facts?format=csv&fields=made_up&order=flight")

    assert answer.status_code == 400
    assert {one["field"] for one in answer.get_json()["errors"]} == {"fields", "order"}


def test_a_stream_stays_within_the_scope(ask: Ask) -> None:
    answer = ask(f"{CUBE}/facts?{DECEMBER}&fields=carrier&format=csv", ANALYST)
    own = [row["carrier"] for row in december() if row["carrier"] in NETWORK]

    assert Counter(row["carrier"] for row in _csv(answer.text)) == Counter(own)


def test_no_text_in_csv_is_a_formula_and_numbers_stay_numbers() -> None:
    based = Based(Snapshot(1, 1, {}, {}, None, {}, {}))
    rows = [{"text": "=1+1", "number": -5}, {"text": "@SUM(A1)", "number": 7}]
    columns = [Column("text", "text"), Column("number", "whole")]
    answer = streamed(Sheet("facts", "csv", columns, based), rows)

    assert answer.get_data(as_text=True) == "text,number\r\n'=1+1,-5\r\n'@SUM(A1),7\r\n"
