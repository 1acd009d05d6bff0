"""Answers of the OData service: JSON with exact numbers, and the headers that OData asks for."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from flask import Flask, Response, request
from werkzeug.exceptions import NotAcceptable

from web.digits import json_value
from web.odata.options import Options, Place
from web.odata.rows import Answered, Row
from web.odata.sets import EntitySet
from web.problems import Problem, tell_as
from web.programs import ODATA
from web.visitor import runtime

VERSION = "4.0"
_LEVELS = ("minimal", "none", "full")
_SAFE = "$,()'*:@/"
_JSON_KINDS = {"application/json", "application/*", "*/*"}


@dataclass(frozen=True)
class Form:
    """How JSON is to be written."""

    has_context: bool = True
    is_quoted: bool = False  # whole numbers and decimals as texts, for readers of binary floats

    @property
    def media_type(self) -> str:
        """The content type that says so."""
        quoted = ";IEEE754Compatible=true" if self.is_quoted else ""
        level = "minimal" if self.has_context else "none"
        return f"application/json;odata.metadata={level};odata.streaming=true{quoted};charset=utf-8"


def tell_in_odata(app: Flask) -> None:
    """Let the problems of the service be told as OData says."""
    tell_as(app, ODATA, _problem)


def root() -> str:
    """The address of the service, with a slash at its end."""
    site = runtime().settings.public_url or request.host_url
    return f"{site.rstrip('/')}{ODATA}/"


def form_asked() -> Form:
    """The form that is asked for; NotAcceptable for a format that there is not."""
    asked = request.args.get("$format", request.args.get("format", ""))
    kind, _, _ = asked.partition(";")
    if kind.strip().lower() not in ("", "json", "application/json"):
        raise NotAcceptable
    if not asked and _JSON_KINDS.isdisjoint(_accepted()):
        raise NotAcceptable
    said = f"{asked};{request.headers.get('Accept', '')}".replace(" ", "").lower()
    is_bare = "odata.metadata=none" in said and "odata.metadata=minimal" not in said
    return Form(not is_bare, "ieee754compatible=true" in said)


def _accepted() -> set[str]:
    """The kinds that the program says it reads; everything where it says nothing."""
    named = request.accept_mimetypes.values()
    return {kind.partition(";")[0].strip().lower() for kind in named} or {"*/*"}


def service_document(sets: Sequence[EntitySet], language: str) -> Response:
    """The sets that there are."""
    form = form_asked()
    listed = [
        {"name": one.name, "title": one.labels.in_language(language), "kind": "EntitySet"}
        | {"url": one.name}
        for one in sets
    ]
    body: dict[str, object] = {"value": listed}
    if form.has_context:
        body = {"@odata.context": f"{root()}$metadata", **body}
    return _json(json.dumps(body, ensure_ascii=False), form)


def collection(
    found: Answered, asked: EntitySet, options: Options, following: Place | None
) -> Response:
    """A page of rows, and where the next is."""
    form = form_asked()
    parts = []
    if form.has_context:
        parts.append(_pair("@odata.context", f"{_context(found, asked)}"))
    if options.has_count and found.rows.total is not None:
        parts.append(f'"@odata.count":{found.rows.total}')
    rows = ",".join(_entity(row, form) for row in found.rows.rows)
    parts.append(f'"value":[{rows}]')
    if following is not None:
        query = urlencode(options.next_place(following), quote_via=quote, safe=_SAFE)
        parts.append(_pair("@odata.nextLink", f"{root()}{asked.name}?{query}"))
    answer = _json(f"{{{','.join(parts)}}}", form)
    if options.page_size is not None and following is not None:
        answer.headers["Preference-Applied"] = f"odata.maxpagesize={following.size}"
    return answer


def entity(found: Answered, asked: EntitySet) -> Response:
    """One row."""
    form = form_asked()
    (row,) = found.rows.rows
    body = _entity(row, form)[1:]
    context = f"{_context(found, asked)}/$entity"
    return _json(f"{{{_pair('@odata.context', context)},{body}" if form.has_context else body, form)


def number(count: int) -> Response:
    """A number alone."""
    return Response(str(count), content_type="text/plain;charset=utf-8")


def _context(found: Answered, asked: EntitySet) -> str:
    names = "" if found.is_whole else f"({','.join(found.names)})"
    return f"{root()}$metadata#{asked.name}{names}"


def _json(body: str, form: Form) -> Response:
    return Response(body, content_type=form.media_type)


def _entity(row: Row, form: Form) -> str:
    pairs = (
        f"{json.dumps(name)}:{json_value(value, is_quoted=form.is_quoted)}"
        for name, value in row.items()
    )
    return f"{{{','.join(pairs)}}}"


def _pair(name: str, text: str) -> str:
    return f"{json.dumps(name)}:{json.dumps(text, ensure_ascii=False)}"


def _problem(problem: Problem) -> Response:
    details = [
        {"code": one.code, "message": one.sentence, "target": one.field} for one in problem.mistakes
    ]
    error: Mapping[str, object] = {
        **details[0],
        **({"details": details} if len(details) > 1 else {}),
        "innererror": {"id": problem.identifier},
    }
    answer = _json(json.dumps({"error": error}, ensure_ascii=False), Form())
    answer.status_code = problem.status
    answer.headers["OData-Version"] = VERSION
    return answer
