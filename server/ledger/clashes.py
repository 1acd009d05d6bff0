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
from server.metadata.batches import batches_of, find_batch
from server.metadata.loads import Load
from server.metadata.neighbours import neighbours, own_batches
from server.metadata.session import Metadata, Session
from server.store.clashes import Clashes, find_clashes

T = TypeVar("T")
_SHOWN = 5


@dataclass(frozen=True)
class Compared:
    """Batches that share no key: a load's own, and those that were seen beside them."""

    own: frozenset[int]
    others: frozenset[int]


class KeysClash(Exception):
    """Rows of a load have keys that are seen already."""

    def __init__(self, clashes: Clashes, loads: Mapping[int, int]) -> None:
        super().__init__(f"{clashes.rows} rows")
        self.clashes = clashes
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

    def as_json(self) -> dict[str, Any]:
        """What is kept with the load that waits for a decision."""
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
) -> T:
    """Do something once the load shares no key with what is seen; `act` calls `check_compared`.

    Raises:
        KeysClash: it shares keys.
        NeedsBuilder: keys must be compared with the facts, and there is no builder.
    """
    if load.mode != "append" or not load.key:
        return act(None)
    for _ in range(MOST_ATTEMPTS):
        compared = _compare(metadata, load, builder)
        try:
            return act(compared)
        except _OvertakenError:
            continue
    raise ServerError(
        f"load {load.id}: other rows of {load.specification} were published first "
        f"{MOST_ATTEMPTS} times",
        code="overtaken",
    )


def check_compared(session: Session, load: Load, compared: Compared | None) -> None:
    """Within a publication: what is seen now was compared, or `apart_from_others` begins anew."""
    if compared is None:
        return
    now = neighbours(session, load, is_dated=_is_dated(load, load.key))
    own = own_batches(session, load)
    if not (compared.others.issuperset(now) and compared.own.issuperset(own)):
        raise _OvertakenError


def compare_correction(
    metadata: Metadata,
    builder: Builder,
    load: Load,
    key: Sequence[str],
    own: Sequence[int],
    days: tuple[date | None, date | None],
) -> None:
    """Mended rows share no key with what is seen of their load, nor with what it lies beside.

    Raises:
        KeysClash: they share keys.
    """
    among = replace(load, first_date=days[0], last_date=days[1])
    with metadata.read() as session:
        beside = neighbours(session, among, is_dated=_is_dated(load, key))
        mine = [one.id for one in batches_of(session, load.id) if one.first_snapshot]
    others = (*mine, *(beside if load.mode == "append" else ()))
    _find(metadata, builder, among, key, own, others)


def _compare(metadata: Metadata, load: Load, builder: Builder | None) -> Compared:
    with metadata.read() as session:
        others = neighbours(session, load, is_dated=_is_dated(load, load.key))
        own = own_batches(session, load)
    if others and builder is None:
        raise NeedsBuilder(f"the keys of load {load.id} must be compared with the facts first")
    if others and builder is not None:
        _find(metadata, builder, load, load.key, own, others)
    return Compared(frozenset(own), frozenset(others))


def _find(
    metadata: Metadata,
    builder: Builder,
    load: Load,
    key: Sequence[str],
    own: Sequence[int],
    others: Sequence[int],
) -> None:
    table = builder.tables.get(load.table_name)
    if table is None:
        raise ModelMismatch(
            f"load {load.id} fills {load.table_name}, but the cube model has no such table"
        )
    found = find_clashes(builder.store, table, key, own, others, _days(load, key))
    if found.rows:
        with metadata.read() as session:
            batches = {one.batch for one in found.first}
            raise KeysClash(found, {each: find_batch(session, each).load for each in batches})


def _is_dated(load: Load, key: Sequence[str]) -> bool:
    return load.event_date is not None and load.event_date in key


def _days(load: Load, key: Sequence[str]) -> tuple[str, date, date] | None:
    """The column of the days that the load covers, where rows of one key share it."""
    if load.event_date is None or not _is_dated(load, key):
        return None
    if load.first_date is None or load.last_date is None:
        return None
    return load.event_date, load.first_date, load.last_date
