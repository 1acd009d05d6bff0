"""The palette (Ctrl-K): finds screens, indicators, scorecards, periods and members by a word."""

from collections.abc import Iterator
from itertools import islice

from flask import Blueprint, Response, request

from server.access import Permission
from server.errors import InvalidInput
from server.indicators.definition import Indicator
from server.periods import Period
from server.scorecards.catalogue import Catalogue
from web.asking import catalogue_at
from web.frame import Link
from web.gate import require
from web.pages.dictionary import matches
from web.phrases import gettext
from web.place import Place, read_place
from web.rendering import render
from web.visitor import person
from web.words import language, period_words

pages = Blueprint("palette", __name__)

MOST = 12


@pages.get("/find")
@require(Permission.VIEW)
def find() -> Response:
    """Answer with what fits the words, each with the kind of thing it is."""
    wanted = request.args.get("q", "").strip()[:100]
    place = read_place(request)
    catalogue = catalogue_at(place)
    found = tuple(islice(_found(catalogue, place, wanted), MOST))
    return render("palette.html", found=found, wanted=wanted, kept=place.query())


def _found(catalogue: Catalogue, place: Place, wanted: str) -> Iterator[tuple[str, Link]]:
    yield from _periods(catalogue, place, wanted)
    words = wanted.lower().split()
    for card in catalogue.scorecards.values():
        if all(word in f"{card.code} {card.name.en} {card.name.zh}".lower() for word in words):
            label = card.name.in_language(language())
            yield gettext("Scorecard"), Link(label, place.link("scorecard.show", code=card.code))
    for one in sorted(catalogue.indicators.values(), key=lambda each: _is_named(each, words)):
        if matches(one, wanted):
            label = one.name.in_language(language())
            yield gettext("Indicator"), Link(label, place.link("indicator.show", code=one.code))
    for label, url in _screens(place):
        if all(word in label.lower() for word in words):
            yield gettext("Screen"), Link(label, url)


def _is_named(indicator: Indicator, words: list[str]) -> bool:
    """False, which sorts first, when every word stands in a name."""
    names = f"{indicator.name.en} {indicator.name.zh}".lower()
    return not all(word in names for word in words)


def _periods(catalogue: Catalogue, place: Place, wanted: str) -> Iterator[tuple[str, Link]]:
    """A written period leads to the first scorecard at that period."""
    try:
        period = Period.parse(wanted.upper())
    except InvalidInput:
        return
    for code in islice(catalogue.scorecards, 1):
        url = place.at(period).link("scorecard.show", code=code)
        yield gettext("Period"), Link(period_words(period), url)


def _screens(place: Place) -> Iterator[tuple[str, str]]:
    yield gettext("Indicators"), place.link("dictionary.show")
    yield gettext("Publications"), place.link("publications.index")
    if person().may(Permission.LOAD):
        yield gettext("Loads"), place.link("loads.index")
    yield gettext("Account"), place.link("account.show")
