"""Facts that programs push, each under its key."""

import sqlalchemy as sa
from alembic import op

from server.metadata.columns import Json, Moment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; a small file that waits may be what a push brought."""
    op.create_table(
        "push",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("specification", sa.String(length=80), nullable=False),
        sa.Column("sender", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("form", sa.String(length=10), nullable=False),
        sa.Column("header", sa.Integer(), nullable=False),
        sa.Column("scope", Json, nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("lease_until", Moment(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("source_hash", sa.String(length=64), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("rejected", sa.BigInteger(), nullable=True),
        sa.Column("job", sa.String(length=40), nullable=True),
        sa.Column("load", sa.Integer(), nullable=True),
        sa.Column("error_code", sa.String(length=80), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("answer", Json, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("specification", "sender", "key", name="push_by_key"),
    )
    op.create_index("ix_push_received_at", "push", ["received_at"])
    op.create_index("ix_push_load", "push", ["load"])
    op.add_column("grouped_file", sa.Column("push", sa.Integer(), nullable=True))
    op.create_index("ix_grouped_file_push", "grouped_file", ["push"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_grouped_file_push", table_name="grouped_file")
    op.drop_column("grouped_file", "push")
    op.drop_table("push")
