"""What ops must know before they read the list of loads: what is missing, what stopped serving."""

from dataclasses import dataclass

from server.arrivals.coverage import Arrival, Arrivals
from server.metadata.rollups import KnownRollUp, known_roll_ups
from server.metadata.session import Session
from server.snapshot import Snapshot
from server.store.projections import roll_up_name
from web.coverage import coverage_words
from web.phrases import gettext, ngettext
from web.words import day_words


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


def source_lines(snapshot: Snapshot) -> tuple[SourceLine, ...]:
    """Every source that promised something, in the order of their names."""
    each = (one for known in snapshot.arrivals.values() for one in known)
    return tuple(_source(one) for one in sorted(each, key=lambda one: one.contract.source))


def stopped_lines(session: Session) -> tuple[StoppedLine, ...]:
    """The roll-ups that were taken away, until they are built anew."""
    known = known_roll_ups(session).values()
    return tuple(_stopped(one) for one in known if one.state == "disabled")


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
