"""From the place of a screen to the question of a use case, and back to words."""

from server.scorecards.asking import Asked
from server.scorecards.catalogue import Catalogue, read_catalogue
from server.scorecards.views import Frame
from server.snapshot import AsOf, AsOfModel, Snapshot, parse_as_of, parse_as_of_model
from web.phrases import gettext
from web.place import Place
from web.visitor import person, runtime, snapshot
from web.words import language, period_words


def asked_at(place: Place) -> Asked:
    """What the signed-in person asks at a place."""
    return Asked(person(), place.cuts, place.period, language(), *moments(place), place.is_alike)


def moments(place: Place) -> tuple[AsOf | None, AsOfModel | None]:
    """By which facts and which definitions a place is asked about; None: those of now."""
    return (
        parse_as_of(place.as_of) if place.as_of else None,
        parse_as_of_model(place.as_of_model) if place.as_of_model else None,
    )


def snapshot_at(place: Place) -> Snapshot:
    """The state of facts and definitions of a place."""
    return snapshot(*moments(place))


def catalogue_at(place: Place) -> Catalogue:
    """The definitions by which a place is looked at."""
    number = snapshot_at(place).definitions if place.as_of_model else None
    return read_catalogue(runtime().metadata, number)


def subject_of(frame: Frame) -> str:
    """Who and when, as a title says it."""
    names = [one.member.label for one in frame.slice.filters]
    whole = gettext("All that you may see") if person().scope.rules else gettext("Whole company")
    return " · ".join([*(names or [whole]), period_words(frame.slice.period)])
