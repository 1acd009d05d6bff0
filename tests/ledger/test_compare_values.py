"""A deep verification compares value by value whatever can be read as it was read then."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from loaders.context import LoadContext
from loaders.correcting import correct_load
from loaders.load import run_load
from loaders.specification import read_specification
from server.ledger.spool import spooled_path
from server.metadata.loads import find_load
from tests.ledger.verifying import DEEP, USUAL, rows_of, run, verified
from tests.shop_loads import HEADER, SALES_TOML, sales_text

Written = Callable[..., Path]
GOOD = "2026-01-05,Köln,1,1.25,NA,2026-01-31T12:00:00Z,fine\n"


def disguise(context: LoadContext, first: int, second: int) -> None:
    """Change two rows so that all control sums stay as they are."""
    for row, sign in ((first, "+"), (second, "-")):
        run(
            context,
            f"ALTER TABLE sales UPDATE paid_at = paid_at {sign} 1 WHERE _row = {row} "
            "SETTINGS mutations_sync = 2",
        )


@pytest.mark.parametrize(("rows", "batch"), [((2, 5), 1), ((3, 4), 2)])
def test_a_corrected_load_is_compared_with_its_source_and_its_corrections(
    context: LoadContext, written: Written, rows: tuple[int, int], batch: int
) -> None:
    bad = GOOD.replace("1.25", "much")
    run_load(context, "sales", written(HEADER + GOOD + bad + bad + GOOD))
    mended = f"_line,{HEADER}3,{GOOD}4,{GOOD}"
    correct_load(context, 1, written(mended, "mended.csv"), "ann", "asked the shop")
    before = rows_of(context)
    disguise(context, *rows)
    assert verified(context, USUAL).findings == ()

    done = verified(context, DEEP)

    assert [each.sentence for each in done.findings] == [
        f"sales: batch {batch} of load 1 has other values than its source; healed"
    ]
    assert done.uncompared == ()
    assert rows_of(context) == before


def mixed_up(shop: LoadContext) -> LoadContext:
    """From now on the specification takes weights for amounts, and amounts for weights."""
    changed = SALES_TOML.replace('"amount"', '"weight"\nname = "amount"').replace(
        'from = "weight"\n\n', 'from = "amount"\nname = "weight"\n\n'
    )
    assert changed != SALES_TOML
    sales = read_specification(changed.encode(), "shop", "sales.toml")
    return replace(shop, specifications={**shop.specifications, "sales": sales})


def test_what_was_read_by_another_specification_is_read_by_that_one_again(
    shop: LoadContext,
) -> None:
    changed = mixed_up(shop)
    before = rows_of(shop)
    disguise(shop, 3, 4)
    run(shop, "ALTER TABLE sales DELETE WHERE _load = 2 SETTINGS mutations_sync = 2")

    done = verified(changed, DEEP)

    assert [each.sentence for each in done.findings] == [
        "sales holds 0 of the 5 rows of batch 2 of load 2; healed",
        "sales: batch 1 of load 1 has other values than its source; healed",
    ]
    assert done.uncompared == ()
    assert rows_of(shop) == before


def test_what_cannot_be_read_as_it_was_is_said_and_is_no_damage(shop: LoadContext) -> None:
    with shop.metadata.read() as session:
        kept = find_load(session, 1).specification_hash
    spooled_path(shop.settings.spool, kept).unlink()

    done = verified(mixed_up(shop), DEEP)

    assert done.is_well
    assert done.findings == ()
    why = "was compared by rows and sums alone, for its specification"
    assert [str(each).partition(why)[0] for each in done.uncompared] == [
        "sales: batch 1 of load 1 ",
        "sales: batch 2 of load 2 ",
    ]


def test_a_specification_that_changed_in_words_alone_is_as_good(shop: LoadContext) -> None:
    with shop.metadata.read() as session:
        kept = find_load(session, 1).specification_hash
    spooled_path(shop.settings.spool, kept).unlink()
    said = SALES_TOML.replace('en = "Sales"', 'en = "What was sold"')
    sales = read_specification(said.encode(), "shop", "sales.toml")
    renamed = replace(shop, specifications={**shop.specifications, "sales": sales})
    disguise(shop, 3, 4)

    done = verified(renamed, DEEP)

    assert [(each.what, each.batch, each.is_healed) for each in done.findings] == [
        ("values", 1, True),
        ("values", 2, True),
    ]
    assert done.uncompared == ()


def test_a_kept_specification_that_was_damaged_is_not_believed(shop: LoadContext) -> None:
    with shop.metadata.read() as session:
        kept = spooled_path(shop.settings.spool, find_load(session, 1).specification_hash)
    kept.write_bytes(kept.read_bytes() + b"# more\n")

    assert len(verified(mixed_up(shop), DEEP).uncompared) == 2

    # Whoever loads by the same words again keeps them again.
    path = kept.parent / "again.csv"
    path.write_text(sales_text(3, first=700))
    run_load(shop, "sales", path)
    assert verified(mixed_up(shop), DEEP).uncompared == ()
