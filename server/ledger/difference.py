"""What a snapshot changed: scope key by scope key the rows and control sums before and after.

Rows and sums stand in the ledger, so that no fact is read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from itertools import zip_longest
from typing import Any

from server.metadata.batches import batches_seen, batches_that_stayed
from server.metadata.loads import Batch
from server.metadata.session import Session

_EXACT = Context(prec=200)


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
    ended, begun = _sides([*both, *gone]), _sides([*both, *come])
    return tuple(
        Change(*slot, ended.get(slot), begun.get(slot)) for slot in sorted({*ended, *begun})
    )


def _slot(batch: Batch) -> tuple[str, str, str]:
    return batch.table_name, batch.source, batch.scope_key


def _sides(batches: Sequence[Batch]) -> dict[tuple[str, str, str], Side]:
    sides: dict[tuple[str, str, str], Side] = {}
    for one in batches:
        # Of a load that was corrected several batches are seen; the first one names the slot.
        slot = _slot(one)
        rows, sums, first = one.rows or 0, dict(one.sums or {}), sides.get(slot)
        if first is None:
            sides[slot] = Side(one.id, one.load, rows, sums)
        else:
            sides[slot] = Side(first.batch, one.load, first.rows + rows, _added(first.sums, sums))
    return sides


def _added(one: Mapping[str, str], other: Mapping[str, str]) -> Mapping[str, str]:
    """The control sums of two batches together, figure by figure."""
    with localcontext(_EXACT):
        return {
            column: " ".join(
                _text(Decimal(left) + Decimal(right))
                for left, right in zip_longest(
                    one.get(column, "").split(), other.get(column, "").split(), fillvalue="0"
                )
            )
            for column in {**one, **other}
        }


def _text(figure: Decimal) -> str:
    return format(figure.normalize(), "f") if figure else "0"
