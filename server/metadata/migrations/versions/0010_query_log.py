"""Which questions are asked of the facts, for advice on what to prepare."""

import sqlalchemy as sa
from alembic import op

from server.metadata.columns import Json, Moment

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

_TABLE = "query_log"


def upgrade() -> None:
    """Make the table; it names levels and aggregates and never holds a value or a person."""
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("cube", sa.String(80), nullable=False),
        sa.Column("levels", Json, nullable=False),
        sa.Column("cuts", Json, nullable=False),
        sa.Column("aggregates", Json, nullable=False),
        sa.Column("served_by", sa.String(80), nullable=False),
        sa.Column("microseconds", sa.BigInteger(), nullable=False),
        sa.Column("rows_read", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_query_log_at", _TABLE, ["at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table(_TABLE)
