"""A partial file of a dimension: the members that it does not name are carried over unchanged.

A version is always complete, so what the version before said of the others becomes part of the new
one; `_row` and `_origin` of such a member keep naming the line that it came from.
"""

from collections.abc import Collection, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from server.store.client import Store
from server.store.facts import read_members
from server.store.tables import DimensionTableSpec


def carried_members(
    store: Store, table: DimensionTableSpec, version: int, named: Collection[str]
) -> Iterator[Any]:
    """The members of a version that are not among those named, as chunks with their origin."""
    if not version:
        return
    members = read_members(store, table, version)
    others = pc.invert(pc.is_in(members.column(table.key), value_set=pa.array(named, pa.string())))
    kept = members.filter(others)
    if kept.num_rows:
        yield kept
