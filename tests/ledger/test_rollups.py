"""Roll-ups serve once they are built, and no more as soon as they differ from the facts."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from loaders.context import LoadContext
from loaders.load import run_load
from server.ledger.rollups import (
    build_roll_up,
    check_roll_ups,
    drop_roll_up,
    settle_roll_ups,
    withheld,
)
from server.ledger.snapshot import open_snapshot
from server.metadata.rollups import known_roll_ups
from server.store.migrate import ensure_tables
from server.store.projections import ProjectionSpec
from server.store.rollups import mismatches, sizes
from tests.ledger.verifying import run
from tests.shop import SALES, STORES, Question, Tables
from tests.shop_loads import sales_text

BY_STORE = ProjectionSpec(
    "by_store", ("toStartOfMonth(`day`)", "`store`"), ("sum(`amount`)", "maxOrNull(`weight`)")
)
ROLLED = replace(SALES, projections=(BY_STORE,))
MODEL = Tables({"sales": ROLLED}, {"stores": STORES})
ADDRESS = ("sales", BY_STORE.physical)
SUM = Question("SELECT store, toString(sum(amount)) FROM sales GROUP BY store ORDER BY store")


def settle(shop: LoadContext) -> None:
    """What a start does."""
    ensure_tables(shop.store, MODEL, withheld(shop.metadata))
    settle_roll_ups(shop.metadata, shop.store, [ROLLED], shop.clock())


def serving(shop: LoadContext) -> list[str]:
    return list(open_snapshot(shop.metadata).rollups)


def built(shop: LoadContext) -> list[tuple[int, int | None]]:
    told: list[tuple[int, int | None]] = []
    checked = build_roll_up(
        shop.metadata,
        shop.store,
        ROLLED,
        BY_STORE,
        lambda done, most: told.append((done, most)),
        shop.clock(),
    )
    assert checked.is_well
    return told


def test_a_roll_up_of_a_table_with_rows_serves_only_when_it_is_built(shop: LoadContext) -> None:
    settle(shop)
    assert serving(shop) == []
    assert sizes(shop.store, "sales")[BY_STORE.physical].lacking == 15

    told = built(shop)

    assert told[-1][0] == told[-1][1]
    assert serving(shop) == [f"sales.{BY_STORE.physical}"]
    assert sizes(shop.store, "sales")[BY_STORE.physical].is_built


def test_a_roll_up_of_a_table_without_rows_serves_at_once(context: LoadContext) -> None:
    settle(context)

    assert serving(context) == []  # nothing is published yet
    with context.metadata.read() as session:
        assert known_roll_ups(session)[ADDRESS].state == "ready"


def test_loads_keep_a_roll_up_by_themselves(shop: LoadContext, tmp_path: Path) -> None:
    settle(shop)
    built(shop)
    more = tmp_path / "more.csv"
    more.write_text(sales_text(7, first=300, store="Ulm"), encoding="utf-8")

    run_load(shop, "sales", more)

    assert sizes(shop.store, "sales")[BY_STORE.physical].is_built
    assert check_roll_ups(shop.metadata, shop.store, [ROLLED], shop.clock())[0].is_well


def test_deleted_batches_leave_a_roll_up_too(shop: LoadContext) -> None:
    settle(shop)
    built(shop)

    run(shop, "ALTER TABLE sales DELETE WHERE _load = 2 SETTINGS mutations_sync = 2")

    assert mismatches(shop.store, "sales", BY_STORE, 100) == ()
    assert sizes(shop.store, "sales")[BY_STORE.physical].is_built


def damage(shop: LoadContext) -> None:
    """Put the roll-up of one part in the place of another's, as a bad copy of files would."""
    with shop.store.writer() as writer:
        paths = writer.rows(
            "SELECT path FROM system.parts WHERE active AND table = 'sales' AND database = "
            "{database:String} ORDER BY name",
            {"database": shop.store.database},
        )
    first, second = (Path(path) / f"{BY_STORE.physical}.proj" for (path,) in paths[:2])
    run(shop, "DETACH TABLE sales SYNC")
    shutil.rmtree(first)
    shutil.copytree(second, first)
    run(shop, "ATTACH TABLE sales")
    run(shop, "SYSTEM DROP MARK CACHE")


def test_a_damaged_roll_up_is_found_and_serves_no_more(
    shop: LoadContext, caplog: pytest.LogCaptureFixture
) -> None:
    settle(shop)
    built(shop)
    right = shop.store.readers.query(SUM).rows
    damage(shop)
    assert shop.store.readers.query(SUM).rows != right  # the engine itself believes it

    (checked,) = check_roll_ups(shop.metadata, shop.store, [ROLLED], shop.clock())

    assert not checked.is_well
    assert "the facts tell" in checked.sentence
    assert checked.sentence in caplog.text
    assert serving(shop) == []
    assert withheld(shop.metadata) == {ADDRESS}
    assert shop.store.readers.query(SUM).rows == right


def test_a_roll_up_that_cannot_be_read_serves_no_more(shop: LoadContext) -> None:
    settle(shop)
    built(shop)
    with shop.store.writer() as writer:
        ((path,),) = writer.rows(
            "SELECT path FROM system.parts WHERE active AND table = 'sales' AND database = "
            "{database:String} AND name LIKE '2026_1_%'",
            {"database": shop.store.database},
        )
    file = Path(path) / f"{BY_STORE.physical}.proj" / "data.bin"
    file.write_bytes(bytes(len(file.read_bytes())))

    (checked,) = check_roll_ups(shop.metadata, shop.store, [ROLLED], shop.clock())

    assert "it cannot be read" in checked.sentence
    assert serving(shop) == []
    assert shop.store.readers.query(SUM).rows[0][0] == "Bonn"


def test_what_serves_no_more_comes_back_when_it_is_built_and_not_at_a_start(
    shop: LoadContext,
) -> None:
    settle(shop)
    built(shop)
    damage(shop)
    check_roll_ups(shop.metadata, shop.store, [ROLLED], shop.clock())

    settle(shop)
    assert serving(shop) == []
    assert sizes(shop.store, "sales") == {}

    built(shop)
    assert serving(shop) == [f"sales.{BY_STORE.physical}"]


def test_a_dropped_roll_up_serves_no_more(shop: LoadContext) -> None:
    settle(shop)
    built(shop)

    drop_roll_up(shop.metadata, shop.store, ROLLED, BY_STORE, shop.clock())

    assert serving(shop) == []
    assert sizes(shop.store, "sales") == {}
    with shop.metadata.read() as session:
        assert known_roll_ups(session)[ADDRESS].reason == "it was dropped"


def test_a_roll_up_that_the_model_declares_no_more_is_forgotten(shop: LoadContext) -> None:
    settle(shop)
    built(shop)

    ensure_tables(shop.store, Tables({"sales": SALES}, {"stores": STORES}))
    settle_roll_ups(shop.metadata, shop.store, [SALES], shop.clock())

    assert serving(shop) == []
    with shop.metadata.read() as session:
        assert known_roll_ups(session) == {}
