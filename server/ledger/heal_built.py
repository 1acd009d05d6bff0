"""Puts batches back that hold what several upserts add up to.

They are added up again in a table aside, of their own batches: as the store has them where those
are whole, otherwise out of the spool, since what was purged or is damaged may be in a sum that is
seen. Only what is found to be as the ledger says takes the place of the damaged rows.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from server.errors import IndicubeError, ServerError
from server.ledger.heal import Healing, ids_of, put_in_place, rows_again, unlike
from server.ledger.purge import purge_batches
from server.metadata.batches import find_batch
from server.metadata.builds import sources_of_built, was_shown
from server.metadata.loads import Batch, Load, find_load
from server.store.checks import fingerprints
from server.store.facts import batches_in, delete_batches
from server.store.merging import ROWS_AT_ONCE, Sum, apart, in_portions, merge_batches
from server.store.scratch import copy_batches, fill_scratch, scratch_table
from server.store.sizes import bytes_of_rows
from server.store.tables import LOAD_COLUMN, TableSpec

_Failed = dict[int, str]  # batch -> why it cannot be had


def heal_built(
    healing: Healing, table: TableSpec, load: Load, built: Sequence[Batch]
) -> Mapping[int, str]:
    """Put the rows of these built batches of one load back.

    Each that cannot be added up again is left as it is; the answer says why. One that nobody was
    ever shown is given up: it is built again when it is wanted.
    """
    seen = _without_unseen(healing, built)
    with added_up(healing, table, load, seen) as (scratch, failed):
        good = [batch for batch in seen if batch.id not in failed]
        failed |= {
            batch: f"batch {batch} of load {load.id} is not what its sources add up to now"
            for batch in unlike(healing.store, scratch, good)
        }
        put_in_place(healing, table, scratch, load.id, seen, failed)
    return failed


def differing_built(
    healing: Healing,
    table: TableSpec,
    load: Load,
    built: Sequence[Batch],
    distrusted: Collection[int] = (),
) -> tuple[list[int], Mapping[int, str]]:
    """The batches with other values than their sources add up to, and those that nobody can tell.

    The rows of the distrusted own batches come from the spool.
    """
    with healing.metadata.read() as session:
        seen = [batch for batch in built if was_shown(session, batch)]
    with added_up(healing, table, load, seen, distrusted) as (scratch, failed):
        asked = [batch.id for batch in seen if batch.id not in failed]
        wanted = fingerprints(healing.store, scratch.name, asked)
        found = fingerprints(healing.store, table.name, asked)
    return [batch for batch in asked if wanted[batch] != found[batch]], failed


@contextmanager
def added_up(
    healing: Healing,
    table: TableSpec,
    load: Load,
    built: Sequence[Batch],
    distrusted: Collection[int] = (),
) -> Iterator[tuple[TableSpec, _Failed]]:
    """A table aside with these built batches, and why some are not in it."""
    with healing.metadata.read() as session:
        sums = [Sum(batch.id, sources_of_built(session, batch)) for batch in built]
        listed = sorted({source for one in sums for source in one.sources})
        sources = [find_batch(session, source) for source in listed]
    failed = {
        one.target: f"nobody knows what batch {one.target} of load {load.id} was built of"
        for one in sums
        if not one.sources
    }
    rows = {source.id: source.rows or 0 for source in sources}
    healing.room(2 * bytes_of_rows(healing.store, table.name, 2 * sum(rows.values())))
    with scratch_table(healing.store, table, load.id) as aside:
        scratch = replace(table, name=aside.name)
        lacking = _gather(healing, table, scratch, sources, distrusted)
        failed |= {
            one.target: f"batch {one.target} was built of batch {source}, and {lacking[source]}"
            for one in sums
            for source in one.sources
            if source in lacking
        }
        whole = [one for one in sums if one.target not in failed]
        failed |= _merge(healing, scratch, load, whole, rows)
        yield scratch, failed


def _merge(
    healing: Healing, scratch: TableSpec, load: Load, sums: Iterable[Sum], rows: Mapping[int, int]
) -> _Failed:
    failed: _Failed = {}
    # Withdrawing and restoring leave a load several sums of the same batches.
    for disjoint in apart(sums):
        for portion in in_portions(disjoint, rows, ROWS_AT_ONCE):
            try:
                merge_batches(healing.store, scratch, load.key, portion)
            except ServerError as reason:
                failed |= dict.fromkeys((one.target for one in portion), reason.message)
    return failed


def _gather(
    healing: Healing,
    table: TableSpec,
    scratch: TableSpec,
    sources: Sequence[Batch],
    distrusted: Collection[int],
) -> _Failed:
    """Lay the rows of own batches aside; those that cannot be had, and why."""
    trusted = [batch for batch in sources if batch.id not in distrusted]
    copy_batches(healing.store, table.name, scratch.name, ids_of(trusted))
    damaged = unlike(healing.store, scratch, trusted)
    present = batches_in(healing.store, scratch.name)
    delete_batches(healing.store, scratch.name, [batch for batch in damaged if batch in present])
    failed: _Failed = {}
    for some in _by_load_and_key(b for b in sources if b.id in damaged or b.id in distrusted):
        failed |= _read_again(healing, scratch, some)
    return failed


def _read_again(healing: Healing, scratch: TableSpec, some: Sequence[Batch]) -> _Failed:
    """Lay rows of one load aside that come from the spool."""
    with healing.metadata.read() as session:
        load = find_load(session, some[0].load)
    try:
        rows = _only(rows_again(healing, load, some), ids_of(some))
        fill_scratch(healing.store, scratch, rows, load.id)
    except IndicubeError as reason:
        return dict.fromkeys(ids_of(some), reason.message)
    return unlike(healing.store, scratch, some)


def _only(chunks: Iterable[Any], batches: Sequence[int]) -> Iterator[Any]:
    wanted = pa.array(batches, pa.uint32())
    for chunk in chunks:
        kept = chunk.filter(pc.is_in(chunk.column(LOAD_COLUMN), wanted))
        if kept.num_rows:
            yield kept


def _by_load_and_key(batches: Iterable[Batch]) -> list[list[Batch]]:
    """Batches of one load, of each scope key one: it may have others, from before it was purged."""
    rounds: dict[tuple[int, int], list[Batch]] = {}
    times: dict[tuple[int, str], int] = {}
    for batch in batches:
        number = times.get((batch.load, batch.scope_key), 0)
        times[batch.load, batch.scope_key] = number + 1
        rounds.setdefault((batch.load, number), []).append(batch)
    return list(rounds.values())


def _without_unseen(healing: Healing, built: Sequence[Batch]) -> list[Batch]:
    with healing.metadata.read() as session:
        unseen = tuple(batch for batch in built if not was_shown(session, batch))
    purge_batches(healing.metadata, healing.store, unseen, healing.clock())
    return [batch for batch in built if batch not in unseen]
