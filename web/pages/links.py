"""Stable links: those that a person has made, new ones, and their end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from flask import Blueprint, Response, redirect, request, url_for

from server.access import Permission
from server.errors import InvalidInput, NotFound
from server.links.answering import checked
from server.metadata.links import (
    KINDS,
    Question,
    StableLink,
    create_link,
    links_of,
    revoke_link,
)
from server.metadata.views import find_view
from server.scorecards.catalogue import Catalogue, read_catalogue
from web.gate import require
from web.phrases import gettext
from web.rendering import render
from web.visitor import person, runtime, signed_in
from web.words import instant_words, language

pages = Blueprint("links", __name__, url_prefix="/account/links")

LIVES = (7, 30, 90, 365)


@dataclass(frozen=True)
class Line:
    """A link as the screen lists it."""

    number: int
    title: str
    what: str
    hint: str
    until: str
    used: str
    state: str  # open, ended or revoked


@dataclass(frozen=True)
class Choice:
    """One thing that a link can be made to."""

    value: str
    label: str


@pages.get("")
@require(Permission.VIEW)
def show() -> Response:
    """Show the links of whoever is signed in."""
    return _page()


@pages.post("")
@require(Permission.VIEW)
def create() -> Response:
    """Make a link; its address is shown this once."""
    here, user = runtime(), signed_in()
    question, usual = _asked()
    question = checked(here, person(), question)
    title = request.form.get("title", "").strip() or usual
    life = timedelta(days=_days())
    with here.metadata.write() as writing:
        secret = create_link(writing, user, title, question, here.clock(), life)
    return _page(address_of(secret, title))


@pages.post("/<int:number>/end")
@require(Permission.VIEW)
def end(number: int) -> Response:
    """End a link."""
    here = runtime()
    with here.metadata.write() as writing:
        revoke_link(writing, signed_in(), number, here.clock())
    found: Response = redirect(url_for("links.show"), 303)  # type: ignore[assignment]
    return found


def address_of(secret: str, title: str) -> str:
    """Where a link is found, as CSV."""
    site = runtime().settings.public_url or request.host_url.rstrip("/")
    return f"{site}/links/{secret}/{quote(file_name(title))}.csv"


def file_name(title: str) -> str:
    """A title as the last part of an address."""
    kept = "".join(one if one.isalnum() else "-" for one in title.lower())
    return "-".join(filter(None, kept.split("-")))[:60] or "table"


def _asked() -> tuple[Question, str]:
    """What the form asks a link to, and what it is called when nobody says."""
    kind, _, subject = request.form.get("what", "").partition("|")
    if kind == "view":
        return _view(subject)
    found = next((one for one in KINDS if one == kind), None)
    if found is None or not subject:
        raise InvalidInput("Say what the link is to open.", field="what", allowed=("view", *KINDS))
    return Question(found, subject, request.form.get("query", "")), subject


def _view(number: str) -> tuple[Question, str]:
    if not (number.isascii() and number.isdigit()) or len(number) > 9:
        raise NotFound(f"You have no view {number[:20]!r}.", field="what")
    with runtime().metadata.read() as reading:
        view = find_view(reading, signed_in().id, int(number))
    return Question("slice", view.cube, view.query), view.name


def _days() -> int:
    text = request.form.get("days", str(LIVES[-1]))
    if text not in map(str, LIVES):
        raise InvalidInput("Say how long the link lives.", field="days", allowed=map(str, LIVES))
    return int(text)


def _page(secret: str = "") -> Response:
    here, now = runtime(), runtime().clock()
    with here.metadata.read() as reading:
        found = links_of(reading, signed_in())
    catalogue = read_catalogue(here.metadata)
    return render(
        "links.html",
        secret=secret,
        lines=[_line(one, is_open=one.is_open(now)) for one in found],
        choices=tuple(_choices(catalogue)),
        lives=LIVES,
    )


def _choices(catalogue: Catalogue) -> Iterator[tuple[str, list[Choice]]]:
    """What links can be made to on this page; to a saved view they are made in the slicer."""
    said = language()
    for kind, words, named in (
        ("scorecard", gettext("Scorecards"), catalogue.scorecards.values()),
        ("indicator", gettext("Indicators"), catalogue.indicators.values()),
    ):
        listed = [Choice(f"{kind}|{one.code}", one.name.in_language(said)) for one in named]
        yield words, listed


def _line(one: StableLink, *, is_open: bool) -> Line:
    return Line(
        one.id,
        one.title,
        _kind_words(one.question.kind),
        one.hint,
        instant_words(one.expires_at),
        instant_words(one.used_at) if one.used_at else "",
        "open" if is_open else "revoked" if one.revoked_at else "ended",
    )


def _kind_words(kind: str) -> str:
    return {
        "slice": gettext("Saved view"),
        "scorecard": gettext("Scorecard"),
        "indicator": gettext("Indicator over time"),
        "aggregate": gettext("Aggregates"),
    }[kind]
