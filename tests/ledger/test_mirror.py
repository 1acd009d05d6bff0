"""The mirror: long lists of hidden batches are read in the store, with the same figures."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from loaders.context import LoadContext
from loaders.load import run_load
from server.ledger import mirror
from server.ledger.mirror import check_mirror, keep_mirror, marker_of, mirrored
from server.ledger.publish import restore, withdraw
from server.ledger.purge import purge
from server.ledger.snapshot import open_snapshot
from server.snapshot import Snapshot
from server.store.mirror import (
    Marker,
    Visibility,
    append_to_mirror,
    ensure_mirror,
    forget_after,
    markers,
    mirror_ddl,
)
from server.store.tables import Placement
from tests.cube.market import Market, Sale, snapshot_of
from tests.loading import visible, visible_by_mirror
from tests.shop_loads import sales_text

Written = Callable[..., Path]
MOST = 60_000


def by_mirror(context: LoadContext, snapshot: Snapshot) -> tuple[int, str]:
    return visible_by_mirror(context.store, snapshot)


@pytest.fixture(scope="module")
def many_batches() -> Iterator[Market]:
    """A market with one sale in each of 60,000 batches, of as many pence as its batch."""
    market = Market()
    day = date(2021, 1, 3)
    market.insert(
        [
            Sale(batch, 1, day, "a", price=Decimal(batch) / 100, pieces=1)
            for batch in range(1, MOST + 1)
        ]
    )
    ensure_mirror(market.store)
    yield market
    market.close()


@contextmanager
def hidden_in_mirror(market: Market, ids: list[int]) -> Iterator[Snapshot]:
    """A snapshot that hides these batches, written into the mirror."""
    snapshot = replace(snapshot_of(MOST, ids), is_mirrored=True)
    changes = [Visibility("sales", batch, True) for batch in ids]
    append_to_mirror(market.store, Marker(1, len(ids)), changes)
    try:
        yield snapshot
    finally:
        forget_after(market.store, 0)


@pytest.mark.parametrize("count", [0, 5, 500, 5_000, 50_000])
def test_both_ways_give_the_same_figures(many_batches: Market, count: int) -> None:
    # Every so-manyth batch is hidden: 5 of 60,000 are the batches 12,000, 24,000 …
    ids = [MOST // count * number for number in range(1, count + 1)] if count else []
    asked = ["price_sum", "sales"]
    shown = sum(range(1, MOST + 1)) - sum(ids)

    with hidden_in_mirror(many_batches, ids) as snapshot:
        sent = many_batches.browser(replace(snapshot, is_mirrored=False)).aggregate(
            aggregates=asked
        )
        read = many_batches.browser(snapshot).aggregate(aggregates=asked)

    assert dict(sent.summary) == dict(read.summary)
    assert read.summary["sales"] == MOST - count
    assert read.summary["price_sum"] == Decimal(shown) / 100


def test_nothing_is_mirrored_while_lists_are_short(context: LoadContext, written: Written) -> None:
    run_load(context, "sales", written(sales_text(2)))

    assert keep_mirror(context.metadata, context.store) == 0
    assert check_mirror(context.metadata, context.store) is True  # there is none that is wrong
    assert mirrored(context.store, open_snapshot(context.metadata)).is_mirrored is False


def test_every_snapshot_is_answered_from_the_mirror_as_from_the_ledger(
    context: LoadContext, written: Written
) -> None:
    metadata, store, now = context.metadata, context.store, context.clock
    for number in range(1, 5):
        run_load(context, "sales", written(sales_text(number, first=number * 100)))
        keep_mirror(metadata, store, begin_at=0)
    for step, load in ((withdraw, 2), (withdraw, 3), (restore, 2), (withdraw, 1), (restore, 3)):
        step(metadata, load, "ann", "a test", now())
        keep_mirror(metadata, store, begin_at=0)

    for number in range(1, 10):
        snapshot = open_snapshot(metadata, number)
        assert by_mirror(context, snapshot) == visible(store, snapshot)
    assert visible(store, open_snapshot(metadata))[0] == 2 + 3 + 4
    assert [each.snapshot for each in markers(store)] == list(range(1, 10))


def test_a_mirror_that_begins_late_or_fell_far_behind_is_written_whole(
    context: LoadContext, written: Written
) -> None:
    metadata, store, now = context.metadata, context.store, context.clock
    run_load(context, "sales", written(sales_text(3)))
    run_load(context, "sales", written(sales_text(5, first=100)))
    withdraw(metadata, 1, "ann", "a test", now())
    assert keep_mirror(metadata, store, begin_at=0) == 1
    for _ in range(26):
        restore(metadata, 1, "ann", "a test", now())
        withdraw(metadata, 1, "ann", "a test", now())
    restore(metadata, 1, "ann", "a test", now())

    assert keep_mirror(metadata, store, begin_at=0) == 1

    latest = open_snapshot(metadata)
    assert [each.snapshot for each in markers(store)] == [3, latest.number]
    assert by_mirror(context, latest) == visible(store, latest) == (8, "10")
    assert by_mirror(context, open_snapshot(metadata, 3)) == (5, "6.25")


def test_what_a_dead_writer_left_without_its_marker_says_nothing(
    context: LoadContext, written: Written
) -> None:
    metadata, store = context.metadata, context.store
    run_load(context, "sales", written(sales_text(3)))
    keep_mirror(metadata, store, begin_at=0)
    run_load(context, "sales", written(sales_text(5, first=100)))
    latest = open_snapshot(metadata)
    with store.writer() as writer:
        writer.run("INSERT INTO ledger_hidden VALUES ('sales', 1, 2, 77, 1)")

    keep_mirror(metadata, store, begin_at=0)

    assert by_mirror(context, latest) == visible(store, latest) == (8, "10")


def test_an_older_copy_of_the_ledger_does_not_believe_the_mirror_of_the_newer(
    context: LoadContext, written: Written
) -> None:
    metadata, store, now = context.metadata, context.store, context.clock
    run_load(context, "sales", written(sales_text(3)))
    keep_mirror(metadata, store, begin_at=0)
    elsewhere = Marker(2, 123)
    append_to_mirror(store, elsewhere, [Visibility("sales", 1, True)])
    run_load(context, "sales", written(sales_text(5, first=100)))
    withdraw(metadata, 2, "ann", "a test", now())

    keep_mirror(metadata, store, begin_at=0)

    latest = open_snapshot(metadata)
    assert elsewhere not in markers(store)
    assert by_mirror(context, latest) == visible(store, latest) == (3, "3.75")


def test_a_reader_whose_snapshot_has_no_marker_yet_sends_the_ids(
    context: LoadContext, written: Written
) -> None:
    run_load(context, "sales", written(sales_text(3)))
    long = replace(open_snapshot(context.metadata), hidden={"sales": tuple(range(10, 2_011))})

    assert mirrored(context.store, long).is_mirrored is False  # there is no mirror at all
    ensure_mirror(context.store)
    assert mirrored(context.store, long).is_mirrored is False
    append_to_mirror(context.store, marker_of(long), [])
    assert mirrored(context.store, long).is_mirrored is True
    short = replace(long, hidden={"sales": tuple(range(10, 2_010))})
    assert mirrored(context.store, short).is_mirrored is False


def test_a_load_that_arrives_between_two_questions_of_a_page_is_on_neither(
    context: LoadContext, written: Written
) -> None:
    run_load(context, "sales", written(sales_text(4)))
    keep_mirror(context.metadata, context.store, begin_at=0)
    page = open_snapshot(context.metadata)
    first = by_mirror(context, page)

    run_load(context, "sales", written(sales_text(3, first=100)))

    assert by_mirror(context, page) == first == (4, "5")
    keep_mirror(context.metadata, context.store, begin_at=0)
    assert by_mirror(context, page) == first


@pytest.mark.parametrize("lost", ["is_hidden = 1", "is_hidden = 0"])
def test_a_mirror_that_lost_rows_is_believed_no_more_and_written_anew(
    context: LoadContext, written: Written, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    monkeypatch.setattr(mirror, "MOST_SENT", 0)
    metadata, store, now = context.metadata, context.store, context.clock
    run_load(context, "sales", written(sales_text(3)))
    run_load(context, "sales", written(sales_text(5, first=100)))
    for step, load in ((withdraw, 2), (restore, 2), (withdraw, 1)):
        step(metadata, load, "ann", "a test", now())
        keep_mirror(metadata, store, begin_at=0)
    latest = open_snapshot(metadata)
    assert check_mirror(metadata, store) is True
    assert mirrored(store, latest).is_mirrored is True

    with store.writer() as writer:
        writer.run(f"ALTER TABLE ledger_hidden DELETE WHERE {lost} SETTINGS mutations_sync = 2")
    assert by_mirror(context, latest) != visible(store, latest)  # what would have been shown

    assert check_mirror(metadata, store) is False
    assert mirrored(store, latest).is_mirrored is False
    keep_mirror(metadata, store, begin_at=0)
    assert mirrored(store, latest).is_mirrored is True
    assert check_mirror(metadata, store) is True
    assert by_mirror(context, latest) == visible(store, latest) == (5, "6.25")


def test_on_a_cluster_the_mirror_is_replicated() -> None:
    hidden, marker = mirror_ddl(Placement(is_replicated=True, cluster="main"))

    assert hidden.startswith("CREATE TABLE IF NOT EXISTS ledger_hidden ON CLUSTER `main`")
    assert "ENGINE = ReplicatedMergeTree" in hidden
    assert "ENGINE = ReplicatedMergeTree" in marker


def test_a_mirror_whose_last_snapshot_was_purged_goes_on(
    context: LoadContext, written: Written
) -> None:
    metadata, store, clock = context.metadata, context.store, context.clock
    first = run_load(context, "sales", written(sales_text(4)))
    keep_mirror(metadata, store, begin_at=0)
    withdraw(metadata, first.load, "ann", "a test", clock())
    run_load(context, "sales", written(sales_text(3, first=50)))
    purge(metadata, store, "ann", clock(), timedelta(0))

    assert keep_mirror(metadata, store, begin_at=0) == 1
    assert by_mirror(context, open_snapshot(metadata)) == (3, "3.75")
