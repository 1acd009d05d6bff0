"""Verification: every kind of damage is named, and healed to the very same rows."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from loaders.context import LoadContext
from loaders.load import run_load
from server.errors import StoreAway
from server.ledger import verify as verify_module
from server.ledger.findings import Finding
from server.ledger.mend import Task
from server.ledger.publish import withdraw
from server.ledger.snapshot import open_snapshot
from server.metadata.repairs import begin_repair, open_repairs
from server.store import checks
from server.store.client import Store
from server.store.facts import batches_in
from tests.ledger.verifying import DEEP, LOOK, USUAL, rows_of, run, verified
from tests.loading import visible, visible_now
from tests.shop import Question
from tests.shop_loads import sales_text

Written = Callable[..., Path]
_NUMBERS = count(500, 10)


def test_a_house_in_order_has_no_findings(shop: LoadContext) -> None:
    for task in (Task(depth="light"), USUAL, DEEP):
        done = verified(shop, task)
        assert (done.is_well, done.findings) == (True, ())
        assert (done.batches, done.loads) == (3, 3)


DAMAGE = {
    "rows are lost": (
        "ALTER TABLE sales DELETE WHERE _load = 1 AND _row <= 4 SETTINGS mutations_sync = 2",
        "sales holds 7 of the 10 rows of batch 1 of load 1; healed",
    ),
    "a whole batch is lost": (
        "ALTER TABLE sales DELETE WHERE _load = 2 SETTINGS mutations_sync = 2",
        "sales holds 0 of the 5 rows of batch 2 of load 2; healed",
    ),
    "rows are doubled": (
        "INSERT INTO sales SELECT * FROM sales WHERE _load = 1 AND _row < 5",
        "sales holds 13 of the 10 rows of batch 1 of load 1; healed",
    ),
    "a partition is dropped": (
        "ALTER TABLE sales DROP PARTITION 2026",
        "sales holds 0 of the 10 rows of batch 1 of load 1; healed",
    ),
    "an amount is changed": (
        "ALTER TABLE sales UPDATE amount = 1.26 WHERE _load = 1 AND _row = 3 "
        "SETTINGS mutations_sync = 2",
        "sales: the control sum of amount in batch 1 of load 1 is 10 12.51, not 10 12.5; healed",
    ),
    "a number is emptied": (
        "ALTER TABLE sales UPDATE pieces = NULL WHERE _load = 2 AND _row = 3 "
        "SETTINGS mutations_sync = 2",
        "sales: the control sum of pieces in batch 2 of load 2 is 4 4, not 5 5; healed",
    ),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_named_and_healed_to_the_very_same_rows(shop: LoadContext, kind: str) -> None:
    statement, sentence = DAMAGE[kind]
    before = rows_of(shop)
    figures = [visible(shop.store, open_snapshot(shop.metadata, each)) for each in (1, 2, 3)]
    run(shop, statement)
    assert rows_of(shop) != before

    named = verified(shop, LOOK)
    done = verified(shop)

    assert not named.is_well
    assert sentence in [finding.sentence for finding in done.findings]
    assert sentence.removesuffix("; healed") in [each.sentence for each in named.findings]
    assert done.is_well
    assert rows_of(shop) == before
    again = [visible(shop.store, open_snapshot(shop.metadata, each)) for each in (1, 2, 3)]
    assert again == figures == [(10, "12.5"), (15, "18.75"), (15, "18.75")]
    assert verified(shop).findings == ()


def test_the_same_damage_can_be_healed_twice(shop: LoadContext) -> None:
    before = rows_of(shop)
    for _ in range(2):
        run(shop, "ALTER TABLE sales DELETE WHERE _load = 1 SETTINGS mutations_sync = 2")
        assert verified(shop).is_well
        assert rows_of(shop) == before


def test_words_of_the_same_length_are_told_apart_by_looking_deeply(shop: LoadContext) -> None:
    before = rows_of(shop)
    run(
        shop,
        "ALTER TABLE sales UPDATE paid_at = paid_at + 1 WHERE _row = 3 SETTINGS mutations_sync = 2",
    )
    run(
        shop,
        "ALTER TABLE sales UPDATE paid_at = paid_at - 1 WHERE _row = 4 SETTINGS mutations_sync = 2",
    )

    assert verified(shop).findings == ()
    done = verified(shop, DEEP)

    assert [each.sentence for each in done.findings] == [
        "sales: batch 1 of load 1 has other values than its source; healed",
        "sales: batch 2 of load 2 has other values than its source; healed",
    ]
    assert rows_of(shop) == before


def test_one_load_alone_is_looked_at(shop: LoadContext) -> None:
    run(shop, "ALTER TABLE sales DELETE WHERE _row = 3 SETTINGS mutations_sync = 2")

    first = verified(shop, Task(load=2))

    assert [(each.load, each.is_healed) for each in first.findings] == [(2, True)]
    assert [each.load for each in verified(shop, LOOK).findings] == [1]


def test_a_dimension_is_healed_with_its_dictionary(shop: LoadContext) -> None:
    run(shop, "ALTER TABLE stores DELETE WHERE store = 'Bonn' SETTINGS mutations_sync = 2")
    run(shop, "SYSTEM RELOAD DICTIONARY dict_stores")

    done = verified(shop)

    assert [each.sentence for each in done.findings] == [
        "stores holds 1 of the 2 rows of batch 3 of load 3; healed"
    ]
    question = Question("SELECT store, city FROM dict_stores WHERE _load = 3 ORDER BY store")
    assert shop.store.readers.query(question).rows == [("Bonn", None), ("Köln", "Cologne")]


def test_what_a_withdrawn_load_brought_is_kept_whole_too(shop: LoadContext) -> None:
    withdraw(shop.metadata, 1, "ann", "a test", shop.clock())
    run(shop, "ALTER TABLE sales DELETE WHERE _load = 1 SETTINGS mutations_sync = 2")

    assert verified(shop).is_well
    assert visible(shop.store, open_snapshot(shop.metadata, 3)) == (15, "18.75")


def test_rows_of_a_batch_that_nobody_knows_are_named_and_left(shop: LoadContext) -> None:
    run(shop, "INSERT INTO sales SELECT * REPLACE (77 AS _load) FROM sales WHERE _origin = 2")

    done = verified(shop)

    assert not done.is_well
    assert str(done.findings[0]) == "sales holds 5 rows of the unknown batch 77"
    assert done.findings[0].remedy.startswith("the ledger never handed it out")


def test_a_repair_that_somebody_left_keeps_the_table_closed_until_it_is_whole(
    shop: LoadContext,
) -> None:
    with shop.metadata.write() as session:
        begin_repair(session, "sales", 1, [1], "a process that died", shop.clock())
    run(shop, "ALTER TABLE sales DELETE WHERE _load = 1 SETTINGS mutations_sync = 2")
    assert open_snapshot(shop.metadata).closed == {"sales"}

    assert verified(shop).is_well

    assert open_snapshot(shop.metadata).closed == frozenset()
    assert visible_now(shop) == (15, "18.75")


def test_broken_files_of_the_engine_are_taken_out_and_their_rows_loaded_again(
    shop: LoadContext,
) -> None:
    before = rows_of(shop)
    flip_a_byte_in_a_part(shop)

    done = verified(shop, DEEP)

    assert done.is_well
    assert "part" in [each.what for each in done.findings]
    assert rows_of(shop) == before
    with shop.metadata.read() as session:
        assert open_repairs(session) == ()


def flip_a_byte_in_a_part(context: LoadContext) -> None:
    with context.store.writer() as writer:
        rows = writer.rows(
            "SELECT path FROM system.parts WHERE active AND table = 'sales' AND database = "
            "{database:String} ORDER BY name",
            {"database": context.store.database},
        )
    file = Path(rows[0][0], "data.bin")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)


def test_a_roll_up_that_counts_other_rows_is_made_anew(
    shop: LoadContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(shop, "ALTER TABLE sales ADD PROJECTION by_load (SELECT _load, count() GROUP BY _load)")
    run(shop, "ALTER TABLE sales MATERIALIZE PROJECTION by_load SETTINGS mutations_sync = 2")
    assert verified(shop).findings == ()
    lies = [{1: 10, 2: 4}]
    counted_by = vars(checks)["_counted_by"]
    monkeypatch.setattr(
        checks, "_counted_by", lambda *asked: lies.pop() if lies else counted_by(*asked)
    )

    done = verified(shop)

    assert [finding.sentence for finding in done.findings] == [
        "sales: roll-up by_load counts 4 rows of batch 2 of load 2, the table has 5; healed"
    ]
    assert verified(shop).findings == ()


def test_a_closed_table_gives_no_figures_rather_than_a_part_of_them() -> None:
    from tests.cube.market import Market, snapshot_of

    market = Market()
    closed = replace(snapshot_of(2), closed=frozenset({"sales"}))
    with pytest.raises(StoreAway, match="being put back") as refused:
        market.browser(closed).aggregate()
    market.close()

    assert refused.value.code == "under_repair"


def test_a_finding_says_by_how_much() -> None:
    finding = Finding("projection", "sales", 4, 7, "by_month", "12", "11", remedy="do this")

    assert finding.sentence == (
        "sales: roll-up by_month counts 11 rows of batch 7 of load 4, the table has 12; do this"
    )


def test_one_load_that_is_well_does_not_open_a_table_that_another_keeps_closed(
    shop: LoadContext,
) -> None:
    with shop.metadata.write() as session:
        begin_repair(session, "sales", 1, [1], "a process that died", shop.clock())
    run(shop, "ALTER TABLE sales DELETE WHERE _load = 1 SETTINGS mutations_sync = 2")

    assert verified(shop, Task(load=2)).is_well

    assert open_snapshot(shop.metadata).closed == {"sales"}
    assert verified(shop, Task(load=1)).is_well
    assert open_snapshot(shop.metadata).closed == frozenset()


def test_a_load_that_comes_and_goes_meanwhile_is_no_finding(
    shop: LoadContext, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    def while_another_loads(store: Store, table: str) -> dict[int, int]:
        if table == "sales":
            run_load(shop, "sales", written(sales_text(3, first=next(_NUMBERS))))
        found = batches_in(store, table)
        if table == "sales":
            run_load(shop, "sales", written(sales_text(3, first=next(_NUMBERS))))
        return found

    monkeypatch.setattr(verify_module, "batches_in", while_another_loads)

    assert verified(shop).findings == ()
    assert verify_module.verify(shop.metadata, shop.store, ["sales"]) == ()
