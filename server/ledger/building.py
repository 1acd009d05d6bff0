"""Builds batches that hold what several upserts of one scope key add up to.

1. Fresh ids are committed: until the batch is shown, nobody sees its rows.
2. One statement writes the sums of many keys, each row keeping the batch that brought it.
3. What is there is compared with what another statement says must be there.
4. Rows and control sums go to the ledger; the batch is whole and may be shown.

Nothing is ever mended: an attempt that fails or dies is deleted later, the next takes fresh ids.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from server.errors import ModelMismatch, ServerError
from server.ledger.crashpoint import crashpoint
from server.ledger.owner import this_process
from server.ledger.restock import Spooled
from server.metadata.batches import (
    Description,
    NewBuilt,
    begin_built,
    describe_batches,
    mark_whole,
    rows_of,
)
from server.metadata.loads import Load
from server.metadata.session import Metadata
from server.metadata.slots import Build
from server.store.arrow import AnyTable
from server.store.client import Store
from server.store.facts import count_and_sum_each
from server.store.merging import (
    NO_ROWS,
    ROWS_AT_ONCE,
    Figures,
    Sum,
    expected_figures,
    found_figures,
    in_portions,
    merge_batches,
    rows_in_sources,
)
from server.store.sizes import bytes_of_rows
from server.store.tables import DimensionTableSpec, TableSpec


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _ample(_needed: int) -> None:
    pass


def _unheard(_done: int, _expected: int) -> None:
    pass


@dataclass(frozen=True)
class Builder:
    """What building needs: the store, the fact tables of the model, room, somebody who listens.

    With the spool's sources the rows of purged batches are stored again where they are needed, of
    the dimension tables too.
    """

    store: Store
    tables: Mapping[str, TableSpec]
    clock: Callable[[], datetime] = _utc_now
    spooled: Spooled | None = None
    dimensions: Mapping[str, DimensionTableSpec] = field(default_factory=dict)
    room: Callable[[int], None] = _ample  # `NoRoom` where so many bytes more would be too many
    progress: Callable[[int, int], None] = _unheard  # scope keys built, and to be built

    def fills(self, load: Load) -> bool:
        """Whether the load fills one of the tables."""
        return load.table_name in self.stocked

    @property
    def stocked(self) -> Mapping[str, AnyTable]:
        """The tables whose purged rows can be stored again."""
        return {**self.tables, **self.dimensions}


def build(metadata: Metadata, builder: Builder, load: Load, builds: Sequence[Build]) -> None:
    """Build all of these batches in a slot of the load each.

    Raises:
        NoRoom: the disks would not keep their reserve; what was built by then is not shown.
    """
    table = _table_of(builder, load)
    with metadata.read() as session:
        rows = rows_of(session, {source for each in builds for source in each.sources})
    # Twice the rows: the sums, and the engine's own copies while it merges their parts.
    _make_sure_of_room(builder, table, builds, rows, 2)
    done = 0
    for portion in in_portions(builds, rows, ROWS_AT_ONCE):
        builder.progress(done, len(builds))
        _make_sure_of_room(builder, table, portion, rows, 1)
        _build_portion(metadata, builder, table, load, portion, rows)
        done += len(portion)
    builder.progress(done, len(builds))


def _make_sure_of_room(
    builder: Builder,
    table: TableSpec,
    builds: Sequence[Build],
    rows: Mapping[int, int],
    times: int,
) -> None:
    most = sum(rows[source] for each in builds for source in each.sources)
    builder.room(times * bytes_of_rows(builder.store, table.name, most))


def _build_portion(
    metadata: Metadata,
    builder: Builder,
    table: TableSpec,
    load: Load,
    builds: Sequence[Build],
    rows: Mapping[int, int],
) -> None:
    sums = _begin(metadata, builder, load, builds)
    crashpoint("build.begun")
    _check_sources(builder.store, table, sums, rows)
    merge_batches(builder.store, table, load.key, sums)
    crashpoint("build.merged")
    figures = _compared(builder.store, table, load, sums)
    crashpoint("build.compared")
    in_ledger = count_and_sum_each(builder.store, table, [one.target for one in sums])
    described = {
        batch: Description(count, control, figures[batch].first_date, figures[batch].last_date)
        for batch, (count, control) in in_ledger.items()
    }
    with metadata.write() as session:
        describe_batches(session, described)
        mark_whole(session, described)
        crashpoint("build.before_commit")
    crashpoint("build.committed")


def _begin(
    metadata: Metadata, builder: Builder, load: Load, builds: Sequence[Build]
) -> tuple[Sum, ...]:
    wanted = [
        NewBuilt(each.load, load.table_name, load.specification, each.scope_key, each.basis)
        for each in builds
    ]
    with metadata.write() as session:
        targets = begin_built(session, wanted, this_process(), builder.clock())
    return tuple(Sum(target, each.sources) for target, each in zip(targets, builds, strict=True))


def _compared(
    store: Store, table: TableSpec, load: Load, sums: Sequence[Sum]
) -> Mapping[int, Figures]:
    wanted = expected_figures(store, table, load.key, load.event_date, sums)
    found = found_figures(store, table, load.event_date, sums)
    for one in sums:
        must, has = wanted.get(one.target, NO_ROWS), found.get(one.target, NO_ROWS)
        if must != has:
            raise ServerError(
                f"load {load.id}: {table.name} holds {has.rows} rows of {must.rows} in the built "
                f"batch {one.target}, or others than those of its sources",
                code="verification_failed",
            )
    return {one.target: found.get(one.target, NO_ROWS) for one in sums}


def _check_sources(
    store: Store, table: TableSpec, sums: Sequence[Sum], rows: Mapping[int, int]
) -> None:
    """A sum of damaged batches would be damaged for good, and look right."""
    found = rows_in_sources(store, table, sums)
    for source in sorted({source for one in sums for source in one.sources}):
        if found.get(source, 0) != rows[source]:
            raise ServerError(
                f"{table.name} holds {found.get(source, 0)} of the {rows[source]} rows of batch "
                f"{source}, which is to be built on",
                code="verification_failed",
                hint="`indicube verify` puts them back",
            )


def _table_of(builder: Builder, load: Load) -> TableSpec:
    table = builder.tables.get(load.table_name)
    if table is None or not load.key:
        raise ModelMismatch(
            f"load {load.id} fills {load.table_name} by its key, but "
            + ("the cube model has no such table" if table is None else "it names no key")
        )
    return table
