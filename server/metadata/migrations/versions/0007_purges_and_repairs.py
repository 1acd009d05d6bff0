"""Purges with their horizon, repairs, and small files that are loaded together."""

import sqlalchemy as sa
from alembic import op

from server.metadata.columns import Json, Moment

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "purge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("horizon", sa.Integer(), nullable=False),
        sa.Column("batches", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "repair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.String(length=120), nullable=False),
        sa.Column("load", sa.Integer(), nullable=False),
        sa.Column("batches", Json, nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_repair_ended_at", "repair", ["ended_at"])
    op.create_table(
        "grouped_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("specification", sa.String(length=80), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_hash", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("group_name", sa.String(length=40), nullable=True),
        sa.Column("load", sa.Integer(), nullable=True),
        sa.Column("first_row", sa.BigInteger(), nullable=True),
        sa.Column("last_row", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_grouped_file_group_name", "grouped_file", ["group_name"])
    op.create_index("ix_grouped_file_load", "grouped_file", ["load"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("grouped_file")
    op.drop_table("repair")
    op.drop_table("purge")
