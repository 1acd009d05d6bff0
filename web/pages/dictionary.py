"""The dictionary: every indicator with its meaning, found by a word."""

from dataclasses import dataclass

from flask import Blueprint, Response, request

from server.access import Permission
from server.indicators.definition import Indicator
from web.asking import catalogue_at
from web.gate import require
from web.place import read_place
from web.rendering import render
from web.words import language

pages = Blueprint("dictionary", __name__)


@dataclass(frozen=True)
class Entry:
    """An indicator in the dictionary."""

    code: str
    name: str
    meaning: str
    formula: str
    unit: str
    owner: str
    department: str
    url: str


@pages.get("/indicators")
@require(Permission.VIEW)
def show() -> Response:
    """List the indicators that hold the word in their code, names, meaning or owner."""
    place = read_place(request)
    wanted = request.args.get("q", "").strip()[:100]
    indicators = catalogue_at(place).indicators.values()
    found = [one for one in indicators if matches(one, wanted)]
    return render(
        "dictionary.html",
        entries=tuple(_entry(one, place.link("indicator.show", code=one.code)) for one in found),
        wanted=wanted,
        kept=place.query(),
        total=len(indicators),
    )


def matches(indicator: Indicator, wanted: str) -> bool:
    """Whether every word that is wanted stands somewhere in the definition."""
    texts = (indicator.name, indicator.meaning, indicator.department)
    written = " ".join(
        [indicator.code, indicator.owner, *(text.en for text in texts), *(t.zh for t in texts)]
    ).lower()
    return all(word in written for word in wanted.lower().split())


def _entry(indicator: Indicator, url: str) -> Entry:
    return Entry(
        code=indicator.code,
        name=indicator.name.in_language(language()),
        meaning=indicator.meaning.in_language(language()),
        formula=str(indicator.formula),
        unit=indicator.unit.symbol.in_language(language()),
        owner=indicator.owner,
        department=indicator.department.in_language(language()),
        url=url,
    )
