"""What must be visible, worked out in plain Python from what was sent: the independent cube.

It knows nothing of batches, stores or dictionaries. It is told which files were published,
withdrawn and restored at which snapshot, and adds up their rows in exact fractions.

1. Of an appended source every file counts that is not withdrawn.
2. Of a replaced source a month belongs to the file that covers it and was first published last.
3. Of an upserted source a key belongs to the file that brings it and was first published last.
4. A dimension is what the file says that was first published last; each stall has one region.

A withdrawn file counts for nothing; a restored one counts again in its old place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

Mode = Literal["append", "replace", "upsert", "complete"]
# (table, month, region) -> how many takings, pieces, amount
Figures = Mapping[tuple[str, str, str], tuple[int, int, Fraction]]
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Taking:
    """One accepted row of facts."""

    day: date
    stall: str
    pieces: int
    amount: Decimal
    key: str = ""  # of an upserted row

    @property
    def month(self) -> str:
        return f"{self.day:%Y-%m}"


@dataclass(frozen=True)
class Sent:
    """One file as it was sent."""

    source: str
    mode: Mode
    table: str
    takings: tuple[Taking, ...] = ()
    covers: frozenset[str] = frozenset()  # the months that a replacing file covers
    regions: tuple[tuple[str, str], ...] = ()  # stall, region: of a dimension
    bad_rows: int = 0  # that are in the file too and never accepted


@dataclass(frozen=True)
class Event:
    """A load was shown or hidden from a snapshot on."""

    load: int
    snapshot: int
    is_shown: bool


@dataclass(frozen=True)
class Oracle:
    """Everything that was acknowledged so far; changed copies are made, it never changes."""

    sent: tuple[tuple[int, Sent], ...] = ()  # loads in the order of their first publication
    events: tuple[Event, ...] = ()

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

    @property
    def last(self) -> int:
        """The last snapshot."""
        return max((event.snapshot for event in self.events), default=0)

    def visible(self, at: int | None = None) -> tuple[tuple[int, Sent], ...]:
        """The loads that are published and not withdrawn, in the order of first publication."""
        shown: dict[int, bool] = {}
        for event in self.events:
            if at is None or event.snapshot <= at:
                shown[event.load] = event.is_shown
        return tuple((load, sent) for load, sent in self.sent if shown.get(load, False))

    def withdrawn(self) -> tuple[int, ...]:
        """The loads that were published and are withdrawn now."""
        visible = {load for load, _ in self.visible()}
        return tuple(load for load, _ in self.sent if load not in visible)

    def twin_of(self, sent: Sent) -> int | None:
        """A visible load of the same file that still stands whole."""
        for load, earlier in self.visible():
            if earlier == sent and self._stands_whole(load, earlier):
                return load
        return None

    def is_restated_by(self, sent: Sent) -> bool:
        """Whether a month that the file covers is one that its source shows already."""
        return any(
            earlier.source == sent.source and earlier.covers & sent.covers
            for _, earlier in self.visible()
        )

    def figures(self, at: int | None = None) -> Figures:
        """What every month and region adds up to at a snapshot; the last one by default."""
        regions = self._regions(at)
        found: dict[tuple[str, str, str], tuple[int, int, Fraction]] = {}
        for table, taking in self._counted(at):
            place = (table, taking.month, regions.get(taking.stall, UNKNOWN))
            count, pieces, amount = found.get(place, (0, 0, Fraction(0)))
            added = amount + Fraction(taking.amount)
            found[place] = (count + 1, pieces + taking.pieces, added)
        return found

    def _counted(self, at: int | None) -> Iterable[tuple[str, Taking]]:
        owners: dict[tuple[str, str], int] = {}  # (source, month) -> load
        latest: dict[tuple[str, str], tuple[str, Taking]] = {}  # (source, key) -> row
        for load, sent in self.visible(at):
            for month in sent.covers:
                owners[(sent.source, month)] = load
            for taking in sent.takings:
                if sent.mode == "upsert":
                    latest[(sent.source, taking.key)] = (sent.table, taking)
        yield from latest.values()
        for load, sent in self.visible(at):
            for taking in sent.takings:
                is_owner = owners.get((sent.source, taking.month)) == load
                if sent.mode == "append" or (sent.mode == "replace" and is_owner):
                    yield sent.table, taking

    def _regions(self, at: int | None) -> Mapping[str, str]:
        versions = [sent.regions for _, sent in self.visible(at) if sent.mode == "complete"]
        return dict(versions[-1]) if versions else {}

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
        if sent.mode == "complete":
            return not same
        keys = {taking.key for taking in sent.takings}
        return not any(taking.key in keys for other in same for taking in other.takings)

    def _place(self, load: int) -> int:
        return [number for number, _ in self.sent].index(load)
