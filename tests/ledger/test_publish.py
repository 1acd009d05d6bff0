"""Publication: once for the same bytes, only after verification, only by who holds the load."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from loaders.context import LoadContext
from loaders.load import run_load
from server.errors import Conflict, LoadHeld, ModelMismatch, ServerError
from server.ledger.publish import publish
from server.ledger.receive import new_batch
from server.ledger.recover import recover
from server.ledger.steps import Counted, end_unpublished, mark_parsed, mark_stored, verify_batches
from server.ledger.verify import refuse_foreign_rows, verify
from server.metadata.loads import find_load, list_loads
from server.store.control_sums import ControlSums
from server.store.facts import batches_in, delete_batches, insert_batch
from tests.ledger.test_snapshot import arrive, publish_rows, store_rows
from tests.loading import visible_now
from tests.shop import SALES, TWO_SALES, sales
from tests.shop_loads import sales_text

Written = Callable[..., Path]


def test_the_same_bytes_are_answered_with_the_first_load(
    context: LoadContext, written: Written
) -> None:
    first = run_load(context, "sales", written(sales_text(4)))
    again = run_load(context, "sales", written(sales_text(4), "under another name.csv"))

    assert (again.load, again.is_known, again.snapshot) == (first.load, True, first.snapshot)
    assert visible_now(context) == (4, "5")


def test_two_loads_of_the_same_bytes_at_once_count_once(
    context: LoadContext, written: Written
) -> None:
    path = written(sales_text(400))
    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(lambda _: run_load(context, "sales", path), range(4)))

    assert visible_now(context) == (400, "500")
    assert len({outcome.load for outcome in outcomes}) == 1
    assert sum(not outcome.is_known for outcome in outcomes) == 1
    with context.metadata.read() as session:
        states = [load.state for load in list_loads(session)]
    assert states.count("published") == 1
    assert set(states) <= {"published", "abandoned"}


def test_a_superseded_version_that_is_sent_again_is_a_new_version(
    context: LoadContext, written: Written
) -> None:
    old, new = "store,city\nKöln,Cologne\n", "store,city\nKöln,Colonia\n"
    outcomes = [
        run_load(context, "stores", written(text, "stores.csv")) for text in (old, new, new, old)
    ]

    assert [outcome.is_known for outcome in outcomes] == [False, False, True, False]


def test_rows_that_differ_from_what_was_parsed_are_not_published(
    context: LoadContext, written: Written
) -> None:
    load = arrive(context, written, sales_text(2))
    batch = new_batch(context.metadata, load)
    insert_batch(context.store, SALES, [sales(2)], load.id, batch)
    counting = ControlSums(SALES)
    counting.add(TWO_SALES)  # other rows than those in the store
    counted = Counted(2, 2, 0, 0, counting.sums)
    described = {batch: counted.description}
    mark_parsed(context.metadata, load, counted, described, context.clock())
    mark_stored(context.metadata, load, context.clock())

    with pytest.raises(ServerError, match="other sums in: day, store, pieces, amount"):
        verify_batches(context.metadata, context.store, SALES, load, context.clock())
    with pytest.raises(Conflict, match="is stored, not verified"):
        publish(context.metadata, load, "ann", context.clock())


def test_a_balance_that_does_not_balance_is_refused(context: LoadContext, written: Written) -> None:
    load = arrive(context, written, sales_text(2))

    with pytest.raises(ServerError, match="3 rows in the file are not 1 stored"):
        mark_parsed(context.metadata, load, Counted(3, 1, 1, 0, {}), {}, context.clock())


def test_who_lost_a_load_cannot_publish_it(context: LoadContext, written: Written) -> None:
    load = arrive(context, written, sales_text(2))
    batch = store_rows(context, load, 2)
    end_unpublished(context.metadata, load, ServerError("gone"), (), None, context.clock())

    with pytest.raises(Conflict, match="abandoned"):
        publish_rows(context, load, batch, 2)
    assert visible_now(context) == (0, "0")


def test_a_held_load_leaves_no_row_behind(context: LoadContext, written: Written) -> None:
    text = sales_text(4).replace(",1.25,", ",one and a quarter,")

    with pytest.raises(LoadHeld):
        run_load(context, "sales", written(text))

    assert batches_in(context.store, "sales") == {}
    with context.metadata.read() as session:
        assert find_load(session, 1).state == "held"


def test_recovery_leaves_the_loads_of_the_living_alone(
    context: LoadContext, written: Written
) -> None:
    load = arrive(context, written, sales_text(2))
    batch = store_rows(context, load, 2)

    found = recover(context.metadata, context.store, context.clock())

    assert found.abandoned == ()
    publish_rows(context, load, batch, 2)
    assert visible_now(context)[0] == 2


def test_verification_finds_what_is_missing_and_what_nobody_knows(
    context: LoadContext, written: Written
) -> None:
    run_load(context, "sales", written(sales_text(4)))
    run_load(context, "sales", written(sales_text(3, first=50)))
    assert verify(context.metadata, context.store, ["sales", "stores"]) == ()

    delete_batches(context.store, "sales", [1])
    insert_batch(context.store, SALES, [sales(2)], 99, 99)
    insert_batch(context.store, SALES, [sales(1, first=900)], 2, 2)

    found = [str(each) for each in verify(context.metadata, context.store, ["sales"])]
    assert found == [
        "sales holds 0 of the 4 rows of batch 1 of load 1",
        "sales holds 4 of the 3 rows of batch 2 of load 2",
        "sales holds 2 rows of the unknown batch 99",
    ]


def test_rows_that_the_ledger_never_handed_out_are_refused(
    context: LoadContext, written: Written
) -> None:
    run_load(context, "sales", written(sales_text(4)))
    refuse_foreign_rows(context.metadata, context.store, ["sales", "stores"])

    insert_batch(context.store, SALES, [sales(2)], 99, 99)

    with pytest.raises(ModelMismatch, match=r"batches that the ledger does not know \(99\)"):
        refuse_foreign_rows(context.metadata, context.store, ["sales", "stores"])
