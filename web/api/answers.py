"""JSON answers: exact numbers, and headers that say what they are based on."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from flask import Response, jsonify
from flask.json.provider import DefaultJSONProvider

from server.indicators.absence import Absence, Figure
from server.indicators.definition import Indicator
from server.indicators.rounding import exact_text
from server.indicators.scoring import shown
from server.snapshot import Snapshot


class ExactJson(DefaultJSONProvider):
    """A decimal is written as text, so that no reader makes a binary float of it."""

    sort_keys = False
    ensure_ascii = False

    @staticmethod
    def default(value: object) -> object:
        """What the standard encoder does not know."""
        if isinstance(value, Decimal):
            return f"{value:f}"
        if isinstance(value, date):
            return value.isoformat()
        return DefaultJSONProvider.default(value)


def answer(body: Mapping[str, object], snapshot: Snapshot, watermark: date | None) -> Response:
    """A JSON answer that names the snapshot and the last date with facts."""
    based = {"snapshot": snapshot.number, "watermark": watermark}
    found = jsonify({**body, **based})
    found.headers["Indicube-Snapshot"] = str(snapshot.number)
    if watermark is not None:
        found.headers["Indicube-Watermark"] = watermark.isoformat()
    return found


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
