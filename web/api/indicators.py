"""Indicators over HTTP: their definitions, and how one stands at a slice."""

from flask import Blueprint, Response, request

from server.access import Permission
from server.indicators.definition import Indicator
from server.scorecards.catalogue import read_catalogue
from server.scorecards.indicator import indicator_view
from server.scorecards.views import IndicatorView
from web.api.answers import answer, figure, score
from web.asking import asked_at
from web.gate import require
from web.place import read_place
from web.visitor import runtime
from web.words import language

api = Blueprint("api_indicators", __name__, url_prefix="/api/v1/indicators")


@api.get("")
@require(Permission.VIEW)
def index() -> Response:
    """Every indicator that is defined."""
    found = read_catalogue(runtime().metadata)
    listed = [_described(one) for one in found.indicators.values()]
    return answer({"indicators": listed}, runtime().snapshot(), None)


@api.get("/<code>")
@require(Permission.VIEW)
def show(code: str) -> Response:
    """An indicator at a period and a slice: value, target, score, status and trend."""
    view = indicator_view(runtime(), asked_at(read_place(request)), code)
    body = {
        "indicator": _described(view.standing.indicator),
        "period": str(view.standing.period),
        "slice": [
            {"dimension": one.dimension, "path": list(one.member.path)}
            for one in view.frame.slice.filters
        ],
        **_standing(view),
        "model_version": view.frame.model_version,
    }
    return answer(body, view.frame.snapshot, view.frame.data_to)


def _described(indicator: Indicator) -> dict[str, object]:
    return {
        "code": indicator.code,
        "version": indicator.version,
        "name": indicator.name.in_language(language()),
        "meaning": indicator.meaning.in_language(language()),
        "cube": indicator.cube,
        "formula": str(indicator.formula),
        "unit": indicator.unit.code,
        "direction": str(indicator.direction),
        "frequency": indicator.frequency,
        "owner": indicator.owner,
    }


def _standing(view: IndicatorView) -> dict[str, object]:
    standing, indicator = view.standing, view.standing.indicator
    return {
        "actual": figure(standing.value, indicator),
        "target": figure(standing.target, indicator),
        "previous": figure(standing.previous, indicator),
        "year_earlier": figure(standing.year_earlier, indicator),
        "score": score(standing.score),
        "status": str(standing.status),
        "is_partial": standing.is_partial,
        "trend": [
            {
                "period": str(point.period),
                "actual": figure(point.value, indicator),
                "target": figure(point.target, indicator),
            }
            for point in standing.trend
        ],
    }
