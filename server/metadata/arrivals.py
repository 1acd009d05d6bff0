"""Which scope keys of a source are covered at a snapshot: what its files say has arrived."""

from sqlalchemy import and_, or_, select

from server.metadata.session import Session
from server.metadata.tables import BatchRow, BatchShownRow


def covered_keys(session: Session, table: str, source: str, number: int) -> tuple[str, ...]:
    """The scope keys whose batch the snapshot shows, those without a row among them."""
    shown = and_(
        BatchShownRow.batch == BatchRow.id,
        BatchShownRow.since <= number,
        or_(BatchShownRow.until.is_(None), BatchShownRow.until > number),
    )
    kept = (
        select(BatchRow.scope_key)
        .join(BatchShownRow, shown)
        .where(BatchRow.table_name == table, BatchRow.source == source)
        .distinct()
    )
    return tuple(session.scalars(kept).all())
