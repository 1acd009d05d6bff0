"""Changing a load: what would move is shown first, a reason is asked, undoing is one click.

Looking writes nothing. Where it takes work to say what would move, a job does it, which the page
asks for, follows and can stop. Whoever is late is told what happened meanwhile; a second click is
the first.
"""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from flask import Blueprint, Response, redirect, request

from server.access import Permission
from server.errors import Conflict, InvalidInput, NotAllowed, NotFound
from server.ledger.foreseeing import Change, NotForeseen
from server.ledger.refused import refused_text
from server.ledger.spool import keep_in_spool
from server.metadata.changes import events_between
from server.metadata.loads import Load, find_load
from server.scorecards.difference import Difference, foreseen
from web.asking import asked_at
from web.differences import is_wanted_whole, moves
from web.events import usual_reasons
from web.figures import whole
from web.gate import require
from web.load_changes import (
    CHANGES,
    change_now,
    change_words,
    changes_of,
    is_done_already,
    last_event,
    right_of,
)
from web.load_jobs import change_later, foresight, look_ahead, stop_looking
from web.loads import event_line, state_words
from web.phrases import gettext, ngettext
from web.place import Place, read_place
from web.rendering import render
from web.sentences import in_words
from web.visitor import person, runtime

pages = Blueprint("load_changes", __name__, url_prefix="/loads")

MOST_REASON = 500
_FORESEEN: dict[str, Change] = {
    "withdraw": "withdrawn",
    "restore": "restored",
    "approve": "published",
}


@dataclass(frozen=True)
class _Typed:
    """What somebody filled in before, and why that was not done."""

    reason: str = ""
    lines: str = ""
    refusal: str = ""
    status: int = 200


_NOTHING = _Typed()


@pages.get("/<int:number>/change/<change>")
@require(Permission.LOAD)
def ask(number: int, change: str) -> Response:
    """Show what a change would move, and ask for the reason."""
    load = _load(number)
    try:
        _check(load, change)
    except Conflict as late:
        return _told(load, change, late)
    return _question(load, change, _NOTHING)


@pages.post("/<int:number>/change/<change>")
@require(Permission.LOAD)
def do(number: int, change: str) -> Response:
    """Change the load, at once or by a job, and lead back to it."""
    load = _load(number)
    reason = request.form.get("reason", "").strip() or request.form.get("usual", "").strip()
    try:
        if not is_done_already(change, reason, last_event(load)):
            _check(load, change)
            _refuse_overtaken(load, request.form.get("seen", ""))
            _do(load, change, _checked(reason))
    except Conflict as late:
        # Two clicks at the same moment: the second finds the work of the first.
        if not is_done_already(change, reason, last_event(load)):
            return _told(_load(number), change, late)
    return _to_load(load, change)


@pages.post("/<int:number>/change/<change>/look")
@require(Permission.LOAD)
def look(number: int, change: str) -> Response:
    """Have a job work out what the change would move, and lead back to where it is followed."""
    load = _load(number)
    _check(load, change)
    look_ahead(load, _foreseeable(change))
    return _to_question(load, change)


@pages.post("/<int:number>/change/<change>/leave")
@require(Permission.LOAD)
def leave(number: int, change: str) -> Response:
    """Stop the job that works it out."""
    load = _load(number)
    stop_looking(load, _foreseeable(change))
    return _to_question(load, change)


def _checked(reason: str) -> str:
    if not reason:
        raise InvalidInput("A reason is needed, so that everybody can read it.", field="reason")
    if len(reason) > MOST_REASON:
        raise InvalidInput(f"The reason has more than {MOST_REASON} letters.", field="reason")
    return reason


def _told(load: Load, change: str, late: Conflict) -> Response:
    """Say what came first; where the change is still possible, with the question as it stands now.

    Nothing that was typed is lost.
    """
    typed = _Typed(
        request.form.get("reason", "").strip()[:MOST_REASON],
        request.form.get("lines", "").replace("\r\n", "\n"),
        in_words(late.message),
        409,
    )
    if change in changes_of(load) and person().may(right_of(change)):
        return _question(load, change, typed)
    place = Place(language=read_place(request).language)
    return render(
        "load_conflict.html",
        typed.status,
        load=load,
        words=change_words(change),
        message=typed.refusal,
        reason=typed.reason,
        back=place.link("loads.show", number=load.id),
    )


def _question(load: Load, change: str, typed: _Typed) -> Response:
    place = read_place(request)
    if change == "correct":
        return _ask_for_lines(load, place, typed)
    seen = runtime().snapshot().number
    found, why, is_to_build = _foreseen(load, change, place)
    bare, parts = Place(language=place.language), {"number": load.id, "change": change}
    return render(
        "load_change.html",
        typed.status,
        load=load,
        change=change,
        words=change_words(change),
        means=_meaning(load, change),
        moves=moves(found, place, "load_changes.ask", is_whole=is_wanted_whole(), **parts)
        if found
        else None,
        why=why,
        ahead=foresight(load, _FORESEEN[change]) if is_to_build else None,
        seen=seen,
        typed=typed,
        usual=usual_reasons(change),
        here=place.link("load_changes.ask", **parts),
        back=bare.link("loads.show", number=load.id),
        action=bare.link("load_changes.do", **parts),
        look=bare.link("load_changes.look", **parts),
        leave=bare.link("load_changes.leave", **parts),
    )


def _do(load: Load, change: str, reason: str) -> None:
    if change == "correct":
        change_later(load, change, reason, file=str(_sent_lines()))
    elif not change_now(load, change, reason):
        change_later(load, change, reason)


def _to_load(load: Load, change: str) -> Response:
    place = Place(language=read_place(request).language)
    place = place.plus("done", change) if change in ("withdraw", "restore") else place
    found: Response = redirect(place.link("loads.show", number=load.id), 303)  # type: ignore[assignment]
    return found


def _to_question(load: Load, change: str) -> Response:
    place = Place(language=read_place(request).language)
    address = place.link("load_changes.ask", number=load.id, change=change)
    found: Response = redirect(address, 303)  # type: ignore[assignment]
    return found


def _foreseeable(change: str) -> Change:
    if change not in _FORESEEN:
        raise NotFound(f"What {change[:40]!r} would move is not foreseen.", allowed=_FORESEEN)
    return _FORESEEN[change]


def _ask_for_lines(load: Load, place: Place, typed: _Typed) -> Response:
    """Show the refused lines, to be mended and sent back."""
    here, bare = runtime(), Place(language=place.language)
    refused = refused_text(here.metadata, here.settings.spool, load)
    return render(
        "load_correct.html",
        typed.status,
        load=load,
        words=change_words("correct"),
        refused=refused,
        typed=typed,
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
        raise Conflict(_too_late(load), allowed=changes_of(load))


def _too_late(load: Load) -> str:
    """How the load stands, and who brought it there."""
    last = last_event(load)
    told = event_line(last) if last else None
    if told is None:
        return gettext("Load %(number)s: %(state)s.", number=load.id, state=state_words(load.state))
    return gettext(
        "Load %(number)s: %(state)s. Last: %(what)s, %(at)s, %(person)s. You changed nothing.",
        number=load.id,
        state=state_words(load.state),
        what=told.words,
        at=told.at,
        person=told.by,
    )


def _refuse_overtaken(load: Load, seen: str) -> None:
    """`Conflict` when something of the same table moved since the figures were looked at."""
    if not seen.isascii() or not seen.isdigit() or len(seen) > 9:
        return
    here = runtime()
    latest = here.snapshot().number
    with here.metadata.read() as reading:
        events = [
            (one, event_line(one))
            for one in events_between(reading, int(seen), latest)
            if find_load(reading, one.load).table_name == load.table_name
        ]
    if events:
        last, told = events[-1]
        raise Conflict(
            gettext(
                "Since you looked, %(person)s changed the same table: load %(number)s %(what)s, "
                "%(at)s. Look again at what would move; you changed nothing.",
                person=told.by,
                number=last.load,
                what=told.words,
                at=told.at,
            ),
            code="overtaken",
        )


def _foreseen(load: Load, change: str, place: Place) -> tuple[Difference | None, str, bool]:
    """What would move; or why that is not known, and whether a job can work it out."""
    if change == "replay" or (change == "approve" and load.held_for != "restatement"):
        words = gettext(
            "The file is read again, so what moves is known when it is published: "
            "see the page of the new load."
        )
        return None, words, False
    if change == "refuse":
        words = gettext("Nothing moves: nobody ever saw the rows of this load.")
        return None, words, False
    card = request.args.get("scorecard") or None
    try:
        return foreseen(runtime(), asked_at(place), load.id, _FORESEEN[change], card), "", False
    except NotForeseen as unknown:
        return None, _to_build(unknown), True
    except Conflict as conflict:
        if conflict.code != "rows_purged":
            raise
        words = gettext(
            "The rows that would be seen were purged. They are read again from the spool when it "
            "is done, so what moves is known afterwards."
        )
        return None, words, False


def _to_build(unknown: NotForeseen) -> str:
    return gettext(
        "Later loads changed the same rows, so these are worked out anew first: %(keys)s, "
        "%(rows)s. Nobody sees anything of that.",
        keys=ngettext(
            "%(keys)s scope key", "%(keys)s scope keys", unknown.keys, keys=whole(unknown.keys)
        ),
        rows=ngettext("%(rows)s row", "%(rows)s rows", unknown.rows, rows=whole(unknown.rows)),
    )


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
        "approve": _what_approving_does(load),
        "refuse": gettext("The load is rejected, and its rows are deleted."),
    }[change]


def _what_approving_does(load: Load) -> str:
    if load.error_code == "key_clash":
        return gettext("The load is published; rows whose key was there already count as well.")
    if load.held_for == "drift":
        return gettext(
            "The file in the spool is read again by the specification as it is now, as a new load."
        )
    if load.held_for == "restatement":
        return gettext("The load is published and replaces what stands in its place.")
    return gettext("The file is read again and published with its mistakes left in quarantine.")
