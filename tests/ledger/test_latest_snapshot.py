"""The latest snapshot costs one small statement, and no change to it is missed, wherever made."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event

from loaders.context import LoadContext
from loaders.load import run_load
from server.ledger.snapshot import open_snapshot
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


def test_the_latest_snapshot_is_one_statement_until_something_changes(
    context: LoadContext, written: Written
) -> None:
    run_load(context, "sales", written(sales_text(1)))
    first = open_snapshot(context.metadata)

    with selects(context.metadata) as run:
        assert open_snapshot(context.metadata) == first
    assert len(run) == 1

    run_load(context, "sales", written(sales_text(2), "more.csv"))
    assert open_snapshot(context.metadata).number == first.number + 1


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
    assert open_snapshot(context.metadata) == replace(before, closed=frozenset({"sales"}))

    with elsewhere.write() as session:
        end_repair(session, repair, context.clock())
    assert open_snapshot(context.metadata) == before


def test_an_old_snapshot_is_not_taken_for_the_latest(
    context: LoadContext, written: Written
) -> None:
    run_load(context, "sales", written(sales_text(1)))
    run_load(context, "sales", written(sales_text(2), "more.csv"))

    assert [open_snapshot(context.metadata, of).number for of in (None, 1, None, 2)] == [2, 1, 2, 2]
