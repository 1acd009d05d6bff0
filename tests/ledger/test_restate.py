"""Restatement: a load replaces what its scope keys held, atomically, and gives it back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from loaders.context import LoadContext
from loaders.correcting import correct_load
from loaders.load import LoadOutcome, run_load
from loaders.reparsing import SpooledSources
from loaders.specification import ScopePart, Specification
from server.errors import Conflict, LoadHeld
from server.ledger.decide import approve, refuse, waiting_difference
from server.ledger.difference import Change, difference_at
from server.ledger.publish import restore, withdraw
from server.ledger.purge import purge, purge_unpublished
from server.ledger.recover import recover
from server.ledger.relatives import replaced_by_load, replacing_load
from server.ledger.snapshot import open_snapshot
from server.ledger.verify import verify
from server.metadata.loads import find_load
from server.metadata.snapshots import events_of
from server.store.facts import batches_in
from tests.loading import visible, visible_now
from tests.shop_loads import HEADER

Written = Callable[..., Path]


@pytest.fixture
def monthly(context: LoadContext) -> LoadContext:
    """Sales are restated month by month and store by store."""
    return with_sales(context, mode="replace", scope=MONTH)


MONTH = (ScopePart("day", "month"), ScopePart("store"))


def with_sales(context: LoadContext, **changes: object) -> LoadContext:
    specification: Specification = replace(context.specifications["sales"], **changes)  # type: ignore[arg-type]
    specifications = {**context.specifications, "sales": specification}
    return replace(context, specifications=specifications)


def lines(*months: str, amount: str = "1.00", store: str = "Köln", rows: int = 2) -> str:
    """A file of sales of these months."""
    return HEADER + "".join(
        f"{month}-{day:02},{store},1,{amount},NA,2026-01-31T12:00:00Z,a sale\n"
        for month in months
        for day in range(1, rows + 1)
    )


def load(context: LoadContext, written: Written, text: str, name: str = "a.csv") -> LoadOutcome:
    return run_load(context, "sales", written(text, name))


def difference(context: LoadContext, outcome: LoadOutcome) -> tuple[Change, ...]:
    """What the publication of a load exchanged."""
    with context.metadata.read() as session:
        return difference_at(session, outcome.snapshot)


def test_a_month_that_comes_again_replaces_itself_and_nothing_else(
    monthly: LoadContext, written: Written
) -> None:
    load(monthly, written, lines("2026-01", "2026-02"))
    second = load(monthly, written, lines("2026-01", amount="5.00", rows=3), "other name.csv")

    assert visible_now(monthly) == (5, "17")  # three of 5.00 and two of 1.00
    assert visible(monthly.store, open_snapshot(monthly.metadata, 1)) == (4, "4")
    (change,) = difference(monthly, second)
    assert change.scope_key == "month=2026-01,store=Köln"


def test_the_difference_says_rows_and_sums_before_and_after(
    monthly: LoadContext, written: Written
) -> None:
    load(monthly, written, lines("2026-01", "2026-02"))
    second = load(monthly, written, lines("2026-01", "2026-03", amount="5.00", rows=3))

    changes = [change for change in difference(monthly, second) if change.before]

    assert [
        (
            change.scope_key,
            change.before
            and (change.before.load, change.before.rows, change.before.sums["amount"]),
            change.after and (change.after.rows, change.after.sums["amount"]),
        )
        for change in changes
    ] == [("month=2026-01,store=Köln", (1, 2, "2 2"), (3, "3 15"))]
    with monthly.metadata.read() as session:
        first, last = (find_load(session, number) for number in (1, second.load))
        assert [one.load for one in replaced_by_load(session, last)] == [1]
        assert [one.load for one in replacing_load(session, first)] == [second.load]
        assert replacing_load(session, last) == ()


def test_withdrawing_a_restatement_gives_back_what_it_replaced(
    monthly: LoadContext, written: Written
) -> None:
    load(monthly, written, lines("2026-01", "2026-02"))
    second = load(monthly, written, lines("2026-01", amount="5.00"))
    stored = batches_in(monthly.store, "sales")

    withdraw(monthly.metadata, second.load, "ann", "wrong file", monthly.clock())

    assert visible_now(monthly) == (4, "4")
    assert batches_in(monthly.store, "sales") == stored  # the ledger alone has changed


def test_withdrawing_what_was_replaced_changes_nothing_that_is_seen(
    monthly: LoadContext, written: Written
) -> None:
    first = load(monthly, written, lines("2026-01", "2026-02"))
    load(monthly, written, lines("2026-01", amount="5.00"))

    withdraw(monthly.metadata, first.load, "ann", "not needed", monthly.clock())
    assert visible_now(monthly) == (2, "10")  # February went, January stands

    restore(monthly.metadata, first.load, "ann", "needed", monthly.clock())
    assert visible_now(monthly) == (4, "12")


def test_a_restored_load_goes_back_to_its_old_place_under_later_ones(
    monthly: LoadContext, written: Written
) -> None:
    loads = [load(monthly, written, lines("2026-01", amount=f"{n}.00")) for n in (1, 2, 3)]
    metadata, clock = monthly.metadata, monthly.clock
    for number in (1, 2):
        withdraw(metadata, loads[number].load, "ann", "a test", clock())
    assert visible_now(monthly) == (2, "2")

    restore(metadata, loads[1].load, "ann", "a test", clock())
    assert visible_now(monthly) == (2, "4")
    restore(metadata, loads[2].load, "ann", "a test", clock())
    assert visible_now(monthly) == (2, "6")

    seen = [visible(monthly.store, open_snapshot(metadata, n))[1] for n in range(1, 8)]
    assert seen == ["2", "4", "6", "6", "2", "4", "6"]


def test_a_covered_key_without_rows_is_empty_from_then_on(
    monthly: LoadContext, written: Written
) -> None:
    load(monthly, written, lines("2026-01", "2026-02"))
    text = lines("2026-01", amount="5.00", rows=1)
    scope = ["month=2026-01,store=Köln", "month=2026-02,store=Köln"]
    second = run_load(monthly, "sales", written(text, "b.csv"), scope=scope)

    assert visible_now(monthly) == (1, "5")
    withdraw(monthly.metadata, second.load, "ann", "a test", monthly.clock())
    assert visible_now(monthly) == (4, "4")


def test_two_sources_of_one_table_do_not_touch_each_other(
    monthly: LoadContext, written: Written
) -> None:
    other = replace(monthly.specifications["sales"], name="branches")
    both = replace(monthly, specifications={**monthly.specifications, "branches": other})
    load(both, written, lines("2026-01"))
    run_load(both, "branches", written(lines("2026-01", amount="7.00"), "b.csv"))

    assert visible_now(both) == (4, "16")
    load(both, written, lines("2026-01", amount="2.00"))
    assert visible_now(both) == (4, "18")


def test_facts_that_were_appended_are_not_restated_beside(
    context: LoadContext, written: Written
) -> None:
    first = load(context, written, lines("2026-01"))
    monthly = with_sales(context, mode="replace", scope=MONTH)

    with pytest.raises(Conflict, match="load 1 was published in mode append"):
        load(monthly, written, lines("2026-01", amount="5.00"))

    withdraw(context.metadata, first.load, "ann", "a test", context.clock())
    load(monthly, written, lines("2026-01", amount="5.00"))
    with pytest.raises(Conflict, match="in mode replace"):
        restore(context.metadata, first.load, "ann", "a test", context.clock())
    assert visible_now(context) == (2, "10")


def test_dates_are_those_of_the_batches_that_are_seen(
    monthly: LoadContext, written: Written
) -> None:
    load(monthly, written, lines("2026-01", "2026-02", rows=9))
    load(monthly, written, lines("2026-02", rows=3))
    snapshots = [open_snapshot(monthly.metadata, number) for number in (1, 2)]

    assert [one.watermarks["sales"].isoformat() for one in snapshots] == [
        "2026-02-09",
        "2026-02-03",
    ]
    assert [one.first_dates["sales"].isoformat() for one in snapshots] == ["2026-01-01"] * 2


@pytest.fixture
def careful(context: LoadContext) -> LoadContext:
    """Restatements wait for a decision."""
    return with_sales(context, mode="replace", scope=MONTH, on_restatement="hold")


def test_a_restatement_waits_for_a_decision_where_the_source_wants_one(
    careful: LoadContext, written: Written
) -> None:
    load(careful, written, lines("2026-01"))
    with pytest.raises(LoadHeld, match="restates 1 published scope key"):
        load(careful, written, lines("2026-01", "2026-02", amount="5.00"))

    assert visible_now(careful) == (2, "2")
    with careful.metadata.read() as session:
        held = find_load(session, 2)
    (change,) = waiting_difference(held)
    assert (held.state, held.held_for) == ("held", "restatement")
    assert change.before is not None
    assert change.after is not None
    assert (change.before.sums["amount"], change.after.sums["amount"]) == ("2 2", "2 10")


def test_rows_that_wait_for_a_decision_are_not_purged(
    careful: LoadContext, written: Written
) -> None:
    load(careful, written, lines("2026-01"))
    with pytest.raises(LoadHeld):
        load(careful, written, lines("2026-01", amount="5.00"))

    later = careful.clock() + timedelta(days=400)
    assert purge_unpublished(careful.metadata, careful.store, later) == 0
    assert recover(careful.metadata, careful.store, later).purged == 0
    approve(careful.metadata, 2, "eve", "late, but right", careful.clock())
    assert visible_now(careful) == (2, "10")


def test_an_approved_restatement_is_published_as_it_was_stored(
    careful: LoadContext, written: Written
) -> None:
    load(careful, written, lines("2026-01"))
    with pytest.raises(LoadHeld):
        load(careful, written, lines("2026-01", amount="5.00"))
    stored = batches_in(careful.store, "sales")

    decision = approve(careful.metadata, 2, "eve", "checked with the shop", careful.clock())

    assert decision.publication is not None
    assert decision.publication.snapshot == 2
    assert visible_now(careful) == (2, "10")
    assert batches_in(careful.store, "sales") == stored
    with careful.metadata.read() as session:
        events = [(one.what, one.by, one.reason) for one in events_of(session, 2)]
    assert events[-1] == ("published", "eve", "checked with the shop")
    assert events[0][0] == "held"


def test_a_refused_restatement_is_never_seen_and_leaves_no_row(
    careful: LoadContext, written: Written
) -> None:
    load(careful, written, lines("2026-01"))
    with pytest.raises(LoadHeld):
        load(careful, written, lines("2026-01", amount="5.00"))

    refuse(careful.metadata, 2, "eve", "last year's file", careful.clock(), careful.store)

    assert visible_now(careful) == (2, "2")
    assert set(batches_in(careful.store, "sales")) == {1}
    with careful.metadata.read() as session:
        assert find_load(session, 2).state == "rejected"
    with pytest.raises(Conflict, match="only a held load"):
        approve(careful.metadata, 2, "eve", "after all", careful.clock())


def test_what_was_not_shown_is_not_approved(careful: LoadContext, written: Written) -> None:
    load(careful, written, lines("2026-01"))
    for amount in ("5.00", "7.00"):
        with pytest.raises(LoadHeld):
            load(careful, written, lines("2026-01", amount=amount))
    approve(careful.metadata, 2, "eve", "checked", careful.clock())

    with pytest.raises(Conflict, match="look at the difference again"):
        approve(careful.metadata, 3, "eve", "checked", careful.clock())

    assert visible_now(careful) == (2, "10")
    with careful.metadata.read() as session:
        (change,) = waiting_difference(find_load(session, 3))
    assert change.before is not None
    assert change.before.load == 2
    approve(careful.metadata, 3, "eve", "checked again", careful.clock())
    assert visible_now(careful) == (2, "14")


def test_the_same_bytes_that_wait_are_not_loaded_again(
    careful: LoadContext, written: Written
) -> None:
    load(careful, written, lines("2026-01"))
    for _ in range(2):
        with pytest.raises((LoadHeld, Conflict)) as refused:
            load(careful, written, lines("2026-01", amount="5.00"))

    assert refused.value.message == "the same file is load 2, which waits for a decision"


def test_a_new_file_by_a_known_name_waits_where_an_append_is_careful(
    context: LoadContext, written: Written
) -> None:
    careful = with_sales(context, on_restatement="hold")
    load(careful, written, lines("2026-01"), "monday.csv")
    load(careful, written, lines("2026-02"), "tuesday.csv")
    with pytest.raises(LoadHeld, match=r"monday\.csv"):
        load(careful, written, lines("2026-01", amount="5.00"), "monday.csv")

    assert visible_now(careful) == (4, "4")
    approve(careful.metadata, 3, "eve", "really more sales", careful.clock())
    assert visible_now(careful) == (6, "14")


def purge_unseen(context: LoadContext) -> int:
    """Delete whatever the latest snapshot does not show."""
    nothing, now = timedelta(0), context.clock
    purge(context.metadata, context.store, "ann", now(), nothing, nothing)  # they are doomed
    return purge(context.metadata, context.store, "ann", now(), nothing, nothing).deleted


def test_purged_rows_are_read_again_where_they_are_to_be_seen(
    monthly: LoadContext, written: Written
) -> None:
    first = load(monthly, written, lines("2026-01", "2026-02"))
    second = load(monthly, written, lines("2026-01", amount="5.00"))
    assert purge_unseen(monthly) == 1
    assert sum(batches_in(monthly.store, "sales").values()) == 4

    with pytest.raises(Conflict, match="rows of load 1 were purged") as refused:
        withdraw(monthly.metadata, second.load, "ann", "a test", monthly.clock())
    assert refused.value.hint == "`indicube load replay 1` reads it anew from the spool"
    assert visible_now(monthly) == (4, "12")

    builder = replace(monthly.builder, spooled=SpooledSources(monthly))
    number = withdraw(monthly.metadata, second.load, "ann", "a test", monthly.clock(), builder)

    assert visible_now(monthly) == (4, "4")
    assert open_snapshot(monthly.metadata).number == number
    with monthly.metadata.read() as session:
        assert find_load(session, first.load).first_snapshot == 1
    restore(monthly.metadata, second.load, "ann", "a test", monthly.clock(), builder)
    assert visible_now(monthly) == (4, "12")


def test_corrections_come_back_with_their_purged_load(
    context: LoadContext, written: Written
) -> None:
    good = "2026-01-05,Köln,1,1.25,NA,2026-01-31T12:00:00Z,fine\n"
    text = HEADER + good + good + good.replace("1.25", "much")
    mended = f"_line,{HEADER}4,{good.replace('1.25', '4.00')}"
    first = load(context, written, text)
    correct_load(context, first.load, written(mended, "mended.csv"), "ann", "asked the shop")
    assert visible_now(context) == (3, "6.5")
    withdraw(context.metadata, first.load, "ann", "a test", context.clock())
    assert purge_unseen(context) == 2
    assert batches_in(context.store, "sales") == {}

    for _ in range(2):  # what is stored again may be purged and stored again
        builder = replace(context.builder, spooled=SpooledSources(context))
        restore(context.metadata, first.load, "ann", "a test", context.clock(), builder)
        assert visible_now(context) == (3, "6.5")
        assert verify(context.metadata, context.store, ["sales"]) == ()
        withdraw(context.metadata, first.load, "ann", "a test", context.clock())
        assert purge_unseen(context) == 2
