"""The OpenAPI document describes the API as it is: whatever it allows is answered as it says.

`INDICUBE_TEST_ROLE_EXAMPLES` sets how many requests each role tries of every operation.
"""

import os
import re
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from server.access import RIGHTS, Permission, Role
from server.metadata.users import create_user
from server.runtime import Runtime
from tests.api.conftest import Ask, new_token
from tests.web.people import ADMIN, ANALYST, OPS, VIEWER
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
# The same of bodies, where a role tries what somebody could have meant.
_CELL = {word: WORDS[word] for word in ("cut", "as_of")}
BODIES: dict[str, dict[str, list[Any]]] = {
    "AggregateAsked": {
        **_CELL,
        **{w: WORDS[w] for w in ("aggregates", "drilldown", "split", "order", "marks", "totals")},
    },
    "CellAsked": _CELL,
    "MembersAsked": {**_CELL, "level": WORDS["level"], "hierarchy": WORDS["hierarchy"]},
    "FactsAsked": {**_CELL, "fields": WORDS["fields"]},
    "QueryAsked": {
        **_CELL,
        "aggregates": ["departures.flights", "weather.observations"],
        "indicators": ["on_time_arrival", "low_visibility"],
        "drilldown": ["time:month", "origin"],
        "period": WORDS["period"],
        "order": ["origin.origin:desc", "on_time_arrival__score"],
    },
}
CARD = {"kind": "scorecard", "name": "punctuality", "format": "csv", "period": "2013-12"}
ROLE_EXAMPLES = int(os.environ.get("INDICUBE_TEST_ROLE_EXAMPLES", "2"))
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
def described(document: dict[str, Any], app: Flask) -> dict[GenerationMode, Any]:
    """The document, with names that exist; in bodies any text is tried.

    What is to break the form breaks the one that is described: a cut is not wrong for being none
    of those that are known here.
    """
    found = {}
    for mode, words in ((GenerationMode.POSITIVE, WORDS), (GenerationMode.NEGATIVE, {})):
        schema = schemathesis.openapi.from_dict(with_real_names(document, REAL, words))
        schema.app = app
        found[mode] = schema
    return found


def with_real_names(
    document: dict[str, Any],
    known: dict[str, dict[str, list[Any]]],
    words: dict[str, list[Any]] | None = None,
) -> dict[str, Any]:
    """The document in which parameters have no values but those that exist."""
    words = WORDS if words is None else words
    real = deepcopy(document)
    for path, methods in real["paths"].items():
        for told in methods.values():
            for one in told["parameters"]:
                names = known.get(path.split("/")[3], {}) if one["in"] == "path" else words
                if one["name"] in names:
                    one["schema"].get("items", one["schema"])["enum"] = names[one["name"]]
    return real


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
    described: dict[GenerationMode, Any],
    tokens: dict[str, str],
    part: str,
    mode: GenerationMode,
) -> None:
    """Requests of the described form, and requests that break it."""
    tried = 0
    for found in described[mode].get_all_operations():
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


@pytest.fixture(scope="module")
def everyone(served: Runtime, tokens: dict[str, str]) -> dict[str, tuple[Role, str]]:
    """A role and a token of each kind of person."""
    with served.metadata.write() as writing:
        create_user(writing, "una", Role.ANALYST, served.clock())
    return {
        "viewer": (Role.VIEWER, tokens[VIEWER]),
        "analyst": (Role.ANALYST, new_token(served, "una")),
        "confined analyst": (Role.ANALYST, tokens[ANALYST]),
        "ops": (Role.OPS, tokens[OPS]),
        "administrator": (Role.ADMINISTRATOR, tokens[ADMIN]),
    }


@pytest.mark.parametrize(
    "person", ["viewer", "analyst", "confined analyst", "ops", "administrator"]
)
def test_every_role_is_answered_as_described_and_as_its_rights_say(
    app: Flask, document: dict[str, Any], everyone: dict[str, tuple[Role, str]], person: str
) -> None:
    """With real names in addresses and bodies, an export of one's own among them."""
    role, token = everyone[person]
    headers = {"Authorization": f"Bearer {token}"}
    made = app.test_client().post("/api/v1/exports", json=CARD, headers=headers)
    code = made.get_json()["code"] if made.status_code == 202 else "nobodys"
    real = with_real_names(document, {**REAL, "exports": {"code": [code]}})
    for name, words in BODIES.items():
        for word, values in words.items():
            told = real["components"]["schemas"][name]["properties"][word]
            told.get("items", told)["enum"] = values
    schema = schemathesis.openapi.from_dict(real)
    schema.app = app
    rights = rights_of(app)
    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]
        may = rights[operation.path, operation.method.upper()] in RIGHTS[role]
        try_as(person, operation, headers, may=may)


def try_as(person: str, operation: Any, headers: dict[str, str], *, may: bool) -> None:
    """Try requests of an operation; who lacks its right is refused each time."""

    @settings(FEW, max_examples=ROLE_EXAMPLES if may else 1, phases=[Phase.generate])
    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def answers_as_described(case: schemathesis.Case[Any]) -> None:
        answer = case.call_and_validate(headers=headers, excluded_checks=NOT_CHECKED)
        if not may:
            assert answer.status_code == 403
        elif answer.status_code == 403:  # what belongs to no organisation
            assert person == "confined analyst"
            assert answer.json()["error"]["code"] == "outside_scope"

    answers_as_described()


def rights_of(app: Flask) -> dict[tuple[str, str], Permission]:
    """The right that each operation asks for, by the path as the document has it."""
    return {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method): Permission(
            declared_right(app.view_functions[rule.endpoint]) or ""
        )
        for rule, method, _ in operations(app)
    }


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
