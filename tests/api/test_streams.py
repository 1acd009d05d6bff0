"""Rows as JSON lines and CSV: all of them, the same as in pages, and harmless."""

import csv
import io
import json
from collections import Counter

import pytest

from server.cube.browser import ClickHouseBrowser
from server.snapshot import Snapshot
from tests.api.conftest import Ask
from tests.web.people import ANALYST
from tests.web.source import NETWORK, december
from web.api import fact_pages
from web.api.answers import Based
from web.api.streams import streamed

CUBE = "/api/v1/cubes/departures"
DECEMBER = "cut=time:2013,4,12"


def _csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_every_fact_of_a_cell_comes_once(ask: Ask) -> None:
    answer = ask(f"{CUBE}/facts?{DECEMBER}&fields=carrier,flight&format=jsonl")
    rows = [json.loads(line) for line in answer.text.splitlines()]

    assert answer.mimetype == "application/x-ndjson"
    assert len({(row["_load"], row["_row"]) for row in rows}) == len(rows) == len(december())
    assert Counter(row["carrier"] for row in rows) == Counter(r["carrier"] for r in december())


def test_no_question_of_a_stream_asks_more_than_a_page(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500 rows a page: days are put together up to that, and a longer day is cut."""
    sizes: list[int] = []
    asked = ClickHouseBrowser.facts

    def counted(self: ClickHouseBrowser, *given: object, **named: object) -> object:
        found = asked(self, *given, **named)  # type: ignore[arg-type]
        sizes.append(len(list(found)))
        return asked(self, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(fact_pages, "PAGE", 500)
    monkeypatch.setattr(ClickHouseBrowser, "facts", counted)
    answer = ask(f"{CUBE}/facts?{DECEMBER}&fields=carrier&format=csv")

    assert len(_csv(answer.text)) == len(december())
    assert len(sizes) > 31  # every day of December has more than 500 departures
    assert max(sizes) == 500


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
    answer = streamed("csv", "facts", ("text", "number"), iter([rows]), based)

    assert answer.get_data(as_text=True) == "text,number\r\n'=1+1,-5\r\n'@SUM(A1),7\r\n"
