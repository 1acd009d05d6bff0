"""The specification by which a push was accepted."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of pushes that are there nobody knows it: they are read by the one that is there then."""
    op.add_column("push", sa.Column("specification_hash", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("push", "specification_hash")
