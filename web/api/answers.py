"""JSON answers: exact numbers, and headers that say what they are based on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import wraps
from hashlib import sha256
from typing import ParamSpec

from flask import Response, jsonify, request
from flask.json.provider import DefaultJSONProvider

from server.errors import InvalidInput
from server.indicators.absence import Absence, Figure
from server.indicators.definition import Indicator
from server.indicators.receipt import canonical_json
from server.indicators.rounding import exact_text
from server.indicators.scoring import shown
from server.snapshot import Snapshot, parse_as_of, parse_as_of_model
from web.api.formats import accepted_format
from web.visitor import person, runtime, snapshot
from web.words import language

SERVED_BY = "facts"  # unless the answer says otherwise
Parameters = ParamSpec("Parameters")


class ExactJson(DefaultJSONProvider):
    """A decimal is written as text, so that no reader makes a binary float of it.

    A quotient has no end as a decimal: it is written as the nearest binary float.
    """

    sort_keys = False
    ensure_ascii = False

    @staticmethod
    def default(value: object) -> object:
        """What the standard encoder does not know."""
        if isinstance(value, Decimal):
            return f"{value:f}"
        if isinstance(value, Fraction):
            return float(value)
        if isinstance(value, date | datetime):
            return value.isoformat()
        return DefaultJSONProvider.default(value)


@dataclass(frozen=True)
class Based:
    """What an answer is based on: the published state and the last date with facts."""

    snapshot: Snapshot
    watermark: date | None = None
    model_version: str = ""  # of the cube that was asked; empty: of the pack

    @property
    def version(self) -> str:
        """SHA-256 of the cube model."""
        return self.model_version or runtime().cubes.model.version

    def on(self, response: Response) -> Response:
        """The answer with the headers that say so."""
        response.headers["Indicube-Snapshot"] = str(self.snapshot.number)
        if self.watermark is not None:
            response.headers["Indicube-Watermark"] = self.watermark.isoformat()
        return response


def answer(body: Mapping[str, object], based: Based) -> Response:
    """A JSON answer that names what it is based on."""
    found = jsonify(
        {
            "served_by": SERVED_BY,
            **body,
            "snapshot": based.snapshot.number,
            "watermark": based.watermark,
            "definitions": based.snapshot.definitions,
            "model_version": based.version,
        }
    )
    return based.on(found)


def tagged(view: Callable[Parameters, Response]) -> Callable[Parameters, Response]:
    """Let a view answer 304 to a program that has the answer already.

    The tag says what the answer depends on: the question, the facts, the definitions, the model,
    the language, and who may see what.
    """

    @wraps(view)
    def tagging(*parts: Parameters.args, **named: Parameters.kwargs) -> Response:
        if request.method == "POST":
            return view(*parts, **named)
        tag = _tag()
        if request.if_none_match.contains_weak(tag):
            unchanged = Response(status=304)
            unchanged.set_etag(tag)
            return Based(_asked()).on(unchanged)
        found = view(*parts, **named)
        found.set_etag(tag)
        return found

    return tagging


def figure(value: Figure, indicator: Indicator) -> dict[str, str]:
    """A figure in its unit: rounded, and exact as numerator/denominator; or why there is none."""
    if isinstance(value, Absence):
        return {"absent": str(value)}
    scaled = value * indicator.unit.scale
    return {
        "value": f"{indicator.unit.shown(value, indicator.decimals):f}",
        "exact": exact_text(scaled),
    }


def score(value: Figure) -> dict[str, str]:
    """A score: with the decimal on which it is judged, and exact."""
    if isinstance(value, Absence):
        return {"absent": str(value)}
    return {"value": f"{shown(value):f}", "exact": exact_text(value)}


def _asked() -> Snapshot:
    """The state that the address asks for; one that cannot be is told by the view."""
    text, model = request.args.get("as_of"), request.args.get("as_of_model")
    try:
        return snapshot(
            parse_as_of(text) if text else None, parse_as_of_model(model) if model else None
        )
    except InvalidInput:
        return snapshot()


def _tag() -> str:
    asker, published = person(), _asked()
    return sha256(
        canonical_json(
            {
                "question": request.full_path,
                "form": accepted_format(),
                "snapshot": published.number,
                "definitions": published.definitions,
                "arrivals": list(published.arrival_state),
                "model": runtime().cubes.model.version,
                "roll_ups": sorted(published.rollups),
                "language": language(),
                "role": str(asker.role),
                "scope": sorted([rule.dimension, *rule.path] for rule in asker.scope.rules),
            }
        ).encode()
    ).hexdigest()[:32]
