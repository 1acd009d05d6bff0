"""Rules with dates, of people and of roles, and who changed whose rights."""

import sqlalchemy as sa
from alembic import op

from server.metadata.columns import Json, Moment

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ROLES = ("viewer", "analyst", "ops", "administrator")


def upgrade() -> None:
    """A rule of old has no dates: it is in force always."""
    for column in _dates():
        op.add_column("user_scope", column)
    op.create_table(
        "role_scope",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("dimension", sa.String(length=80), nullable=False),
        sa.Column("path", Json, nullable=False),
        *_dates(),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_role_scope_role", "role_scope", ["role"])
    rights = op.create_table(
        "role_rights",
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("role"),
    )
    op.bulk_insert(rights, [{"role": role, "version": 1} for role in ROLES])
    op.create_table(
        "rights_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("what", sa.String(length=30), nullable=False),
        sa.Column("detail", Json, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("rights_change_of", "rights_change", ["kind", "subject", "id"])


def downgrade() -> None:
    """Drop what was added; nobody sees more for it, so a rule with dates opens nothing then."""
    if op.get_bind().execute(sa.text("SELECT count(*) FROM role_scope")).scalar():
        raise RuntimeError("roles have rules, which an older Indicube would not keep")
    for table in ("rights_change", "role_rights", "role_scope"):
        op.drop_table(table)
    op.execute(
        "UPDATE user_scope SET path = '[]' WHERE begins_at IS NOT NULL OR ends_at IS NOT NULL"
    )
    with op.batch_alter_table("user_scope") as changed:
        for name in ("begins_at", "ends_at", "added_at", "added_by"):
            changed.drop_column(name)


def _dates() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("begins_at", Moment(), nullable=True),
        sa.Column("ends_at", Moment(), nullable=True),
        sa.Column("added_at", Moment(), nullable=True),
        sa.Column("added_by", sa.String(length=80), nullable=True),
    )
