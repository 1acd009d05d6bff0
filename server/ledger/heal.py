"""Puts the rows of damaged batches back from the spool, under the ids that they had.

1. The source is parsed anew into a table aside; it must give the ledger's rows and sums again.
2. The repair is written down: from now on nobody is shown the table, rather than a part of it.
3. The damaged rows are deleted, the new ones are copied, and compared with the ledger once more.
4. The repair is ended. The ids are the old ones, so every snapshot answers as it did.

A process that dies on the way leaves the repair open; the next verification does it again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from server.errors import ServerError
from server.ledger.correct import corrections_of
from server.ledger.crashpoint import crashpoint
from server.ledger.spool_check import is_in_spool, put_back
from server.metadata.batches import batches_of
from server.metadata.builds import sources_of_built
from server.metadata.loads import Batch, Load
from server.metadata.repairs import begin_repair, end_repair
from server.metadata.session import Metadata
from server.store.arrow import AnyTable
from server.store.checks import fingerprints
from server.store.client import Store
from server.store.dictionaries import check_dictionary, reload_dictionary
from server.store.facts import count_and_sum_each, delete_batches
from server.store.merging import Sum, apart, merge_batches
from server.store.scratch import copy_batches, fill_scratch, scratch_table
from server.store.tables import DimensionTableSpec, TableSpec


class Sources(Protocol):
    """Whoever can read a load's source again."""

    def rows(self, load: Load, batches: Mapping[str, int]) -> Iterable[Any]:
        """The rows as they were stored, each with its batch; `batches` by scope key.

        They are all of the source, or all of one of its corrections.
        """

    def find_again(self, load: Load) -> Path | None:
        """Where the source came from, if it may still be there."""

    def is_read_alike(self, load: Load) -> bool:
        """Whether the source is read now as it was read then."""


class NotHealed(ServerError):
    """The rows cannot be put back; nothing was changed."""

    code = "not_healed"


@dataclass(frozen=True)
class Healing:
    """What healing needs."""

    metadata: Metadata
    store: Store
    spool: Path
    sources: Sources
    clock: Callable[[], datetime]
    by: str


def heal_own(healing: Healing, table: AnyTable, load: Load, own: Sequence[Batch]) -> None:
    """Put the rows of these own batches of one load back.

    Raises:
        NotHealed: the source is not there, or does not give the same rows any more.
    """
    with parsed_again(healing, table, load, own) as scratch:
        _must_match(healing.store, scratch, own)
        with repairing(healing, table, load.id, own):
            delete_batches(healing.store, table.name, ids_of(own))
            crashpoint("heal.deleted")
            copy_batches(healing.store, scratch.name, table.name, ids_of(own))
            crashpoint("heal.copied")


def heal_built(healing: Healing, table: TableSpec, load: Load, built: Sequence[Batch]) -> None:
    """Add up again what several upserts add up to, from their own batches, which must be whole.

    Raises:
        NotHealed: what it was built of is not known any more.
    """
    with healing.metadata.read() as session:
        found = {batch.id: sources_of_built(session, batch) for batch in built}
    lost = [batch for batch, sources in found.items() if not sources]
    if lost:
        raise NotHealed(f"nobody knows what batch {lost[0]} of load {load.id} was built of")
    sums = tuple(Sum(batch, sources) for batch, sources in found.items())
    with repairing(healing, table, load.id, built):
        delete_batches(healing.store, table.name, ids_of(built))
        crashpoint("heal.deleted")
        # Withdrawing and restoring leave a load several sums of the same batches.
        for some in apart(sums):
            merge_batches(healing.store, table, load.key, some)
        crashpoint("heal.copied")


def by_file(load: Load, own: Iterable[Batch]) -> tuple[tuple[Batch, ...], ...]:
    """The batches that come from one file each: the source, then every correction of it."""
    file_of = _files(load)
    grouped: dict[int, list[Batch]] = {}
    for batch in own:
        grouped.setdefault(file_of.get(batch.id, 0), []).append(batch)
    return tuple(tuple(grouped[number]) for number in sorted(grouped))


def differing(healing: Healing, table: AnyTable, load: Load, own: Sequence[Batch]) -> list[int]:
    """The batches with other values than their source, found value by value."""
    with parsed_again(healing, table, load, own) as scratch:
        wanted = fingerprints(healing.store, scratch.name, ids_of(own))
        found = fingerprints(healing.store, table.name, ids_of(own))
    return [batch for batch in ids_of(own) if wanted[batch] != found[batch]]


@contextmanager
def parsed_again(
    healing: Healing, table: AnyTable, load: Load, own: Sequence[Batch]
) -> Iterator[AnyTable]:
    """A table aside with the rows of these batches, which come from one file of the spool."""
    if not is_in_spool(healing.spool, load) and not put_back(
        healing.spool, load, healing.sources.find_again
    ):
        raise NotHealed(f"the source of load {load.id} is not in the spool as it was")
    file_of = _files(load)
    with healing.metadata.read() as session:
        known = [
            batch
            for batch in batches_of(session, load.id)
            if file_of.get(batch.id, 0) == file_of.get(own[0].id, 0)
        ]
    # A key may have another batch, which was purged; the last ones are those that are put back.
    batches = {each.scope_key: each.id for each in (*known, *own)}
    with scratch_table(healing.store, table, load.id) as scratch:
        fill_scratch(healing.store, scratch, healing.sources.rows(load, batches), load.id)
        yield scratch


@contextmanager
def repairing(
    healing: Healing, table: AnyTable, load_id: int, batches: Sequence[Batch]
) -> Iterator[None]:
    """Keep the table closed while its rows are replaced; it opens when they are whole."""
    with healing.metadata.write() as session:
        began = healing.clock()
        repair = begin_repair(session, table.name, load_id, ids_of(batches), healing.by, began)
    crashpoint("heal.begun")
    yield
    if isinstance(table, DimensionTableSpec):
        reload_dictionary(healing.store, table)
        for batch in batches:
            check_dictionary(healing.store, table, batch.id, batch.rows or 0)
    _must_match(healing.store, table, batches)
    with healing.metadata.write() as session:
        end_repair(session, repair, healing.clock())
        crashpoint("heal.before_commit")
    crashpoint("heal.ended")


def _must_match(store: Store, table: AnyTable, batches: Sequence[Batch]) -> None:
    stored = count_and_sum_each(store, table, ids_of(batches))
    for batch in batches:
        rows, sums = stored[batch.id]
        if rows != (batch.rows or 0) or dict(sums) != dict(batch.sums or sums):
            raise NotHealed(
                f"the source of load {batch.load} does not give the rows of batch {batch.id} "
                f"again: {rows} rows, not {batch.rows}, or other sums"
            )


def _files(load: Load) -> Mapping[int, int]:
    """The number of the correction that brought a batch; the source's are not among them."""
    return {
        batch: number
        for number, correction in enumerate(corrections_of(load), start=1)
        for batch in correction["batches"]
    }


def ids_of(batches: Sequence[Batch]) -> list[int]:
    """Their ids."""
    return [batch.id for batch in batches]
