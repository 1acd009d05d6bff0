"""What ops must know before they read the list of loads: what is missing, what stopped serving."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.arrivals.coverage import Arrival, Arrivals
from server.ledger.stuck import Stuck, all_stuck, stuck_alone
from server.metadata.grouped_files import GroupedFile, refused_files, waiting_files
from server.metadata.rollups import KnownRollUp, known_roll_ups
from server.metadata.session import Session
from server.snapshot import Snapshot
from server.store.projections import roll_up_name
from web.coverage import coverage_words
from web.figures import whole
from web.phrases import gettext, ngettext
from web.sentences import in_words
from web.words import day_words, instant_words, person_words

_LATELY = timedelta(days=7)
_MOST_REFUSED = 10
_MOST_FILES = 40


@dataclass(frozen=True)
class SourceLine:
    """A source with a contract of arrival: how much of what it promised has come."""

    source: str
    words: str
    late: str  # how much was due and is not there; empty: nothing
    until: str  # the day up to which all senders have sent; empty: somebody never did


@dataclass(frozen=True)
class StoppedLine:
    """A roll-up that answers nobody any more, with why."""

    name: str
    table: str
    reason: str


@dataclass(frozen=True)
class WaitingLine:
    """Small files and pushes of one source that wait to become one load."""

    source: str
    words: str
    trouble: str  # why they wait for longer than their window; empty: they do not


@dataclass(frozen=True)
class FileLine:
    """A file that was to be loaded with others: its place in the load, or why it has none."""

    source: str
    at: str
    by: str
    lines: str = ""
    reason: str = ""


def waiting_lines(session: Session) -> tuple[WaitingLine, ...]:
    """What waits, source by source, in the order of their names."""
    stuck = {one.specification: in_words(one.reason) for one in all_stuck(session)}
    by_source: dict[str, list[GroupedFile]] = {}
    for one in waiting_files(session):
        by_source.setdefault(one.specification, []).append(one)
    together = (
        WaitingLine(name, _waiting(files), stuck.get(name, "")) for name, files in by_source.items()
    )
    alone = (_alone(one) for one in stuck_alone(session))
    return tuple(sorted((*together, *alone), key=lambda one: one.source))


def refused_lines(session: Session, now: datetime) -> tuple[FileLine, ...]:
    """The files of the last days that were refused before they became a load."""
    found = refused_files(session, now - _LATELY, _MOST_REFUSED)
    return tuple(_file(one, reason=in_words(one.error or "")) for one in found)


def file_lines(files: Sequence[GroupedFile]) -> tuple[FileLine, ...]:
    """The first files that a load was made of, each with its lines in the load's source."""
    return tuple(_file(one, lines=_lines(one)) for one in files[:_MOST_FILES])


def source_lines(snapshot: Snapshot) -> tuple[SourceLine, ...]:
    """Every source that promised something, in the order of their names."""
    each = (one for known in snapshot.arrivals.values() for one in known)
    return tuple(_source(one) for one in sorted(each, key=lambda one: one.contract.source))


def stopped_lines(session: Session) -> tuple[StoppedLine, ...]:
    """The roll-ups that were taken away, until they are built anew."""
    known = known_roll_ups(session).values()
    return tuple(_stopped(one) for one in known if one.state == "disabled")


def _alone(one: Stuck) -> WaitingLine:
    words = _things(0, one.files, one.since)
    return WaitingLine(one.specification, words, in_words(one.reason))


def _waiting(files: Sequence[GroupedFile]) -> str:
    pushes = sum(one.push is not None for one in files)
    return _things(len(files) - pushes, pushes, files[0].received_at)


def _things(sent: int, pushes: int, since: datetime) -> str:
    things = (
        ngettext("%(num)s file", "%(num)s files", sent) if sent else "",
        ngettext("%(num)s push", "%(num)s pushes", pushes) if pushes else "",
    )
    return gettext(
        "%(things)s, the first of %(at)s",
        things=gettext(", ").join(one for one in things if one),
        at=instant_words(since),
    )


def _file(one: GroupedFile, lines: str = "", reason: str = "") -> FileLine:
    return FileLine(one.source, instant_words(one.received_at), person_words(one.by), lines, reason)


def _lines(one: GroupedFile) -> str:
    if one.first_row is None or one.last_row is None:
        return gettext("no rows")
    return f"{whole(one.first_row)} – {whole(one.last_row)}"


def _source(one: Arrivals) -> SourceLine:
    first, watermark = one.first, one.watermark()
    if first is None:
        return SourceLine(one.contract.source, gettext("nothing has arrived yet"), "", "")
    until = one.contract.until
    last = min(one.today, until.last_day) if until else one.today
    found = one.coverage(first.first_day, last)
    everything = gettext("all %(expected)s have arrived", expected=found.expected)
    return SourceLine(
        source=one.contract.source,
        words=everything if found.state is Arrival.WHOLE else coverage_words(found),
        late=ngettext("%(num)s is late", "%(num)s are late", found.due) if found.due else "",
        until=day_words(watermark) if watermark else "",
    )


def _stopped(one: KnownRollUp) -> StoppedLine:
    return StoppedLine(roll_up_name(one.projection), one.table, one.reason or "")
