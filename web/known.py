"""What was known when: the picker of an earlier state of the facts, and the banner that says so.

The chosen state stands in the URL as `as_of`: the number of a publication, a day or an instant; and
as `as_of_model` that of the definitions, which is `then` where both go together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.metadata.publications import list_publications
from server.metadata.snapshots import PublishedState
from server.snapshot import THEN, Snapshot, parse_as_of, parse_as_of_model
from web.events import publication_words
from web.phrases import gettext, ngettext
from web.place import Place, with_query
from web.visitor import runtime
from web.words import day_words, instant_words, person_words

LISTED = 8  # publications that the picker offers; all stand on a page of their own

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class PublicationLink:
    """A publication that can be chosen."""

    number: int
    at: str
    what: str
    by: str
    url: str
    is_chosen: bool


@dataclass(frozen=True)
class DefinitionsLink:
    """Definitions by which an earlier state of the facts can be looked at."""

    label: str
    url: str
    is_chosen: bool


@dataclass(frozen=True)
class Known:
    """The state of knowledge that a screen shows, and the ways to another one."""

    asked: str | None  # in words: "3 Mar 2026" or "publication 12"; None: what is known now
    shown: str  # the publication that is shown, in words; empty when there was none
    since: str  # how many publications there were since, in words
    moved: str | None  # where to see what moved since
    defined: str  # by which definitions, in words; empty: by today's
    definitions: tuple[DefinitionsLink, ...]  # today's and those of then, of an earlier state
    back: str  # to what is known now
    action: str  # where the form of the picker is sent
    kept: tuple[tuple[str, str], ...]  # what the form carries along
    day: str  # the value of its field
    last_day: str
    is_then: bool  # whether the definitions are those of the facts' moment
    publications: tuple[PublicationLink, ...]  # the latest ones
    every: str  # the page that lists all

    @property
    def is_earlier(self) -> bool:
        """Whether anything is shown but what is known now, by today's definitions."""
        return bool(self.asked or self.defined)


@dataclass(frozen=True)
class Clocks:
    """What an address says of the two clocks."""

    as_of: str | None = None
    as_of_model: str | None = None

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The parameters that say so."""
        told = (("as_of", self.as_of), ("as_of_model", self.as_of_model))
        return tuple((name, text) for name, text in told if text)


def known_place(path: str, place: Place, shown: Snapshot) -> Known:
    """Picker and banner of a screen at a place."""
    clocks = Clocks(place.as_of, place.as_of_model)
    return known_at(path, place.known(None).query(), clocks, shown)


def known_at(path: str, kept: Pairs, clocks: Clocks, snapshot: Snapshot) -> Known:
    """Prepare picker and banner of a screen.

    Args:
        path: of the screen.
        kept: the rest of the screen's state, as its URL says it, without its clocks.
        clocks: what the URL asks for.
        snapshot: the state that answers it.
    """
    as_of = clocks.as_of
    with runtime().metadata.read() as reading:
        latest = list_publications(reading, LISTED)
        shown = list_publications(reading, 1, before=snapshot.number + 1) if as_of else ()
    chosen = snapshot.number if as_of else None
    newest = latest[0].number if latest else 0
    language = dict(kept).get("lang")
    return Known(
        asked=_asked_words(as_of) if as_of else None,
        shown=_shown_words(shown[0], as_of) if shown and as_of else "",
        since=_since(newest - snapshot.number),
        moved=_moved(snapshot.number, newest, Place(language=language, **vars(clocks)))
        if as_of
        else None,
        defined=_defined_words(clocks.as_of_model) if clocks.as_of_model else "",
        definitions=_definitions(path, kept, clocks),
        back=with_query(path, kept),
        action=path,
        kept=tuple(kept),
        day=_day(as_of, snapshot),
        last_day=runtime().clock().date().isoformat(),
        is_then=clocks.as_of_model == THEN,
        publications=tuple(_link(path, kept, one, chosen, clocks) for one in latest),
        every=Place(language=language, **vars(clocks)).link("publications.index"),
    )


def _link(
    path: str, kept: Pairs, one: PublishedState, chosen: int | None, clocks: Clocks
) -> PublicationLink:
    there = Clocks(str(one.number), clocks.as_of_model)
    return PublicationLink(
        number=one.number,
        at=instant_words(one.at),
        what=publication_words(one.what),
        by=person_words(one.by),
        url=with_query(path, [*kept, *there.pairs()]),
        is_chosen=one.number == chosen,
    )


def _definitions(path: str, kept: Pairs, clocks: Clocks) -> tuple[DefinitionsLink, ...]:
    if not clocks.as_of:
        return ()
    choices = ((None, gettext("today's definitions")), (THEN, gettext("definitions of then")))
    return tuple(
        DefinitionsLink(
            label,
            with_query(path, [*kept, *Clocks(clocks.as_of, model).pairs()]),
            clocks.as_of_model == model,
        )
        for model, label in choices
    )


def _defined_words(as_of_model: str) -> str:
    asked = parse_as_of_model(as_of_model)
    if asked == THEN:
        return gettext("by the definitions of then")
    if isinstance(asked, datetime):
        return gettext("by the definitions of %(moment)s", moment=_instant(as_of_model, asked))
    return gettext("by the definitions after change %(number)s", number=asked)


def _moved(number: int, newest: int, place: Place) -> str | None:
    if number in (0, newest):
        return None
    return place.link("publications.difference", first=number, last=newest)


def _since(count: int) -> str:
    if not count:
        return gettext("Nothing was published since.")
    return ngettext("%(num)s publication since.", "%(num)s publications since.", count)


def _asked_words(as_of: str) -> str:
    asked = parse_as_of(as_of)
    if not isinstance(asked, datetime):
        return gettext("publication %(number)s", number=asked)
    return _instant(as_of, asked)


def _instant(text: str, moment: datetime) -> str:
    return day_words(moment.date()) if len(text) == len("2026-03-31") else instant_words(moment)


def _shown_words(shown: PublishedState, as_of: str) -> str:
    values = {
        "at": instant_words(shown.at),
        "what": publication_words(shown.what),
        "by": person_words(shown.by),
    }
    if as_of == str(shown.number):
        return gettext("%(at)s: %(what)s, by %(by)s", **values)
    return gettext(
        "publication %(number)s, %(at)s: %(what)s, by %(by)s", number=shown.number, **values
    )


def _day(as_of: str | None, snapshot: Snapshot) -> str:
    asked = parse_as_of(as_of) if as_of else None
    at = asked if isinstance(asked, datetime) else snapshot.published_at
    return at.date().isoformat() if asked is not None and at else ""
