"""What a built batch was built of, worked out again from the events of its loads."""

from collections.abc import Collection, Sequence
from itertools import islice, product

from sqlalchemy import func, select

from server.metadata.loads import Batch
from server.metadata.session import Session
from server.metadata.slots import basis_of
from server.metadata.tables import BatchRow, BatchShownRow, LoadEventRow, LoadRow

_SHOWING = ("published", "withdrawn", "restored")
_MOST_TRIED = 4_096  # ways to choose among the batches that loads had in one slot


def was_shown(session: Session, batch: Batch) -> bool:
    """Whether any snapshot shows the batch, or did."""
    return _first_shown(session, batch) is not None


def sources_of_built(session: Session, batch: Batch) -> tuple[int, ...]:
    """The own batches that a built one adds up, in order; none when that cannot be told.

    They are those of the loads that were published and not withdrawn when it was first shown. Of a
    load that was purged and stored again it is the batch that it had then: of all that it ever had,
    the latest one before the built batch, unless the basis says that it was another.
    """
    since = _first_shown(session, batch) or 0
    showing = _showing(session, batch, since)
    own = _own_in_slot(session, batch, since)
    chosen = [generations for load, generations in own.items() if load in showing]
    for sources in islice(product(*chosen), _MOST_TRIED):
        if basis_of(sources) == batch.basis:
            return sources
    return ()


def loads_in_slots(
    session: Session, table_name: str, slots: Collection[tuple[str, str]]
) -> set[int]:
    """The loads that lost rows which lay in one of these slots, each a source and a scope key."""
    rows = session.execute(
        select(BatchRow.load, BatchRow.source, BatchRow.scope_key)
        .join(LoadRow, LoadRow.id == BatchRow.load)
        .where(
            BatchRow.table_name == table_name,
            BatchRow.kind == "own",
            BatchRow.purged_at.is_not(None),
            BatchRow.is_whole,
            LoadRow.first_snapshot.is_not(None),
        )
    ).all()
    return {load for load, source, scope_key in rows if (source, scope_key) in slots}


def _first_shown(session: Session, batch: Batch) -> int | None:
    first = select(func.min(BatchShownRow.since)).where(BatchShownRow.batch == batch.id)
    return session.execute(first).scalar_one()


def _own_in_slot(session: Session, batch: Batch, until: int) -> dict[int, Sequence[int]]:
    """By load, in order, the own batches that it had in the built one's slot, the latest first."""
    rows = session.execute(
        select(BatchRow.id, BatchRow.load)
        .join(LoadRow, LoadRow.id == BatchRow.load)
        .where(
            BatchRow.table_name == batch.table_name,
            BatchRow.source == batch.source,
            BatchRow.scope_key == batch.scope_key,
            BatchRow.kind == "own",
            BatchRow.is_whole,
            BatchRow.id < batch.id,
            LoadRow.first_snapshot <= until,
        )
        .order_by(LoadRow.first_snapshot, BatchRow.load, BatchRow.id.desc())
    ).all()
    found: dict[int, list[int]] = {}
    for own, load in rows:
        found.setdefault(load, []).append(own)
    return dict(found)


def _showing(session: Session, batch: Batch, number: int) -> frozenset[int]:
    """The loads of the built one's slot that were published and not withdrawn at that snapshot."""
    rows = session.execute(
        select(LoadEventRow.load, LoadEventRow.what)
        .join(BatchRow, BatchRow.load == LoadEventRow.load)
        .where(
            BatchRow.table_name == batch.table_name,
            BatchRow.source == batch.source,
            BatchRow.scope_key == batch.scope_key,
            BatchRow.kind == "own",
            LoadEventRow.snapshot <= number,
            LoadEventRow.what.in_(_SHOWING),
        )
        .order_by(LoadEventRow.id)
    ).all()
    last: dict[int, str] = {}
    for load, what in rows:
        last[load] = what
    return frozenset(load for load, what in last.items() if what != "withdrawn")
