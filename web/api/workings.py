"""`explain`: how an answer was worked out, for those who may audit."""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec

from flask import Response, request
from marshmallow import Schema, fields

from server.access import Permission
from server.cube.workings import Working, noting_workings, scope_words, workings
from server.errors import InvalidInput, NotAllowed
from web.visitor import person, runtime

NAME = "explain"
Parameters = ParamSpec("Parameters")


def _said(sentence: str) -> dict[str, Any]:
    return {"metadata": {"description": sentence}}


class Read(Schema):
    """What a statement reads."""

    source = fields.String(required=True, **_said("The table or roll-up, in the engine's words."))
    parts = fields.String(required=True, **_said("The parts that are read, of all."))
    granules = fields.String(required=True, **_said("The runs of rows that are read, of all."))


class Statement(Schema):
    """One statement that was sent to the engine."""

    sql = fields.String(required=True)
    parameters = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    served_by = fields.String(required=True)
    reads = fields.List(fields.Nested(Read), required=True)
    milliseconds = fields.Float(required=True)
    rows_read = fields.Integer(required=True)
    rows = fields.Integer(required=True, **_said("Rows of the engine's answer."))


class Explained(Schema):
    """How an answer was worked out."""

    scope = fields.List(
        fields.String(), required=True, **_said("What the asker is confined to; empty: nothing.")
    )
    statements = fields.List(fields.Nested(Statement), required=True)


def explainable(view: Callable[Parameters, Response]) -> Callable[Parameters, Response]:
    """Let those who may audit see how a view's answer was worked out."""

    @wraps(view)
    def explaining(*parts: Parameters.args, **named: Parameters.kwargs) -> Response:
        if not _is_wanted():
            return view(*parts, **named)
        _check()
        with noting_workings() as heard:
            found = view(*parts, **named)
        if found.mimetype != "application/json":
            raise InvalidInput("Only an answer as JSON can be explained.", field=NAME)
        told = workings(runtime().store.readers, heard)
        explained = {
            "scope": scope_words(person().scope),
            "statements": [_told(one) for one in told],
        }
        return _with(found, explained)

    return explaining


def _is_wanted() -> bool:
    if request.method == "POST":
        try:
            body = request.get_json(silent=True)
        except RecursionError:  # whoever reads the body says what is wrong with it
            return False
        return isinstance(body, dict) and body.get(NAME) is True
    return request.args.get(NAME) == "true"


def _check() -> None:
    if not person().may(Permission.AUDIT):
        raise NotAllowed(
            f"To see how an answer was worked out needs the right {Permission.AUDIT.value!r}.",
            field=NAME,
        )


def _with(found: Response, explained: Mapping[str, object]) -> Response:
    # The figures stay as they are written: a number that was read again could lose digits.
    written = found.get_data(as_text=True).rstrip().removesuffix("}")
    answer = Response(
        f"{written},{json.dumps(NAME)}:{json.dumps(explained, ensure_ascii=False)}}}",
        mimetype="application/json",
    )
    answer.headers.extend((n, v) for n, v in found.headers if n.startswith("Indicube-"))
    return answer


def _told(one: Working) -> dict[str, object]:
    return {
        "sql": one.sql,
        "parameters": dict(one.parameters),
        "served_by": one.served_by,
        "reads": [
            {"source": read.source, "parts": read.parts, "granules": read.granules}
            for read in one.reads
        ],
        "milliseconds": one.milliseconds,
        "rows_read": one.rows_read,
        "rows": one.rows,
    }
