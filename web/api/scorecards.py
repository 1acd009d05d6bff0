"""Scorecards over HTTP: which there are, and one evaluated at a period and place."""

from flask import Blueprint, Response

from server.access import Permission
from server.scorecards.catalogue import read_catalogue
from server.scorecards.evaluate import evaluate_scorecard
from web.api import forms, scorecard_shapes
from web.api.answers import Based, answer
from web.api.described import perspective_words, rolled_words, slice_words
from web.api.naming import of_everything
from web.api.operations import Operation, describe
from web.api.places import read_asked
from web.api.reading import read_only
from web.gate import require
from web.kept import kept
from web.visitor import runtime, snapshot
from web.words import language

api = Blueprint("api_scorecards", __name__, url_prefix="/api/v1/scorecards")


@api.get("")
@require(Permission.VIEW)
@describe(
    Operation(
        "Every scorecard that is defined",
        scorecard_shapes.Scorecards(),
        forms.DefinitionsAsked(),
        missing=False,
    )
)
@kept(of_everything)
def index() -> Response:
    """Every scorecard with its name and its indicators."""
    published = snapshot(None, read_only(forms.DefinitionsAsked()).get("as_of_model"))
    found = read_catalogue(runtime().metadata, published.definitions).scorecards
    listed = [
        {
            "code": one.code,
            "name": one.name.in_language(language()),
            "indicators": list(one.indicator_codes),
        }
        for one in found.values()
    ]
    return answer({"scorecards": listed}, Based(published))


@api.get("/<code>")
@require(Permission.VIEW)
@describe(
    Operation(
        "A scorecard at a period and place: every indicator, judged and rolled up",
        scorecard_shapes.Scorecard(),
        forms.StandingAsked(),
        examples={"period": "2013-12"},
    )
)
@kept(of_everything)
def show(code: str) -> Response:
    """A scorecard as the screen shows it, with exact figures."""
    asked = read_asked(forms.StandingAsked())
    view = evaluate_scorecard(runtime(), asked, code)
    body = {
        "code": code,
        "name": view.scorecard.name.in_language(asked.language),
        "period": str(view.frame.slice.period),
        "slice": slice_words(view.frame.slice),
        **rolled_words(view.rolled),
        "perspectives": [perspective_words(one, asked.language) for one in view.perspectives],
    }
    return answer(body, Based(view.frame.snapshot, view.frame.data_to))
