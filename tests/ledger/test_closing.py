"""A start shows no figures of a table whose rows are not whole, and has them put back."""

import pytest

from loaders.context import LoadContext
from server.ledger.closing import close_damaged
from server.ledger.night import verify_at_start
from server.ledger.snapshot import open_snapshot
from server.metadata.jobs import list_jobs
from server.metadata.repairs import begin_repair, open_repairs
from server.queue import Queue
from tests.ledger.verifying import run, verified
from tests.loading import visible_now

TABLES = ("sales", "stores")
LOST = "ALTER TABLE sales DELETE WHERE _load = 1 AND _row <= 4 SETTINGS mutations_sync = 2"


@pytest.fixture
def damaged(shop: LoadContext) -> LoadContext:
    run(shop, LOST)
    return shop


def close(shop: LoadContext) -> tuple[str, ...]:
    return close_damaged(shop.metadata, shop.store, TABLES, "a start", shop.clock())


def closed(shop: LoadContext) -> frozenset[str]:
    return open_snapshot(shop.metadata).closed


def asked(shop: LoadContext) -> list[str]:
    """What a start asks of the queue, whose Redis is away."""
    queue = Queue("redis://127.0.0.1:1/0")
    verify_at_start(shop.metadata, shop.store, queue, TABLES, shop.clock())
    with shop.metadata.read() as session:
        return [job.function for job in list_jobs(session)]


def test_a_house_in_order_is_open(shop: LoadContext) -> None:
    assert close(shop) == ()
    assert closed(shop) == frozenset()
    assert asked(shop) == []


def test_a_table_that_lost_rows_is_closed_until_they_are_back(damaged: LoadContext) -> None:
    assert close(damaged) == ("sales",)
    assert closed(damaged) == {"sales"}
    assert asked(damaged) == ["loaders.verifying.run_verification"]

    assert verified(damaged).is_well
    assert closed(damaged) == frozenset()
    assert visible_now(damaged)[0] == 15


def test_a_table_is_closed_once_however_many_processes_start(damaged: LoadContext) -> None:
    assert close(damaged) == ("sales",)
    assert close(damaged) == ()
    with damaged.metadata.read() as session:
        assert [(each.table_name, each.batches) for each in open_repairs(session)] == [
            ("sales", (1,))
        ]


def test_a_table_that_was_left_closed_with_all_its_rows_is_looked_at(shop: LoadContext) -> None:
    """As a process leaves it that dies after the rows are back, before it says so."""
    with shop.metadata.write() as session:
        begin_repair(session, "sales", 1, [1], "a process that died", shop.clock())

    assert close(shop) == ()
    assert asked(shop) == ["loaders.verifying.run_verification"]
    assert verified(shop).is_well
    assert closed(shop) == frozenset()
