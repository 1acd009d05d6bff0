"""Roll-ups and what is known of them: which are built, which were found wrong, which may serve.

A roll-up serves when it covers every row and its sampled cells are those of the facts. One that
tells something else is taken away at once, in the metadata first, so that nobody is answered from
it, then in the store; it comes back when it is built anew.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from server.errors import Conflict
from server.ledger.snapshot import open_snapshot
from server.metadata.rollups import (
    KnownRollUp,
    forget_roll_ups,
    known_roll_ups,
    set_disabled,
    set_ready,
    set_verified,
)
from server.metadata.session import Metadata
from server.store.client import Store
from server.store.projections import ProjectionSpec
from server.store.rollups import Mismatch, Told, build, drop, mismatches, sizes
from server.store.tables import TableSpec

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Checked:
    """What a comparison of a roll-up with the facts found."""

    table: str
    name: str
    rows: int
    mismatches: tuple[Mismatch, ...]

    @property
    def is_well(self) -> bool:
        """Whether it tells what the facts tell."""
        return not self.mismatches

    @property
    def sentence(self) -> str:
        """What was found, for people."""
        if self.is_well:
            return f"{self.table}: roll-up {self.name} tells what the facts tell"
        others = f" (and {len(self.mismatches) - 1} other cells)" if self.mismatches[1:] else ""
        return f"{self.table}: roll-up {self.name}: {self.mismatches[0].sentence}{others}"


def withheld(metadata: Metadata) -> frozenset[tuple[str, str]]:
    """The projections that must not be in the store, although the model declares them."""
    with metadata.read() as session:
        known = known_roll_ups(session)
    return frozenset(address for address, each in known.items() if each.state == "disabled")


def settle_roll_ups(
    metadata: Metadata, store: Store, tables: Iterable[TableSpec], now: datetime
) -> None:
    """Let those serve that cover their table from its first row; forget those that are gone."""
    declared = {(each.name, one.physical): one for each in tables for one in each.projections}
    with metadata.read() as session:
        known = known_roll_ups(session)
    fresh = [address for address in declared if address not in known]
    gone = [address for address in known if address not in declared]
    built = {table: sizes(store, table) for table in {table for table, _ in fresh}}
    with_rows = {table for table, found in built.items() if found}
    if not fresh and not gone:
        return
    with metadata.write() as session:
        forget_roll_ups(session, gone)
        for table, physical in fresh:
            size = built[table].get(physical)
            if table not in with_rows or (size is not None and size.is_built):
                set_ready(session, table, physical, size.rows if size else 0, now)


def build_roll_up(
    metadata: Metadata,
    store: Store,
    table: TableSpec,
    projection: ProjectionSpec,
    told: Told,
    now: datetime,
) -> Checked:
    """Make a roll-up from the facts and compare it with them; a right one serves from now on."""
    build(store, table, projection, told)
    size = sizes(store, table.name).get(projection.physical)
    if size is not None and not size.is_built:
        raise Conflict(f"{projection.name} lacks {size.lacking:,} rows of {table.name} still")
    checked = _check(metadata, store, table, projection)
    with metadata.write() as session:
        if checked.is_well:
            set_ready(session, table.name, projection.physical, checked.rows, now)
    if not checked.is_well:
        _disable(metadata, store, projection, checked, now)
    return checked


def check_roll_ups(
    metadata: Metadata,
    store: Store,
    tables: Iterable[TableSpec],
    now: datetime,
    only: Collection[str] | None = None,
) -> tuple[Checked, ...]:
    """Compare every roll-up that serves with the facts, and take away those that differ.

    `only` names some by table and projection.
    """
    with metadata.read() as session:
        known = known_roll_ups(session)
    return tuple(
        _checked(metadata, store, table, projection, now)
        for table in tables
        for projection in table.projections
        if _is_ready(known, table, projection)
        and (only is None or f"{table.name}.{projection.physical}" in only)
    )


def drop_roll_up(
    metadata: Metadata, store: Store, table: TableSpec, projection: ProjectionSpec, now: datetime
) -> None:
    """Take a roll-up away until it is built again."""
    with metadata.write() as session:
        set_disabled(session, table.name, projection.physical, "it was dropped", now)
    drop(store, table.name, projection.physical)


def _checked(
    metadata: Metadata,
    store: Store,
    table: TableSpec,
    projection: ProjectionSpec,
    now: datetime,
) -> Checked:
    checked = _check(metadata, store, table, projection)
    if checked.is_well:
        with metadata.write() as session:
            set_verified(session, table.name, projection.physical, checked.rows, now)
    else:
        _disable(metadata, store, projection, checked, now)
    return checked


def _check(
    metadata: Metadata, store: Store, table: TableSpec, projection: ProjectionSpec
) -> Checked:
    top = open_snapshot(metadata).top
    found = mismatches(store, table.name, projection, top)
    size = sizes(store, table.name).get(projection.physical)
    return Checked(table.name, projection.name, size.rows if size else 0, found)


def _disable(
    metadata: Metadata, store: Store, projection: ProjectionSpec, checked: Checked, now: datetime
) -> None:
    log.error("%s; it serves nobody any more until it is built anew", checked.sentence)
    reason = checked.mismatches[0].sentence
    with metadata.write() as session:
        set_disabled(session, checked.table, projection.physical, reason, now)
    drop(store, checked.table, projection.physical)


def _is_ready(
    known: Mapping[tuple[str, str], KnownRollUp], table: TableSpec, projection: ProjectionSpec
) -> bool:
    found = known.get((table.name, projection.physical))
    return found is not None and found.state == "ready"
