"""Changing a load: what would move is shown first, a reason is asked, undoing is one click."""

from io import BytesIO
from pathlib import Path

from flask import Blueprint, Response, redirect, request

from server.access import Permission
from server.errors import Conflict, InvalidInput, LimitReached, NotAllowed, NotFound
from server.ledger.foreseeing import Change
from server.ledger.refused import refused_text
from server.ledger.spool import keep_in_spool
from server.metadata.loads import Load, find_load
from server.scorecards.difference import Difference, foreseen
from web.asking import asked_at
from web.differences import moves
from web.gate import require
from web.load_changes import (
    CHANGES,
    change_later,
    change_now,
    change_words,
    changes_of,
    right_of,
)
from web.phrases import gettext
from web.place import Place, read_place
from web.rendering import render
from web.visitor import person, runtime

pages = Blueprint("load_changes", __name__, url_prefix="/loads")

MOST_REASON = 500
_FORESEEN: dict[str, Change] = {
    "withdraw": "withdrawn",
    "restore": "restored",
    "approve": "published",
}


@pages.get("/<int:number>/change/<change>")
@require(Permission.LOAD)
def ask(number: int, change: str) -> Response:
    """Show what a change would move, and ask for the reason."""
    place = read_place(request)
    load = _load(number)
    _check(load, change)
    if change == "correct":
        return _ask_for_lines(load, place)
    found, why = _foreseen(load, change, place)
    return render(
        "load_change.html",
        load=load,
        change=change,
        words=change_words(change),
        means=_meaning(load, change),
        moves=moves(found, place, "load_changes.ask", number=number, change=change)
        if found
        else None,
        why=why,
        back=Place(language=place.language).link("loads.show", number=number),
        action=Place(language=place.language).link("load_changes.do", number=number, change=change),
    )


@pages.post("/<int:number>/change/<change>")
@require(Permission.LOAD)
def do(number: int, change: str) -> Response:
    """Change the load, at once or by a job, and lead back to it."""
    load = _load(number)
    _check(load, change)
    reason = request.form.get("reason", "").strip()
    if not reason:
        raise InvalidInput("A reason is needed, so that everybody can read it.", field="reason")
    if len(reason) > MOST_REASON:
        raise InvalidInput(f"The reason has more than {MOST_REASON} letters.", field="reason")
    place = Place(language=read_place(request).language)
    if change == "correct":
        change_later(load, change, reason, file=str(_sent_lines()))
    elif change_now(load, change, reason):
        place = place.plus("done", change)
    else:
        change_later(load, change, reason)
    found: Response = redirect(place.link("loads.show", number=number), 303)  # type: ignore[assignment]
    return found


def _ask_for_lines(load: Load, place: Place) -> Response:
    """Show the refused lines, to be mended and sent back."""
    here, bare = runtime(), Place(language=place.language)
    refused = refused_text(here.metadata, here.settings.spool, load)
    return render(
        "load_correct.html",
        load=load,
        words=change_words("correct"),
        refused=refused,
        back=bare.link("loads.show", number=load.id),
        action=bare.link("load_changes.do", number=load.id, change="correct"),
    )


def _sent_lines() -> Path:
    """The mended lines, kept in the spool for the job."""
    text = request.form.get("lines", "").replace("\r\n", "\n").strip("\n")
    if not text:
        raise InvalidInput("There is no mended line.", field="lines")
    kept = keep_in_spool(runtime().settings.spool, BytesIO(f"{text}\n".encode()))
    return kept.path


def _load(number: int) -> Load:
    with runtime().metadata.read() as reading:
        return find_load(reading, number)


def _check(load: Load, change: str) -> None:
    if change not in CHANGES:
        raise NotFound(f"Nothing like {change[:40]!r} is done to loads.", allowed=CHANGES)
    if not person().may(right_of(change)):
        raise NotAllowed(f"This needs the right {right_of(change).value!r}.")
    if change not in changes_of(load):
        raise Conflict(
            f"Load {load.id} is {load.state}; it cannot take this change.",
            allowed=changes_of(load),
        )


def _foreseen(load: Load, change: str, place: Place) -> tuple[Difference | None, str]:
    """What would move; or why that is not known."""
    if change == "replay" or (change == "approve" and load.held_for != "restatement"):
        return None, gettext(
            "The file is read again, so what moves is known when it is published: "
            "see the page of the new load."
        )
    if change == "refuse":
        return None, gettext("Nothing moves: nobody ever saw the rows of this load.")
    card = request.args.get("scorecard") or None
    try:
        return foreseen(runtime(), asked_at(place), load.id, _FORESEEN[change], card), ""
    except LimitReached as unknown:
        return None, unknown.message
    except Conflict as conflict:
        if conflict.code != "rows_purged":
            raise
        return None, conflict.message


def _meaning(load: Load, change: str) -> str:
    """What a change does, in a sentence."""
    return {
        "withdraw": gettext(
            "Its rows are hidden from now on; what it had replaced is seen again. "
            "Earlier states stay as they were, and it can be restored at any time."
        ),
        "restore": gettext(
            "Its rows are seen again, in their old place: what was loaded over them since "
            "stays over them."
        ),
        "replay": gettext(
            "The file in the spool is read again by the specification as it is now, as a new load."
        ),
        "approve": gettext("The load is published and replaces what stands in its place.")
        if load.held_for == "restatement"
        else gettext("The file is read again and published with its mistakes left in quarantine."),
        "refuse": gettext("The load is rejected, and its rows are deleted."),
    }[change]
