"""Puts the rows of damaged batches back from the spool, under the ids that they had.

1. The source is parsed anew into a table aside; it must give the ledger's rows and sums again.
2. The repair is written down: from now on nobody is shown the table, rather than a part of it.
3. The damaged rows are deleted, the new ones are copied, and compared with the ledger once more.
4. The repair is ended. The ids are the old ones, so every snapshot answers as it did.

A process that dies on the way leaves the repair open; the next verification does it again.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from server.errors import ServerError
from server.ledger.correct import corrections_of
from server.ledger.crashpoint import crashpoint
from server.ledger.spool_check import is_in_spool, put_back
from server.ledger.steps import serve_members
from server.metadata.batches import batches_of
from server.metadata.loads import Batch, Load
from server.metadata.repairs import begin_repair, end_repair
from server.metadata.session import Metadata
from server.store.arrow import AnyTable
from server.store.client import Store
from server.store.facts import count_and_sum_each, delete_batches
from server.store.scratch import copy_batches, fill_scratch, scratch_table
from server.store.tables import DimensionTableSpec


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
    """The rows cannot be put back."""

    code = "not_healed"


def _ample(_needed: int) -> None:
    pass


@dataclass(frozen=True)
class Healing:
    """What healing needs."""

    metadata: Metadata
    store: Store
    spool: Path
    sources: Sources
    clock: Callable[[], datetime]
    by: str
    room: Callable[[int], None] = _ample  # `NoRoom` where so many bytes more would be too many


def heal_own(
    healing: Healing, table: AnyTable, load: Load, own: Sequence[Batch]
) -> Mapping[int, str]:
    """Put the rows of these own batches back, which come from one file of the load.

    Each that the source does not give again is left as it is; the answer says why.

    Raises:
        NotHealed: the source is not there.
    """
    with parsed_again(healing, table, load, own) as scratch:
        failed = unlike(healing.store, scratch, own)
        put_in_place(healing, table, scratch, load.id, own, failed)
    return failed


def put_in_place(
    healing: Healing,
    table: AnyTable,
    scratch: AnyTable,
    load_id: int,
    batches: Sequence[Batch],
    failed: Container[int] = (),
) -> None:
    """Exchange the rows of these batches, but of those that failed, for those that lie aside."""
    good = [batch for batch in batches if batch.id not in failed]
    if not good:
        return
    with repairing(healing, table, load_id, good):
        delete_batches(healing.store, table.name, ids_of(good))
        crashpoint("heal.deleted")
        copy_batches(healing.store, scratch.name, table.name, ids_of(good))
        crashpoint("heal.copied")


def unlike(store: Store, table: AnyTable, batches: Sequence[Batch]) -> dict[int, str]:
    """The batches whose rows or sums there are not those of the ledger, each with a sentence."""
    stored = count_and_sum_each(store, table, ids_of(batches))
    found: dict[int, str] = {}
    for batch in batches:
        rows, sums = stored[batch.id]
        if rows != (batch.rows or 0) or dict(sums) != dict(batch.sums or sums):
            found[batch.id] = (
                f"the source of load {batch.load} does not give the rows of batch {batch.id} "
                f"again: {rows} rows, not {batch.rows}, or other sums"
            )
    return found


def by_file(load: Load, own: Iterable[Batch]) -> tuple[tuple[Batch, ...], ...]:
    """The batches that come from one file each: the source, then every correction of it."""
    file_of = _files(load)
    grouped: dict[int, list[Batch]] = {}
    for batch in own:
        grouped.setdefault(file_of.get(batch.id, 0), []).append(batch)
    return tuple(tuple(grouped[number]) for number in sorted(grouped))


@contextmanager
def parsed_again(
    healing: Healing, table: AnyTable, load: Load, own: Sequence[Batch]
) -> Iterator[AnyTable]:
    """A table aside with the rows of these batches, which come from one file of the spool."""
    rows = rows_again(healing, load, own)
    with scratch_table(healing.store, table, load.id) as scratch:
        fill_scratch(healing.store, scratch, rows, load.id)
        yield scratch


def rows_again(healing: Healing, load: Load, own: Sequence[Batch]) -> Iterable[Any]:
    """All rows of the file of the spool that these batches come from, each with its batch.

    Raises:
        NotHealed: the source is not there as it was.
    """
    if not is_in_spool(healing.spool, load) and not put_back(
        healing.spool, load, healing.sources.find_again
    ):
        raise NotHealed(f"the source of load {load.id} is not in the spool as it was")
    healing.room(2 * load.source_bytes)
    file_of = _files(load)
    with healing.metadata.read() as session:
        known = [
            batch
            for batch in batches_of(session, load.id)
            if file_of.get(batch.id, 0) == file_of.get(own[0].id, 0)
        ]
    # A key may have another batch, which was purged; the last ones are those that are put back.
    return healing.sources.rows(load, {each.scope_key: each.id for each in (*known, *own)})


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
        serve_members(healing.store, table, batches)
    for sentence in unlike(healing.store, table, batches).values():
        raise NotHealed(sentence)  # the table stays closed
    with healing.metadata.write() as session:
        end_repair(session, repair, healing.clock())
        crashpoint("heal.before_commit")
    crashpoint("heal.ended")


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
