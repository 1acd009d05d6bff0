"""The ledger's side of a difference: which scope keys changed between two snapshots, by which load.

A difference lies between two snapshots that were published, or between the latest and what would
be seen if a load were withdrawn or restored: the latter is done in a transaction that is undone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from server.errors import InvalidInput
from server.metadata.changes import ChangedBatch, changed_batches, events_between, slots_of
from server.metadata.loads import Load, find_load
from server.metadata.publications import find_publication
from server.metadata.session import Metadata, Session
from server.metadata.snapshots import LoadEvent, PublishedState

Slot = tuple[str, str, str]  # table, source, scope key
_THERE_AND_BACK = (("published", "withdrawn"), ("withdrawn", "restored"), ("restored", "withdrawn"))


@dataclass(frozen=True)
class KeyChange:
    """What one source says of one scope key, before and after."""

    table_name: str
    source: str
    scope_key: str
    before: tuple[ChangedBatch, ...]
    after: tuple[ChangedBatch, ...]
    loads: tuple[int, ...]  # whose publication, withdrawal or restoring changed it

    @property
    def rows_before(self) -> int:
        """The rows of the key that only the earlier snapshot shows."""
        return sum(one.rows for one in self.before)

    @property
    def rows_after(self) -> int:
        """The rows of the key that only the later snapshot shows."""
        return sum(one.rows for one in self.after)

    @property
    def sums(self) -> Mapping[str, tuple[str, str]]:
        """The control sums that differ, by column: before and after."""
        before, after = _sums(self.before), _sums(self.after)
        return {
            column: (before.get(column, ""), after.get(column, ""))
            for column in sorted({*before, *after})
            if before.get(column) != after.get(column)
        }


@dataclass(frozen=True)
class LedgerDifference:
    """Everything of the ledger that two snapshots do not share."""

    first: PublishedState
    last: PublishedState
    keys: tuple[KeyChange, ...]
    events: tuple[LoadEvent, ...]
    loads: Mapping[int, Load]  # all that are named

    @property
    def tables(self) -> frozenset[str]:
        """The tables with another content."""
        return frozenset(one.table_name for one in self.keys)

    def changes_of(self, table: str) -> tuple[ChangedBatch, ...]:
        """The batches of a table that only one of the snapshots shows."""
        return tuple(
            batch
            for key in self.keys
            if key.table_name == table
            for batch in (*key.before, *key.after)
        )


def ledger_difference(metadata: Metadata, first: int, last: int) -> LedgerDifference:
    """The difference between two published snapshots.

    Raises:
        InvalidInput: the second is not later than the first.
        NotFound: one of them does not exist.
    """
    if first >= last:
        raise InvalidInput(
            f"A difference goes from a snapshot to a later one, not from {first} to {last}.",
            field="to",
        )
    with metadata.read() as session:
        return difference_in(session, first, last)


def difference_in(session: Session, first: int, last: int) -> LedgerDifference:
    """The same inside a transaction; snapshot 0 stands for what was before the first one."""
    events = events_between(session, first, last)
    changed = changed_batches(session, first, last)
    named = {*(one.load for one in events), *(one.load for one in changed)}
    loads = {number: find_load(session, number) for number in sorted(named)}
    upserted = slots_of(session, [one.id for one in loads.values() if one.mode == "upsert"])
    return LedgerDifference(
        first=find_publication(session, first) if first else _NOTHING,
        last=find_publication(session, last),
        keys=_keys(changed, events, loads, upserted),
        events=events,
        loads=loads,
    )


_NOTHING = PublishedState(0, datetime(1, 1, 1, tzinfo=UTC), "", "", 0)


def _keys(
    changed: Sequence[ChangedBatch],
    events: Sequence[LoadEvent],
    loads: Mapping[int, Load],
    upserted: Mapping[int, frozenset[Slot]],
) -> tuple[KeyChange, ...]:
    slots: dict[Slot, list[ChangedBatch]] = {}
    for one in changed:
        slots.setdefault((one.table_name, one.source, one.scope_key), []).append(one)
    return tuple(
        KeyChange(
            *slot,
            before=tuple(one for one in found if not one.is_shown),
            after=tuple(one for one in found if one.is_shown),
            loads=_responsible(slot, found, events, loads, upserted),
        )
        for slot, found in sorted(slots.items())
    )


def _responsible(
    slot: Slot,
    found: Sequence[ChangedBatch],
    events: Sequence[LoadEvent],
    loads: Mapping[int, Load],
    upserted: Mapping[int, frozenset[Slot]],
) -> tuple[int, ...]:
    """The loads to which something was done; of upserts all that the sum gained or lost."""
    acted = {event.load for event in events}
    summed = {one for one in acted if slot in upserted.get(one, ()) and _counts_anew(one, events)}
    if summed:
        return tuple(sorted(summed))
    own = acted & {one.load for one in found}
    if own:
        return tuple(sorted(own))
    table, source, _key = slot
    return tuple(
        sorted(
            number
            for number in acted
            if loads[number].table_name == table and source in ("", loads[number].specification)
        )
    )


def _counts_anew(load: int, events: Sequence[LoadEvent]) -> bool:
    """Whether a load counts at the end and did not at the beginning, or the other way round."""
    done = [one.what for one in events if one.load == load]
    return (done[0], done[-1]) not in _THERE_AND_BACK


def _sums(batches: Sequence[ChangedBatch]) -> dict[str, str]:
    """The control sums of batches of which one alone is usual; several are named one by one."""
    if len(batches) == 1:
        return dict(batches[0].sums)
    return {f"{column} ({one.batch})": text for one in batches for column, text in one.sums.items()}
