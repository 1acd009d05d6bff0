"""The OpenAPI document describes the API as it is: whatever it allows is answered as it says."""

from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from server.access import Permission
from tests.api.conftest import Ask
from tests.web.people import ADMIN
from web.api.openapi import operations
from web.gate import declared_right

DOCUMENT = "/api/v1/openapi.json"
# Things that exist, by path and part; a made-up one is tried elsewhere.
REAL: dict[str, dict[str, list[Any]]] = {
    "cubes": {"name": ["departures", "weather"], "dimension": ["time", "origin"]},
    "indicators": {"code": ["on_time_arrival", "low_visibility"]},
    "scorecards": {"code": ["punctuality"]},
    "loads": {"number": [1, 4], "specification": ["weather", "departures"]},
}
# What cannot be said by a schema: the grammar, and the names of the model.
WORDS: dict[str, list[Any]] = {
    "cut": ["time:2013,4,12", "origin:EWR;JFK", "!origin:LGA"],
    "aggregates": ["flights"],
    "drilldown": ["time@ymd:month", "origin"],
    "split": ["origin:EWR"],
    "columns": ["time:year", "organisation"],
    "totals": ["nested", "whole"],
    "top": ["2:flights"],
    "marks": ["rank", "flights:share"],
    "order": ["origin:desc", "flights"],
    "fields": ["day", "origin"],
    "level": ["year", "origin"],
    "hierarchy": ["default", "ymd"],
    "period": ["2013-12", "2013-Q4", "2013"],
    "as_of": [4],
    "from": [3],
    "to": [4],
    "scorecard": ["punctuality"],
}
FEW = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
# Not every text that a schema allows is a cut or a level that exists.
NOT_CHECKED: list[Any] = [positive_data_acceptance]


@pytest.fixture(scope="module")
def document(ask: Ask) -> dict[str, Any]:
    """The document as a program gets it."""
    found: dict[str, Any] = ask(DOCUMENT).get_json()
    return found


@pytest.fixture(scope="module")
def described(document: dict[str, Any], app: Flask) -> Any:
    """The document, with names that exist; in bodies any text is tried."""
    real = deepcopy(document)
    for path, methods in real["paths"].items():
        for told in methods.values():
            for one in told["parameters"]:
                known = REAL.get(path.split("/")[3], {}) if one["in"] == "path" else WORDS
                if one["name"] in known:
                    one["schema"].get("items", one["schema"])["enum"] = known[one["name"]]
    schema = schemathesis.openapi.from_dict(real)
    schema.app = app
    return schema


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize(
    "part",
    [
        "cubes",
        "query",
        "indicators",
        "scorecards",
        "slices",
        "exports",
        "loads",
        "snapshots",
        "openapi.json",
    ],
)
def test_no_request_meets_an_answer_that_is_not_described(
    described: Any, tokens: dict[str, str], part: str, mode: GenerationMode
) -> None:
    """Requests of the described form, and requests that break it."""
    tried = 0
    for found in described.get_all_operations():
        operation = found.ok()
        if operation.path.split("/")[3] != part:
            continue
        tried += 1

        @FEW
        @given(case=operation.as_strategy(generation_mode=mode))
        def answers_as_described(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(
                headers={"Authorization": f"Bearer {tokens[ADMIN]}"},
                excluded_checks=NOT_CHECKED,
            )

        with suppress(Unsatisfiable):  # nothing can be asked wrongly of some routes
            answers_as_described()
    assert tried


def test_the_document_follows_its_own_standard(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(document).validate()


def test_every_route_is_described_once_and_needs_a_right(app: Flask) -> None:
    described = {(rule.rule, method) for rule, method, _ in operations(app)}
    routes = {
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert described == routes
    for rule, _, _ in operations(app):
        assert declared_right(app.view_functions[rule.endpoint]) in set(Permission)


def test_every_example_is_answered(ask: Ask, document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        if "get" not in methods or "/exports/" in path or "/pushes/" in path:
            continue
        told = methods["get"]
        filled = path
        for one in told["parameters"]:
            filled = filled.replace(f"{{{one['name']}}}", str(one.get("example")))
        query = "&".join(
            f"{one['name']}={value}"
            for one in told["parameters"]
            if one["in"] == "query" and "example" in one
            for value in (one["example"] if isinstance(one["example"], list) else [one["example"]])
        )
        answer = ask(f"{filled}?{query}")

        assert answer.status_code == 200, (filled, query, answer.text)
