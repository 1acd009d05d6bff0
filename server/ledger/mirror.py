"""Keeps the store's mirror of the hidden lists, and says which snapshots it can answer for.

Every row of the mirror is a truth about one batch at one snapshot, so it does no harm when two
processes write the same at once. A snapshot is written as the difference to the one before when
that one has its marker, else whole: either way all that its marker stands for is there.
"""

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from threading import Lock
from time import monotonic
from weakref import WeakKeyDictionary

from server.errors import Gone, ServerError
from server.ledger.crashpoint import crashpoint
from server.ledger.snapshot import open_snapshot
from server.metadata.batches import fact_batches_until
from server.metadata.counters import next_number
from server.metadata.session import Metadata
from server.metadata.snapshots import state_at
from server.snapshot import Snapshot
from server.store.client import Store
from server.store.mirror import (
    Marker,
    Visibility,
    append_to_mirror,
    ensure_mirror,
    forget_after,
    has_marker,
    hidden_by,
    markers,
)

MOST_SENT = 2_000  # hidden batches of a table that a question carries itself
_BEGIN_AT = 1_000  # the mirror is there before it is needed
_MOST_STEPS = 50  # snapshots to catch up with one by one; further behind, the last is written whole
_SECONDS_SEEN = 10  # a marker may be taken away: by another process that found the mirror wrong

log = logging.getLogger(__name__)

_lock = Lock()
_seen: WeakKeyDictionary[Store, dict[Marker, float]] = WeakKeyDictionary()


def mirrored(store: Store, snapshot: Snapshot) -> Snapshot:
    """The snapshot, marked when its lists are too long to be sent and the mirror has them.

    Where the mirror lags behind, the ids are sent all the same: that is slower and as right.
    """
    if _longest(snapshot) <= MOST_SENT:
        return snapshot
    return replace(snapshot, is_mirrored=_is_marked(store, marker_of(snapshot)))


def keep_mirror(metadata: Metadata, store: Store, begin_at: int = _BEGIN_AT) -> int:
    """Write what the mirror lacks of the published snapshots; how many were written."""
    latest = open_snapshot(metadata)
    if _longest(latest) < begin_at:
        return 0
    ensure_mirror(store)
    done = _agreed(metadata, store)
    if done and latest.number - done <= _MOST_STEPS:
        with suppress(Gone):  # of snapshots before the horizon nothing is known any more
            return _catch_up(metadata, store, done, latest.number)
    append_to_mirror(store, marker_of(latest), _whole(metadata, latest))
    crashpoint("mirror.written")
    return 1


def check_mirror(metadata: Metadata, store: Store) -> bool:
    """Whether the mirror says what the ledger says; one that does not is believed no more.

    Rows of it may be lost, as any file's. Until it is written anew, questions carry their lists.
    """
    done = _agreed(metadata, store)
    if not done:
        return True
    with suppress(Gone):
        if _is_as_the_ledger(metadata, store, done):
            return True
    log.error("the mirror of the ledger is not as the ledger; it is written anew")
    _forget(store, 0)
    with metadata.write() as session:
        next_number(session, "repair")  # what was answered by it is not given again
    return False


def marker_of(snapshot: Snapshot) -> Marker:
    """The marker that the mirror must have to answer for the snapshot."""
    at = snapshot.published_at
    return Marker(snapshot.number, int(at.timestamp() * 1_000_000) if at else 0)


def _catch_up(metadata: Metadata, store: Store, done: int, last: int) -> int:
    before = open_snapshot(metadata, done)
    for number in range(done + 1, last + 1):
        after = open_snapshot(metadata, number)
        append_to_mirror(store, marker_of(after), _difference(before, after))
        crashpoint("mirror.written")
        before = after
    return last - done


def _longest(snapshot: Snapshot) -> int:
    return max((len(ids) for ids in snapshot.hidden.values()), default=0)


def _is_marked(store: Store, marker: Marker) -> bool:
    now = monotonic()
    with _lock:
        seen = _seen.setdefault(store, {})
    if now - seen.get(marker, float("-inf")) < _SECONDS_SEEN:
        return True
    # Without the tables, or without an engine, the question itself will say what is wrong.
    with suppress(ServerError):
        if has_marker(store, marker):
            seen[marker] = now
            return True
    return False


def _agreed(metadata: Metadata, store: Store) -> int:
    """The last snapshot of the mirror; what contradicts the ledger is forgotten.

    The ledger contradicts it after an older copy of the metadata was put back.
    """
    known = markers(store)
    agreed = next((each.snapshot for each in reversed(known) if _holds(metadata, each)), 0)
    if any(each.snapshot > agreed for each in known):
        _forget(store, agreed)
    return agreed


def _forget(store: Store, after: int) -> None:
    forget_after(store, after)
    with _lock:
        _seen.pop(store, None)


def _is_as_the_ledger(metadata: Metadata, store: Store, number: int) -> bool:
    """Whether the mirror hides what the ledger hides; of purged batches it may say anything."""
    mirror = hidden_by(store, number)
    return all(
        each.is_hidden == ((each.table, each.batch) in mirror)
        for each in _whole(metadata, open_snapshot(metadata, number))
    )


def _holds(metadata: Metadata, marker: Marker) -> bool:
    with metadata.read() as session:
        state = state_at(session, marker.snapshot)
    if state is None or state.number != marker.snapshot:
        return False
    return marker_of(Snapshot(state.number, state.top, published_at=state.at)) == marker


def _whole(metadata: Metadata, snapshot: Snapshot) -> Iterator[Visibility]:
    hidden = {table: set(ids) for table, ids in snapshot.hidden.items()}
    with metadata.read() as session:
        batches = fact_batches_until(session, snapshot.top)
    for table, batch in batches:
        yield Visibility(table, batch, batch in hidden.get(table, ()))


def _difference(before: Snapshot, after: Snapshot) -> Iterator[Visibility]:
    for table in sorted(before.hidden.keys() | after.hidden.keys()):
        old, new = set(before.hidden_in(table)), set(after.hidden_in(table))
        for batch in sorted(old ^ new):
            yield Visibility(table, batch, batch in new)
