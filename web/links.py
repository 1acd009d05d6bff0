"""Stable links: one table each, as CSV or JSON, to whoever has the address.

The secret stands in the path, because Excel, IMPORTDATA and their like send no header. It opens the
one question that its owner made it for, with the owner's rights and scope of the moment, and
nothing else.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from math import ceil

from flask import Blueprint, Response, current_app, request

from server.access import Person
from server.cache.key import Reading
from server.cube.plain_text import harmless
from server.errors import Gone, InvalidInput, NotAllowed, NotFound, TooManyRequests
from server.exports.spec import LANGUAGES
from server.links.answering import answer, check_rights, cubes_of, snapshot_of
from server.links.table import LinkTable, Value
from server.metadata.links import StableLink, find_link
from server.metadata.secrets import secret_hash
from server.metadata.users import User
from web.api.answers import Based
from web.background import note_link
from web.buckets import OwnBuckets
from web.digits import json_value, number_text
from web.gate import public
from web.kept import Named, given
from web.visitor import runtime
from web.watched import took_a_while

api = Blueprint("stable_links", __name__, url_prefix="/links")

LINKS = (api,)
EXTENSION = "indicube-link-pace"
REQUESTS_A_MINUTE = 60  # of one link, in one process
_MARK = "\ufeff"  # by which Excel knows UTF-8
_OPTIONS = ("lang", "bom")


@dataclass(frozen=True)
class _Opened:
    """A link with whoever it belongs to, as they are now."""

    link: StableLink
    owner: User
    person: Person
    language: str


@api.get("/<token>/<name>.csv")
@public
def as_csv(token: str, name: str) -> Response:  # noqa: ARG001  a name is for people alone
    """The table of a link as CSV."""
    mark = _MARK if _switch("bom") else ""
    kind = "text/csv; charset=utf-8; header=present"
    return _answer(token, f"csv {mark!r}", kind, lambda table: f"{mark}{csv_of(table)}")


@api.get("/<token>/<name>.json")
@public
def as_json(token: str, name: str) -> Response:  # noqa: ARG001
    """The table of a link as JSON: a list of objects."""
    return _answer(token, "json", "application/json; charset=utf-8", json_of)


def csv_of(table: LinkTable) -> str:
    """A table as CSV."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([harmless(name) for name in table.columns])
    writer.writerows([_cell(value) for value in row] for row in table.rows)
    return written.getvalue()


def json_of(table: LinkTable) -> str:
    """A table as a list of objects."""
    names = [json_value(name) for name in table.columns]
    rows = (
        ",".join(f"{name}:{json_value(value)}" for name, value in zip(names, row, strict=True))
        for row in table.rows
    )
    body = ",\n".join(f"{{{row}}}" for row in rows)
    return f"[{body}]"


def _answer(token: str, form: str, kind: str, written: Callable[[LinkTable], str]) -> Response:
    _pace(token)
    opened = _opened(token)
    question = opened.link.question
    at = snapshot_of(runtime(), question)

    def work() -> Response:
        table = answer(runtime(), opened.person, question, at, opened.language)
        found = Response(written(table), content_type=kind)
        return Based(table.snapshot, table.watermark).on(found)

    asked = [question.kind, question.subject, question.query, opened.language]
    reading = Reading(cubes=cubes_of(question))
    found = given(Named(asked, reading, f"link {form}", at, opened.person.scope), work)
    if took_a_while() and _opened(token).person.scope != opened.person.scope:
        raise NotAllowed("What this link shows has changed meanwhile.", code="rights_changed")
    return found


def _opened(token: str) -> _Opened:
    """Who and what the secret opens; `NotFound` or `Gone` when it opens nothing."""
    here = runtime()
    with here.metadata.read() as reading:
        found = find_link(reading, token)
    if found is None:
        raise NotFound("There is no such link.")
    link, owner = found
    if not link.is_open(here.clock()) or not owner.is_active:
        raise Gone("This link is not open any more.")
    person = owner.person_at(here.clock())
    try:
        check_rights(person, link.question)
    except NotAllowed:
        raise Gone("This link is not open any more.") from None
    note_link(link.id)
    return _Opened(link, owner, person, _language(owner))


def _language(owner: User) -> str:
    """The language of labels: as asked, or the owner's; the reader's program is not asked."""
    for name in request.args:
        if name not in _OPTIONS:
            raise InvalidInput(
                f"A link has no {name[:40]!r}: what it asks is fixed.",
                code="unknown_parameter",
                field=name[:40],
                allowed=_OPTIONS,
            )
    return request.args.get("lang") or owner.language or LANGUAGES[0]


def _switch(name: str) -> bool:
    text = request.args.get(name, "0")
    if text not in ("0", "1"):
        raise InvalidInput(f"{name} is 0 or 1.", field=name, allowed=("0", "1"))
    return text == "1"


def _pace(token: str) -> None:
    """Answer a link so many times a minute: whoever has it cannot keep the facts busy."""
    buckets: OwnBuckets = current_app.extensions.setdefault(
        EXTENSION, OwnBuckets(REQUESTS_A_MINUTE)
    )
    taken, left = buckets.take(int(secret_hash(token)[:12], 16), runtime().clock())
    if not taken:
        wait = max(ceil((1 - left) * 60 / REQUESTS_A_MINUTE), 1)
        raise TooManyRequests(
            f"This link is answered {REQUESTS_A_MINUTE} times a minute; try again in {wait} s.",
            retry_after=wait,
        )


def _cell(value: Value) -> str:
    """Numbers as plain digits, texts that begin no formula, nothing where there is no figure."""
    if value is None:
        return ""
    if isinstance(value, str):
        return harmless(value)
    return value.isoformat() if isinstance(value, date) else number_text(value)
