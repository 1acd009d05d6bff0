"""Publications: the list of what was published when, and what moved between two of them."""

from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request

from server.access import Permission
from server.errors import InvalidInput
from server.metadata.publications import list_publications
from server.metadata.snapshots import PublishedState
from server.scorecards import difference as differences
from server.snapshot import parse_as_of
from web.asking import asked_at
from web.differences import is_wanted_whole, moves
from web.events import publication_words
from web.gate import require
from web.place import Place, read_place
from web.rendering import render
from web.visitor import runtime
from web.words import instant_words, person_words

pages = Blueprint("publications", __name__, url_prefix="/snapshots")

PAGE_SIZE = 50


@dataclass(frozen=True)
class Line:
    """A publication in the list."""

    number: int
    at: str
    what: str
    by: str
    known: str  # the first screen as it was known then
    moved: str  # what it moved


@pages.get("")
@require(Permission.VIEW)
def index() -> Response:
    """List the publications, newest first."""
    place = read_place(request)
    before = number_before(request.args.get("before", ""))
    with runtime().metadata.read() as reading:
        found = list_publications(reading, PAGE_SIZE + 1, before=before)
    shown = found[:PAGE_SIZE]
    older = place.plus("before", shown[-1].number) if len(found) > PAGE_SIZE else None
    return render(
        "publications.html",
        lines=tuple(_line(one, place) for one in shown),
        older=older.link("publications.index") if older else None,
        latest=shown[0].number if shown else 0,
        kept=place.query(),
    )


@pages.get("/between")
@require(Permission.VIEW)
def between() -> Response:
    """Lead to the difference of two states, each a number, a day or an instant."""
    first, last = (_number(request.args.get(name, ""), name) for name in ("from", "to"))
    address = read_place(request).link("publications.difference", first=first, last=last)
    found: Response = redirect(address, 302)  # type: ignore[assignment]
    return found


@pages.get("/<int:first>..<int:last>")
@require(Permission.VIEW)
def difference(first: int, last: int) -> Response:
    """Show which figures moved from one publication to a later one, and through what."""
    place = read_place(request)
    card = request.args.get("scorecard") or None
    found = differences.difference(runtime(), asked_at(place), first, last, card)
    return render(
        "difference.html",
        first=found.ledger.first,
        last=found.ledger.last,
        moves=moves(
            found,
            place,
            "publications.difference",
            is_whole=is_wanted_whole(),
            first=first,
            last=last,
        ),
        every=place.link("publications.index"),
    )


def number_before(text: str) -> int | None:
    """The number below which a list goes on; None for its beginning."""
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidInput(f"before is {text!r}; it must be a number of the list.", field="before")
    return int(text)


def _number(text: str, field: str) -> int:
    if not text:
        raise InvalidInput(f"{field} is missing.", field=field)
    return runtime().snapshot(parse_as_of(text)).number


def _line(one: PublishedState, place: Place) -> Line:
    return Line(
        number=one.number,
        at=instant_words(one.at),
        what=publication_words(one.what),
        by=person_words(one.by),
        known=place.known(str(one.number)).link("scorecard.home"),
        moved=place.link("publications.difference", first=one.number - 1, last=one.number),
    )
