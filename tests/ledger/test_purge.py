"""Purging: what nobody may ask for again goes; what was asked before the horizon is refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from loaders.context import LoadContext
from loaders.load import replay_load, run_load
from loaders.specification import ScopePart
from server.errors import Conflict, Gone
from server.ledger.holds import held_snapshots
from server.ledger.publish import restore, withdraw
from server.ledger.purge import Purged, purge
from server.ledger.snapshot import open_snapshot
from server.ledger.verify import verify
from server.metadata.purges import horizon, list_purges
from server.store.facts import batches_in
from tests.loading import visible, visible_now
from tests.shop import Question
from tests.shop_loads import HEADER, sales_text

Written = Callable[..., Path]
MONTH = timedelta(days=30)


def row(day: str, amount: str) -> str:
    return f"{day},Köln,1,{amount},NA,2026-01-31T12:00:00Z,x\n"


@pytest.fixture
def monthly(context: LoadContext) -> LoadContext:
    """Sales are restated by month."""
    sales = replace(
        context.specifications["sales"], mode="replace", scope=(ScopePart("day", "month"),)
    )
    return replace(context, specifications={**context.specifications, "sales": sales})


def later(context: LoadContext, days: float) -> None:
    """Let time pass."""
    clock = context.clock
    clock.now += timedelta(days=days)  # type: ignore[attr-defined]


def purged(context: LoadContext, retention: timedelta | None = MONTH) -> Purged:
    return purge(context.metadata, context.store, "ann", context.clock(), retention)


def restated(context: LoadContext, written: Written) -> None:
    """January of 1.00 at snapshot 1, of 2.00 at 2, of 3.00 at 3; ten days between them."""
    for amount in ("1.00", "2.00", "3.00"):
        run_load(context, "sales", written(HEADER + row("2026-01-05", amount)))
        later(context, 10)


def test_without_a_retention_nothing_that_was_seen_goes(
    monthly: LoadContext, written: Written
) -> None:
    restated(monthly, written)
    later(monthly, 10_000)

    assert purged(monthly, retention=None) == Purged(0, 0, 0, 0)
    assert visible(monthly.store, open_snapshot(monthly.metadata, 1)) == (1, "1")


def test_what_no_snapshot_within_the_retention_shows_goes_in_two_steps(
    monthly: LoadContext, written: Written
) -> None:
    restated(monthly, written)
    later(monthly, 16)  # snapshot 1 ended 36 days ago, snapshot 2 ended 26 days ago

    assert purged(monthly) == Purged(0, doomed=1, deleted=0, horizon=2)
    assert set(batches_in(monthly.store, "sales")) == {1, 2, 3}  # pages under way still have it
    assert visible_now(monthly) == (1, "3")
    assert visible(monthly.store, open_snapshot(monthly.metadata, 2)) == (1, "2")

    later(monthly, 1)
    assert purged(monthly) == Purged(0, doomed=0, deleted=1, horizon=2)
    assert set(batches_in(monthly.store, "sales")) == {2, 3}
    assert visible_now(monthly) == (1, "3")
    assert visible(monthly.store, open_snapshot(monthly.metadata, 2)) == (1, "2")
    assert verify(monthly.metadata, monthly.store, ["sales"]) == ()


def test_a_snapshot_before_the_horizon_is_gone_at_once_and_says_which_is_not(
    monthly: LoadContext, written: Written
) -> None:
    restated(monthly, written)
    assert visible(monthly.store, open_snapshot(monthly.metadata, 1)) == (1, "1")  # kept in memory
    later(monthly, 16)
    purged(monthly)

    with pytest.raises(Gone) as gone:
        open_snapshot(monthly.metadata, 1)

    assert gone.value.code == "purged"
    assert gone.value.message.startswith("rows that snapshot 1 showed are purged; from snapshot 2,")
    with monthly.metadata.read() as session:
        assert horizon(session) == 2
        assert [(each.horizon, each.batches) for each in list_purges(session)] == [(2, 1)]


def test_what_something_points_at_is_kept(
    monthly: LoadContext, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    restated(monthly, written)
    later(monthly, 100)
    # As if a receipt pointed at snapshot 1.
    monkeypatch.setattr("server.ledger.purge.held_snapshots", lambda _session: frozenset({1}))

    assert purged(monthly) == Purged(0, doomed=1, deleted=0, horizon=3)
    assert visible(monthly.store, open_snapshot(monthly.metadata, 1)) == (1, "1")
    with pytest.raises(Gone):
        open_snapshot(monthly.metadata, 2)


def test_every_hold_is_asked() -> None:
    holds = (lambda _session: (3, 4), lambda _session: [4, 9])

    assert held_snapshots(SimpleNamespace(), holds) == {3, 4, 9}  # type: ignore[arg-type]


def test_a_load_that_was_withdrawn_long_ago_goes(context: LoadContext, written: Written) -> None:
    run_load(context, "sales", written(sales_text(4)))
    run_load(context, "sales", written(sales_text(2, first=100)))
    withdraw(context.metadata, 1, "ann", "a test", context.clock())
    later(context, 40)

    assert purged(context).doomed == 1

    with pytest.raises(Conflict, match="the rows of load 1 were purged"):
        restore(context.metadata, 1, "ann", "after all", context.clock())
    assert visible_now(context) == (2, "2.5")
    again = replay_load(context, 1)
    assert visible_now(context) == (6, "7.5")
    assert again.load == 3


def test_withdrawing_what_replaced_purged_rows_is_refused(
    monthly: LoadContext, written: Written
) -> None:
    restated(monthly, written)
    later(monthly, 100)
    purged(monthly)

    with pytest.raises(Conflict, match="the rows of load 2 were purged"):
        withdraw(monthly.metadata, 3, "ann", "a test", monthly.clock())

    assert visible_now(monthly) == (1, "3")


def test_a_load_that_was_shown_again_within_the_retention_stays(
    context: LoadContext, written: Written
) -> None:
    run_load(context, "sales", written(sales_text(4)))
    withdraw(context.metadata, 1, "ann", "a test", context.clock())
    later(context, 100)
    restore(context.metadata, 1, "ann", "after all", context.clock())
    later(context, 1)
    withdraw(context.metadata, 1, "ann", "again", context.clock())
    later(context, 1)

    assert purged(context) == Purged(0, 0, 0, 0)
    assert visible(context.store, open_snapshot(context.metadata, 1)) == (4, "5")


def test_old_versions_of_a_dimension_go_too(context: LoadContext, written: Written) -> None:
    run_load(context, "stores", written("store,city\nKöln,Cologne\n", "stores.csv"))
    run_load(context, "stores", written("store,city\nKöln,Colonia\n", "stores.csv"))
    later(context, 40)
    purged(context)
    later(context, 1)

    assert purged(context).deleted == 1
    assert set(batches_in(context.store, "stores")) == {2}
    question = Question("SELECT city FROM dict_stores WHERE _load = 2")
    assert context.store.readers.query(question).rows == [("Colonia",)]


def test_rows_that_come_back_after_they_were_purged_are_found(
    monthly: LoadContext, written: Written
) -> None:
    restated(monthly, written)
    later(monthly, 16)
    purged(monthly)
    later(monthly, 1)
    purged(monthly)
    with monthly.store.writer() as writer:
        writer.run("INSERT INTO sales SELECT * REPLACE (1 AS _load) FROM sales WHERE _origin = 3")

    found = verify(monthly.metadata, monthly.store, ["sales"])

    assert [str(each) for each in found] == [
        "sales holds 1 rows of batch 1 of load 1, which were purged"
    ]


def test_a_version_that_another_was_merged_over_stays(
    context: LoadContext, written: Written
) -> None:
    stores = context.specifications["stores"]
    few = replace(stores, name="some_stores", mode="merge")
    merging = replace(context, specifications={**context.specifications, "some_stores": few})
    whole = "store,city\nKöln,Cologne\nBonn,NA\n"
    run_load(merging, "stores", written(whole, "stores.csv"))
    run_load(merging, "some_stores", written("store,city\nKöln,Colonia\n", "some.csv"))
    later(merging, 40)

    assert purged(merging) == Purged(0, 0, 0, 0)
    run_load(merging, "stores", written(whole.replace("NA", "Bonn"), "stores.csv"))
    later(merging, 40)
    assert purged(merging).doomed == 1  # the merged one; the first is what it was merged over
