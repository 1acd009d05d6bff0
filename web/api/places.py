"""The period, place and state of knowledge that a program asks about, as for screens."""

from typing import Any

from marshmallow import Schema

from server.periods import Period
from server.scorecards.asking import Asked
from server.scorecards.slicing import NO_CUTS
from web.api.mistakes import Mistakes
from web.api.reading import read
from web.place import read_cuts
from web.visitor import person
from web.words import language


def read_asked(schema: Schema) -> Asked:
    """Who asks for which period and place; all mistakes at once."""
    mistakes = Mistakes()
    asked = asked_from(read(schema, mistakes), mistakes)
    mistakes.tell()
    return asked


def asked_from(values: dict[str, Any], mistakes: Mistakes, said: str | None = None) -> Asked:
    """The question in values that were read; mistakes are kept."""
    text = values.get("period")
    period = mistakes.attempt(lambda: Period.parse(text) if text else None, None)
    cuts = mistakes.attempt(lambda: read_cuts(values.get("cut", ())), NO_CUTS)
    clocks = values.get("as_of"), values.get("as_of_model")
    is_alike = values.get("like_for_like") is True
    return Asked(person(), cuts, period, said or language(), *clocks, is_alike)
