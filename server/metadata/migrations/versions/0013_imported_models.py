"""Models that were brought with their data, every version of them."""

import sqlalchemy as sa
from alembic import op

from server.metadata.columns import Json, Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TABLE = "imported_model"


def upgrade() -> None:
    """Make the table; the latest version of a name is in force."""
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("snapshot", sa.Integer(), nullable=False),
    )
    op.create_index("ix_imported_model_name", _TABLE, ["name"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table(_TABLE)
