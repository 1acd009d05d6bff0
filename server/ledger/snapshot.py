"""Opens a snapshot: what is visible, read in one metadata transaction and kept per number.

What a snapshot hides is worked out from a kept one before it and the batches that changed since.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from uuid import uuid4
from weakref import WeakKeyDictionary

from server.errors import InvalidInput
from server.ledger.horizon import refuse_purged
from server.metadata.counters import all_numbers
from server.metadata.repairs import tables_in_repair
from server.metadata.rollups import ready_roll_ups
from server.metadata.session import Metadata, Session
from server.metadata.snapshots import (
    PublishedState,
    changed_batches,
    dates_at,
    hidden_among,
    hidden_batches,
    last_changes,
    state_at,
    tables_with_batches,
    version_at,
)
from server.snapshot import Snapshot

KEPT = 64  # snapshots per metadata database; nearly every page asks for the last one
KEPT_IDS = 1_000_000  # hidden batches in all of them; some 40 MB
MOST_CHANGES = 5_000  # batches; beyond it all are read at once

# Number -> how often batches had been purged when it was read, and the snapshot.
_Kept = OrderedDict[int, tuple[int, Snapshot]]

_lock = Lock()
_kept: WeakKeyDictionary[Metadata, _Kept] = WeakKeyDictionary()

_Numbers = tuple[int, ...]


@dataclass(frozen=True)
class _Latest:
    """The latest snapshot as it was opened last."""

    numbers: _Numbers  # the counters that it depends on
    writes: int | None  # of the metadata, when these were read
    snapshot: Snapshot


_latest: WeakKeyDictionary[Metadata, _Latest] = WeakKeyDictionary()


def open_snapshot(metadata: Metadata, as_of: int | datetime | None = None) -> Snapshot:
    """The published state now, at a snapshot number, or at an instant.

    Everything but the definitions number, whether rows are being repaired or were, and which
    roll-ups may serve, depends on the snapshot's number alone. Nobody is asked anything while the
    metadata can tell by themselves that nothing was written since.

    Raises:
        InvalidInput: there is no such snapshot.
        Gone: rows that it showed are purged.
    """
    writes = metadata.writes() if as_of is None else None  # before anything is read
    unchanged = _recall_unchanged(metadata, writes)
    if unchanged is not None:
        return unchanged  # nearly every question ends here
    with metadata.read() as session:
        numbers = all_numbers(session)
        latest = _recall_latest(metadata, numbers, writes) if as_of is None else None
        if latest is not None:
            return latest
        state = state_at(session, as_of)
        definitions = numbers.get("definitions", 0)
        if state is None:
            _refuse_impossible(as_of)
            return Snapshot(0, 0, definitions=definitions)
        if isinstance(as_of, int) and as_of > state.number:
            raise InvalidInput(
                f"there is no snapshot {as_of}; the latest is {state.number}", field="as_of"
            )
        refuse_purged(session, state.number)
        closed = tables_in_repair(session)
        snapshot = _recall(metadata, state.number)
        if snapshot is None:
            purges = numbers.get("purge", 0)
            snapshot = _read(session, state, _before(metadata, state.number, purges))
            _remember(metadata, snapshot, purges)
        rollups = ready_roll_ups(session)
    mended = numbers.get("repair", 0) + numbers.get("roll_up", 0)
    opened = replace(
        snapshot, definitions=definitions, closed=closed, rollups=rollups, mended=mended
    )
    if as_of is None:
        with _lock:
            _latest[metadata] = _Latest(_telling(numbers), writes, opened)
    return opened


def snapshot_within(metadata: Metadata, session: Session) -> Snapshot:
    """The latest state as a transaction under way sees it; it is kept nowhere."""
    state = state_at(session)
    if state is None:
        return Snapshot(0, 0)
    numbers = all_numbers(session)
    kept = _before(metadata, state.number, numbers.get("purge", 0))
    found = _read(session, state, kept)
    # What may never come to be is not taken for another state that has its number.
    changed = {table: f"{one} {uuid4()}" for table, one in found.changed.items()}
    return replace(found, definitions=numbers.get("definitions", 0), changed=changed)


def _recall_unchanged(metadata: Metadata, writes: int | None) -> Snapshot | None:
    if writes is None:
        return None
    with _lock:
        latest = _latest.get(metadata)
    return latest.snapshot if latest is not None and latest.writes == writes else None


def _recall_latest(
    metadata: Metadata, numbers: Mapping[str, int], writes: int | None
) -> Snapshot | None:
    with _lock:
        latest = _latest.get(metadata)
        if latest is None or latest.numbers != _telling(numbers):
            return None
        _latest[metadata] = replace(latest, writes=writes)
        return latest.snapshot


def _telling(numbers: Mapping[str, int]) -> _Numbers:
    """The counters that rise when anything changes that the latest snapshot depends on."""
    names = ("snapshot", "definitions", "purge", "repair", "roll_up")
    return tuple(numbers.get(name, 0) for name in names)


def _refuse_impossible(as_of: int | datetime | None) -> None:
    if isinstance(as_of, int) and as_of != 0:
        raise InvalidInput(f"there is no snapshot {as_of}", field="as_of")


def _read(session: Session, state: PublishedState, kept: Snapshot | None) -> Snapshot:
    tables = tables_with_batches(session)
    versions = {table: version_at(session, table, state.number) for table in tables}
    dates = {table: dates_at(session, table, state.number) for table in tables}
    return Snapshot(
        number=state.number,
        top=state.top,
        hidden=_hidden(session, state, kept),
        versions={table: batch for table, batch in versions.items() if batch is not None},
        published_at=state.at,
        watermarks={table: days[1] for table, days in dates.items() if days},
        first_dates={table: days[0] for table, days in dates.items() if days},
        changed=_changed(session, state, kept),
    )


def _changed(session: Session, state: PublishedState, kept: Snapshot | None) -> Mapping[str, str]:
    if kept is None:
        return last_changes(session, state.number)
    return {**kept.changed, **last_changes(session, state.number, kept.number)}


def _hidden(
    session: Session, state: PublishedState, kept: Snapshot | None
) -> Mapping[str, tuple[int, ...]]:
    """What the snapshot hides: as the kept one before it, but for the batches that changed."""
    if kept is None:
        return hidden_batches(session, state.number, state.top)
    changed = changed_batches(session, (kept.number, kept.top), state)
    if len(changed) > MOST_CHANGES:
        return hidden_batches(session, state.number, state.top)
    now = hidden_among(session, sorted(changed), state.number)
    hidden: dict[str, tuple[int, ...]] = {}
    for table in sorted({*kept.hidden, *now}):
        still = [batch for batch in kept.hidden_in(table) if batch not in changed]
        ids = tuple(sorted([*still, *now.get(table, ())]))
        if ids:  # the same list is kept once, however many snapshots have it
            hidden[table] = kept.hidden_in(table) if ids == kept.hidden_in(table) else ids
    return hidden


def _recall(metadata: Metadata, number: int) -> Snapshot | None:
    with _lock:
        kept = _kept.setdefault(metadata, OrderedDict())
        if number not in kept:
            return None
        kept.move_to_end(number)
        return kept[number][1]


def _before(metadata: Metadata, number: int, purges: int) -> Snapshot | None:
    """The latest kept snapshot before that one; none after a purge, so that its ids go too."""
    with _lock:
        kept = _kept.get(metadata, OrderedDict())
        earlier = [of for of, (then, _one) in kept.items() if of < number and then == purges]
        return kept[max(earlier)][1] if earlier else None


def _remember(metadata: Metadata, snapshot: Snapshot, purges: int) -> None:
    with _lock:
        kept = _kept.setdefault(metadata, OrderedDict())
        kept[snapshot.number] = purges, snapshot
        while len(kept) > KEPT or (len(kept) > 2 and _ids_in(kept) > KEPT_IDS):
            kept.popitem(last=False)


def _ids_in(kept: _Kept) -> int:
    """How many ids are held in memory, each list counted once."""
    lists = {id(ids): len(ids) for _, one in kept.values() for ids in one.hidden.values()}
    return sum(lists.values())
