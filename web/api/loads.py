"""Loads over HTTP, to read: what arrived, when, and whether it balances."""

from flask import Blueprint, Response

from server.access import Permission
from server.metadata.batches import batches_of
from server.metadata.loads import READ_AS, Load, find_load, list_loads
from server.metadata.pushes import Push, pushes_of_load
from web.api import forms, shapes
from web.api.answers import Based, answer
from web.api.operations import Operation, describe
from web.api.reading import read_only
from web.gate import require
from web.visitor import runtime

api = Blueprint("api_loads", __name__, url_prefix="/api/v1/loads")

_LATEST = 50
MOST_PUSHES = 1_000  # that are named with their load


@api.get("")
@require(Permission.LOAD)
@describe(
    Operation(
        "The latest loads, newest first",
        shapes.Loads(),
        forms.LoadsAsked(),
        examples={"limit": 10},
        missing=False,
    )
)
def index() -> Response:
    """The latest loads, newest first."""
    values = read_only(forms.LoadsAsked())
    with runtime().metadata.read() as reading:
        found = list_loads(reading, values.get("limit", _LATEST), before=values.get("before"))
    return answer({"loads": [_load(one) for one in found]}, Based(runtime().snapshot()))


@api.get("/<int:number>")
@require(Permission.LOAD)
@describe(Operation("A load with its batches and sums", shapes.Load(), forms.Nothing()))
def show(number: int) -> Response:
    """A load with its batches and control sums."""
    read_only(forms.Nothing())
    with runtime().metadata.read() as reading:
        load = find_load(reading, number)
        batches = batches_of(reading, number)
        pushes = pushes_of_load(reading, number, MOST_PUSHES)
    body = {
        **_load(load),
        "sums": dict(load.sums or {}),
        "batches": [{"number": one.id, "key": one.scope_key, "rows": one.rows} for one in batches],
        "pushes": [_push(one) for one in pushes],
    }
    return answer(body, Based(runtime().snapshot()))


def _push(push: Push) -> dict[str, object]:
    return {
        "key": push.key,
        "by": push.by,
        "rows": push.rows,
        "first_row": push.first_row,
        "last_row": push.last_row,
    }


def _load(load: Load) -> dict[str, object]:
    return {
        "number": load.id,
        "pack": load.pack,
        "specification": load.specification,
        "table": load.table_name,
        "source": load.source,
        "member": load.member,
        "sha256": load.source_hash,
        "state": load.state,
        "by": load.by,
        "received_at": load.received_at,
        "finished_at": load.finished_at,
        "rows_in_file": load.rows_in_file,
        "rows_stored": load.rows_stored,
        "rows_quarantined": load.rows_quarantined,
        "rows_ignored": load.rows_ignored,
        "first_date": load.first_date,
        "last_date": load.last_date,
        "error": load.error,
        "replay_of": load.replay_of,
        "replayed_as": (load.decision or {}).get(READ_AS),
    }
