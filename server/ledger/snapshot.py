"""Opens a snapshot: what is visible, read in one metadata transaction and kept per number."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from threading import Lock
from weakref import WeakKeyDictionary

from server.errors import InvalidInput
from server.metadata.definitions import definitions_number
from server.metadata.session import Metadata, Session
from server.metadata.snapshots import (
    PublishedState,
    VisibleLoad,
    batches_until,
    current_versions,
    state_at,
    visible_loads,
)
from server.snapshot import Snapshot

KEPT = 64  # snapshots per metadata database; nearly every page asks for the last one

_lock = Lock()
_kept: WeakKeyDictionary[Metadata, OrderedDict[int, Snapshot]] = WeakKeyDictionary()


def open_snapshot(metadata: Metadata, as_of: int | datetime | None = None) -> Snapshot:
    """The published state now, at a snapshot number, or at an instant.

    Everything but the definitions number depends on the snapshot's number alone.
    """
    with metadata.read() as session:
        state = state_at(session, as_of)
        definitions = definitions_number(session)
        if state is None:
            _refuse_impossible(as_of)
            return Snapshot(0, 0, definitions=definitions)
        if isinstance(as_of, int) and as_of > state.number:
            raise InvalidInput(
                f"there is no snapshot {as_of}; the latest is {state.number}", field="as_of"
            )
        snapshot = _recall(metadata, state.number) or _read(session, state)
    _remember(metadata, snapshot)
    return replace(snapshot, definitions=definitions)


def _refuse_impossible(as_of: int | datetime | None) -> None:
    if isinstance(as_of, int) and as_of != 0:
        raise InvalidInput(f"there is no snapshot {as_of}", field="as_of")


def _read(session: Session, state: PublishedState) -> Snapshot:
    visible = visible_loads(session, state.number)
    batches = batches_until(session, state.top)
    return Snapshot(
        number=state.number,
        top=state.top,
        hidden=_hidden(batches, visible),
        versions=_versions(batches, visible),
        published_at=state.at,
        watermarks={
            table: max(load.last_date for load in loads if load.last_date)
            for table, loads in _dated(visible).items()
        },
        first_dates={
            table: min(load.first_date for load in loads if load.first_date)
            for table, loads in _dated(visible).items()
        },
    )


def _hidden(
    batches: Iterable[tuple[int, int, str]], visible: Iterable[VisibleLoad]
) -> Mapping[str, tuple[int, ...]]:
    shown = {load.load for load in visible}
    hidden: dict[str, list[int]] = {}
    for batch, load, table in batches:
        if load not in shown:
            hidden.setdefault(table, []).append(batch)
    return {table: tuple(ids) for table, ids in hidden.items()}


def _versions(
    batches: Iterable[tuple[int, int, str]], visible: tuple[VisibleLoad, ...]
) -> Mapping[str, int]:
    in_use = current_versions(visible)
    loads = {load: batch for batch, load, _table in batches}
    return {table: loads[load] for table, load in in_use.items()}


def _dated(visible: Iterable[VisibleLoad]) -> Mapping[str, list[VisibleLoad]]:
    dated: dict[str, list[VisibleLoad]] = {}
    for load in visible:
        if load.kind == "fact" and load.first_date and load.last_date:
            dated.setdefault(load.table_name, []).append(load)
    return dated


def _recall(metadata: Metadata, number: int) -> Snapshot | None:
    with _lock:
        return _kept.get(metadata, OrderedDict[int, Snapshot]()).get(number)


def _remember(metadata: Metadata, snapshot: Snapshot) -> None:
    with _lock:
        kept = _kept.setdefault(metadata, OrderedDict())
        kept[snapshot.number] = snapshot
        kept.move_to_end(snapshot.number)
        while len(kept) > KEPT:
            kept.popitem(last=False)
