"""How a question is asked: GET or POST, every mistake at once, unchanged answers not sent again."""

from typing import Any

import pytest
from flask import Flask

from tests.api.conftest import Ask
from tests.web.people import ADMIN, ANALYST
from tests.web.source import december

CUBE = "/api/v1/cubes/departures"
WRONG = (
    "cut=tim:2013&cut=origin@x:1&aggregates=flight|flights&drilldown=organization"
    "&page=1&as_of=x&drildown=y&format=xml"
)


def test_post_answers_what_get_answers(ask: Ask) -> None:
    got = ask(
        f"{CUBE}/aggregate?cut=time:2013,4,12&aggregates=flights|miles"
        "&drilldown=organisation:carrier,origin&order=flights:desc&page=0&pagesize=5"
    )
    posted = ask(
        f"{CUBE}/aggregate",
        json={
            "cut": ["time:2013,4,12"],
            "aggregates": ["flights", "miles"],
            "drilldown": ["organisation:carrier", "origin"],
            "order": ["flights:desc"],
            "page": 0,
            "pagesize": 5,
        },
    )

    assert posted.status_code == 200
    assert posted.get_json() == got.get_json()
    assert len(got.get_json()["cells"]) == 5


@pytest.mark.parametrize("between", [",", "|", "&drilldown="])
def test_lists_are_joined_by_comma_or_bar_or_repeated(ask: Ask, between: str) -> None:
    path = f"{CUBE}/aggregate?aggregates=flights,miles&drilldown=origin{between}organisation:group"
    body = ask(path).get_json()

    assert len(body["cells"]) == 9
    assert body["aggregates"] == ["flights", "miles"]


def test_every_mistake_is_told_at_once(ask: Ask) -> None:
    body = ask(f"{CUBE}/aggregate?{WRONG}").get_json()

    assert sorted(one["field"] for one in body["errors"]) == [
        "aggregates",
        "as_of",
        "cut",
        "cut",
        "drildown",
        "drilldown",
        "format",
        "pagesize",
    ]
    assert body["error"] == body["errors"][0]
    assert body["id"]
    assert all(one["message"].endswith(".") for one in body["errors"])
    (form,) = (one for one in body["errors"] if one["field"] == "format")
    assert form["allowed"] == ["json", "jsonl", "csv", "arrow", "parquet"]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (b"[1]", "body"),
        (b"{", "body"),
        (b'{"page": NaN}', "body"),
        (b"[" * 100_000, "body"),
        (b'{"cut": "time:2013"}', "cut"),
        (b'{"cut": [1]}', "cut"),
        (b'{"cut": ["origin:\\ud800"]}', "cut"),
        (b'{"aggregates": {"a": 1}}', "aggregates"),
        (b'{"page": 1.5, "pagesize": 1}', "page"),
        (b'{"page": true, "pagesize": 1}', "page"),
        (b'{"page": "1", "pagesize": 1}', "page"),
        (b'{"page": 0, "pagesize": 10000000000000000000000}', "pagesize"),
    ],
)
def test_a_body_of_another_form_is_refused(
    app: Flask, tokens: dict[str, str], sent: bytes, field: str
) -> None:
    headers = {"Authorization": f"Bearer {tokens[ADMIN]}", "Content-Type": "application/json"}
    answer = app.test_client().post(f"{CUBE}/aggregate", data=sent, headers=headers)

    assert answer.status_code == 400
    assert field in {one["field"] for one in answer.get_json()["errors"]}


def test_a_parameter_of_one_value_is_given_once(ask: Ask) -> None:
    answer = ask(f"{CUBE}/aggregate?split=origin:EWR&split=origin:JFK")

    assert answer.get_json()["error"]["field"] == "split"


def test_an_unchanged_answer_is_not_sent_again(ask: Ask) -> None:
    path = f"{CUBE}/aggregate?cut=time:2013,4,12&aggregates=flights"
    tag = ask(path).headers["ETag"]
    again = ask(path, **{"If-None-Match": tag})

    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Indicube-Snapshot"]
    others: list[dict[str, Any]] = [
        {"path": path, "name": ANALYST},
        {"path": f"{path}&lang=zh"},
        {"path": f"{path}&page=0&pagesize=1"},
    ]
    for other in others:
        assert ask(**other, **{"If-None-Match": tag}).status_code == 200


def test_an_earlier_snapshot_can_be_asked(ask: Ask) -> None:
    latest = ask(f"{CUBE}/aggregate?aggregates=flights").get_json()
    before = ask(f"{CUBE}/aggregate?aggregates=flights&as_of=1").get_json()

    assert before["snapshot"] == 1 < latest["snapshot"]
    assert before["summary"] == {
        "flights": None,
        "absences": {"flights": "late"},
    }  # it was promised
    assert latest["summary"]["flights"] > len(december())
    assert ask(f"{CUBE}/aggregate?as_of=999").status_code == 400


def test_figures_say_that_they_come_from_the_facts(ask: Ask) -> None:
    for path in (f"{CUBE}/aggregate", "/api/v1/scorecards/punctuality", "/api/v1/loads"):
        body = ask(path).get_json()

        assert body["served_by"] == "facts"
        assert len(body["model_version"]) == 64


def test_the_membership_is_one_of_two_words(ask: Ask) -> None:
    asked = f"{CUBE}/aggregate?aggregates=flights&membership="

    assert ask(f"{asked}as_is").get_json()["summary"] == {"flights": 336_776}
    refused = ask(f"{asked}always")
    assert refused.status_code == 400
    assert refused.get_json()["error"]["field"] == "membership"
    assert refused.get_json()["error"]["allowed"] == ["as_was", "as_is"]
