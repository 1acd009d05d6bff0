"""Scopes: batches that supersede each other, the spans that show them, decisions and reasons."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from server.metadata.columns import Json, Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_INDEXES = (
    ("load_by_table", "load", ["table_name", "specification", "state"]),
    ("batch_by_slot", "batch", ["table_name", "source", "scope_key"]),
    ("batch_by_first_date", "batch", ["table_name", "first_date"]),
    ("batch_by_last_date", "batch", ["table_name", "last_date"]),
)


def upgrade() -> None:
    """Add what scopes need and work out which snapshots showed the batches that there are."""
    for column in _load_columns():
        op.add_column("load", column)
    for column in _batch_columns():
        op.add_column("batch", column)
    with op.batch_alter_table("load_event") as events:
        events.alter_column("snapshot", existing_type=sa.Integer(), nullable=True)
        events.add_column(sa.Column("reason", sa.Text(), nullable=True))
    op.create_table(
        "batch_shown",
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["batch"], ["batch.id"]),
        sa.ForeignKeyConstraint(["since"], ["snapshot.n"]),
        sa.ForeignKeyConstraint(["until"], ["snapshot.n"]),
        sa.PrimaryKeyConstraint("batch", "since"),
    )
    op.create_index("ix_batch_shown_since", "batch_shown", ["since"])
    ended = sa.text("until IS NOT NULL")  # most batches are seen to this day
    op.create_index(
        "batch_shown_ended",
        "batch_shown",
        ["until"],
        sqlite_where=ended,
        postgresql_where=ended,
    )
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)
    _describe_what_is_there(op.get_bind())


def downgrade() -> None:
    """Drop it all; events without a snapshot go with it."""
    for name, table, _columns in reversed(_INDEXES):
        op.drop_index(name, table)
    op.drop_table("batch_shown")
    op.execute("DELETE FROM load_event WHERE snapshot IS NULL")
    with op.batch_alter_table("load_event") as events:
        events.drop_column("reason")
        events.alter_column("snapshot", existing_type=sa.Integer(), nullable=False)
    for table, columns in (("batch", _batch_columns()), ("load", _load_columns())):
        with op.batch_alter_table(table) as altered:
            for column in columns:
                altered.drop_column(column.name)


def _describe_what_is_there(connection: sa.Connection) -> None:
    known = sa.MetaData()
    tables = {
        name: sa.Table(name, known, autoload_with=connection)
        for name in ("load", "batch", "load_event", "batch_shown")
    }
    load, batch, event = tables["load"], tables["batch"], tables["load_event"]
    connection.execute(sa.update(load).where(load.c.kind == "dimension").values(mode="complete"))
    rows = connection.execute(
        sa.select(
            batch.c.id,
            batch.c.load,
            batch.c.table_name,
            load.c.specification,
            load.c.kind,
            load.c.first_snapshot,
            load.c.first_date,
            load.c.last_date,
        )
        .join(load, load.c.id == batch.c.load)
        .order_by(batch.c.id)
    ).all()
    for row in rows:
        values: dict[str, Any] = {
            "source": "" if row.kind == "dimension" else row.specification,
            "first_snapshot": row.first_snapshot,
            "first_date": row.first_date,
            "last_date": row.last_date,
            "is_whole": row.first_snapshot is not None,
        }
        if row.kind == "dimension":
            values["scope_key"] = ""
        connection.execute(sa.update(batch).where(batch.c.id == row.id).values(**values))
    events = connection.execute(
        sa.select(event.c.load, event.c.snapshot, event.c.what).order_by(event.c.id)
    ).all()
    spans = list(_spans(rows, events))
    if spans:
        connection.execute(sa.insert(tables["batch_shown"]), spans)


def _spans(rows: Sequence[Any], events: Sequence[Any]) -> Iterator[Mapping[str, int | None]]:
    """Of every slot the batch published last that was not withdrawn, span by span."""
    slots: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        own = f"batch {row.id}" if row.kind == "fact" else ""
        slots.setdefault((row.table_name, own), []).append(row)
    slots_of: dict[int, set[tuple[str, str]]] = {}
    for slot, candidates in slots.items():
        for row in candidates:
            slots_of.setdefault(row.load, set()).add(slot)
    live: set[int] = set()
    open_spans: dict[tuple[str, str], tuple[int, int]] = {}
    for changed in events:
        (live.discard if changed.what == "withdrawn" else live.add)(changed.load)
        for slot in sorted(slots_of.get(changed.load, ())):
            found = [row for row in slots[slot] if row.load in live]
            last = max(found, key=lambda row: (row.first_snapshot or 0, row.id), default=None)
            before = open_spans.get(slot)
            if before is not None and (last is None or last.id != before[0]):
                del open_spans[slot]
                yield {"batch": before[0], "since": before[1], "until": changed.snapshot}
            if last is not None and slot not in open_spans:
                open_spans[slot] = (last.id, changed.snapshot)
    for shown, since in open_spans.values():
        yield {"batch": shown, "since": since, "until": None}


def _load_columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("mode", sa.String(length=20), nullable=False, server_default="append"),
        sa.Column("scheme", sa.Text(), nullable=False, server_default=""),
        sa.Column("key", Json, nullable=True),
        sa.Column("event_date", sa.String(length=80), nullable=True),
        sa.Column("covers", Json, nullable=True),
        sa.Column("parameters", Json, nullable=True),
        sa.Column("on_restatement", sa.String(length=20), nullable=False, server_default="publish"),
        sa.Column("replay_of", sa.Integer(), nullable=True),
        sa.Column("held_for", sa.String(length=20), nullable=True),
        sa.Column("decision", Json, nullable=True),
    )


def _batch_columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("source", sa.String(length=80), nullable=False, server_default=""),
        sa.Column("kind", sa.String(length=10), nullable=False, server_default="own"),
        sa.Column("basis", sa.String(length=64), nullable=True),
        sa.Column("first_snapshot", sa.Integer(), nullable=True),
        sa.Column("first_date", sa.Date(), nullable=True),
        sa.Column("last_date", sa.Date(), nullable=True),
        sa.Column("is_whole", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("created_at", Moment(), nullable=True),
        sa.Column("doomed_at", Moment(), nullable=True),
    )
