"""What dead or failed attempts leave behind is never seen, and goes: at a start, or after a day."""

import socket
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from server.ledger.building import Builder
from server.ledger.owner import this_process
from server.ledger.publish import publish
from server.ledger.purge import purge_unpublished
from server.ledger.recover import recover
from server.ledger.snapshot import open_snapshot
from server.metadata.batches import NewBuilt, abandoned_batches, begin_built, doom, find_batch
from server.metadata.session import Metadata
from server.store.client import Store
from server.store.facts import batches_in, insert_rows
from server.store.migrate import ensure_tables
from tests.ledger.upserts import NOON, STOCK, Line, Prepared, prepare, rows_of
from tests.shop import Tables
from tests.stores import new_metadata, new_store, settings_for

DAY = date(2026, 1, 1)
DEAD = f"{socket.gethostname()}:1:0"  # the first process of the machine began at another tick


@pytest.fixture
def metadata(tmp_path: Path) -> Iterator[Metadata]:
    with new_metadata(tmp_path) as opened:
        yield opened


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with new_store(settings_for(tmp_path)) as opened:
        ensure_tables(opened, Tables({"stock": STOCK}, {}))
        yield opened


@pytest.fixture
def shown(metadata: Metadata, store: Store) -> Prepared:
    """One published upsert of one row."""
    with metadata.write() as session:
        one = prepare(session, "stock", "upsert", (Line(2, "i1", None, Decimal(1), DAY),))
    insert_rows(store, STOCK, [rows_of([one])], one.load.id)
    publish(metadata, one.load, "ann", NOON, Builder(store, {"stock": STOCK}))
    return one


def left_behind(metadata: Metadata, store: Store, shown: Prepared, owner: str) -> int:
    """A built batch that was not finished, with a row; its id."""
    wanted = NewBuilt(shown.load.id, "stock", "stock", "bucket=1", "0" * 64)
    with metadata.write() as session:
        (batch,) = begin_built(session, [wanted], owner, NOON)
    half = Prepared(shown.load, shown.lines, {"bucket=1": batch})
    insert_rows(store, STOCK, [rows_of([half])], shown.load.id)
    return batch


def test_what_a_dead_builder_left_goes_at_the_next_start(
    metadata: Metadata, store: Store, shown: Prepared
) -> None:
    batch = left_behind(metadata, store, shown, DEAD)

    found = recover(metadata, store, NOON)

    assert found.purged == 1
    assert batch not in batches_in(store, "stock")
    with metadata.read() as session:
        assert find_batch(session, batch).purged_at == NOON


def test_what_a_living_builder_works_on_stays(
    metadata: Metadata, store: Store, shown: Prepared
) -> None:
    batch = left_behind(metadata, store, shown, this_process())

    assert recover(metadata, store, NOON).purged == 0
    assert batch in batches_in(store, "stock")


def test_what_nobody_took_goes_after_a_day(
    metadata: Metadata, store: Store, shown: Prepared
) -> None:
    batch = left_behind(metadata, store, shown, "elsewhere:1:1")
    almost, later = NOON + timedelta(hours=23), NOON + timedelta(hours=25)

    assert purge_unpublished(metadata, store, almost) == 0
    assert purge_unpublished(metadata, store, later) == 1
    assert set(batches_in(store, "stock")) == {shown.batches["bucket=1"]}
    with metadata.read() as session:
        assert abandoned_batches(session, later) == ()
        assert find_batch(session, batch).purged_at == later


def test_what_is_seen_is_not_doomed(metadata: Metadata, store: Store, shown: Prepared) -> None:
    batch = left_behind(metadata, store, shown, DEAD)
    seen = shown.batches["bucket=1"]
    with metadata.write() as session:
        assert doom(session, [seen, batch], NOON) == (batch,)
        assert find_batch(session, seen).doomed_at is None


def test_an_unfinished_batch_is_hidden(metadata: Metadata, store: Store, shown: Prepared) -> None:
    batch = left_behind(metadata, store, shown, DEAD)
    with metadata.write() as session:
        other = prepare(session, "other", "upsert", (Line(2, "i1", None, Decimal(1), DAY),))
    publish(metadata, other.load, "ann", NOON)

    snapshot = open_snapshot(metadata)
    assert snapshot.hidden_in("stock") == (batch,)
    assert snapshot.top >= batch
