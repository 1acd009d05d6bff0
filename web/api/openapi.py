"""The OpenAPI document, put together from what every route of the API says of itself."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from werkzeug.routing import Rule

from web.api import forms, shapes
from web.api.formats import ACCEPTED
from web.api.operations import Operation, operation_of

PREFIX = "/api/v1"
PARTS: dict[str, tuple[str, str]] = {
    "name": ("The name of a cube.", "departures"),
    "dimension": ("The name of a dimension of the cube.", "organisation"),
    "code": ("The code of an indicator, a scorecard or an export.", "on_time_arrival"),
    "number": ("The number of a load.", "4"),
    "specification": ("The name of a load specification.", "weather"),
    "key": ("The Idempotency-Key of a push.", "station-7:2013-12-31T23"),
}
# Said beside the body of a push.
PUSHED: tuple[dict[str, Any], ...] = (
    {
        "in": "header",
        "name": "Idempotency-Key",
        "description": "A text of your own for each push; needed where facts are appended.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:~+=@-]{1,200}$"},
    },
    {
        "in": "query",
        "name": "scope",
        "description": "A scope key that the body covers, such as `month=2013-01`.",
        "schema": {"type": "array", "items": {"type": "string"}},
    },
    {
        "in": "query",
        "name": "wait",
        "description": "Seconds to wait for the end of the load.",
        "schema": {"type": "integer", "minimum": 0, "maximum": 60},
    },
)
_METHODS = ("GET", "POST", "DELETE")
_ASKER = {
    "400": "The question has mistakes; all of them are told.",
    "401": "There is no token, or it is unknown, revoked or out of date.",
    "403": "The token's owner may not do this or see this.",
    "404": "There is no such thing, or not for the token's owner.",
    "409": "The request clashes with the present state.",
    "413": "The body is too large.",
    "422": "The answer would be too large: cut it, or ask page by page.",
    "429": "The token has sent too many requests; Retry-After says when to go on.",
    "503": "The facts cannot be reached just now; Retry-After says when to try again.",
}
_BASED = {
    "Indicube-Snapshot": "The number of the published state of the facts.",
    "Indicube-Watermark": "The last date with facts, where one applies.",
}


def openapi(app: Flask) -> dict[str, Any]:
    """The document of an application's API."""
    spec = APISpec(
        title="Indicube",
        version="1",
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin(schema_name_resolver=_schema_name)],
        info={"description": "Facts, indicators and scorecards for programs."},
        security=[{"token": []}],
    )
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", schema=shapes.Problem)
    examples: dict[str, Mapping[str, object]] = {}
    for rule, method, operation in operations(app):
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        told = _operation(rule, method, operation)
        examples[told["operationId"]] = operation.examples
        spec.path(path, operations={method.lower(): told})
    document = spec.to_dict()
    _give_examples(document, examples)
    for name, schema in document["components"]["schemas"].items():
        # What is asked is closed: a name that does not exist is refused.
        if hasattr(forms, name):
            schema["additionalProperties"] = False
    return document


def _give_examples(document: dict[str, Any], examples: Mapping[str, Any]) -> None:
    """Let every parameter of an address that has an example show it."""
    for methods in document["paths"].values():
        for told in methods.values():
            for one in told["parameters"]:
                if one["in"] == "query" and one["name"] in examples[told["operationId"]]:
                    one["example"] = examples[told["operationId"]][one["name"]]


def operations(app: Flask) -> Iterator[tuple[Rule, str, Operation]]:
    """Every route of the API with a method and what it says of itself."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        operation = operation_of(app.view_functions[rule.endpoint])
        if rule.rule.startswith(PREFIX) and operation is not None:
            for method in _METHODS:
                if method in (rule.methods or ()):
                    yield rule, method, operation


def _schema_name(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return str(kind.__name__)


def _operation(rule: Rule, method: str, operation: Operation) -> dict[str, Any]:
    name = rule.endpoint.removeprefix("api_").replace(".", "_")
    found: dict[str, Any] = {
        "operationId": f"{name}_post" if method == "POST" else name,
        "tags": [rule.rule.removeprefix(PREFIX).split("/")[1]],
        "summary": operation.summary,
        "parameters": [*_parts(rule), _language()],
        "responses": {str(operation.status): _answer(operation), **_problems(operation, method)},
    }
    if operation.description:
        found["description"] = operation.description
    for status, said in operation.also.items():
        found["responses"][str(status)] = {**_answer(operation), "description": said}
    if operation.takes:
        _take_a_body(found, operation)
    elif method == "POST":
        found["requestBody"] = {
            "required": True,
            "content": {
                "application/json": {"schema": operation.asks, "example": operation.examples}
            },
        }
    elif operation.asks is not None:
        found["parameters"].append({"in": "query", "schema": operation.asks})
    return found


def _take_a_body(found: dict[str, Any], operation: Operation) -> None:
    """Say of a body that is no question in which forms it is taken, and what is said beside it."""
    found["parameters"] += PUSHED
    found["responses"]["415"] = _problem("The body is in a form that is not read.")
    found["requestBody"] = {
        "required": True,
        "content": {
            media: {"schema": {"type": "string", "format": "binary"}} for media in operation.takes
        },
    }


def _parts(rule: Rule) -> list[dict[str, Any]]:
    return [
        {
            "in": "path",
            "name": name,
            "required": True,
            "description": PARTS[name][0],
            "schema": {"type": "integer" if name == "number" else "string"},
            "example": int(PARTS[name][1]) if name == "number" else _example(rule, name),
        }
        for name in sorted(rule.arguments)
    ]


def _example(rule: Rule, name: str) -> str:
    is_card = name == "code" and "scorecards" in rule.rule
    return "punctuality" if is_card else PARTS[name][1]


def _language() -> dict[str, Any]:
    return {
        "in": "query",
        "name": "lang",
        "description": "The language of labels.",
        "schema": {"type": "string", "enum": ["en", "zh"]},
    }


def _answer(operation: Operation) -> dict[str, Any]:
    headers = {
        name: {"description": said, "schema": {"type": "string"}} for name, said in _BASED.items()
    }
    if operation.answer is None:
        binary = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
        return {"description": "The file.", "content": binary}
    content: dict[str, Any] = {"application/json": {"schema": operation.answer}}
    if operation.has_rows:
        content |= {kind: {"schema": {}} for kind in ACCEPTED if kind not in content}
    return {"description": "The answer.", "headers": headers, "content": content}


def _problems(operation: Operation, method: str) -> dict[str, Any]:
    told = dict(_ASKER)
    if method == "GET":
        told["304"] = "The answer is the one whose ETag was sent."
    if not operation.missing:
        del told["404"]
    return {
        code: {"description": said} if code == "304" else _problem(said)
        for code, said in told.items()
    }


def _problem(said: str) -> dict[str, Any]:
    return {"description": said, "content": {"application/json": {"schema": shapes.Problem}}}
