"""Upserts and restatements by the hundred, and what they must add up to, worked out in Python."""

import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa

from server.metadata.batches import Description, begin_batches, describe_batches, mark_whole
from server.metadata.loads import Load, Mode, NewLoad, begin_load, change_load
from server.metadata.session import Session
from server.store.arrow import arrow_schema
from server.store.facts import with_batches
from server.store.tables import ColumnSpec, TableSpec

STOCK = TableSpec(
    name="stock",
    columns=(
        ColumnSpec("day", "Date"),
        ColumnSpec("item", "String"),
        ColumnSpec("shop", "LowCardinality(Nullable(String))"),
        ColumnSpec("amount", "Decimal(18, 2)"),
        ColumnSpec("weight", "Nullable(Float64)"),
        ColumnSpec("seen_at", "DateTime64(3, 'UTC')"),
    ),
    sort_key=("item", "_load", "_row"),
    partition_by="toYYYYMM(day)",
)
KEY = ("item", "shop")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

Key = tuple[str, str | None]


@dataclass(frozen=True)
class Line:
    """A line of a source."""

    row: int
    item: str
    shop: str | None
    amount: Decimal
    day: date

    @property
    def key(self) -> Key:
        return self.item, self.shop

    @property
    def scope_key(self) -> str:
        """Three buckets of items; a restatement covers whole buckets."""
        return f"bucket={int(self.item[1:]) % 3}"


@dataclass(frozen=True)
class Prepared:
    """A load whose rows are stored and verified, ready to be published."""

    load: Load
    lines: tuple[Line, ...]
    batches: Mapping[str, int]  # by scope key


@dataclass
class Oracle:
    """What is visible of one source after every operation; it knows neither ledger nor store."""

    mode: Mode
    published: list[Prepared] = field(default_factory=list)  # by first publication
    live: set[int] = field(default_factory=set)

    def publish(self, one: Prepared) -> None:
        self.published.append(one)
        self.live.add(one.load.id)

    def visible(self) -> dict[tuple[str, Key, int], tuple[Decimal, int]]:
        """Scope key, key and line to amount and batch of origin."""
        found: dict[tuple[str, Key, int], tuple[Decimal, int]] = {}
        for scope_key in sorted({key for one in self.published for key in one.batches}):
            loads = [
                one
                for one in self.published
                if one.load.id in self.live and scope_key in one.batches
            ]
            for line, batch in self._lines(loads, scope_key):
                found[scope_key, line.key, line.row] = line.amount, batch
        return found

    def _lines(self, loads: Sequence[Prepared], scope_key: str) -> Iterator[tuple[Line, int]]:
        if self.mode == "replace":
            loads = loads[-1:]
        lines: dict[Key, tuple[Line, int]] = {}
        for one in loads:
            for line in one.lines:
                if line.scope_key == scope_key:
                    lines[line.key] = line, one.batches[scope_key]
        yield from lines.values()


def random_lines(chance: random.Random, mode: Mode) -> tuple[Line, ...]:
    """Up to a dozen lines, each key at most once."""
    items = [f"i{number}" for number in range(7)]
    keys = [(item, shop) for item in items for shop in ("east", None)]
    chosen = chance.sample(keys, chance.randint(0 if mode == "replace" else 1, 12))
    return tuple(
        Line(
            row=number,
            item=item,
            shop=shop,
            amount=Decimal(chance.randint(-999, 999)) / 100,
            day=date(2026, chance.randint(1, 3), chance.randint(1, 28)),
        )
        for number, (item, shop) in enumerate(chosen, start=2)
    )


def prepare(session: Session, source: str, mode: Mode, lines: tuple[Line, ...]) -> Prepared:
    """A verified load of these lines; its rows have still to be stored."""
    load = begin_load(
        session, replace(_NEW, specification=source, mode=mode, source_hash=uuid.uuid4().hex), NOON
    )
    cover = {"bucket=0"} if mode == "replace" else set()
    batches = begin_batches(session, load, sorted(cover | {line.scope_key for line in lines}))
    rows = {
        batch: sum(line.scope_key == scope_key for line in lines)
        for scope_key, batch in batches.items()
    }
    days = [line.day for line in lines]
    first, last = min(days, default=None), max(days, default=None)
    describe_batches(
        session, {batch: Description(count, {}, first, last) for batch, count in rows.items()}
    )
    mark_whole(session, rows)
    return Prepared(change_load(session, load.id, ("received",), state="verified"), lines, batches)


def rows_of(prepared: Sequence[Prepared]) -> pa.Table:
    """All their lines as one chunk, each under its own batch."""
    pairs = [(one.batches[line.scope_key], line) for one in prepared for line in one.lines]
    chunk = pa.table(
        {
            "_row": [line.row for _, line in pairs],
            "day": [line.day for _, line in pairs],
            "item": [line.item for _, line in pairs],
            "shop": [line.shop for _, line in pairs],
            "amount": [line.amount for _, line in pairs],
            "weight": [None if line.row % 2 else float(line.amount) for _, line in pairs],
            "seen_at": [NOON for _ in pairs],
        },
        schema=arrow_schema(STOCK),
    )
    return with_batches(chunk, pa.array([batch for batch, _ in pairs], pa.uint32()))


_NEW = NewLoad(
    pack="shop",
    specification="stock",
    specification_hash="1" * 64,
    table_name="stock",
    kind="fact",
    source="stock.csv",
    member=None,
    source_hash="2" * 64,
    source_bytes=100,
    by="ann",
    job=None,
    owner="here:1:1",
    lease_until=NOON,
    key=KEY,
    event_date="day",
    scheme="three buckets",
)
