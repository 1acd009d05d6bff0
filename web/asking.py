"""From the place of a screen to the question of a use case, and back to words."""

from server.scorecards.asking import Asked
from server.scorecards.views import Frame
from web.phrases import gettext
from web.place import Place
from web.visitor import person
from web.words import language, period_words


def asked_at(place: Place) -> Asked:
    """What the signed-in person asks at a place."""
    return Asked(person(), place.cuts, place.period, language())


def subject_of(frame: Frame) -> str:
    """Who and when, as a title says it."""
    chosen = {one.dimension: one.member.label for one in frame.slice.filters}
    everyone = {
        "organisation": gettext("All organisations"),
        "region": gettext("all regions"),
    }
    names = [
        chosen.get(picker.dimension, everyone.get(picker.dimension, "")) for picker in frame.pickers
    ]
    others = [label for name, label in chosen.items() if name not in everyone]
    period = period_words(frame.slice.period)
    return gettext(" · ").join([*filter(None, names), *others, period])
