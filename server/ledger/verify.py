"""Compares the store with the ledger: every visible batch whole, no row that nobody knows of."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.errors import ModelMismatch
from server.metadata.loads import Batch, known_batches
from server.metadata.session import Metadata
from server.store.client import Store
from server.store.facts import batches_in


@dataclass(frozen=True)
class Discrepancy:
    """A batch whose rows in the store are not those of the ledger."""

    table: str
    batch: int
    in_ledger: int | None  # None: the ledger does not know the batch
    in_store: int

    def __str__(self) -> str:
        if self.in_ledger is None:
            return f"{self.table} holds {self.in_store} rows of the unknown batch {self.batch}"
        return (
            f"{self.table} holds {self.in_store} of the {self.in_ledger} rows of batch {self.batch}"
        )


def verify(metadata: Metadata, store: Store, tables: Iterable[str]) -> tuple[Discrepancy, ...]:
    """The discrepancies in these tables; counts alone, one thin scan a table."""
    with metadata.read() as session:
        known = known_batches(session)
    found: list[Discrepancy] = []
    for table in tables:
        found += _verify_table(table, known.get(table, {}), batches_in(store, table))
    return tuple(found)


def refuse_foreign_rows(metadata: Metadata, store: Store, tables: Iterable[str]) -> None:
    """`ModelMismatch` when the store holds rows of batches that this ledger never handed out.

    They would be visible, for nothing hides what is not known: the metadata database was replaced,
    or the store belongs to another installation.
    """
    with metadata.read() as session:
        known = known_batches(session)
    for table in tables:
        foreign = sorted(set(batches_in(store, table)) - set(known.get(table, {})))
        if foreign:
            shown = ", ".join(str(batch) for batch in foreign[:5])
            raise ModelMismatch(
                f"{table} holds rows of batches that the ledger does not know ({shown}): facts and "
                "metadata are of two installations; give the facts their own metadata back, or "
                "remove them and load the sources again",
                code="foreign_rows",
            )


def _verify_table(
    table: str, known: dict[int, tuple[Batch, bool]], present: dict[int, int]
) -> list[Discrepancy]:
    found = [
        Discrepancy(table, batch, None, rows)
        for batch, rows in present.items()
        if batch not in known
    ]
    for identifier, (batch, was_published) in known.items():
        rows = present.get(identifier, 0)
        # What was never published may be in any state: nobody sees it.
        if was_published and batch.purged_at is None and rows != (batch.rows or 0):
            found.append(Discrepancy(table, identifier, batch.rows or 0, rows))
    return sorted(found, key=lambda each: each.batch)
