"""How large the dictionaries of dimension tables are: every version that is kept, all members."""

from collections.abc import Collection

from sqlalchemy import func, select

from server.metadata.session import Session
from server.metadata.tables import BatchRow


def kept_versions(session: Session, tables: Collection[str]) -> dict[str, tuple[int, int]]:
    """Of each of these dimension tables: how many versions are kept, and their rows together."""
    kept = (
        select(BatchRow.table_name, func.count(), func.sum(BatchRow.rows))
        .where(BatchRow.table_name.in_(sorted(tables)), BatchRow.purged_at.is_(None))
        .group_by(BatchRow.table_name)
    )
    return {name: (count, int(rows or 0)) for name, count, rows in session.execute(kept).all()}
