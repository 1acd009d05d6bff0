"""What was known when: the picker of an earlier state of the facts, and the banner that says so.

The chosen state stands in the URL as `as_of`: the number of a publication, a day or an instant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.metadata.publications import list_publications
from server.metadata.snapshots import PublishedState
from server.snapshot import Snapshot, parse_as_of
from web.phrases import gettext, ngettext
from web.place import Place, with_query
from web.visitor import runtime
from web.words import day_words, instant_words

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
class Known:
    """The state of knowledge that a screen shows, and the ways to another one."""

    asked: str | None  # in words: "3 Mar 2026" or "publication 12"; None: what is known now
    shown: str  # the publication that is shown, in words; empty when there was none
    since: str  # how many publications there were since, in words
    moved: str | None  # where to see what moved since
    back: str  # to what is known now
    action: str  # where the form of the picker is sent
    kept: tuple[tuple[str, str], ...]  # what the form carries along
    day: str  # the value of its field
    last_day: str
    publications: tuple[PublicationLink, ...]  # the latest ones
    every: str  # the page that lists all


def known_at(path: str, kept: Pairs, as_of: str | None, snapshot: Snapshot) -> Known:
    """Prepare picker and banner of a screen.

    Args:
        path: of the screen.
        kept: the rest of the screen's state, as its URL says it, without `as_of`.
        as_of: what the URL asks for.
        snapshot: the state that answers it.
    """
    with runtime().metadata.read() as reading:
        latest = list_publications(reading, LISTED)
        shown = list_publications(reading, 1, before=snapshot.number + 1) if as_of else ()
    links = tuple(_link(path, kept, one, snapshot.number if as_of else None) for one in latest)
    newest = latest[0].number if latest else 0
    language = dict(kept).get("lang")
    return Known(
        asked=_asked_words(as_of) if as_of else None,
        shown=_shown_words(shown[0], as_of) if shown and as_of else "",
        since=_since(newest - snapshot.number),
        moved=_moved(snapshot.number, newest, language) if as_of else None,
        back=with_query(path, kept),
        action=path,
        kept=tuple(kept),
        day=_day(as_of, snapshot),
        last_day=runtime().clock().date().isoformat(),
        publications=links,
        every=Place(language=language).link("publications.index"),
    )


def _link(path: str, kept: Pairs, one: PublishedState, chosen: int | None) -> PublicationLink:
    return PublicationLink(
        number=one.number,
        at=instant_words(one.at),
        what=one.what,
        by=one.by,
        url=with_query(path, [*kept, ("as_of", str(one.number))]),
        is_chosen=one.number == chosen,
    )


def _moved(number: int, newest: int, language: str | None) -> str | None:
    if number in (0, newest):
        return None
    return Place(language=language).link("publications.difference", first=number, last=newest)


def _since(count: int) -> str:
    if not count:
        return gettext("Nothing was published since.")
    return ngettext("%(num)s publication since.", "%(num)s publications since.", count)


def _asked_words(as_of: str) -> str:
    asked = parse_as_of(as_of)
    if not isinstance(asked, datetime):
        return gettext("publication %(number)s", number=asked)
    return day_words(asked.date()) if len(as_of) == len("2026-03-31") else instant_words(asked)


def _shown_words(shown: PublishedState, as_of: str) -> str:
    values = {"at": instant_words(shown.at), "what": shown.what, "by": shown.by}
    if as_of == str(shown.number):
        return gettext("%(at)s: %(what)s, by %(by)s", **values)
    return gettext(
        "publication %(number)s, %(at)s: %(what)s, by %(by)s", number=shown.number, **values
    )


def _day(as_of: str | None, snapshot: Snapshot) -> str:
    asked = parse_as_of(as_of) if as_of else None
    at = asked if isinstance(asked, datetime) else snapshot.published_at
    return at.date().isoformat() if asked is not None and at else ""
