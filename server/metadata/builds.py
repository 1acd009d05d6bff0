"""What a built batch was built of, worked out again from the events of its loads."""

from sqlalchemy import func, select

from server.metadata.loads import Batch
from server.metadata.session import Session
from server.metadata.slots import basis_of
from server.metadata.tables import BatchRow, BatchShownRow, LoadEventRow

_SHOWING = ("published", "withdrawn", "restored")


def sources_of_built(session: Session, batch: Batch) -> tuple[int, ...]:
    """The own batches that a built one adds up, in order; none when that cannot be told.

    They are those of the loads that were published and not withdrawn when it was first shown.
    """
    first = select(func.min(BatchShownRow.since)).where(BatchShownRow.batch == batch.id)
    since = session.execute(first).scalar_one() or 0
    sources = tuple(
        own
        for own, load in _own_in_slot(session, batch, since)
        if _is_showing(session, load, since)
    )
    return sources if basis_of(sources) == batch.basis else ()


def _own_in_slot(session: Session, batch: Batch, until: int) -> tuple[tuple[int, int], ...]:
    rows = session.execute(
        select(BatchRow.id, BatchRow.load)
        .where(
            BatchRow.table_name == batch.table_name,
            BatchRow.source == batch.source,
            BatchRow.scope_key == batch.scope_key,
            BatchRow.kind == "own",
            BatchRow.first_snapshot <= until,
        )
        .order_by(BatchRow.first_snapshot, BatchRow.load, BatchRow.id)
    ).all()
    return tuple((own, load) for own, load in rows)


def _is_showing(session: Session, load: int, number: int) -> bool:
    last = (
        select(LoadEventRow.what)
        .where(
            LoadEventRow.load == load,
            LoadEventRow.snapshot <= number,
            LoadEventRow.what.in_(_SHOWING),
        )
        .order_by(LoadEventRow.id.desc())
        .limit(1)
    )
    return session.execute(last).scalar_one_or_none() not in (None, "withdrawn")
