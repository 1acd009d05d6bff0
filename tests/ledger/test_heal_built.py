"""What upserts add up to is put back whatever became of the batches that it was built of."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from loaders.context import LoadContext
from loaders.load import run_load
from loaders.reparsing import SpooledSources
from server.ledger import heal_built
from server.ledger.building import Builder
from server.ledger.mend import Task
from server.ledger.publish import restore, withdraw
from server.ledger.purge import purge
from server.ledger.snapshot import open_snapshot
from server.ledger.spool import spooled_path
from server.metadata.batches import find_batch
from server.metadata.loads import find_load
from server.metadata.repairs import open_repairs
from server.store.facts import batches_in
from server.store.merging import merge_batches
from tests.ledger.verifying import DEEP, LOOK, USUAL, rows_of, run, verified
from tests.loading import visible
from tests.shop_loads import HEADER

Written = Callable[..., Path]
FILES = (("Köln", "Bonn"), ("Bonn", "Trier"), ("Köln", "Mainz"))
ALL_BUILT = "ALTER TABLE sales DELETE WHERE _load != _origin SETTINGS mutations_sync = 2"


@pytest.fixture
def keyed(context: LoadContext, written: Written) -> LoadContext:
    """Sales upserted by store, ten days between the files: the later ones over the earlier ones."""
    sales = replace(context.specifications["sales"], mode="upsert", key=("store",), buckets=1)
    keyed = replace(context, specifications={**context.specifications, "sales": sales})
    for number, stores in enumerate(FILES):
        upsert(keyed, written, number, *stores)
    return keyed


def upsert(keyed: LoadContext, written: Written, number: int, *stores: str) -> None:
    """A file that says `<number>.50` of these stores."""
    lines = (
        f"2026-01-05,{store},{number},{number}.50,NA,2026-01-31T12:00:00Z,x\n" for store in stores
    )
    run_load(keyed, "sales", written(HEADER + "".join(lines)))
    keyed.clock.now += timedelta(days=10)  # type: ignore[attr-defined]


def spooled(keyed: LoadContext) -> Builder:
    return replace(keyed.builder, spooled=SpooledSources(keyed))


def purged(keyed: LoadContext, keep: timedelta) -> set[int]:
    """The batches that are gone when what ended longer ago is purged."""
    before = set(batches_in(keyed.store, "sales"))
    nothing = timedelta(0)
    for _ in range(2):
        purge(keyed.metadata, keyed.store, "ann", keyed.clock(), keep, nothing)
        keyed.clock.now += timedelta(seconds=1)  # type: ignore[attr-defined]
    return before - set(batches_in(keyed.store, "sales"))


def shown(keyed: LoadContext, *numbers: int) -> list[tuple[int, str]]:
    return [visible(keyed.store, open_snapshot(keyed.metadata, each)) for each in numbers]


def test_a_sum_comes_back_whose_own_batches_were_purged(keyed: LoadContext) -> None:
    withdraw(keyed.metadata, 1, "ann", "a mistake", keyed.clock(), spooled(keyed))
    assert purged(keyed, timedelta(days=15)) == {1}
    before, seen = rows_of(keyed), shown(keyed, 2, 3, 4)
    assert seen == [(3, "3.5"), (4, "8"), (4, "8")]
    run(keyed, ALL_BUILT)

    done = verified(keyed)

    assert [(each.what, each.is_healed) for each in done.findings] == [("rows", True)] * 3
    assert rows_of(keyed) == before
    assert shown(keyed, 2, 3, 4) == seen
    assert verified(keyed, DEEP).findings == ()


def test_a_sum_is_healed_when_a_purge_died_that_had_begun_to_delete_what_it_is_made_of(
    keyed: LoadContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows of the first batch are gone, and the ledger knows only that they may be."""
    withdraw(keyed.metadata, 1, "ann", "a mistake", keyed.clock(), spooled(keyed))
    before, seen = rows_of(keyed), shown(keyed, 2, 3, 4)
    with monkeypatch.context() as patch:
        patch.setattr("server.ledger.purge.mark_purged", _die)
        with pytest.raises(KeyboardInterrupt):
            purged(keyed, timedelta(days=15))
    assert 1 not in batches_in(keyed.store, "sales")
    with keyed.metadata.read() as session:
        assert find_batch(session, 1).doomed_at is not None
        assert find_batch(session, 1).purged_at is None
    run(keyed, ALL_BUILT)

    assert verified(keyed).is_well

    assert rows_of(keyed) == [row for row in before if row[0] != 1]
    assert shown(keyed, 2, 3, 4) == seen
    assert purged(keyed, timedelta(days=15)) == set()
    with keyed.metadata.read() as session:
        assert find_batch(session, 1).purged_at is not None


def test_a_sum_that_was_shown_again_is_healed_without_its_own_batches(
    keyed: LoadContext, written: Written
) -> None:
    withdraw(keyed.metadata, 1, "ann", "a mistake", keyed.clock(), spooled(keyed))
    assert purged(keyed, timedelta(days=15)) == {1}
    # The sum of all three is there still, so nothing of the first has to be stored again.
    restore(keyed.metadata, 1, "ann", "no mistake", keyed.clock(), spooled(keyed))
    upsert(keyed, written, 7, "Trier")
    before, seen = rows_of(keyed), shown(keyed, 5, 6)
    assert seen == [(4, "8"), (4, "14")]
    run(keyed, ALL_BUILT)

    assert verified(keyed).is_well

    assert rows_of(keyed) == before
    assert shown(keyed, 5, 6) == seen


def test_a_sum_of_batches_that_were_stored_again_since_is_healed(
    keyed: LoadContext,
) -> None:
    withdraw(keyed.metadata, 1, "ann", "a mistake", keyed.clock(), spooled(keyed))
    assert purged(keyed, timedelta(days=15)) == {1}
    withdraw(keyed.metadata, 3, "ann", "a mistake", keyed.clock(), spooled(keyed))
    withdraw(keyed.metadata, 2, "ann", "a mistake", keyed.clock(), spooled(keyed))
    restore(keyed.metadata, 1, "ann", "no mistake", keyed.clock(), spooled(keyed))
    restore(keyed.metadata, 3, "ann", "no mistake", keyed.clock(), spooled(keyed))
    with keyed.metadata.read() as session:
        assert find_batch(session, 1).first_snapshot is None  # another has taken its place
    before, seen = rows_of(keyed), shown(keyed, 2, 3, 4, 7, 8)
    assert seen == [(3, "3.5"), (4, "8"), (4, "8"), (2, "1"), (3, "5.5")]
    run(keyed, ALL_BUILT)

    assert verified(keyed, DEEP).is_well

    assert rows_of(keyed) == before
    assert shown(keyed, 2, 3, 4, 7, 8) == seen


def test_what_only_sums_showed_is_purged_when_its_upsert_was_withdrawn_long_ago(
    keyed: LoadContext,
) -> None:
    withdraw(keyed.metadata, 2, "ann", "a mistake", keyed.clock(), spooled(keyed))
    assert purged(keyed, timedelta(days=1)) == {3}  # replaced ten days ago; the others just now
    keyed.clock.now += timedelta(days=40)  # type: ignore[attr-defined]

    assert purged(keyed, timedelta(days=30)) == {2, 5}  # its own, and what it added up to
    assert shown(keyed, 4) == [(3, "5.5")]
    restore(keyed.metadata, 2, "ann", "no mistake", keyed.clock(), spooled(keyed))

    assert shown(keyed, 4, 5) == [(3, "5.5"), (4, "8")]
    assert verified(keyed, DEEP).findings == ()


def test_one_sum_that_cannot_be_healed_stops_no_other(keyed: LoadContext) -> None:
    for change in (withdraw, restore):  # of the third load: two sums, with the first and without
        change(keyed.metadata, 1, "ann", "a mistake", keyed.clock(), spooled(keyed))
    withdraw(keyed.metadata, 1, "ann", "a mistake", keyed.clock(), spooled(keyed))
    assert purged(keyed, timedelta(days=15)) == {1}
    with keyed.metadata.read() as session:
        spooled_path(keyed.settings.spool, find_load(session, 1).source_hash).unlink()
    (without,) = (batch for batch in batches_in(keyed.store, "sales") if batch > 5)
    run(keyed, ALL_BUILT)

    done = verified(keyed)

    told = {each.batch: (each.is_healed, each.remedy) for each in done.findings if each.batch}
    gone = "batch {} was built of batch 1, and the source of load 1 is not in the spool as it was"
    assert told == {
        3: (False, gone.format(3)),
        5: (False, gone.format(5)),
        without: (True, ""),
    }
    assert [each.load for each in done.findings if each.what == "spool"] == [1]
    assert shown(keyed, 6) == [(4, "8")]
    with keyed.metadata.read() as session:
        (closed,) = open_repairs(session)
    assert closed.batches == (3, 5)  # the others were put back; of these nothing was touched


def test_damage_that_stays_is_told_and_the_table_is_closed(keyed: LoadContext) -> None:
    with keyed.metadata.read() as session:
        for load in (1, 2):
            spooled_path(keyed.settings.spool, find_load(session, load).source_hash).unlink()
    run(keyed, "ALTER TABLE sales DELETE WHERE store = 'Bonn' SETTINGS mutations_sync = 2")
    damaged = rows_of(keyed)

    done = verified(keyed)

    assert {each.batch for each in done.findings if not each.is_healed} == {1, 2, 3, 5, None}
    assert rows_of(keyed) == damaged
    assert done.closed == ("sales",)
    assert open_snapshot(keyed.metadata).closed == {"sales"}


@pytest.mark.parametrize("is_purged", [False, True])
def test_one_deep_verification_heals_all_batches_of_an_upsert_damaged_together(
    keyed: LoadContext, is_purged: bool
) -> None:
    builder = spooled(keyed)
    withdraw(keyed.metadata, 1, "ann", "a mistake", keyed.clock(), builder)
    if is_purged:
        assert purged(keyed, timedelta(0)) == {1, 3, 5}
    restore(keyed.metadata, 1, "ann", "no mistake", keyed.clock(), builder)
    withdraw(keyed.metadata, 2, "ann", "a mistake", keyed.clock(), builder)
    numbers = (4, 5, 6) if is_purged else (1, 2, 3, 4, 5, 6)
    before, seen = rows_of(keyed), shown(keyed, *numbers)
    assert seen[-3:] == [(4, "8"), (4, "8"), (3, "5.5")]
    run(keyed, "ALTER TABLE sales DELETE WHERE store = 'Köln' SETTINGS mutations_sync = 2")
    run(
        keyed,
        "ALTER TABLE sales UPDATE amount = 9 WHERE store = 'Bonn' SETTINGS mutations_sync = 2",
    )

    done = verified(keyed, DEEP)

    assert len({each.batch for each in done.findings}) == len(batches_in(keyed.store, "sales"))
    assert done.is_well
    assert verified(keyed, LOOK).findings == verified(keyed, DEEP).findings == ()
    assert rows_of(keyed) == before
    assert shown(keyed, *numbers) == seen


def test_words_of_the_same_length_are_told_apart_in_a_sum_too(keyed: LoadContext) -> None:
    before = rows_of(keyed)
    run(
        keyed,
        "ALTER TABLE sales UPDATE paid_at = paid_at + if(store = 'Köln', 1, -1) "
        "WHERE _load = 5 AND store IN ('Köln', 'Bonn') SETTINGS mutations_sync = 2",
    )
    assert verified(keyed, USUAL).findings == ()

    done = verified(keyed, DEEP)

    assert [each.sentence for each in done.findings] == [
        "sales: batch 5 of load 3 has other values than its source; healed"
    ]
    assert rows_of(keyed) == before


def test_a_sum_that_nobody_was_shown_is_given_up_rather_than_healed(keyed: LoadContext) -> None:
    run(keyed, "INSERT INTO sales SELECT * REPLACE (3 AS _load) FROM sales WHERE _load = 3")
    with keyed.metadata.write() as session:
        # As if it had been built to be looked at beforehand.
        session.execute(text("UPDATE batch SET basis = 'of what might have been' WHERE id = 3"))
        session.execute(text("DELETE FROM batch_shown WHERE batch = 3"))

    done = verified(keyed)

    assert [(each.batch, each.is_healed) for each in done.findings] == [(3, True)]
    assert set(batches_in(keyed.store, "sales")) == {1, 2, 4, 5}
    assert verified(keyed).findings == ()


def test_sums_are_healed_in_portions(keyed: LoadContext, monkeypatch: pytest.MonkeyPatch) -> None:
    merged: list[int] = []
    merge = merge_batches

    def counted(*given: object) -> None:
        merged.append(len(given[-1]))  # type: ignore[arg-type]
        merge(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(heal_built, "merge_batches", counted)
    for change in (withdraw, restore):
        change(keyed.metadata, 2, "ann", "a mistake", keyed.clock(), spooled(keyed))
    before = rows_of(keyed)
    run(keyed, ALL_BUILT)
    monkeypatch.setattr(heal_built, "ROWS_AT_ONCE", 4)

    assert verified(keyed, Task(load=3)).is_well

    assert verified(keyed).is_well
    assert merged == [1, 1, 1]
    assert rows_of(keyed) == before


def _die(*_given: object) -> None:
    raise KeyboardInterrupt
