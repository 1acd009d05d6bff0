"""Mistakes as Cubes tells them, in the two forms that its clients know, and as pages.

What the core of Cubes would find wrong is one object with the sentence in `message`; what its
server would, has all of it under `error`. An address that is none is answered by a page.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from html import escape
from http import HTTPStatus
from typing import Any

from flask import Response, request

from server.errors import (
    IndicubeError,
    InvalidInput,
    LimitReached,
    NotAllowed,
    NotFound,
    NotSignedIn,
    TooManyRequests,
)
from web.problems import Problem

JSON = "application/json"
# Kinds of the server's form, by the classes that have one whatever their code.
_OF_SERVER = (
    (NotSignedIn, "not_authenticated"),
    (NotAllowed, "not_authorized"),
    (TooManyRequests, "request"),
)
_HIERARCHY = ("hierarchy", "unknown_hierarchy")
_REQUEST = ("request", "invalid_page")


def bad_request(told: str) -> InvalidInput:
    """What the server of Cubes itself would refuse."""
    return InvalidInput(told, code="request")


def no_such_fact(key: str) -> NotFound:
    """There is no fact of that key within what whoever asks may see."""
    return NotFound(f"No fact with id '{key[:100]}'", code="unknown_fact")


def as_cubes_tells(problem: Problem) -> Response:
    """The answer to a mistake."""
    first, status = problem.first, problem.status
    if type(first) is IndicubeError and status != 503:
        return _page(problem)
    if status == 503:
        return _of_core(503, "internal_server_error", problem, {"id": problem.identifier})
    if isinstance(first, LimitReached) and not isinstance(first, TooManyRequests):
        return _of_core(400, "unknown_user_error", problem, {})
    kind = next((name for known, name in _OF_SERVER if isinstance(first, known)), None)
    if kind or first.code in _REQUEST:
        return _of_server(status, kind or "request", problem, {})
    if first.code in _HIERARCHY:
        return _of_core(400, "hierarchy", problem, {})
    return _missing(problem) or _of_core(400, "unknown_user_error", problem, {})


def _missing(problem: Problem) -> Response | None:
    """The answer where something that is named does not exist."""
    code, parts = problem.first.code, request.view_args or {}
    if code == "unknown_dimension":
        what: dict[str, Any] = {"object": None, "object_type": "dimension"}
        return _of_core(404, "missing_object", problem, what)
    if code == "unknown_fact":
        what = {"object": parts.get("key"), "object_type": "fact"}
        return _of_server(404, "object_not_found", problem, what)
    if code != "unknown_cube":
        return None
    name = str(parts.get("name"))
    what = {"object": name, "object_type": "cube"}
    # Which cubes there are is told by the list of those that whoever asks may see.
    unknown = NotFound(f"Unknown cube '{name[:100]}'", code=code)
    problem = replace(problem, mistakes=(unknown,))
    if request.endpoint == "slicer_api.model":
        return _of_server(404, "object_not_found", problem, what)
    return _of_core(404, "missing_object", problem, what)


def _of_core(status: int, kind: str, problem: Problem, what: Mapping[str, Any]) -> Response:
    hint = {"hint": problem.first.hint} if problem.first.hint else {}
    told = {"error": kind, "message": _sentence(problem), **hint, **what}
    return Response(json.dumps(told, ensure_ascii=False), status, content_type=JSON)


def _of_server(status: int, kind: str, problem: Problem, what: Mapping[str, Any]) -> Response:
    told = {"error": {"message": _sentence(problem), "type": kind, **what}}
    text = json.dumps(told, ensure_ascii=False, indent=4)
    return Response(text, status, content_type=JSON)


def _sentence(problem: Problem) -> str:
    return " ".join(mistake.message for mistake in problem.mistakes)


def _page(problem: Problem) -> Response:
    status, told = problem.status, problem.first.message
    if status >= 500:
        told = f"{told} Whoever runs Indicube finds more under {problem.identifier}."
    head = f"{status} {HTTPStatus(status).phrase}"
    text = (
        f'<!doctype html>\n<html lang="en">\n<title>{head}</title>\n'
        f"<h1>{HTTPStatus(status).phrase}</h1>\n<p>{escape(told)}</p>\n"
    )
    return Response(text, status, content_type="text/html; charset=utf-8")
