"""The latest snapshot costs no statement, and no change to it is missed, wherever made."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event

from loaders.context import LoadContext
from loaders.load import run_load
from server.ledger.publish import withdraw
from server.ledger.snapshot import open_snapshot
from server.metadata.counters import next_number
from server.metadata.definitions import apply_definitions
from server.metadata.repairs import begin_repair, end_repair
from server.metadata.session import Metadata, open_metadata
from tests.shop_loads import sales_text

Written = Callable[..., Path]


@pytest.fixture
def elsewhere(context: LoadContext) -> Iterator[Metadata]:
    """The same metadata, as another process has it open."""
    metadata = open_metadata(str(context.metadata._engine.url))
    yield metadata
    metadata.close()


@contextmanager
def selects(metadata: Metadata) -> Iterator[list[str]]:
    """The SELECTs that are run meanwhile."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, sql: str, *_more: object) -> None:
        if sql.startswith("SELECT"):
            found.append(sql)

    event.listen(metadata._engine, "before_cursor_execute", note)
    yield found
    event.remove(metadata._engine, "before_cursor_execute", note)


@pytest.mark.skipif("INDICUBE_TEST_DATABASE" in os.environ, reason="asks about SQLite itself")
def test_the_latest_snapshot_is_no_statement_until_something_is_written(
    context: LoadContext, written: Written, elsewhere: Metadata
) -> None:
    run_load(context, "sales", written(sales_text(1)))
    first = open_snapshot(context.metadata)

    with selects(context.metadata) as run:
        assert open_snapshot(context.metadata) == first
    assert run == []

    with elsewhere.write() as session:
        next_number(session, "model")
    with selects(context.metadata) as run:
        assert open_snapshot(context.metadata) == first
        assert open_snapshot(context.metadata) == first
    assert len(run) == 1  # something else was written: the counters say so

    run_load(context, "sales", written(sales_text(2), "more.csv"))
    assert open_snapshot(context.metadata).number == first.number + 1


def test_a_publication_elsewhere_is_seen_at_once(
    context: LoadContext, written: Written, elsewhere: Metadata
) -> None:
    run_load(context, "sales", written(sales_text(1)))
    assert [open_snapshot(elsewhere).number for _ in range(3)] == [1, 1, 1]

    run_load(context, "sales", written(sales_text(2), "more.csv"))
    assert open_snapshot(elsewhere) == open_snapshot(context.metadata)
    assert open_snapshot(elsewhere).number == 2


def test_a_snapshot_tells_which_publication_changed_each_table_last(
    context: LoadContext, written: Written, elsewhere: Metadata
) -> None:
    run_load(context, "sales", written(sales_text(1)))
    run_load(context, "stores", written("store,city\nKöln,Cologne\n", "stores.csv"))
    second = open_snapshot(context.metadata)
    assert {table: text.split()[0] for table, text in second.changed.items()} == {
        "sales": "1",
        "stores": "2",
    }

    withdraw(context.metadata, 1, "ann", "wrong", context.clock())
    third = open_snapshot(context.metadata)
    assert third.changed_in("sales").split()[0] == "3"
    assert third.changed_in("stores") == second.changed_in("stores")
    assert open_snapshot(elsewhere) == third  # worked out at once, not step by step
    assert open_snapshot(elsewhere, 2).changed == second.changed


def test_definitions_changed_elsewhere_are_noticed_at_once(
    context: LoadContext, written: Written, elsewhere: Metadata
) -> None:
    run_load(context, "sales", written(sales_text(1)))
    before = open_snapshot(context.metadata)
    with elsewhere.write() as session:
        apply_definitions(session, "indicator", {"a": {}}, "ann", "x", context.clock())

    assert open_snapshot(context.metadata) == replace(before, definitions=1)


def test_a_repair_that_begins_or_ends_elsewhere_is_noticed_at_once(
    context: LoadContext, written: Written, elsewhere: Metadata
) -> None:
    run_load(context, "sales", written(sales_text(1)))
    before = open_snapshot(context.metadata)
    with elsewhere.write() as session:
        repair = begin_repair(session, "sales", 1, [1], "ann", context.clock())
    closed = frozenset({"sales"})
    assert open_snapshot(context.metadata) == replace(before, closed=closed, mended=1)

    with elsewhere.write() as session:
        end_repair(session, repair, context.clock())
    assert open_snapshot(context.metadata) == replace(before, mended=2)


def test_an_old_snapshot_is_not_taken_for_the_latest(
    context: LoadContext, written: Written
) -> None:
    run_load(context, "sales", written(sales_text(1)))
    run_load(context, "sales", written(sales_text(2), "more.csv"))

    assert [open_snapshot(context.metadata, of).number for of in (None, 1, None, 2)] == [2, 1, 2, 2]
