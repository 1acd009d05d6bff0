"""The mirror of the ledger's hidden lists, for questions that would have to carry too long a list.

`ledger_hidden` says of a batch, from a snapshot on, whether it is hidden; `ledger_marker` says that
everything up to a snapshot is written. Both are only ever appended to. A row counts when the marker
of its own snapshot is there (they share a seal), so that what a dead writer left behind is nothing.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import islice

import pyarrow as pa

from server.store.client import Store
from server.store.facts import ROWS_IN_CHUNK
from server.store.tables import DURABLE, STARTING, Placement, everywhere
from server.store.writer import Writer

HIDDEN, MARKER = "ledger_hidden", "ledger_marker"

_ROWS = pa.schema(
    [
        pa.field("fact_table", pa.string(), False),
        pa.field("batch", pa.uint32(), False),
        pa.field("snapshot", pa.uint64(), False),
        pa.field("seal", pa.uint64(), False),
        pa.field("is_hidden", pa.uint8(), False),
    ]
)
_MARKERS = pa.schema(
    [pa.field("snapshot", pa.uint64(), False), pa.field("seal", pa.uint64(), False)]
)


@dataclass(frozen=True)
class Marker:
    """Everything up to a snapshot is in the mirror."""

    snapshot: int
    seal: int  # tells the snapshot from one of the same number in another life of the ledger


@dataclass(frozen=True)
class Visibility:
    """A batch's state from a snapshot on."""

    table: str
    batch: int
    is_hidden: bool


@dataclass(frozen=True)
class _Question:
    sql: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    columns: tuple[str, ...] = ()


def has_marker(store: Store, marker: Marker) -> bool:
    """Whether the mirror is complete up to that snapshot, asked as any reader asks."""
    text = files("server.store").joinpath("ledger/has_marker.sql").read_text(encoding="utf-8")
    question = _Question(text, vars(marker))
    return bool(store.readers.query(question).rows[0][0])


def markers(store: Store) -> tuple[Marker, ...]:
    """All markers in their order; none where there is no mirror yet."""
    with store.writer() as writer:
        if MARKER not in {row[0] for row in writer.ask("tables", database=store.database)}:
            return ()
        return tuple(Marker(*row) for row in writer.ask("markers"))


def hidden_by(store: Store, snapshot: int) -> frozenset[tuple[str, int]]:
    """The hidden batches at a snapshot as the mirror has them, each with its table."""
    with store.writer() as writer:
        found = writer.ask("mirrored", snapshot=snapshot)
    return frozenset((table, batch) for table, batch in found)


def ensure_mirror(store: Store) -> None:
    """Make the two tables where they are missing."""
    with store.writer() as writer:
        for statement in mirror_ddl(store.placement):
            writer.run(statement)


def append_to_mirror(store: Store, marker: Marker, changes: Iterable[Visibility]) -> None:
    """Write a snapshot's changes, then the marker that makes them count."""
    nonce = uuid.uuid4().hex[:8]
    with store.writer() as writer:
        for number, rows in enumerate(_chunks(changes, marker)):
            writer.insert(HIDDEN, rows, f"hidden-{marker.snapshot}-{number}-{nonce}")
        _sync(writer, store.placement)
        row = {"snapshot": [marker.snapshot], "seal": [marker.seal]}
        token = f"marker-{marker.snapshot}-{nonce}"
        writer.insert(MARKER, pa.table(row, schema=_MARKERS), token)


def forget_after(store: Store, snapshot: int) -> None:
    """Take the markers of later snapshots away: they are of a life of the ledger that is over."""
    with store.writer() as writer:
        writer.run(
            f"ALTER TABLE {MARKER}{_on_cluster(store.placement)} DELETE "
            "WHERE snapshot > {snapshot:UInt64} SETTINGS mutations_sync = 2",
            {"snapshot": snapshot},
        )


def mirror_ddl(placement: Placement) -> tuple[str, str]:
    """The CREATE TABLE of both tables."""
    engine = everywhere(placement)
    where = _on_cluster(placement)
    kept = ", ".join(f"{name} = {value}" for name, value in {**DURABLE, **STARTING}.items())
    return (
        f"CREATE TABLE IF NOT EXISTS {HIDDEN}{where}\n(\n"
        "    fact_table LowCardinality(String),\n    batch UInt32,\n    snapshot UInt64,\n"
        "    seal UInt64,\n    is_hidden UInt8\n)\n"
        f"ENGINE = {engine}\nORDER BY (fact_table, batch, snapshot)\nSETTINGS {kept}\n",
        f"CREATE TABLE IF NOT EXISTS {MARKER}{where}\n(\n"
        "    snapshot UInt64,\n    seal UInt64\n)\n"
        f"ENGINE = {engine}\nORDER BY (snapshot, seal)\nSETTINGS {kept}\n",
    )


def _chunks(changes: Iterable[Visibility], marker: Marker) -> Iterator[pa.Table]:
    waiting = iter(changes)
    while some := list(islice(waiting, ROWS_IN_CHUNK)):
        columns = {
            "fact_table": [each.table for each in some],
            "batch": [each.batch for each in some],
            "snapshot": [marker.snapshot] * len(some),
            "seal": [marker.seal] * len(some),
            "is_hidden": [int(each.is_hidden) for each in some],
        }
        yield pa.table(columns, schema=_ROWS)


def _sync(writer: Writer, placement: Placement) -> None:
    """On a cluster a marker stands nowhere before its rows stand everywhere."""
    if placement.is_replicated:
        writer.run(f"SYSTEM SYNC REPLICA{_on_cluster(placement)} {HIDDEN}")


def _on_cluster(placement: Placement) -> str:
    return f" ON CLUSTER `{placement.cluster}`" if placement.cluster else ""
