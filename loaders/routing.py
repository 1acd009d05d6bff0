"""Sends every row to the batch of its scope key, and counts each batch apart.

Batches are handed out when their key first occurs, so that a source of many keys is read once and
in any order. Memory holds one chunk, and for each batch its sums.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.row_schema import ParsedRows
from loaders.scope import EVERYTHING, MOST_KEYS, Routed, scope_keys_of
from loaders.specification import Specification
from server.errors import LoadRejected
from server.metadata.batches import Description
from server.metadata.loads import Quarantined
from server.store.arrow import AnyTable
from server.store.control_sums import ControlSums
from server.store.facts import with_batches
from server.store.tables import ROW_COLUMN

# Hands out the batches of scope keys, each key's once.
BatchesOf = Callable[[Sequence[str]], Mapping[str, int]]


class Router:
    """Where the rows of one load go; covered keys without rows have a batch as well."""

    def __init__(
        self,
        specification: Specification,
        table: AnyTable,
        own_key: str,
        declared: Sequence[str],
        batches_of: BatchesOf,
        *,
        is_lazy: bool = False,
    ) -> None:
        self._specification = specification
        self._table = table
        self._own_key = own_key  # of a load whose rows all lie in one batch
        self._declared = frozenset(declared)
        self._batches_of = batches_of
        self._batches: dict[str, int] = {}
        self._counted: dict[int, _Counting] = {}
        if not is_lazy:  # then a key without rows has no batch
            self._get(declared or (() if self._is_split else (own_key,)))

    def without_strangers(self, parsed: ParsedRows) -> tuple[ParsedRows, Routed]:
        """The rows within the declared cover, with their keys; the others are refused."""
        routed = self._routed(parsed.chunk)
        if not self._declared or self._declared.issuperset(routed.keys):
            return parsed, routed
        is_known = np.array([key in self._declared for key in routed.keys])
        inside = is_known[routed.codes]
        refusals = self._refusals(parsed.chunk, routed, ~inside)
        kept = ParsedRows(
            parsed.chunk.filter(pa.array(inside)),
            (*parsed.refused, *refusals),
            parsed.refused_rows + len(refusals),
        )
        return kept, self._routed(kept.chunk)

    def sent(self, chunk: Any, routed: Routed) -> Any:
        """The chunk with the batch of each row, counted into its batch."""
        batches = self._get(routed.keys)
        ids = np.array([batches[key] for key in routed.keys], dtype=np.uint32)
        self._count(chunk, routed, ids)
        if not chunk.num_rows:
            return with_batches(chunk, pa.array([], pa.uint32()))
        return with_batches(chunk, pa.array(ids[routed.codes], pa.uint32()))

    def sent_whole(self, chunk: Any) -> Any:
        """A chunk that belongs to the load's one batch."""
        return self.sent(chunk, self._routed(chunk))

    @property
    def described(self) -> Mapping[int, Description]:
        """What every batch holds, as the parser counted it."""
        return {batch: counting.description for batch, counting in self._counted.items()}

    @property
    def _is_split(self) -> bool:
        return self._specification.mode == "upsert" or bool(self._specification.scope)

    def _routed(self, chunk: Any) -> Routed:
        if self._is_split and chunk.num_rows:
            return scope_keys_of(self._specification, chunk)
        keys = (self._own_key,) if not self._is_split else ()
        return Routed(keys, np.zeros(chunk.num_rows, dtype=np.int64))

    def _get(self, keys: Sequence[str]) -> Mapping[str, int]:
        fresh = [key for key in keys if key not in self._batches]
        if len(self._batches) + len(fresh) > MOST_KEYS:
            raise LoadRejected(
                f"the file covers more than {MOST_KEYS:,} scope keys of {self._specification.name};"
                " choose a coarser scope or fewer buckets",
                field="scope",
            )
        if fresh:
            handed_out = self._batches_of(fresh)
            self._batches |= handed_out
            for batch in handed_out.values():
                self._counted[batch] = _Counting(self._table, self._specification.event_date)
        return self._batches

    def _count(self, chunk: Any, routed: Routed, ids: Any) -> None:
        if len(ids) == 1:
            self._counted[int(ids[0])].add(chunk)
            return
        order = np.argsort(routed.codes, kind="stable")
        ends = np.cumsum(np.bincount(routed.codes, minlength=len(ids)))
        sorted_chunk = chunk.take(pa.array(order)).combine_chunks()
        first = 0
        for batch, end in zip(ids.tolist(), ends.tolist(), strict=True):
            self._counted[batch].add(sorted_chunk.slice(first, end - first))
            first = end

    def _refusals(self, chunk: Any, routed: Routed, strange: Any) -> list[Quarantined]:
        numbers = chunk.column(ROW_COLUMN).to_numpy()
        covered = "; ".join(sorted(self._declared))
        shown = covered if len(covered) < 200 else f"{covered[:200]}…"
        return [
            Quarantined(
                int(numbers[row]),
                None,
                (key := routed.keys[int(routed.codes[row])]),
                "outside_cover",
                f"the row is of {key}, but the file covers {shown}",
            )
            for row in np.flatnonzero(strange).tolist()
        ]


class _Counting:
    """What one batch holds so far."""

    def __init__(self, table: AnyTable, event_date: str | None) -> None:
        self._sums = ControlSums(table)
        self._event_date = event_date
        self._dates: list[Any] = []

    def add(self, chunk: Any) -> None:
        self._sums.add(chunk)
        if self._event_date is None or not chunk.num_rows:
            return
        ends = pc.min_max(chunk.column(self._event_date)).as_py()
        dates = [*self._dates, *(end for end in ends.values() if end is not None)]
        self._dates = [min(dates), max(dates)] if dates else []

    @property
    def description(self) -> Description:
        first, last = self._dates or (None, None)
        return Description(self._sums.rows, self._sums.sums, first, last)


def whole_key(specification: Specification, load_id: int) -> str:
    """The one scope key of a load that is not split: its own id, unless it restates everything."""
    return EVERYTHING if specification.mode != "append" else str(load_id)
