"""The batches that are seen beside a load's own: those whose rows could have the same keys."""

from collections.abc import Sequence

from sqlalchemy import or_, select

from server.metadata.batches import batches_of
from server.metadata.loads import Load
from server.metadata.session import Session
from server.metadata.tables import BatchRow, BatchShownRow


def own_batches(session: Session, load: Load) -> tuple[int, ...]:
    """The load's batches that count, or will when it is published."""
    found = (one for one in batches_of(session, load.id) if one.is_whole)
    return tuple(one.id for one in found if load.first_snapshot is None or one.first_snapshot)


def neighbours(session: Session, load: Load, *, is_dated: bool, since: int = 0) -> tuple[int, ...]:
    """What is seen now of the load's source and was brought by other loads.

    With `is_dated` only batches that share a day with the load; those whose days nobody knows too.
    With `since` only what has been seen from a snapshot after that one on.
    """
    kept = (
        select(BatchRow.id)
        .join(BatchShownRow, BatchShownRow.batch == BatchRow.id)
        .where(
            BatchRow.table_name == load.table_name,
            BatchRow.source == load.specification,
            BatchRow.load != load.id,
            BatchShownRow.until.is_(None),
            BatchShownRow.since > since,
        )
        .distinct()
        .order_by(BatchRow.id)
    )
    if is_dated and load.first_date is not None and load.last_date is not None:
        kept = kept.where(
            or_(BatchRow.first_date.is_(None), BatchRow.first_date <= load.last_date),
            or_(BatchRow.last_date.is_(None), BatchRow.last_date >= load.first_date),
        )
    found: Sequence[int] = session.scalars(kept).all()
    return tuple(found)
