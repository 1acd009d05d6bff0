"""What must be visible, worked out in plain Python from what was sent: the independent cube.

It knows nothing of batches, stores or dictionaries. It is told which files were published,
corrected, withdrawn and restored at which snapshot, and adds up their rows in exact fractions.

1. Of an appended source every file counts that is not withdrawn.
2. Of a replaced source a month belongs to the file that covers it and was first published last.
3. Of an upserted source a key belongs to the file that brings it and was first published last.
4. A dimension is what the file says that was first published last; each stall has one region. A
   file of some members says the rest as it was seen before.
5. A stall belongs to who kept it on the day of the fact, or keeps it on the last day of facts.

Where somebody has to decide (see `must_wait`) nothing is published before they have.

A withdrawn file counts for nothing; a restored one counts again in its old place. Rows that were
refused and mended count with their file from then on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Literal

from tests.chaos.sent import Sent, Span, Taking

__all__ = ["Sent"]

Membership = Literal["as_was", "as_is"]
Place = tuple[str, str, str, str]  # table, month, region, keeper
Figures = Mapping[Place, tuple[int, int, Fraction]]  # how many takings, pieces, amount
UNKNOWN = "unknown"
MOST_MOVED = 20  # percent by which a count may move a month that is shown
FIRST_DAY = date(1970, 1, 1)


@dataclass(frozen=True)
class Event:
    """A load was shown or hidden from a snapshot on, or some of its refused rows were mended."""

    load: int
    snapshot: int
    is_shown: bool
    mended: tuple[int, ...] = ()  # which of its bad rows; then it stays as it was shown


@dataclass(frozen=True)
class Purge:
    """A purge at a time when `last` was the last snapshot; older ones than `kept_from` may go."""

    kept_from: int
    last: int
    held: tuple[int, ...] = ()  # older snapshots that something points at


@dataclass(frozen=True)
class Oracle:
    """Everything that was acknowledged so far; changed copies are made, it never changes."""

    sent: tuple[tuple[int, Sent], ...] = ()  # loads in the order of their first publication
    events: tuple[Event, ...] = ()
    purges: tuple[Purge, ...] = ()

    def published(self, load: int, sent: Sent, snapshot: int) -> "Oracle":
        """A file was published for the first time."""
        return replace(
            self,
            sent=(*self.sent, (load, sent)),
            events=(*self.events, Event(load, snapshot, True)),
        )

    def changed(self, load: int, snapshot: int, *, is_shown: bool) -> "Oracle":
        """A load was withdrawn or restored."""
        return replace(self, events=(*self.events, Event(load, snapshot, is_shown)))

    def corrected(self, load: int, snapshot: int, rows: tuple[int, ...]) -> "Oracle":
        """Some of a load's bad rows were mended."""
        return replace(self, events=(*self.events, Event(load, snapshot, True, rows)))

    def purged(self, kept_from: int, held: tuple[int, ...] = ()) -> "Oracle":
        """What no snapshot from that one on shows was deleted."""
        return replace(self, purges=(*self.purges, Purge(kept_from, self.last, held)))

    @property
    def last(self) -> int:
        """The last snapshot."""
        return max((event.snapshot for event in self.events), default=0)

    def visible(self, at: int | None = None) -> tuple[tuple[int, Sent], ...]:
        """The loads that are published and not withdrawn, in the order of first publication."""
        shown: dict[int, bool] = {}
        for event in self.events:
            if not event.mended and (at is None or event.snapshot <= at):
                shown[event.load] = event.is_shown
        return tuple((load, sent) for load, sent in self.sent if shown.get(load, False))

    def withdrawn(self) -> tuple[int, ...]:
        """The loads that were published and are withdrawn now."""
        visible = {load for load, _ in self.visible()}
        return tuple(load for load, _ in self.sent if load not in visible)

    def mended(self, load: int, at: int | None = None) -> tuple[Event, ...]:
        """What was mended of a load, in order."""
        return tuple(
            event
            for event in self.events
            if event.load == load and event.mended and (at is None or event.snapshot <= at)
        )

    def twin_of(self, sent: Sent) -> int | None:
        """A visible load of the same file that still stands whole."""
        for load, earlier in self.visible():
            if earlier == sent and self._stands_whole(load, earlier):
                return load
        return None

    def must_wait(self, sent: Sent) -> bool:
        """Whether somebody has to decide on the file.

        Of the desk on one that covers a month that is shown already; of the counts on one that
        moves such a month by more than a fifth; of what is appended on one with a key that is seen.
        """
        months = [month for source, month in self.owners() if source == sent.source]
        restated = sent.covers.intersection(months)
        if sent.source == "counts":
            return any(self._moves(sent, month) for month in restated)
        return self.meets(sent) or (sent.source == "desk" and bool(restated))

    def meets(self, sent: Sent, at: int | None = None, but: int = 0) -> bool:
        """Whether a row of what is appended has the key of one that its source shows elsewhere."""
        keys = {(one.key, one.day) for one in sent.takings if sent.mode == "append" and one.key}
        return any(
            (one.key, one.day) in keys
            for load, other in self.visible(at)
            if load != but and other.source == sent.source
            for one in other.takings
        )

    def may_return(self, load: int) -> bool:
        """Whether a withdrawn load can be restored: not beside its keys, unless it was decided."""
        sent = dict(self.sent)[load]
        was_decided = self.meets(sent, self.first_shown(load) - 1, load)
        return was_decided or not self.meets(sent, but=load)

    def shown_takings(self, source: str, month: str) -> tuple[Taking, ...]:
        """What a replaced source shows of a month."""
        load = self.owners()[(source, month)]
        takings = self._takings(load, dict(self.sent)[load], None)
        return tuple(one for one in takings if one.month == month)

    def figures(self, at: int | None = None, membership: Membership = "as_was") -> Figures:
        """What every month, region and keeper adds up to at a snapshot; by default the last."""
        regions = dict(self.version("stalls", at)[0])
        spans = self.version("keepers", at)[1]
        counted = tuple(self._counted(at))
        today = {table: taking.day for table, taking in sorted(counted, key=_day)}
        found: dict[Place, tuple[int, int, Fraction]] = {}
        for table, taking in counted:
            keeper = keeper_of(spans, taking, today[table] if membership == "as_is" else taking.day)
            place = (table, taking.month, regions.get(taking.stall, UNKNOWN), keeper)
            count, pieces, amount = found.get(place, (0, 0, Fraction(0)))
            added = amount + Fraction(taking.amount)
            found[place] = (count + 1, pieces + taking.pieces, added)
        return found

    def version(
        self, table: str, at: int | None = None
    ) -> tuple[tuple[tuple[str, str], ...], tuple[Span, ...]]:
        """The members of a dimension: their regions, or who keeps them when."""
        load = self.shown_of(table, at)
        if load is None:
            return (), ()
        sent = dict(self.sent)[load]
        if sent.mode == "complete":
            return sent.regions, sent.spans
        _, before = self.version(table, self.first_shown(load) - 1)
        named = {span.stall for span in sent.spans}
        return (), (*(span for span in before if span.stall not in named), *sent.spans)

    def shown_of(self, table: str, at: int | None = None) -> int | None:
        """The load whose version of a dimension is seen."""
        loads = [load for load, sent in self.visible(at) if sent.table == table]
        return loads[-1] if loads else None

    def first_shown(self, load: int) -> int:
        """The snapshot at which a load was published."""
        return next(event.snapshot for event in self.events if event.load == load)

    def owners(self, at: int | None = None) -> Mapping[tuple[str, str], int]:
        """Of each replaced source and month the load that it belongs to."""
        return {
            (sent.source, month): load for load, sent in self.visible(at) for month in sent.covers
        }

    def _counted(self, at: int | None) -> Iterable[tuple[str, Taking]]:
        owners = self.owners(at)
        latest: dict[tuple[str, str], tuple[str, Taking]] = {}  # (source, key) -> row
        for load, sent in self.visible(at):
            for taking in self._takings(load, sent, at):
                is_owner = owners.get((sent.source, taking.month)) == load
                if sent.mode == "upsert":
                    latest[(sent.source, taking.key)] = (sent.table, taking)
                elif sent.mode == "append" or is_owner:
                    yield sent.table, taking
        yield from latest.values()

    def _takings(self, load: int, sent: Sent, at: int | None) -> Iterable[Taking]:
        yield from sent.takings
        for event in self.mended(load, at):
            yield from (sent.bad[row] for row in event.mended)

    def _stands_whole(self, load: int, sent: Sent) -> bool:
        """Whether nothing that came later took a part of it over."""
        later = [
            other for number, other in self.visible() if self._place(number) > self._place(load)
        ]
        same = [other for other in later if other.source == sent.source]
        if sent.mode == "append":
            return True
        if sent.mode == "replace":
            return not any(other.covers & sent.covers for other in same)
        if sent.mode in ("complete", "merge"):
            return self.shown_of(sent.table) == load
        keys = {taking.key for taking in sent.takings}
        return not any(taking.key in keys for other in same for taking in other.takings)

    def _moves(self, sent: Sent, month: str) -> bool:
        before = _sums(self.shown_takings(sent.source, month))
        after = _sums([one for one in sent.takings if one.month == month])
        return any(
            abs(new - old) * 100 > abs(old) * MOST_MOVED
            for old, new in zip(before, after, strict=True)
        )

    def _place(self, load: int) -> int:
        return [number for number, _ in self.sent].index(load)


def keeper_of(spans: Iterable[Span], taking: Taking, day: date) -> str:
    """Who keeps the stall of a taking on a day."""
    found = (span.keeper for span in spans if span.stall == taking.stall and span.holds(day))
    return next(found, UNKNOWN)


def _sums(takings: Iterable[Taking]) -> tuple[Fraction, ...]:
    """What a month adds up to: rows, pieces, amount, days since 1970, letters of the stalls."""
    listed = tuple(takings)
    return (
        Fraction(len(listed)),
        Fraction(sum(one.pieces for one in listed)),
        sum((Fraction(one.amount) for one in listed), Fraction(0)),
        Fraction(sum((one.day - FIRST_DAY).days for one in listed)),
        Fraction(sum(len(one.stall) for one in listed)),
    )


def _day(counted: tuple[str, Taking]) -> date:
    return counted[1].day
