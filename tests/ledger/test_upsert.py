"""Upserts by key: rows of a key replace each other, and every order of undoing gives them back."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from time import sleep

import pytest

from server.errors import Conflict, LimitReached, ServerError
from server.ledger.building import Builder
from server.ledger.changes import ledger_difference
from server.ledger.decide import approve
from server.ledger.foreseeing import foresee
from server.ledger.publish import publish, restore, withdraw
from server.ledger.recover import recover
from server.ledger.snapshot import open_snapshot
from server.metadata.batches import all_batches_of, find_batch
from server.metadata.loads import change_load, find_load
from server.metadata.session import Metadata, open_metadata
from server.store.client import Store
from server.store.facts import batches_in, delete_batches, insert_rows
from server.store.merging import (
    Figures,
    Sum,
    expected_figures,
    found_figures,
    merge_batches,
)
from server.store.migrate import ensure_tables
from tests.ledger.upserts import KEY, STOCK, Line, Prepared, prepare, rows_of
from tests.shop import Question, Tables
from tests.stores import Clock, new_metadata, new_store, settings_for

NOW = Clock()()
DAY = date(2026, 1, 1)

Make = Callable[..., Prepared]


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
def builder(store: Store) -> Builder:
    return Builder(store, {"stock": STOCK})


@pytest.fixture
def make(metadata: Metadata, store: Store) -> Make:
    """Stores and verifies an upsert of items: `make(i1="1.00", i2="2.00")`."""

    def prepared(day: date = DAY, **amounts: str) -> Prepared:
        lines = tuple(
            Line(number, item, None, Decimal(amount), day)
            for number, (item, amount) in enumerate(amounts.items(), start=2)
        )
        with metadata.write() as session:
            one = prepare(session, "stock", "upsert", lines)
        insert_rows(store, STOCK, [rows_of([one])], one.load.id)
        return one

    return prepared


def amounts(metadata: Metadata, store: Store, as_of: int | None = None) -> dict[str, str]:
    """Item to amount as a snapshot shows it; an item that is there twice fails."""
    snapshot = open_snapshot(metadata, as_of)
    question = Question(
        "SELECT item, toString(amount) FROM stock "
        "WHERE _load <= {top:UInt32} AND NOT has({hidden:Array(UInt32)}, _load)",
        {"top": snapshot.top, "hidden": list(snapshot.hidden_in("stock"))},
    )
    rows: Sequence[Sequence[str]] = store.readers.query(question).rows
    found = {row[0]: row[1] for row in rows}
    assert len(found) == len(rows)
    return found


def test_a_first_upsert_is_seen_as_it_was_loaded(
    metadata: Metadata, store: Store, builder: Builder, make: Make
) -> None:
    one = make(i1="1.00", i2="2.00")
    publish(metadata, one.load, "ann", NOW, builder)

    assert amounts(metadata, store) == {"i1": "1", "i2": "2"}
    assert set(batches_in(store, "stock")) == set(one.batches.values())


def test_a_later_upsert_replaces_rows_by_key_and_carries_the_others_on(
    metadata: Metadata, store: Store, builder: Builder, make: Make
) -> None:
    first = make(i1="1.00", i4="4.00")  # both in bucket 1
    second = make(i1="1.50")
    for one in (first, second):
        publish(metadata, one.load, "ann", NOW, builder)

    assert amounts(metadata, store) == {"i1": "1.5", "i4": "4"}
    assert amounts(metadata, store, 1) == {"i1": "1", "i4": "4"}
    built = max(batches_in(store, "stock"))
    question = Question(
        "SELECT item, _origin, _row FROM stock WHERE _load = {b:UInt32} ORDER BY item", {"b": built}
    )
    assert store.readers.query(question).rows == [
        ("i1", second.batches["bucket=1"], 2),
        ("i4", first.batches["bucket=1"], 3),
    ]
    with metadata.read() as session:
        batch = find_batch(session, built)
    assert (batch.kind, batch.load, batch.rows, batch.is_whole) == (
        "built",
        second.load.id,
        2,
        True,
    )
    assert batch.sums is not None
    assert batch.sums["amount"] == "2 5.5"


def test_withdrawing_a_first_upsert_keeps_what_a_later_one_said(
    metadata: Metadata, store: Store, builder: Builder, make: Make
) -> None:
    first, second = make(i1="1.00", i4="4.00", i2="2.00"), make(i1="1.50")
    for one in (first, second):
        publish(metadata, one.load, "ann", NOW, builder)

    withdraw(metadata, first.load.id, "ann", "a test", NOW, builder)
    assert amounts(metadata, store) == {"i1": "1.5"}

    restore(metadata, first.load.id, "ann", "a test", NOW, builder)
    assert amounts(metadata, store) == {"i1": "1.5", "i4": "4", "i2": "2"}
    seen = [amounts(metadata, store, number) for number in (1, 2, 3)]
    assert [len(each) for each in seen] == [3, 3, 1]


def test_what_was_built_before_is_taken_again(
    metadata: Metadata, store: Store, builder: Builder, make: Make
) -> None:
    loads = [make(i1="1.00"), make(i4="4.00"), make(i1="1.50")]
    for one in loads:
        publish(metadata, one.load, "ann", NOW, builder)
    withdraw(metadata, loads[1].load.id, "ann", "a test", NOW, builder)
    stored = batches_in(store, "stock")

    for _ in range(2):
        restore(metadata, loads[1].load.id, "ann", "a test", NOW, builder)
        withdraw(metadata, loads[1].load.id, "ann", "a test", NOW, builder)

    assert batches_in(store, "stock") == stored
    assert amounts(metadata, store) == {"i1": "1.5"}


def test_what_is_withdrawn_cannot_be_withdrawn_again_nor_restored_twice(
    metadata: Metadata, builder: Builder, make: Make
) -> None:
    one = make(i1="1.00")
    publish(metadata, one.load, "ann", NOW, builder)
    withdraw(metadata, one.load.id, "ann", "a test", NOW, builder)
    with pytest.raises(
        Conflict, match="load 1 is withdrawn; only a published load can be withdrawn"
    ):
        withdraw(metadata, one.load.id, "ann", "a test", NOW, builder)
    restore(metadata, one.load.id, "ann", "a test", NOW, builder)
    with pytest.raises(
        Conflict, match="load 1 is published; only a withdrawn load can be restored"
    ):
        restore(metadata, one.load.id, "ann", "a test", NOW, builder)

    assert open_snapshot(metadata).number == 3


def test_publishers_at_once_come_one_after_the_other(
    metadata: Metadata, store: Store, builder: Builder, make: Make
) -> None:
    loads = [make(i1=f"{number}.00", **{f"i{3 * number + 1}": "7.00"}) for number in range(1, 7)]
    with ThreadPoolExecutor(6) as threads:
        published = list(
            threads.map(lambda one: publish(metadata, one.load, "ann", NOW, builder), loads)
        )

    last = max(published, key=lambda one: one.snapshot)
    found = amounts(metadata, store)
    assert found["i1"] == str(loads[published.index(last)].lines[0].amount.normalize())
    assert len(found) == 7


def test_a_publisher_that_was_overtaken_builds_again(
    metadata: Metadata, store: Store, make: Make
) -> None:
    base, slow, fast = make(i1="1.00", i4="4.00"), make(i1="2.00"), make(i1="3.00", i4="4.50")
    publish(metadata, base.load, "ann", NOW)
    passed: list[int] = []

    def overtake(done: int, expected: int) -> None:
        # Another process publishes when this one has built and is about to switch.
        if done == expected and not passed:
            passed.append(1)
            with _again(metadata) as other:
                publish(other, fast.load, "eve", NOW, Builder(store, {"stock": STOCK}))

    slow_builder = Builder(store, {"stock": STOCK}, progress=overtake)
    publication = publish(metadata, slow.load, "ann", NOW, slow_builder)

    assert publication.snapshot == 3
    assert amounts(metadata, store, 2) == {"i1": "3", "i4": "4.5"}
    assert amounts(metadata, store) == {"i1": "2", "i4": "4.5"}


def test_an_upsert_without_a_builder_changes_nothing(metadata: Metadata, make: Make) -> None:
    first, second = make(i1="1.00"), make(i1="2.00")
    publish(metadata, first.load, "ann", NOW)

    with pytest.raises(ServerError, match="needs a builder"):
        publish(metadata, second.load, "ann", NOW)

    assert open_snapshot(metadata).number == 1
    with metadata.read() as session:
        assert find_load(session, second.load.id).state == "verified"


def test_nothing_is_built_on_a_batch_that_lost_rows(
    metadata: Metadata, store: Store, builder: Builder, make: Make
) -> None:
    first, second = make(i1="1.00", i4="4.00"), make(i1="2.00")
    publish(metadata, first.load, "ann", NOW, builder)
    delete_batches(store, "stock", list(first.batches.values()))

    with pytest.raises(ServerError, match="0 of the 2 rows of batch 1, which is to be built on"):
        publish(metadata, second.load, "ann", NOW, builder)
    assert open_snapshot(metadata).number == 1


def test_an_attempt_that_failed_is_hidden_and_purged_by_recovery(
    metadata: Metadata, store: Store, make: Make
) -> None:
    first, second = make(i1="1.00", i4="4.00"), make(i1="2.00")
    publish(metadata, first.load, "ann", NOW)

    def unplugged(done: int, _expected: int) -> None:
        if done:
            raise RuntimeError("the plug was pulled")

    broken = Builder(store, {"stock": STOCK}, progress=unplugged)
    with pytest.raises(RuntimeError):
        publish(metadata, second.load, "ann", NOW, broken)
    assert amounts(metadata, store) == {"i1": "1", "i4": "4"}

    publish(metadata, second.load, "ann", NOW, Builder(store, {"stock": STOCK}))
    recover(metadata, store, NOW)
    assert amounts(metadata, store) == {"i1": "2", "i4": "4"}


def test_what_an_undoing_would_show_is_built_and_looked_at_before(
    metadata: Metadata, store: Store, builder: Builder, make: Make
) -> None:
    loads = [make(i1="1.00", i4="4.00"), make(i1="1.50"), make(i4="4.50")]
    for one in loads:
        publish(metadata, one.load, "ann", NOW, builder)
    second = loads[1].load.id

    with pytest.raises(LimitReached, match="1 scope key is worked out anew"):
        foresee(metadata, second, "withdrawn", NOW)
    found = foresee(metadata, second, "withdrawn", NOW, builder)

    (change,) = found.ledger.keys
    assert change.sums["amount"] == ("2 6", "2 5.5")
    assert amounts(metadata, store) == {"i1": "1.5", "i4": "4.5"}  # nothing has changed
    stored = batches_in(store, "stock")
    withdraw(metadata, second, "ann", "a test", NOW, builder)
    assert batches_in(store, "stock") == stored  # what was built to be looked at is taken
    assert amounts(metadata, store) == {"i1": "1", "i4": "4.5"}


def test_a_difference_names_every_upsert_that_the_sum_gained_or_lost(
    metadata: Metadata, builder: Builder, make: Make
) -> None:
    """The first three bring or change the row; the fourth one comes and goes again."""
    loads: list[int] = []
    for amount in ("1.00", "2.00", "3.00", "4.00"):
        load = make(i1=amount).load
        publish(metadata, load, "ann", NOW, builder)
        loads.append(load.id)
    withdraw(metadata, loads[3], "ann", "a test", NOW, builder)
    withdraw(metadata, loads[1], "ann", "a test", NOW, builder)

    def through(first: int, last: int) -> tuple[int, ...]:
        (key,) = ledger_difference(metadata, first, last).keys
        return key.loads

    assert through(0, 3) == tuple(loads[:3])
    assert through(1, 5) == (loads[1], loads[2])
    assert through(4, 5) == (loads[3],)
    assert through(5, 6) == (loads[1],)
    assert through(0, 6) == (loads[0], loads[2])


def test_days_are_those_of_the_rows_that_are_left(
    metadata: Metadata, builder: Builder, make: Make
) -> None:
    publish(metadata, make(date(2026, 2, 9), i1="1.00").load, "ann", NOW, builder)
    publish(metadata, make(date(2026, 1, 5), i1="1.00", i4="2.00").load, "ann", NOW, builder)

    marks = [open_snapshot(metadata, number).watermarks["stock"] for number in (1, 2)]
    assert marks == [date(2026, 2, 9), date(2026, 1, 5)]


def test_a_careful_source_waits_only_where_a_row_is_exchanged(
    metadata: Metadata, store: Store, builder: Builder, make: Make
) -> None:
    loads = [make(i1="1.00"), make(i4="4.00"), make(i1="2.00")]
    held = []
    for one in loads:
        careful = replace(one.load, on_restatement="hold")
        with metadata.write() as session:
            change_load(session, one.load.id, ("verified",), on_restatement="hold")
        held.append(publish(metadata, careful, "ann", NOW, builder).load.state)

    assert held == ["published", "published", "held"]
    assert amounts(metadata, store) == {"i1": "1", "i4": "4"}
    approve(metadata, loads[2].load.id, "eve", "checked", NOW, builder)
    assert amounts(metadata, store) == {"i1": "2", "i4": "4"}
    with metadata.read() as session:
        kinds = [batch.kind for batch in all_batches_of(session, loads[2].load.id)]
    assert kinds == ["own", "built"]  # what was built to show the difference was taken


def test_a_snapshot_is_of_the_moment_of_its_commit_not_of_the_one_before_its_rows_were_built(
    metadata: Metadata, store: Store, make: Make
) -> None:
    first, second = make(i1="1.00", i4="4.00"), make(i1="2.00")
    took = timedelta(seconds=0.05)
    slow = Builder(store, {"stock": STOCK}, progress=lambda _done, _all: sleep(0.05))
    publish(metadata, first.load, "ann", NOW, slow)
    publish(metadata, second.load, "ann", NOW, slow)

    # Whoever asked meanwhile for an instant before the commit was answered without it.
    assert open_snapshot(metadata, NOW + took - timedelta(milliseconds=1)).number == 1
    assert amounts(metadata, store) == {"i1": "2", "i4": "4"}


def test_a_sum_with_other_rows_is_told_apart(store: Store, make: Make) -> None:
    first, second = make(i1="1.00", i4="4.00"), make(i1="2.00", i7="7.00")
    sources = (first.batches["bucket=1"], second.batches["bucket=1"])
    sums = [Sum(900, sources)]

    def figures() -> tuple[Figures, Figures]:
        wanted = expected_figures(store, STOCK, KEY, "day", sums)
        return wanted[900], found_figures(store, STOCK, "day", sums)[900]

    merge_batches(store, STOCK, KEY, sums)
    wanted, found = figures()
    assert wanted == found
    assert wanted.rows == 3

    # i7 with another amount: the same number of rows, values missing as before.
    run(store, "ALTER TABLE stock UPDATE amount = 7.01 WHERE _load = 900 AND item = 'i7'")
    wanted, found = figures()
    assert wanted != found
    assert wanted.rows == found.rows


def run(store: Store, statement: str) -> None:
    with store.writer() as writer:
        writer.run(f"{statement} SETTINGS mutations_sync = 2")


def _again(metadata: Metadata) -> "contextlib.closing[Metadata]":
    """The same database, opened once more, as another process would."""
    url = metadata._engine.url.render_as_string(hide_password=False)
    return contextlib.closing(open_metadata(url))
