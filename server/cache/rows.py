"""The rows of statements, kept for screens: what one asked of the facts is not asked again.

A statement carries its asker's scope, so that nobody is given rows which another may see. Of the
snapshot in it the key holds only what it shows of the cube: a publication to another cube leaves
the rows of this one fresh.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any, Protocol

from server.cache.flights import Flights
from server.cache.key import Keys
from server.cache.memory import Memory
from server.cube.cube_model import CubeModel
from server.cube.statement import Statement
from server.snapshot import Snapshot
from server.store.asking import present_asker
from server.store.readers import Cancellation, Readers

# Parameters that say at which state is asked, and which versions of dimensions. The list of hidden
# batches is of the cube's own table: it stays in the key.
_OF_SNAPSHOT = frozenset({"top", "snapshot"})
_VERSION = "version_"
_BYTES_OF_VALUE, _BYTES_OF_ROW = 60, 80  # in memory, about


class Pulse(Protocol):
    """Whether the store answers."""

    def is_there(self) -> bool: ...


@dataclass(frozen=True)
class _Kept:
    """An answer of the engine, which nobody changes."""

    rows: Any
    size: int


class KeptRows:
    """The rows of one store's answers, in memory."""

    def __init__(
        self, readers: Readers, pulse: Pulse, keys: Keys, most_bytes: int, wait_seconds: float
    ) -> None:
        self.readers = readers
        self.pulse = pulse
        self.keys = keys
        self.memory = Memory(most_bytes)
        self.flights: Flights[Any] = Flights(wait_seconds)

    def at(self, cube: CubeModel, snapshot: Snapshot) -> "RowsAt":
        """Readers of one cube at one snapshot."""
        return RowsAt(self, cube, snapshot)


class RowsAt:
    """Asks for rows of one cube at one snapshot; what is known of them it does not ask again."""

    def __init__(self, kept: KeptRows, cube: CubeModel, snapshot: Snapshot) -> None:
        self._all = kept
        self._cube = cube
        self._snapshot = snapshot

    def query(self, statement: Statement, *, cancellation: Cancellation | None = None) -> Any:
        """The answer, with its rows in `rows`."""
        ask = partial(self._all.readers.query, statement)
        if cancellation is not None:
            ask = partial(ask, cancellation=cancellation)
        # Who wants to hear of each question has all of them asked.
        if present_asker().hearer is not None or not self._all.pulse.is_there():
            return ask()
        key = self._key(statement)
        found = self._all.memory.get(key)
        if isinstance(found, _Kept):
            return found.rows
        return self._all.flights.shared(key, lambda: self._asked(key, statement, ask), cancellation)

    def _asked(self, key: str, statement: Statement, ask: Callable[[], Any]) -> Any:
        found = self._all.memory.get(key)  # somebody may have been through just now
        if isinstance(found, _Kept):
            return found.rows
        rows = ask()
        width = _BYTES_OF_ROW + _BYTES_OF_VALUE * len(statement.columns)
        self._all.memory.put(key, _Kept(rows, width * len(rows.rows)))
        return rows

    def _key(self, statement: Statement) -> str:
        state = self._all.keys.state(self._cube, self._snapshot)
        said = repr((state, statement.sql, statement.columns, _lasting(statement.parameters)))
        return sha256(said.encode()).hexdigest()


def _lasting(parameters: Mapping[str, object]) -> list[tuple[str, object]]:
    """The parameters but those that the state stands for."""
    return sorted(
        (name, value)
        for name, value in parameters.items()
        if name not in _OF_SNAPSHOT and not name.startswith(_VERSION)
    )
