"""Compares the rows of batches, value by value, with what their sources give again.

Control sums do not tell words of the same length apart; what lies in a table aside does. Where the
source cannot be read as it was read then, that is said, and the batch counts by rows and sums.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from server.errors import IndicubeError
from server.ledger.findings import Finding
from server.ledger.heal import Healing, by_file, ids_of, parsed_again, unlike
from server.ledger.heal_built import differing_built
from server.metadata.loads import Batch, Load
from server.store.arrow import AnyTable
from server.store.checks import fingerprints
from server.store.tables import TableSpec


@dataclass(frozen=True)
class Values:
    """What was found of some batches."""

    findings: tuple[Finding, ...] = ()
    uncompared: tuple[Finding, ...] = ()  # nothing is known to be wrong with these

    def __add__(self, other: "Values") -> "Values":
        return Values(self.findings + other.findings, self.uncompared + other.uncompared)


def compare_values(
    healing: Healing, table: AnyTable, load: Load, batches: Sequence[Batch]
) -> Values:
    """What differs in these batches of one load, whose rows and sums are as the ledger says."""
    found = Values()
    for some in by_file(load, (batch for batch in batches if batch.kind == "own")):
        found += _own(healing, table, load, some)
    built = [batch for batch in batches if batch.kind == "built"]
    if built and isinstance(table, TableSpec):
        found += _built(healing, table, load, built, {each.batch for each in found.findings})
    return found


def _own(healing: Healing, table: AnyTable, load: Load, own: Sequence[Batch]) -> Values:
    is_alike = healing.sources.is_read_alike(load)
    try:
        with parsed_again(healing, table, load, own) as scratch:
            if not is_alike and unlike(healing.store, scratch, own):
                return _uncompared(load, own, "its specification reads it otherwise now")
            wanted = fingerprints(healing.store, scratch.name, ids_of(own))
            found = fingerprints(healing.store, table.name, ids_of(own))
    except IndicubeError as reason:
        if not is_alike:
            return _uncompared(load, own, f"its specification has changed: {reason.message}")
        return Values((_unreadable(table, load, reason.message),))
    return Values(
        tuple(
            Finding("values", table.name, load.id, batch)
            for batch in ids_of(own)
            if wanted[batch] != found[batch]
        )
    )


def _built(
    healing: Healing,
    table: TableSpec,
    load: Load,
    built: Sequence[Batch],
    distrusted: Iterable[int | None],
) -> Values:
    doubted = {batch for batch in distrusted if batch is not None}
    try:
        wrong, unknown = differing_built(healing, table, load, built, doubted)
    except IndicubeError as reason:
        return Values((_unreadable(table, load, reason.message),))
    lacking = [batch for batch in built if batch.id in unknown]
    uncompared = Values()
    for batch in lacking:
        uncompared += _uncompared(load, [batch], unknown[batch.id])
    return uncompared + Values(
        tuple(Finding("values", table.name, load.id, batch) for batch in wrong)
    )


def _uncompared(load: Load, batches: Sequence[Batch], why: str) -> Values:
    return Values(
        uncompared=tuple(
            Finding("uncompared", batch.table_name, load.id, batch.id, found=why)
            for batch in batches
        )
    )


def _unreadable(table: AnyTable, load: Load, why: str) -> Finding:
    return Finding(
        "spool",
        table.name,
        load.id,
        name=load.source_hash,
        found="cannot be read again",
        remedy=why,
    )
