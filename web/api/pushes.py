"""Pushes over HTTP: programs send facts, and learn what became of them.

What reads the bodies stands beside the web and is found by its name, as jobs are.
"""

import time
from collections.abc import Mapping
from datetime import timedelta
from pkgutil import resolve_name
from typing import Any

from flask import Blueprint, Response, jsonify, request

from server.access import Permission
from server.ledger.night import load_groups
from server.ledger.pushes import Fate, fate_of, remember_answer
from server.metadata.loads import Quarantined
from server.metadata.pushes import Push, find_push
from web.api import forms, push_shapes
from web.api.operations import Operation, describe
from web.api.push_asking import FORMS, HEADER, MOST_WAIT, Asked, check_key, read_asked
from web.api.push_scope import judge, judged_columns
from web.api.reading import read_only
from web.gate import require
from web.visitor import person, runtime

_DOOR = "loaders.pushes.door"
_LOOK_SECONDS = 0.2  # between two looks at what became of a push that is waited for

api = Blueprint("api_pushes", __name__, url_prefix="/api/v1/loads")


@api.get("/<specification>")
@require(Permission.LOAD)
@describe(
    Operation(
        "What may be pushed under a name, column by column", push_shapes.PushForm(), forms.Nothing()
    )
)
def form(specification: str) -> Response:
    """What a specification takes."""
    read_only(forms.Nothing())
    settings = runtime().settings
    return jsonify(
        {
            **resolve_name(_DOOR).specification_of(runtime(), specification),
            "content_types": list(FORMS),
            "most_bytes": settings.push_bytes,
            "most_rows": settings.push_rows,
            "window_seconds": settings.push_window_seconds,
        }
    )


@api.post("/<specification>")
@require(Permission.LOAD)
@describe(
    Operation(
        "Push facts",
        push_shapes.Receipt(),
        description="When the answer is here the rows are kept, whatever happens to us. Sent again "
        "under the same Idempotency-Key they are answered with the same receipt and count once.",
        status=202,
        takes=tuple(FORMS),
        also={201: "The rows are published.", 200: "They were published before."},
    )
)
def push(specification: str) -> Response:
    """Take facts, and tell what is kept."""
    asked, asker, door = read_asked(), person(), resolve_name(_DOOR)
    received = door.receive(
        runtime(),
        door.Sending(
            specification,
            asked.form,
            asked.encoding,
            asked.scope,
            asked.key,
            asker.identifier,
            asker.name,
        ),
        request.stream,
        door.Judging(lambda known: judged_columns(known, asked.scope), judge),
        _first_answer,
    )
    status, body = _answered(received.push, asked)
    answer = jsonify(body)
    answer.status_code = status
    answer.headers["Location"] = body["address"]
    if received.is_repeated:
        answer.headers["Idempotency-Replayed"] = "true"
    return answer


@api.get("/<specification>/pushes/<key>")
@require(Permission.LOAD)
@describe(
    Operation("A push of yours and what became of it", push_shapes.Receipt(), forms.Nothing())
)
def show(specification: str, key: str) -> Response:
    """The receipt of one of the asker's pushes, as things stand now."""
    read_only(forms.Nothing())
    with runtime().metadata.read() as reading:
        found = find_push(reading, specification, person().identifier, check_key(key))
        fate = fate_of(reading, found)
    return jsonify(_told(found, fate))


def _first_answer(
    accepted: Push, rejected: tuple[Quarantined, ...]
) -> tuple[int, Mapping[str, Any]]:
    """What is told of a push in the moment in which it is accepted."""
    state = "waiting" if accepted.job is None else "queued"
    return 202, _told(accepted, Fate(state, None, (), accepted.rejected or 0, rejected, None))


def _answered(accepted: Push, asked: Asked) -> tuple[int, Mapping[str, Any]]:
    """The answer as it was given first; whoever waits learns how it ended."""
    kept = accepted.answer
    if kept is not None and (kept["status"] != 202 or not asked.wait):
        return kept["status"], kept["body"]
    found, fate = _waited(accepted, asked.wait)
    body = _told(found, fate)
    if fate.state != "published" or fate.load is None:
        return 202, body
    status = 200 if fate.load.received_at < found.received_at else 201
    remember_answer(runtime().metadata, found, (status, body))
    return status, body


def _waited(accepted: Push, seconds: int) -> tuple[Push, Fate]:
    """The push when it has come to an end, or when the time is over."""
    here, deadline = runtime(), time.monotonic() + min(seconds, MOST_WAIT)
    while True:
        with here.metadata.read() as reading:
            found = find_push(reading, accepted.specification, accepted.sender, accepted.key)
            fate = fate_of(reading, found)
        if fate.is_final or time.monotonic() >= deadline:
            return found, fate
        if fate.state == "waiting" and found.job is None and here.clock() >= _due(found):
            load_groups(here.metadata, here.queue, here.settings, here.clock())
        time.sleep(_LOOK_SECONDS)


def _told(found: Push, fate: Fate) -> dict[str, Any]:
    rows, load = found.rows or 0, fate.load
    return {
        "specification": found.specification,
        "key": found.key,
        "address": f"/api/v1/loads/{found.specification}/pushes/{found.key}",
        "state": fate.state,
        "by": found.by,
        "received_at": found.received_at.isoformat(),
        "waits_until": _until(found, fate),
        "rows": rows,
        "accepted": rows - fate.rejected,
        "rejected": fate.rejected,
        "rejected_rows": [_rejected(one) for one in fate.told],
        "load": load.id if load else None,
        "load_address": f"/api/v1/loads/{load.id}" if load else None,
        "first_row": found.first_row,
        "last_row": found.last_row,
        "batches": list(fate.batches),
        "published_at_snapshot": load.first_snapshot if load else None,
        "error": fate.error,
    }


def _rejected(one: Quarantined) -> dict[str, Any]:
    return {
        "row": one.line,
        "field": one.column,
        "value": one.raw,
        "code": one.rule,
        "message": one.message,
    }


def _until(found: Push, fate: Fate) -> str | None:
    """When it is due; nothing of one that waits until its specification is mended."""
    is_grouped = fate.state == "waiting" and found.job is None
    return _due(found).isoformat() if is_grouped and fate.error is None else None


def _due(found: Push) -> Any:
    return found.received_at + timedelta(seconds=runtime().settings.push_window_seconds)


__all__ = ["HEADER", "api"]
