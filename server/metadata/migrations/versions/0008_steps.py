"""When a load passed each of its steps."""

import sqlalchemy as sa
from alembic import op

from server.metadata.columns import Moment

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_STEPS = ("parsed_at", "stored_at", "verified_at")


def upgrade() -> None:
    """Add a moment for each step between arrival and publication."""
    for name in _STEPS:
        op.add_column("load", sa.Column(name, Moment(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("load") as loads:
        for name in _STEPS:
            loads.drop_column(name)
