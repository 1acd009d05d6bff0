"""A report: several questions about one cell, each answered as if it were asked alone."""

from typing import Any

import pytest

from tests.slicer.conftest import Ask

REPORT = "/cube/landings/report"


def answers(ask: Ask, body: Any, query: str = "") -> Any:
    """What the report answers."""
    answer = ask(f"{REPORT}{query}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_each_query_is_answered_under_its_name(ask: Ask) -> None:
    told = answers(
        ask,
        {
            "queries": {
                "by port": {
                    "query": "aggregate", "drilldown": ["port"], "aggregates": ["landings"],
                    "order": [["landings", "desc"]], "page": 0, "page_size": 1,
                },
                "lines": {"query": "facts", "fields": ["weight"], "order": ["weight:desc"]},
                "one": {"query": "fact", "key": 105},
                "another": {"query": "fact", "id": "-6"},
                "years": {"query": "members", "dimension": "date", "depth": 1},
                "ports": {"query": "values", "dimension": "port", "hierarchy": "default"},
                "cell": {"query": "cell"},
                "details": {"query": "details", "dimension": "berth"},
            }
        },
        "?cut=berth:2",
    )  # fmt: skip

    assert told["by port"]["cells"] == [{"port": "Bude", "landings": 2}]
    assert told["by port"]["total_cell_count"] == 2
    assert [one["__fact_key__"] for one in told["lines"]] == [104, 102, 103]
    assert (told["one"]["port"], told["another"]["port"]) == (None, "Cove")
    assert told["years"] == [{"date.year": 2013}]
    assert told["ports"] == [{"port": "Ayr"}, {"port": "Bude"}]
    assert told["cell"]["cuts"][0]["details"] == [{"berth": 2, "_key": 2, "_label": 2}]
    assert told["details"] == [[{"berth": 2, "_key": 2, "_label": 2}]]


def test_a_cell_in_the_body_replaces_that_of_the_address(ask: Ask) -> None:
    cell = [
        {"type": "point", "dimension": "date", "hierarchy": "ymd", "path": [2013, "3"]},
        {"type": "set", "dimension": "berth", "paths": [[-5], [7]]},
        {"type": "range", "dimension": "date", "hierarchy": "yq", "from": ["2013"], "to": None},
        {"type": "point", "dimension": "port", "path": ["Bude"], "invert": True},
    ]
    queries = {"all": {"query": "aggregate", "aggregates": ["landings"]}}
    told = answers(ask, {"queries": queries, "cell": cell}, "?cut=port:Bude")

    assert told["all"]["summary"] == {"landings": 1}
    assert [one["type"] for one in told["all"]["cell"]] == ["point", "set", "range", "point"]


@pytest.mark.parametrize("cell", [[], None])
def test_an_empty_cell_leaves_that_of_the_address(ask: Ask, cell: Any) -> None:
    queries = {"all": {"query": "aggregate", "aggregates": ["landings"]}}
    told = answers(ask, {"queries": queries, "cell": cell}, "?cut=port:Bude")

    assert told["all"]["summary"] == {"landings": 2}


def test_a_text_stands_for_a_list_of_one(ask: Ask) -> None:
    query = {"query": "aggregate", "drilldown": "port|berth", "aggregates": "landings"}
    told = answers(ask, {"queries": {"all": query}})["all"]

    assert told["levels"] == {"port": ["port"], "berth": ["berth"]}


def test_a_report_of_nothing_is_empty(ask: Ask) -> None:
    assert answers(ask, {"queries": {}}) == {}


@pytest.mark.parametrize(
    "body",
    [
        [], {}, {"queries": []}, {"queries": {}, "cell": {"x": 1}},
        {"queries": {}, "cell": ["port:Ayr"]},
        {"queries": {"a": {"query": "aggregate", "drilldown": 7}}},
        {"queries": {"a": {"query": "aggregate", "order": 7}}},
        {"queries": {"a": {"query": "aggregate", "order": [[]]}}},
        {"queries": {"a": {"query": "facts", "fields": {"x": 1}}}},
        {"queries": {"a": {"query": "facts", "page": "x", "page_size": 1}}},
        {"queries": {"a": {"query": "members", "dimension": "date", "depth": True}}},
    ],
)  # fmt: skip
def test_what_is_no_report_is_refused_by_the_server(ask: Ask, body: Any) -> None:
    answer = ask(REPORT, json=body)

    assert (answer.status_code, answer.get_json()["error"]["type"]) == (400, "request"), answer.text


@pytest.mark.parametrize(
    ("query", "status", "kind"),
    [
        ({}, 400, "unknown_user_error"),
        ("aggregate", 400, "unknown_user_error"),
        ({"query": "search"}, 400, "unknown_user_error"),
        ({"query": ["facts"]}, 400, "unknown_user_error"),
        ({"query": "aggregate", "rollup": "date"}, 400, "unknown_user_error"),
        ({"query": "aggregate", "drilldown": ["harbour"]}, 404, "missing_object"),
        ({"query": "aggregate", "aggregates": ["harbour"]}, 400, "unknown_user_error"),
        ({"query": "members", "dimension": "harbour"}, 404, "missing_object"),
        ({"query": "members"}, 404, "missing_object"),
        ({"query": "members", "dimension": "date", "level": "week"}, 400, "hierarchy"),
    ],
)
def test_a_query_that_cannot_be_asked_is_told(ask: Ask, query: Any, status: int, kind: str) -> None:
    good = {"query": "aggregate"}
    answer = ask(REPORT, json={"queries": {"good": good, "bad": query}})

    assert (answer.status_code, answer.get_json()["error"]) == (status, kind), answer.text


def test_a_fact_that_is_not_there_is_not_found(ask: Ask) -> None:
    answer = ask(REPORT, json={"queries": {"one": {"query": "fact", "key": 7}}})

    assert (answer.status_code, answer.get_json()["error"]["type"]) == (404, "object_not_found")


def test_a_body_that_is_no_json_or_too_much_is_refused(ask: Ask) -> None:
    many = {str(number): {"query": "aggregate"} for number in range(101)}
    answer = ask(REPORT, json={"queries": many})

    assert (answer.status_code, answer.get_json()["error"]) == (400, "unknown_user_error")
    assert "at most 100" in answer.get_json()["message"]
