"""The spool is verified too, and rows come back from whatever kind of source they had."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from loaders.context import LoadContext
from loaders.correcting import correct_load
from loaders.load import run_load
from loaders.specification import ScopePart
from server.ledger.mend import Task
from server.ledger.publish import restore, withdraw
from server.ledger.snapshot import open_snapshot
from server.ledger.spool import spooled_path
from server.metadata.loads import find_load
from server.metadata.repairs import open_repairs
from tests.ledger.verifying import DEEP, LOOK, USUAL, rows_of, run, verified
from tests.loading import visible, visible_now
from tests.shop import Question
from tests.shop_loads import HEADER, sales_text

Written = Callable[..., Path]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20])


def change(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"1.25", b"1.26", 1))


SPOOL: dict[str, tuple[Callable[[Path], None], tuple[Task, ...]]] = {
    "is missing": (Path.unlink, (USUAL, DEEP)),
    "has 20 bytes, not": (cut, (USUAL, DEEP)),
    "has other bytes than it had": (change, (DEEP,)),
}


@pytest.mark.parametrize("wrong", SPOOL)
def test_a_damaged_spool_is_named_and_mended_by_the_file_itself(
    shop: LoadContext, written: Written, wrong: str
) -> None:
    damage, tasks = SPOOL[wrong]
    with shop.metadata.read() as session:
        load = find_load(session, 1)
    damage(spooled_path(shop.settings.spool, load.source_hash))

    for task in tasks:
        done = verified(shop, task)
        spool = [each for each in done.findings if each.what == "spool"]
        assert f"the source of load 1 in the spool {wrong}" in str(spool[0])
        assert "send the same file again" in spool[0].remedy

    again = run_load(shop, "sales", written(sales_text(10)))
    assert (again.load, again.is_known) == (1, True)
    assert verified(shop, DEEP).findings == ()


def test_the_source_is_fetched_from_where_it_came_when_it_is_still_there(
    shop: LoadContext, written: Written
) -> None:
    home = written(sales_text(10))
    here = replace(shop.specifications["sales"].source, file=str(home))
    known = {**shop.specifications, "sales": replace(shop.specifications["sales"], source=here)}
    context = replace(shop, specifications=known)
    with shop.metadata.read() as session:
        spooled_path(shop.settings.spool, find_load(session, 1).source_hash).unlink()
    run(shop, "ALTER TABLE sales DELETE WHERE _load = 1 SETTINGS mutations_sync = 2")

    done = verified(context)

    assert done.is_well
    assert [each.what for each in done.findings] == ["spool", "rows"]
    assert visible_now(shop) == (15, "18.75")


def test_damage_on_both_sides_is_left_as_it_is_and_said(shop: LoadContext) -> None:
    with shop.metadata.read() as session:
        spooled_path(shop.settings.spool, find_load(session, 1).source_hash).unlink()
    run(shop, "ALTER TABLE sales DELETE WHERE _load = 1 AND _row = 3 SETTINGS mutations_sync = 2")

    done = verified(shop)

    assert not done.is_well
    assert [(each.what, each.is_healed) for each in done.findings] == [
        ("spool", False),
        ("rows", False),
    ]
    assert done.findings[1].remedy == "the source of load 1 is not in the spool as it was"
    assert visible_now(shop) == (14, "17.5")


def test_a_table_that_cannot_be_healed_is_closed_at_once_until_its_source_is_back(
    shop: LoadContext,
) -> None:
    with shop.metadata.read() as session:
        kept = spooled_path(shop.settings.spool, find_load(session, 1).source_hash)
    aside = kept.rename(kept.with_suffix(".aside"))
    run(shop, "ALTER TABLE sales DELETE WHERE _load = 1 AND _row = 3 SETTINGS mutations_sync = 2")

    looked, done, again = verified(shop, LOOK), verified(shop), verified(shop)

    assert (looked.closed, done.closed, again.closed) == ((), ("sales",), ("sales",))
    assert open_snapshot(shop.metadata).closed == {"sales"}
    with shop.metadata.read() as session:
        assert [each.batches for each in open_repairs(session)] == [(1,)]
    aside.rename(kept)
    assert verified(shop).closed == ()
    assert open_snapshot(shop.metadata).closed == frozenset()
    assert visible_now(shop) == (15, "18.75")


def test_one_batch_of_a_file_that_cannot_be_healed_stops_no_other(
    context: LoadContext, written: Written
) -> None:
    sales = replace(
        context.specifications["sales"], mode="replace", scope=(ScopePart("day", "month"),)
    )
    monthly = replace(context, specifications={**context.specifications, "sales": sales})
    line = "2026-0{}-05,Köln,1,1.25,NA,2026-01-31T12:00:00Z,x\n"
    run_load(monthly, "sales", written(HEADER + line.format(1) + line.format(2) * 2))
    with monthly.metadata.write() as session:  # as if it had been told of rows that never were
        session.execute(text("UPDATE batch SET rows = 7 WHERE id = 1"))
    run(monthly, "ALTER TABLE sales DELETE WHERE _load = 2 SETTINGS mutations_sync = 2")

    done = verified(monthly)

    assert [each.sentence for each in done.findings] == [
        "sales holds 1 of the 7 rows of batch 1 of load 1; the source of load 1 does not give the "
        "rows of batch 1 again: 1 rows, not 7, or other sums",
        "sales holds 0 of the 2 rows of batch 2 of load 1; healed",
    ]
    assert visible_now(monthly) == (3, "3.75")
    assert done.closed == ("sales",)


def upserted(context: LoadContext, written: Written) -> LoadContext:
    """Sales upserted by store: three files of two rows, the later ones over the earlier ones."""
    sales = replace(context.specifications["sales"], mode="upsert", key=("store",), buckets=1)
    keyed = replace(context, specifications={**context.specifications, "sales": sales})
    for number, stores in enumerate((("Köln", "Bonn"), ("Bonn", "Trier"), ("Köln", "Mainz"))):
        text = HEADER + "".join(
            f"2026-01-05,{store},{number},{number}.50,NA,2026-01-31T12:00:00Z,x\n"
            for store in stores
        )
        run_load(keyed, "sales", written(text))
    return keyed


def test_what_upserts_add_up_to_is_built_again(context: LoadContext, written: Written) -> None:
    keyed = upserted(context, written)
    before = rows_of(keyed)
    shown = [visible(keyed.store, open_snapshot(keyed.metadata, each)) for each in (1, 2, 3)]
    # 0.50 + 0.50, then 0.50 + 1.50 + 1.50, then 2.50 + 1.50 + 1.50 + 2.50
    assert shown == [(2, "1"), (3, "3.5"), (4, "8")]
    run(keyed, "ALTER TABLE sales DELETE WHERE store = 'Bonn' SETTINGS mutations_sync = 2")

    done = verified(keyed)

    assert done.is_well
    assert len(done.findings) == 4  # two own batches and two built ones
    assert rows_of(keyed) == before
    again = [visible(keyed.store, open_snapshot(keyed.metadata, each)) for each in (1, 2, 3)]
    assert again == shown


def test_a_batch_that_was_built_is_built_again_twice(
    context: LoadContext, written: Written
) -> None:
    keyed = upserted(context, written)
    before = rows_of(keyed)
    for _ in range(2):
        run(keyed, "ALTER TABLE sales DELETE WHERE _load != _origin SETTINGS mutations_sync = 2")
        assert verified(keyed).is_well
        assert rows_of(keyed) == before


def test_sums_of_one_load_that_were_built_of_the_same_batches_are_healed_at_once(
    context: LoadContext, written: Written
) -> None:
    keyed = upserted(context, written)
    for change, load in ((withdraw, 1), (restore, 1), (withdraw, 2)):
        change(keyed.metadata, load, "ann", "a mistake", keyed.clock(), keyed.builder)
    before = rows_of(keyed)
    shown = [visible(keyed.store, open_snapshot(keyed.metadata, each)) for each in range(1, 7)]
    # Without load 1: 2 * 1.50 + 2 * 2.50; without load 2: 0.50 + 2 * 2.50.
    without = [(4, "8"), (4, "8"), (3, "5.5")]
    assert shown == [(2, "1"), (3, "3.5"), (4, "8"), *without]
    run(keyed, "ALTER TABLE sales DELETE WHERE _load != _origin SETTINGS mutations_sync = 2")

    done = verified(keyed, DEEP)

    # Loads 1 and 2 together, and of load 3 what it adds up to with both, with 2 and with 1.
    assert [(each.load, each.is_healed) for each in done.findings] == [(2, True), *[(3, True)] * 3]
    assert rows_of(keyed) == before
    again = [visible(keyed.store, open_snapshot(keyed.metadata, each)) for each in range(1, 7)]
    assert again == shown


def test_a_version_that_was_merged_is_merged_again(shop: LoadContext, written: Written) -> None:
    few = replace(shop.specifications["stores"], name="some_stores", mode="merge")
    merging = replace(shop, specifications={**shop.specifications, "some_stores": few})
    run_load(merging, "some_stores", written("store,city\nKöln,Colonia\n", "some.csv"))
    question = Question("SELECT * FROM stores ORDER BY _load, store")
    before = shop.store.readers.query(question).rows
    assert len(before) == 4
    assert verified(merging, DEEP).findings == ()
    run(shop, "ALTER TABLE stores DELETE WHERE store = 'Bonn' SETTINGS mutations_sync = 2")

    done = verified(merging, DEEP)

    assert [(each.batch, each.is_healed) for each in done.findings] == [(3, True), (4, True)]
    assert shop.store.readers.query(question).rows == before


def test_what_was_corrected_by_hand_is_put_back_beside_the_rows_of_the_source(
    context: LoadContext, written: Written
) -> None:
    good = "2026-01-05,Köln,1,1.25,NA,2026-01-31T12:00:00Z,fine\n"
    run_load(context, "sales", written(HEADER + good + good.replace("1.25", "much") + good))
    correct_load(
        context, 1, written(f"_line,{HEADER}3,{good}", "mended.csv"), "ann", "asked the shop"
    )
    before = rows_of(context)
    assert len(before) == 3
    run(context, "ALTER TABLE sales DELETE WHERE true SETTINGS mutations_sync = 2")

    done = verified(context)

    assert [(each.what, each.is_healed) for each in done.findings] == [("rows", True)] * 2
    assert rows_of(context) == before
    assert verified(context, DEEP).findings == ()
