"""Purged rows that are to be seen again are stored again, of facts and of dimensions."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from loaders.context import LoadContext
from loaders.load import run_load
from loaders.reparsing import SpooledSources
from server.errors import Conflict, NotFound
from server.ledger.building import Builder
from server.ledger.publish import restore, withdraw
from server.ledger.purge import purge
from server.ledger.restock import restock
from server.ledger.snapshot import open_snapshot
from server.ledger.spool import spooled_path
from server.metadata.batches import batches_of, begin_instead
from server.metadata.loads import Load, find_load
from server.store.facts import batches_in
from tests.ledger.verifying import DEEP, verified
from tests.shop import Question
from tests.shop_loads import sales_text

Written = Callable[..., Path]
NOTHING = timedelta(0)


def cities(context: LoadContext) -> list[tuple[str, str | None]]:
    """The stores as everybody sees them, from the dictionary."""
    version = open_snapshot(context.metadata).version_of("stores")
    question = Question(
        "SELECT store, city FROM dict_stores WHERE _load = {v:UInt32} ORDER BY store",
        {"v": version},
    )
    return [(store, city) for store, city in context.store.readers.query(question).rows]


def purged(context: LoadContext) -> set[int]:
    """The versions of stores that are gone when whatever is not seen now is purged."""
    before = set(batches_in(context.store, "stores"))
    for _ in range(2):
        purge(context.metadata, context.store, "ann", context.clock(), NOTHING, NOTHING)
        context.clock.now += timedelta(seconds=1)  # type: ignore[attr-defined]
    return before - set(batches_in(context.store, "stores"))


def spooled(context: LoadContext) -> Builder:
    return replace(context.builder, spooled=SpooledSources(context))


@pytest.fixture
def twice(context: LoadContext, written: Written) -> LoadContext:
    """Two versions of the stores; the first is purged."""
    run_load(context, "stores", written("store,city\nKöln,Cologne\nBonn,NA\n", "stores.csv"))
    run_load(context, "stores", written("store,city\nKöln,Colonia\n", "stores.csv"))
    assert purged(context) == {1}
    return context


def test_a_purged_version_of_a_dimension_is_seen_again(twice: LoadContext) -> None:
    with pytest.raises(Conflict, match="the rows of load 1 were purged"):
        withdraw(twice.metadata, 2, "ann", "a mistake", twice.clock())
    assert cities(twice) == [("Köln", "Colonia")]

    withdraw(twice.metadata, 2, "ann", "a mistake", twice.clock(), spooled(twice))

    assert cities(twice) == [("Bonn", None), ("Köln", "Cologne")]
    assert verified(twice, DEEP).findings == ()
    assert purged(twice) == {2}
    restore(twice.metadata, 2, "ann", "no mistake", twice.clock(), spooled(twice))
    assert cities(twice) == [("Köln", "Colonia")]
    assert verified(twice, DEEP).findings == ()


def test_a_version_that_the_spool_lost_is_refused_and_nothing_changes(twice: LoadContext) -> None:
    with twice.metadata.read() as session:
        spooled_path(twice.settings.spool, find_load(session, 1).source_hash).unlink()

    with pytest.raises(NotFound, match="is not in the spool"):
        withdraw(twice.metadata, 2, "ann", "a mistake", twice.clock(), spooled(twice))

    assert cities(twice) == [("Köln", "Colonia")]


def test_a_merged_version_comes_back_though_the_one_below_it_was_purged_too(
    context: LoadContext, written: Written
) -> None:
    few = replace(context.specifications["stores"], name="some_stores", mode="merge")
    merging = replace(context, specifications={**context.specifications, "some_stores": few})
    whole = "store,city\nKöln,Cologne\nBonn,NA\nTrier,NA\n"
    run_load(merging, "stores", written(whole, "stores.csv"))
    for number, city in enumerate(("Bonn a. Rh.", "Bundesstadt")):
        run_load(merging, "some_stores", written(f"store,city\nBonn,{city}\n", f"{number}.csv"))
    run_load(merging, "some_stores", written("store,city\nKöln,Colonia\n", "some.csv"))
    seen = [("Bonn", "Bundesstadt"), ("Köln", "Colonia"), ("Trier", None)]
    assert cities(merging) == seen
    run_load(merging, "stores", written("store,city\nUlm,NA\n", "stores.csv"))
    for load in (1, 2, 3, 4):  # withdrawn, they keep nothing below them
        withdraw(merging.metadata, load, "ann", "a mistake", merging.clock(), spooled(merging))
    assert purged(merging) == {1, 2, 3, 4}
    restore(merging.metadata, 4, "ann", "no mistake", merging.clock(), spooled(merging))
    withdraw(merging.metadata, 5, "ann", "a mistake", merging.clock(), spooled(merging))

    assert cities(merging) == seen
    assert verified(merging, DEEP).findings == ()
    with merging.store.writer() as writer:
        writer.run("ALTER TABLE stores DELETE WHERE store = 'Trier' SETTINGS mutations_sync = 2")
    assert verified(merging).is_well
    assert cities(merging) == seen


class Overtaken(SpooledSources):
    """Reads a source when another process has just stored its rows again."""

    def __init__(self, context: LoadContext) -> None:
        super().__init__(context)
        self.shop = context
        self.others = 0

    def rows(self, load: Load, batches: Mapping[str, int]) -> Iterable[Any]:
        if not self.others:
            self.others += 1
            tables = self.shop.builder.stocked
            restock(self.shop.metadata, self.shop.store, tables, self, load.id, self.shop.clock)
        return super().rows(load, batches)


def test_who_stores_rows_again_second_changes_nothing(twice: LoadContext) -> None:
    builder = replace(twice.builder, spooled=Overtaken(twice))

    withdraw(twice.metadata, 2, "ann", "a mistake", twice.clock(), builder)

    assert cities(twice) == [("Bonn", None), ("Köln", "Cologne")]
    assert open_snapshot(twice.metadata).version_of("stores") == 4  # the other's, 3 was given up
    with twice.metadata.read() as session:
        counting = [(each.first_snapshot, each.is_whole) for each in batches_of(session, 1)]
    assert counting == [(None, True), (None, False), (1, True)]
    assert verified(twice, DEEP).findings == ()


def test_fresh_batches_are_handed_out_in_the_order_of_those_that_are_gone(
    context: LoadContext, written: Written
) -> None:
    for number in (1, 10, 20):
        run_load(context, "sales", written(sales_text(2, first=number)))
    with context.metadata.write() as session:
        gone = [batch for load in (1, 2, 3) for batch in batches_of(session, load)]
        fresh = begin_instead(session, gone, context.clock())

    assert fresh == {1: 4, 2: 5, 3: 6}
