"""A partial file of a dimension: the members that it does not name are carried over unchanged.

A version is always complete, so what the version before said of the others becomes part of the new
one; `_row` and `_origin` of such a member keep naming the line that it came from.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from server.store.arrow import arrow_schema
from server.store.client import Store
from server.store.facts import read_members
from server.store.tables import ORIGIN_COLUMN, DimensionTableSpec


def carried_members(
    store: Store, table: DimensionTableSpec, version: int, named: Collection[str]
) -> Iterator[Any]:
    """The members of a version that are not among those named, as chunks with their origin."""
    if not version:
        return
    yield from _others(read_members(store, table, version), table, named)


def carried_again(
    chunks: Iterable[Any], table: DimensionTableSpec, version: int, named: Collection[str]
) -> Iterator[Any]:
    """The same of a version whose rows are read from its source again."""
    origin = pa.field(ORIGIN_COLUMN, pa.uint32(), nullable=False)
    names = [*arrow_schema(table).names, ORIGIN_COLUMN]
    for chunk in chunks:
        members = chunk
        if ORIGIN_COLUMN not in chunk.schema.names:  # it brought these rows itself
            brought = pa.repeat(pa.scalar(version, pa.uint32()), chunk.num_rows)
            members = chunk.append_column(origin, brought)
        yield from _others(members.select(names), table, named)


def _others(members: Any, table: DimensionTableSpec, named: Collection[str]) -> Iterator[Any]:
    known = pa.array(named, pa.string())
    kept = members.filter(pc.invert(pc.is_in(members.column(table.key), value_set=known)))
    if kept.num_rows:
        yield kept
