"""For operations: is the process alive, and can it answer."""

from collections.abc import Callable

from flask import Blueprint, Response, jsonify

from server.errors import IndicubeError
from server.metadata.definitions import definitions_number
from web.gate import public
from web.visitor import runtime

pages = Blueprint("health", __name__)


@pages.get("/healthz")
@public
def alive() -> Response:
    """The process answers; nothing else is looked at and nothing is told."""
    return jsonify({"status": "alive"})


@pages.get("/readyz")
@public
def ready() -> Response:
    """Whether metadata, facts and queue answer; 503 and the names of those that do not."""
    here = runtime()
    parts = {"metadata": _ask_metadata, "facts": here.store.pulse.look, "queue": here.queue.ping}
    away = [name for name, ask in parts.items() if not _answers(ask)]
    answer = jsonify({"status": "away" if away else "ready", "away": away})
    answer.status_code = 503 if away else 200
    return answer


def _answers(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except IndicubeError:
        return False
    return True


def _ask_metadata() -> None:
    with runtime().metadata.read() as reading:
        definitions_number(reading)
