"""CSV, JSON lines and JSON: heads, types, names of files, and where JSON ends."""

import csv
import io
import json
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask

from server.runtime import Runtime
from tests.slicer.conftest import Ask, with_settings
from tests.web.people import ADMIN
from web.app import create_app
from web.slicer.writing import json_text

CUBE = "/cube/landings"


def rows(text: str) -> list[list[str]]:
    """The cells of a CSV file."""
    return list(csv.reader(io.StringIO(text, newline="")))


def test_aggregates_as_csv(ask: Ask) -> None:
    query = (
        "drilldown=port|pilot&split=date:2013&aggregates=landings|weight_sum|weight_avg&cut=berth:2"
    )
    answer = ask(f"{CUBE}/aggregate?format=csv&{query}")

    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="aggregate.csv"'
    assert answer.text == (
        "Port,code,Pilot name,since,Matches Filters,Number of landings,Weight,"
        "Average of Weight (t)\r\n"
        "Ayr,q,Quinn,2001,true,1,4.50,4.5\r\n"
        "Bude,r,Rosa,2005,true,1,7.00,7.0\r\n"
        "Bude,p,Petra,2009,true,1,0.00,\r\n"
    )


def test_a_figure_that_is_none_is_an_empty_cell(ask: Ask) -> None:
    answer = ask(
        f"{CUBE}/aggregate?format=CSV&header=None&drilldown=cargo:goods&aggregates=crew_min"
    )

    assert rows(answer.text) == [
        ["dry", "coal", "1.50", "2"], ["dry", "iron", "4.00", ""], ["wet", "oil", "7.25", "6"],
        ["wet", "", "", "3"],
    ]  # fmt: skip


@pytest.mark.parametrize("header", ["labels", "names", "none"])
def test_the_whole_alone_is_no_csv(ask: Ask, header: str) -> None:
    answer = ask(f"{CUBE}/aggregate?format=csv&header={header}")

    assert (answer.text, answer.content_type) == ("", "text/csv; charset=utf-8")


@pytest.mark.parametrize(
    ("header", "head"),
    [
        ("", ["slip", "Port", "Weight (t)", "remark"]),
        ("LABELS", ["slip", "Port", "Weight (t)", "remark"]),
        ("names", ["slip", "port", "weight", "remark"]),
        ("none", None),
    ],
)
def test_facts_as_csv(ask: Ask, header: str, head: list[str] | None) -> None:
    query = f"fields=port,weight,remark&header={header}&order=weight:desc"
    answer = ask(f"{CUBE}/facts?format=csv&{query}")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="facts.csv"'
    assert "\x00" not in answer.text
    assert rows(answer.text) == [
        *([head] if head else []),
        ["101", "Ayr", "10.50", "first"],
        ["104", "Bude", "7.00", "a-b|c"],
        ["102", "Ayr", "4.50", ""],
        ["105", "", "1.25", "'=1+1"],  # no formula
        ["-6", "Cove", "0.75", ""],
        ["103", "Bude", "", ""],
    ]


def test_members_as_csv(ask: Ask) -> None:
    answer = ask(f"{CUBE}/members/pilot?format=csv&cut=date:2013")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="facts.csv"'
    assert rows(answer.text) == [
        ["code", "Pilot name", "since"], ["q", "Quinn", "2001"], ["r", "Rosa", "2005"],
        ["p", "Petra", "2009"],
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["facts?", "facts?fields=port,crew&", "facts?fields=weight&"])
def test_facts_as_json_lines_are_those_of_json(ask: Ask, path: str) -> None:
    answer = ask(f"{CUBE}/{path}format=json_lines&order=weight")

    assert answer.content_type == "application/x-json-lines"
    assert [json.loads(line) for line in answer.text.splitlines()] == ask(
        f"{CUBE}/{path}order=weight"
    ).get_json()


def test_members_as_json_lines_are_those_of_json(ask: Ask) -> None:
    answer = ask(f"{CUBE}/members/cargo?format=json_lines&page=0&pagesize=3")
    told = ask(f"{CUBE}/members/cargo?page=0&pagesize=3").get_json()

    assert [json.loads(line) for line in answer.text.splitlines()] == told["data"]
    assert told["data"][0]["cargo.price"] == 1.5


def test_decimals_are_numbers_with_all_their_digits(ask: Ask) -> None:
    assert '"weight_sum": 24.00' in ask(f"{CUBE}/aggregate").text
    assert '"weight": 10.50' in ask(f"{CUBE}/fact/101").text


def test_numbers_beyond_a_binary_float_keep_their_digits_and_none_is_null() -> None:
    exact = Decimal("12345678901234567890.123456789")
    assert json_text({"a": exact, "b": Fraction(1, 3)}) == (
        '{"a": 12345678901234567890.123456789, "b": 0.3333333333333333}'
    )
    assert json.loads(json_text([float("nan"), {"x": float("inf"), "y": exact}])) == [
        None,
        {"x": None, "y": float(exact)},
    ]


@pytest.mark.parametrize("said", ["true", "YES", "1", "on"])
def test_json_is_indented_where_that_is_asked(ask: Ask, said: str) -> None:
    pretty = ask(f"{CUBE}/aggregate?prettyprint={said}")

    assert pretty.text.startswith('{\n    "summary": {\n        "landings": 6')
    assert pretty.get_json() == ask(f"{CUBE}/aggregate").get_json()
    assert "\n" not in ask(f"{CUBE}/aggregate?prettyprint=no").text


@pytest.mark.parametrize(
    "query",
    [
        "aggregate?format=html", "aggregate?format=json_lines", "aggregate?format=xlsx",
        "facts?format=html", "members/port?format=jsonl", "facts?header=both",
        "aggregate?header=x",
    ],
)  # fmt: skip
def test_other_formats_are_refused_with_those_there_are(ask: Ask, query: str) -> None:
    answer = ask(f"{CUBE}/{query}")

    error = answer.get_json()["error"]
    assert (answer.status_code, error["type"]) == (400, "request")
    assert "should be one of: " in error["message"]
    assert answer.text.startswith('{\n    "error": {')


@pytest.fixture(scope="module")
def short(harbour: Runtime, tokens: dict[str, str]) -> Callable[[str], Any]:
    """Asks an application whose JSON ends after two rows and one."""
    app: Flask = create_app(with_settings(harbour, slicer_records=2))
    headers = {"Authorization": f"Bearer {tokens[ADMIN]}"}
    return lambda path: app.test_client().get(f"/slicer{path}", headers=headers)


def test_json_ends_one_row_after_the_limit_that_info_tells(short: Callable[[str], Any]) -> None:
    told = short(f"{CUBE}/aggregate?drilldown=port").get_json()

    assert short("/info").get_json()["json_record_limit"] == 2
    assert (len(told["cells"]), told["total_cell_count"]) == (3, 4)
    assert len(short(f"{CUBE}/facts").get_json()) == 3
    assert len(short(f"{CUBE}/members/port").get_json()["data"]) == 3
    assert len(short(f"{CUBE}/facts?page=0&pagesize=5").get_json()) == 3
    assert len(short(f"{CUBE}/facts?page=1&pagesize=4").get_json()) == 2
    # The second page of five begins at the sixth row, though no page shows more than three.
    assert len(short(f"{CUBE}/facts?page=1&pagesize=5").get_json()) == 1


def test_csv_and_json_lines_have_no_limit(short: Callable[[str], Any]) -> None:
    assert len(rows(short(f"{CUBE}/aggregate?drilldown=port&format=csv").text)) == 5
    assert len(rows(short(f"{CUBE}/facts?format=csv").text)) == 7
    assert len(rows(short(f"{CUBE}/members/port?format=csv").text)) == 5
    assert len(short(f"{CUBE}/facts?format=json_lines").text.splitlines()) == 6
    assert len(short(f"{CUBE}/members/port?format=json_lines").text.splitlines()) == 4


def test_an_answer_that_has_not_changed_is_not_sent_again(ask: Ask) -> None:
    path = f"{CUBE}/aggregate?drilldown=port"
    first = ask(path, Origin="null")
    again = ask(path, Origin="null", **{"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.get_data()) == (304, b"")
    assert again.headers["Access-Control-Allow-Origin"] == "null"
    other = ask(f"{path}&cut=berth:2", **{"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200
