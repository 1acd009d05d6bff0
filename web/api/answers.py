"""JSON answers: exact numbers, and headers that say what they are based on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from flask import Response, jsonify
from flask.json.provider import DefaultJSONProvider

from server.indicators.absence import Absence, Figure
from server.indicators.definition import Indicator
from server.indicators.rounding import exact_text
from server.indicators.scoring import shown
from server.snapshot import Snapshot
from web.kept import SNAPSHOT, WATERMARK
from web.visitor import runtime

SERVED_BY = "facts"  # unless the answer says otherwise


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
        response.headers[SNAPSHOT] = str(self.snapshot.number)
        if self.watermark is not None:
            response.headers[WATERMARK] = self.watermark.isoformat()
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
