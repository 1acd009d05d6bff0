"""Which roll-ups may serve questions."""

import sqlalchemy as sa
from alembic import op

from server.metadata.columns import Moment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table: a roll-up without a row was not built yet."""
    op.create_table(
        "roll_up",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.String(length=120), nullable=False),
        sa.Column("projection", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("built_at", Moment(), nullable=True),
        sa.Column("verified_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("table_name", "projection", name="roll_up_of_table"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("roll_up")
