"""Appended rows whose key is seen already: they would count twice, so somebody has to decide.

Where a specification in mode append names a key, a load is compared with what is seen of its
source when it is published or restored, on the days that it covers where the key holds them. The
publication itself looks whether other rows came meanwhile; then they are compared too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

from server.errors import ModelMismatch, ServerError
from server.ledger.building import Builder
from server.ledger.visibility import MOST_ATTEMPTS, NeedsBuilder
from server.metadata.batches import find_batch
from server.metadata.loads import Load
from server.metadata.neighbours import neighbours, own_batches
from server.metadata.session import Metadata, Session
from server.metadata.snapshots import state_at
from server.store.clashes import Clashes, find_clashes

T = TypeVar("T")
C = TypeVar("C", bound="Compared")
_SHOWN = 5
# Of a decision: the snapshot up to which rows with the load's keys were looked for.
COMPARED_UNTIL = "compared_until"


@dataclass(frozen=True)
class Compared:
    """Batches of a load that share no key with what was seen beside them at a snapshot."""

    load: Load  # with the days that the batches cover
    key: tuple[str, ...]
    own: frozenset[int]  # of a correction those that the load had already
    until: int


class KeysClash(Exception):
    """Rows of a load have keys that are seen already."""

    def __init__(self, clashes: Clashes, loads: Mapping[int, int], until: int) -> None:
        super().__init__(f"{clashes.rows} rows")
        self.clashes = clashes
        self.until = until  # the snapshot that was looked at
        self._loads = loads  # by batch

    @property
    def rows(self) -> str:
        """How many rows clash, in words."""
        return "1 row" if self.clashes.rows == 1 else f"{self.clashes.rows:,} rows"

    @property
    def words(self) -> str:
        """The rows, each with its key and where that stands already."""
        first = self.clashes.first[:_SHOWN]
        told = "; ".join(
            f"line {one.line} ({' '.join(one.key)}) is line {one.other_line} of load "
            f"{self._loads[one.batch]}"
            for one in first
        )
        left = self.clashes.rows - len(first)
        return f"{told}; and {left:,} more" if left > 0 else told

    def sentence(self, load: Load) -> str:
        """Why the load waits."""
        return (
            f"{self.rows} of {load.source} would count twice, with keys that are seen already: "
            f"{self.words}; somebody has to decide"
        )

    def as_decision(self) -> dict[str, Any]:
        """What is kept with the load that waits for a decision."""
        return {"clashes": self.as_json(), COMPARED_UNTIL: self.until}

    def as_json(self) -> dict[str, Any]:
        """The rows, each with its key and where that stands already."""
        first = [
            {
                "line": one.line,
                "key": list(one.key),
                "load": self._loads[one.batch],
                "other_line": one.other_line,
            }
            for one in self.clashes.first
        ]
        return {"rows": self.clashes.rows, "first": first}


class _OvertakenError(Exception):
    """Rows became visible that were not compared."""


def apart_from_others(
    metadata: Metadata,
    load: Load,
    builder: Builder | None,
    act: Callable[[Compared | None], T],
    *,
    since: int = 0,
) -> T:
    """Do something once the load shares no key with what is seen; `act` calls `check_compared`.

    With `since` only what has been seen from a later snapshot on is looked at: somebody knows what
    the load shares with the rest.

    Raises:
        KeysClash: it shares keys.
        NeedsBuilder: keys must be compared with the facts, and there is no builder.
    """
    if load.mode != "append" or not load.key:
        return act(None)
    return _undisturbed(load, lambda: _compare(metadata, load, builder, since), act)


def correction_apart(
    metadata: Metadata,
    builder: Builder,
    load: Load,
    key: Sequence[str],
    own: Sequence[int],
    days: tuple[date | None, date | None],
    act: Callable[[Compared], T],
) -> T:
    """The same of mended rows: they share no key with their load, nor with what it lies beside.

    Raises:
        KeysClash: they share keys.
    """
    among = replace(load, first_date=days[0], last_date=days[1])

    def compare() -> Compared:
        compared, beside = _seen(metadata, among, tuple(key))
        _find(metadata, builder, compared, own, (*compared.own, *beside))
        return compared

    return _undisturbed(load, compare, act)


def check_compared(session: Session, compared: Compared | None) -> None:
    """Within a publication: what is seen now was compared, or whoever compared begins anew."""
    if compared is None:
        return
    load = compared.load
    newer = _beside(session, load, compared.key, compared.until)
    if newer or not compared.own.issuperset(own_batches(session, load)):
        raise _OvertakenError


def _undisturbed(load: Load, compare: Callable[[], C], act: Callable[[C], T]) -> T:
    for _ in range(MOST_ATTEMPTS):
        try:
            return act(compare())
        except _OvertakenError:
            continue
    raise ServerError(
        f"load {load.id}: other rows of {load.specification} were published first "
        f"{MOST_ATTEMPTS} times",
        code="overtaken",
    )


def _compare(metadata: Metadata, load: Load, builder: Builder | None, since: int) -> Compared:
    compared, others = _seen(metadata, load, load.key, since)
    if others and builder is None:
        raise NeedsBuilder(f"the keys of load {load.id} must be compared with the facts first")
    if others and builder is not None:
        _find(metadata, builder, compared, tuple(compared.own), others)
    return compared


def _seen(
    metadata: Metadata, load: Load, key: tuple[str, ...], since: int = 0
) -> tuple[Compared, tuple[int, ...]]:
    """The load's own batches at the last snapshot, and those that were seen beside them."""
    with metadata.read() as session:
        last = state_at(session)  # first: what is published now is newer then
        own, beside = own_batches(session, load), _beside(session, load, key, since)
    return Compared(load, key, frozenset(own), last.number if last else 0), beside


def _beside(session: Session, load: Load, key: Sequence[str], since: int) -> tuple[int, ...]:
    if load.mode != "append":  # whatever replaces it takes its place
        return ()
    return neighbours(session, load, is_dated=_is_dated(load, key), since=since)


def _find(
    metadata: Metadata,
    builder: Builder,
    compared: Compared,
    own: Sequence[int],
    others: Sequence[int],
) -> None:
    load, key = compared.load, compared.key
    table = builder.tables.get(load.table_name)
    if table is None:
        raise ModelMismatch(
            f"load {load.id} fills {load.table_name}, but the cube model has no such table"
        )
    found = find_clashes(builder.store, table, key, own, others, _days(load, key))
    if found.rows:
        with metadata.read() as session:
            batches = {one.batch for one in found.first}
            loads = {each: find_batch(session, each).load for each in batches}
        raise KeysClash(found, loads, compared.until)


def _is_dated(load: Load, key: Sequence[str]) -> bool:
    return load.event_date is not None and load.event_date in key


def _days(load: Load, key: Sequence[str]) -> tuple[str, date, date] | None:
    """The column of the days that the load covers, where rows of one key share it."""
    if load.event_date is None or not _is_dated(load, key):
        return None
    if load.first_date is None or load.last_date is None:
        return None
    return load.event_date, load.first_date, load.last_date
