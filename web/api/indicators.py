"""Indicators over HTTP: their definitions, and how one stands at a slice."""

from flask import Blueprint, Response

from server.access import Permission
from server.errors import NotFound
from server.scorecards.asking import Asked
from server.scorecards.catalogue import read_catalogue
from server.scorecards.figure import indicator_figure
from server.snapshot import Snapshot
from web.api import forms, shapes
from web.api.answers import Based, answer
from web.api.described import indicator_words, series_words, slice_words, standing_words
from web.api.naming import of_everything
from web.api.operations import Operation, describe
from web.api.places import read_asked
from web.api.reading import read_only
from web.gate import require
from web.kept import kept
from web.visitor import runtime, snapshot
from web.words import language

api = Blueprint("api_indicators", __name__, url_prefix="/api/v1/indicators")

_AMERICAN = {"period": "2013-12", "cut": ["organisation:network,AA"]}


@api.get("")
@require(Permission.VIEW)
@describe(
    Operation(
        "Every indicator that is defined",
        shapes.Indicators(),
        forms.DefinitionsAsked(),
        missing=False,
    )
)
@kept(of_everything)
def index() -> Response:
    """Every indicator that is defined."""
    published = snapshot(None, read_only(forms.DefinitionsAsked()).get("as_of_model"))
    found = read_catalogue(runtime().metadata, published.definitions)
    listed = [indicator_words(one, language()) for one in found.indicators.values()]
    return answer({"indicators": listed}, Based(published))


@api.get("/<code>")
@require(Permission.VIEW)
@describe(
    Operation(
        "An indicator: its definition, and how it stands at a period and place",
        shapes.Indicator(),
        forms.StandingAsked(),
        examples=_AMERICAN,
    )
)
@kept(of_everything)
def show(code: str) -> Response:
    """An indicator at a period and a slice: value, target, score, status and trend."""
    return _standing(code, read_asked(forms.StandingAsked()), has_definition=True)


@api.get("/<code>/value")
@require(Permission.VIEW)
@describe(
    Operation(
        "How an indicator stands at a period and place",
        shapes.IndicatorValue(),
        forms.StandingAsked(),
        examples=_AMERICAN,
    )
)
@kept(of_everything)
def value(code: str) -> Response:
    """An indicator's value, target, score and status alone."""
    return _standing(code, read_asked(forms.StandingAsked()), has_trend=False)


@api.get("/<code>/series")
@require(Permission.VIEW)
@describe(
    Operation(
        "An indicator in each of up to twelve periods, the asked one last",
        shapes.IndicatorSeries(),
        forms.StandingAsked(),
        examples=_AMERICAN,
    )
)
@kept(of_everything)
def series(code: str) -> Response:
    """An indicator's values and targets, period by period."""
    asked = read_asked(forms.StandingAsked())
    published = snapshot(asked.as_of, asked.as_of_model)
    found = indicator_figure(runtime(), asked, _known(code, published), published)
    body = {
        "code": code,
        "period": str(found.standing.period),
        "slice": slice_words(found.slice),
        "series": series_words(found.standing),
    }
    return answer(body, Based(found.snapshot, found.data_to))


def _standing(
    code: str, asked: Asked, *, has_definition: bool = False, has_trend: bool = True
) -> Response:
    published = snapshot(asked.as_of, asked.as_of_model)
    found = indicator_figure(runtime(), asked, _known(code, published), published)
    body = {
        **(
            {"indicator": indicator_words(found.standing.indicator, language())}
            if has_definition
            else {"code": code}
        ),
        "period": str(found.standing.period),
        "slice": slice_words(found.slice),
        **standing_words(found.standing),
        **({"trend": series_words(found.standing)} if has_trend else {}),
    }
    return answer(body, Based(found.snapshot, found.data_to))


def _known(code: str, published: Snapshot) -> str:
    """The code, if it is one; in the address an unknown code is an unknown thing."""
    known = read_catalogue(runtime().metadata, published.definitions).indicators
    if code not in known:
        raise NotFound(f"There is no indicator {code[:60]!r}.", field="code", allowed=sorted(known))
    return code
