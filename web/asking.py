"""From the place of a screen to the question of a use case, and back to words."""

from server.scorecards.asking import Asked
from server.scorecards.views import Frame
from server.snapshot import parse_as_of
from web.phrases import gettext
from web.place import Place
from web.visitor import person
from web.words import language, period_words


def asked_at(place: Place) -> Asked:
    """What the signed-in person asks at a place."""
    as_of = parse_as_of(place.as_of) if place.as_of else None
    return Asked(person(), place.cuts, place.period, language(), as_of)


def subject_of(frame: Frame) -> str:
    """Who and when, as a title says it."""
    names = [one.member.label for one in frame.slice.filters]
    whole = gettext("All that you may see") if person().scope.rules else gettext("Whole company")
    return " · ".join([*(names or [whole]), period_words(frame.slice.period)])
