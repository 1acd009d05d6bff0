"""A change of what is visible: one metadata transaction, repeated until its batches are built."""

from collections.abc import Callable
from threading import Lock
from typing import TypeVar
from weakref import WeakKeyDictionary

from server.errors import Conflict, ServerError
from server.ledger.building import Builder, build
from server.ledger.restock import restock
from server.metadata.loads import Load, find_load
from server.metadata.session import Metadata, Session
from server.metadata.slots import RowsGone, Unbuilt

MOST_ATTEMPTS = 50  # each one that fails means that another publisher came through

T = TypeVar("T")

_lock = Lock()
_turns: WeakKeyDictionary[Metadata, dict[str, Lock]] = WeakKeyDictionary()


class NeedsBuilder(ServerError):
    """The change shows what is still to be built; nothing has changed."""

    code = "needs_builder"


def carry_through(
    metadata: Metadata, load: Load, builder: Builder | None, change: Callable[[Session], T]
) -> T:
    """Commit the change; where it lacks built batches, build them and begin it anew.

    The transaction itself looks at what is visible, so it never takes a batch that was built of
    something else; whoever was overtaken builds again. Builders of this process take turns; who
    comes without a builder has nothing to wait for.

    Raises:
        Conflict: rows that the change would show were purged, and nobody can read them again.
        NeedsBuilder: something has to be built first, and there is no builder.
    """
    if load.mode != "upsert" or builder is None:
        return _attempts(metadata, load, builder, change)
    with _turn(metadata, load.table_name):
        return _attempts(metadata, load, builder, change)


def _attempts(
    metadata: Metadata, load: Load, builder: Builder | None, change: Callable[[Session], T]
) -> T:
    for _ in range(MOST_ATTEMPTS):
        try:
            with metadata.write() as session:
                return change(session)
        except Unbuilt as lacking:
            if builder is None:
                raise NeedsBuilder(f"load {load.id} is an upsert, which needs a builder") from None
            build(metadata, builder, load, lacking.builds)
        except RowsGone as gone:
            if builder is None or builder.spooled is None or not builder.fills(load):
                raise _purged(gone.loads) from None
            store, spooled = builder.store, builder.spooled
            for load_id in gone.loads:
                builder.room(_room_for(metadata, load_id))
                restock(metadata, store, builder.stocked, spooled, load_id, builder.clock)
    raise ServerError(
        f"load {load.id}: other publishers of {load.table_name} came first {MOST_ATTEMPTS} times",
        code="overtaken",
    )


def _room_for(metadata: Metadata, load_id: int) -> int:
    """What its rows and the engine's copy of them may take, as for a load."""
    with metadata.read() as session:
        return 2 * find_load(session, load_id).source_bytes


def _turn(metadata: Metadata, table_name: str) -> Lock:
    with _lock:
        return _turns.setdefault(metadata, {}).setdefault(table_name, Lock())


def _purged(loads: tuple[int, ...]) -> Conflict:
    named = ", ".join(str(load) for load in loads)
    return Conflict(
        f"the rows of load {named} were purged, so it cannot be shown as it was",
        code="rows_purged",
        hint=f"`indicube load replay {loads[0]}` reads it anew from the spool",
    )
