"""Exports, their schedules and the due times that were met."""

import sqlalchemy as sa
from alembic import op

from server.metadata.columns import Json, Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "export",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("user", sa.Integer(), nullable=False),
        sa.Column("spec", Json, nullable=False),
        sa.Column("format", sa.String(length=10), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("snapshot", sa.BigInteger(), nullable=True),
        sa.Column("definitions", sa.BigInteger(), nullable=True),
        sa.Column("scope", Json, nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("removed_at", Moment(), nullable=True),
        sa.Column("told_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["id"], ["job.id"]),
        sa.ForeignKeyConstraint(["user"], ["app_user.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("user", "fingerprint", "created_at", "expires_at"):
        op.create_index(f"ix_export_{column}", "export", [column])
    op.create_table(
        "export_schedule",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("user", sa.Integer(), nullable=False),
        sa.Column("spec", Json, nullable=False),
        sa.Column("format", sa.String(length=10), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("cron", sa.String(length=80), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("to_folder", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["user"], ["app_user.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("user", "is_active"):
        op.create_index(f"ix_export_schedule_{column}", "export_schedule", [column])
    op.create_table(
        "export_slot",
        sa.Column("schedule", sa.String(length=40), nullable=False),
        sa.Column("slot", Moment(), nullable=False),
        sa.Column("export", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["schedule"], ["export_schedule.id"]),
        sa.PrimaryKeyConstraint("schedule", "slot"),
    )
