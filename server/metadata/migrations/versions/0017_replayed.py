"""Loads that were held and whose rows are seen as another load wait for nobody."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_LOAD = sa.table(
    "load",
    sa.column("id", sa.Integer),
    sa.column("state", sa.String),
    sa.column("replay_of", sa.Integer),
    sa.column("first_snapshot", sa.Integer),
    sa.column("decision", sa.JSON),
)


def upgrade() -> None:
    """Say so of those that are there, from the first of their replays that was seen on."""
    connection = op.get_bind()
    replays = sa.select(_LOAD).where(_LOAD.c.replay_of.is_not(None)).order_by(_LOAD.c.id)
    rows = connection.execute(replays).all()
    published = {row.id for row in rows if row.first_snapshot is not None}
    seen_as = {number: number for number in published}
    for row in reversed(rows):
        if row.id in seen_as and row.replay_of not in published:
            seen_as[row.replay_of] = seen_as[row.id]
    held = sa.select(_LOAD).where(_LOAD.c.state == "held")
    for row in connection.execute(held).all():
        if row.id in seen_as:
            decision = {**(row.decision or {}), "read_as": seen_as[row.id]}
            values = {"state": "replayed", "decision": decision}
            connection.execute(sa.update(_LOAD).where(_LOAD.c.id == row.id).values(**values))


def downgrade() -> None:
    """Let somebody decide on them again."""
    replayed = sa.update(_LOAD).where(_LOAD.c.state == "replayed")
    op.get_bind().execute(replayed.values(state="held"))
