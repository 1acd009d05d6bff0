"""What a snapshot changed: scope key by scope key the rows and control sums before and after.

Rows and sums stand in the ledger, so that no fact is read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.ledger.correct import bitwise_in
from server.metadata.batches import batches_seen, batches_that_stayed
from server.metadata.loads import Batch, Load, find_load
from server.metadata.session import Session
from server.store.control_sums import Sums, added_sums
from server.store.tables import ROW_COLUMN


@dataclass(frozen=True)
class Side:
    """A batch that was, or is, what is seen of a scope key."""

    batch: int
    load: int
    rows: int
    sums: Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """A scope key whose rows a snapshot exchanged; None: there were none, or are none."""

    table_name: str
    source: str
    scope_key: str
    before: Side | None
    after: Side | None

    def as_json(self) -> dict[str, Any]:
        """The change as the ledger keeps it."""
        sides = {"before": self.before, "after": self.after}
        shown = {name: vars(side) if side else None for name, side in sides.items()}
        return {
            "table": self.table_name,
            "source": self.source,
            "scope_key": self.scope_key,
            **shown,
        }


def change_from_json(kept: Mapping[str, Any]) -> Change:
    """The change that `as_json` wrote."""
    before, after = (Side(**kept[name]) if kept[name] else None for name in ("before", "after"))
    return Change(kept["table"], kept["source"], kept["scope_key"], before, after)


def difference_at(session: Session, number: int) -> tuple[Change, ...]:
    """What the snapshot exchanged, in the order of the scope keys."""
    gone, come = batches_seen(session, until=number), batches_seen(session, since=number)
    # Beside mended rows the others of their load go on: they are on both sides.
    stayed = batches_that_stayed(session, number, {one.load for one in come})
    slots = {_slot(one) for one in come}
    both = [one for one in stayed if _slot(one) in slots]
    ended, begun = _sides(session, [*both, *gone]), _sides(session, [*both, *come])
    return tuple(
        Change(*slot, ended.get(slot), begun.get(slot)) for slot in sorted({*ended, *begun})
    )


def _slot(batch: Batch) -> tuple[str, str, str]:
    return batch.table_name, batch.source, batch.scope_key


def _sides(session: Session, batches: Sequence[Batch]) -> dict[tuple[str, str, str], Side]:
    found: dict[tuple[str, str, str], list[Batch]] = {}
    for one in batches:
        found.setdefault(_slot(one), []).append(one)
    corrected = {some[0].load for some in found.values() if len(some) > 1}
    loads = {load: find_load(session, load) for load in corrected}
    return {slot: _side(loads, some) for slot, some in found.items()}


def _side(loads: Mapping[int, Load], batches: Sequence[Batch]) -> Side:
    """Of a load that was corrected several batches are seen; the first one names the side."""
    first, *others = batches
    sums = first.sums or {}
    for other in others:
        sums = _together(loads[first.load], sums, other.sums or {})
    return Side(first.id, first.load, sum(one.rows or 0 for one in batches), dict(sums))


def _together(load: Load, one: Sums, other: Sums) -> Sums:
    bitwise = bitwise_in(load)
    if bitwise is None:  # it was not kept which columns are no sums; the lines are, always
        one, other = _lines(one), _lines(other)
    return added_sums(one, other, bitwise or ())


def _lines(sums: Sums) -> Sums:
    return {column: text for column, text in sums.items() if column == ROW_COLUMN}
