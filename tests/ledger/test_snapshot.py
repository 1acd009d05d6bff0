"""Snapshots: one page never mixes two loads, and an old number answers as it did."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest

from loaders.context import LoadContext
from loaders.load import run_load
from server.errors import InvalidInput
from server.ledger.publish import publish, restore, withdraw
from server.ledger.receive import Arrival, new_batch, receive
from server.ledger.snapshot import open_snapshot
from server.ledger.steps import Counted, mark_parsed, mark_stored, verify_batches
from server.metadata.loads import Load
from server.snapshot import Snapshot
from server.store.control_sums import ControlSums
from server.store.facts import insert_batch
from tests.loading import visible, visible_now
from tests.shop import SALES, Question, sales
from tests.shop_loads import sales_text

Written = Callable[..., Path]
_NUMBERS = count(1_000, 10)


def arrive(context: LoadContext, written: Written, text: str) -> Load:
    """A received load, and nothing more."""
    arrival = Arrival(
        pack="shop",
        specification="sales",
        specification_hash="1" * 64,
        table_name="sales",
        kind="fact",
        source="sales.csv",
        member=None,
        by="ann",
    )
    with written(text).open("rb") as file:
        received = receive(context.metadata, context.settings.spool, file, arrival, context.clock())
    assert not received.is_known
    return received.load


def store_rows(context: LoadContext, load: Load, rows: int) -> int:
    """The rows of a load in the store, not published; its batch."""
    batch = new_batch(context.metadata, load)
    insert_batch(context.store, SALES, [sales(rows)], load.id, batch)
    return batch


def publish_rows(context: LoadContext, load: Load, batch: int, rows: int) -> int:
    """Verify what `store_rows` stored and publish it; the snapshot."""
    counting = ControlSums(SALES)
    counting.add(sales(rows))
    day = date(2026, 1, 1)
    counted = Counted(rows, rows, 0, 0, counting.sums, day, day)
    metadata, now = context.metadata, context.clock
    mark_parsed(metadata, load, counted, {batch: counted.description}, now())
    mark_stored(metadata, load, now())
    verify_batches(metadata, context.store, SALES, load, now())
    return publish(metadata, load, "ann", now()).snapshot


def test_before_the_first_load_nothing_is_visible(context: LoadContext) -> None:
    snapshot = open_snapshot(context.metadata)

    assert snapshot == Snapshot(0, 0)
    assert visible_now(context) == (0, "0")


def test_a_load_that_begins_after_the_snapshot_is_not_on_the_page(
    context: LoadContext, written: Written
) -> None:
    run_load(context, "sales", written(sales_text(4)))
    page = open_snapshot(context.metadata)
    before = visible(context.store, page)

    late = arrive(context, written, sales_text(3, first=100))
    batch = store_rows(context, late, 3)

    assert visible(context.store, page) == before == (4, "5")
    assert batch > page.top
    publish_rows(context, late, batch, 3)
    assert visible(context.store, page) == before
    assert visible_now(context) == (7, "8")


def test_a_load_that_was_on_its_way_at_the_snapshot_is_hidden_from_it(
    context: LoadContext, written: Written
) -> None:
    slow = arrive(context, written, sales_text(3, first=100))
    batch = store_rows(context, slow, 3)
    run_load(context, "sales", written(sales_text(4)))
    page = open_snapshot(context.metadata)

    assert page.hidden == {"sales": (batch,)}
    assert batch <= page.top
    assert visible(context.store, page) == (4, "5")
    insert_batch(context.store, SALES, [sales(2, first=50)], slow.id, batch)
    assert visible(context.store, page) == (4, "5")


def test_the_rows_of_an_abandoned_load_are_never_seen(
    context: LoadContext, written: Written
) -> None:
    dead = arrive(context, written, sales_text(9, first=500))
    batch = store_rows(context, dead, 9)
    run_load(context, "sales", written(sales_text(4)))
    run_load(context, "sales", written(sales_text(1, first=9)))

    latest = open_snapshot(context.metadata)

    assert latest.hidden_in("sales") == (batch,)
    assert visible(context.store, latest) == (5, "6.25")


def test_a_publication_changes_nothing_that_was_answered_before(
    context: LoadContext, written: Written
) -> None:
    for number in range(1, 5):
        run_load(context, "sales", written(sales_text(number, first=number * 100)))

    shown = [visible(context.store, open_snapshot(context.metadata, number)) for number in range(5)]

    assert shown == [(0, "0"), (1, "1.25"), (3, "3.75"), (6, "7.5"), (10, "12.5")]


def test_withdrawing_and_restoring_is_answered_as_it_was_at_every_number(
    context: LoadContext, written: Written
) -> None:
    first = run_load(context, "sales", written(sales_text(2)))  # 1
    run_load(context, "sales", written(sales_text(5, first=100)))  # 2
    for step in (withdraw, restore, withdraw):  # 3, 4, 5
        step(context.metadata, first.load, "ann", "a test", context.clock())

    shown = [
        visible(context.store, open_snapshot(context.metadata, number))[0] for number in range(6)
    ]

    assert shown == [0, 2, 7, 5, 7, 5]


def test_a_snapshot_is_answered_by_instant(context: LoadContext, written: Written) -> None:
    run_load(context, "sales", written(sales_text(2)))
    first = open_snapshot(context.metadata)
    assert first.published_at is not None
    context.clock.now += timedelta(days=1)  # type: ignore[attr-defined]
    run_load(context, "sales", written(sales_text(1, first=9)))

    def number(moment: timedelta) -> int:
        assert first.published_at is not None
        return open_snapshot(context.metadata, first.published_at + moment).number

    assert number(timedelta(hours=23)) == 1
    assert number(timedelta(days=2)) == 2
    assert number(timedelta(seconds=-1)) == 0


def test_watermarks_and_first_dates_follow_what_is_visible(
    context: LoadContext, written: Written
) -> None:
    january = run_load(context, "sales", written(sales_text(28)))
    text = sales_text(1).replace("2026-01-02", "2026-02-14")
    february = run_load(context, "sales", written(text))

    def dates(snapshot: Snapshot) -> tuple[date | None, date | None]:
        return snapshot.first_dates.get("sales"), snapshot.watermarks.get("sales")

    both = open_snapshot(context.metadata)
    withdraw(context.metadata, february.load, "ann", "a test", context.clock())
    one = open_snapshot(context.metadata)
    withdraw(context.metadata, january.load, "ann", "a test", context.clock())
    none = open_snapshot(context.metadata)

    assert dates(both) == (date(2026, 1, 1), date(2026, 2, 14))
    assert dates(one) == (date(2026, 1, 1), date(2026, 1, 28))
    assert dates(none) == (None, None)


def test_a_new_version_of_a_dimension_hides_the_one_before(
    context: LoadContext, written: Written
) -> None:
    first = run_load(context, "stores", written("store,city\nKöln,Cologne\n", "stores.csv"))
    second = run_load(
        context, "stores", written("store,city\nKöln,Colonia\nBonn,NA\n", "stores.csv")
    )

    def cities(number: int) -> list[tuple[str, str | None]]:
        version = open_snapshot(context.metadata, number).version_of("stores")
        question = Question(
            "SELECT store, city FROM dict_stores WHERE _load = {v:UInt32} ORDER BY store",
            {"v": version},
        )
        return context.store.readers.query(question).rows

    assert cities(first.snapshot) == [("Köln", "Cologne")]
    assert cities(second.snapshot) == [("Bonn", None), ("Köln", "Colonia")]
    assert open_snapshot(context.metadata).hidden == {}
    withdraw(context.metadata, second.load, "ann", "a test", context.clock())
    assert cities(3) == [("Köln", "Cologne")]


def test_a_snapshot_that_is_not_there_yet_is_refused(
    context: LoadContext, written: Written
) -> None:
    with pytest.raises(InvalidInput, match="no snapshot 3"):
        open_snapshot(context.metadata, 3)
    run_load(context, "sales", written(sales_text(1)))
    with pytest.raises(InvalidInput, match="no snapshot 3; the latest is 1"):
        open_snapshot(context.metadata, 3)


def test_only_the_definitions_number_moves_without_a_publication(
    context: LoadContext, written: Written
) -> None:
    from server.metadata.definitions import apply_definitions

    run_load(context, "sales", written(sales_text(1)))
    before = open_snapshot(context.metadata)
    with context.metadata.write() as session:
        apply_definitions(session, "indicator", {"a": {}}, "ann", "x", context.clock())

    assert open_snapshot(context.metadata) == replace(before, definitions=1)


def test_long_lists_of_hidden_batches_do_not_fill_the_memory(
    context: LoadContext, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    from server.ledger import snapshot as module

    monkeypatch.setattr(module, "KEPT_IDS", 6)
    first = run_load(context, "sales", written(sales_text(2)))
    for _ in range(8):
        new_batch(context.metadata, arrive(context, written, sales_text(3, first=next(_NUMBERS))))
        withdraw(context.metadata, first.load, "ann", "a test", context.clock())
        restore(context.metadata, first.load, "ann", "a test", context.clock())
        latest = open_snapshot(context.metadata)

    kept = vars(module)["_kept"][context.metadata]

    assert len(latest.hidden_in("sales")) == 8
    assert len(kept) == 2
    assert visible(context.store, open_snapshot(context.metadata, 2)) == (0, "0")
