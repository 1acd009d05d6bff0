"""A file with other columns than its specification reads is refused, and all of it is named."""

import random
import string
from collections.abc import Callable
from pathlib import Path

import pytest

from loaders.columns import check_columns
from loaders.context import LoadContext
from loaders.load import run_load
from loaders.specification import Specification
from server.errors import LoadRejected
from server.metadata.loads import list_loads
from server.store.facts import batches_in
from tests.loading import visible_now
from tests.shop_loads import HEADER, sales_text, specifications

SALES = specifications()["sales"]
NAMES = tuple(HEADER.strip().split(","))
READS = "sales reads: date, store, pieces, amount, weight, paid_at, note"
MUTANTS = 3_000


def refusal(names: tuple[str, ...], specification: Specification = SALES) -> str:
    """What is said of a file with these columns; nothing of one that is taken."""
    try:
        check_columns(names, "sales.csv", specification)
    except LoadRejected as reason:
        return reason.message
    return ""


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (NAMES[1:], f"it lacks column 'date'; {READS}"),
        (NAMES[3:], f"it lacks columns 'date', 'store', 'pieces'; {READS}"),
        ((*NAMES, "vat", "tip"), f"it has the unknown columns 'vat', 'tip'; {READS}"),
        ((*NAMES, "note"), f"it has twice the column 'note'; {READS}"),
        (
            ("Date", *NAMES[1:3], " amount", *NAMES[4:]),
            "it lacks columns 'date', 'amount'; it has the unknown columns 'Date', ' amount'; "
            f"perhaps 'Date' stands for 'date'; perhaps ' amount' stands for 'amount'; {READS}",
        ),
        (  # each name is meant once
            ("day", "shop", "piece", "amount_eur", "weight", "paid at", "note"),
            "it lacks columns 'date', 'store', 'pieces', 'amount', 'paid_at'; it has the unknown "
            "columns 'day', 'shop', 'piece', 'amount_eur', 'paid at'; perhaps 'piece' stands for "
            f"'pieces'; perhaps 'amount_eur' stands for 'amount'; perhaps 'paid at' stands for "
            f"'paid_at'; {READS}",
        ),
        ((";".join(NAMES),), f"its columns are parted by a semicolon, not by a comma; {READS}"),
        (
            ("2026-01-05", "Köln", "1"),
            "its first line names none of the columns; it has the unknown columns '2026-01-05', "
            f"'Köln', '1'; {READS}",
        ),
        (
            (*NAMES, *(f"x{number}" for number in range(30))),
            "it has the unknown columns "
            + ", ".join(f"'x{number}'" for number in range(20))
            + f" and 10 more; {READS}",
        ),
    ],
)
def test_every_difference_is_named_with_what_was_perhaps_meant(
    names: tuple[str, ...], sentence: str
) -> None:
    assert refusal(names) == f"sales.csv: {sentence}"


def test_columns_may_stand_in_any_order() -> None:
    assert refusal(NAMES[::-1]) == ""


def test_what_is_allowed_and_how_to_allow_more_is_said() -> None:
    with pytest.raises(LoadRejected) as told:
        check_columns((*NAMES, "vat"), "sales.csv", SALES)

    assert told.value.code == "other_columns"
    assert told.value.allowed == NAMES
    assert "ignored_columns" in (told.value.hint or "")


def test_a_file_with_other_columns_leaves_nothing_behind(
    context: LoadContext, written: Callable[..., Path]
) -> None:
    run_load(context, "sales", written(sales_text(2), "before.csv"))

    with pytest.raises(LoadRejected):
        run_load(context, "sales", written(sales_text(5).replace("amount", "amounts", 1)))

    assert visible_now(context) == (2, "2.5")
    assert list(batches_in(context.store, "sales").values()) == [2]
    with context.metadata.read() as session:
        newest = list_loads(session, 1)[0]
    assert (newest.state, newest.error_code) == ("rejected", "other_columns")
    assert newest.rows_stored is None


def mutated(chance: random.Random) -> tuple[str, ...]:
    """The columns of the sales, changed in one to three places."""
    names = list(NAMES)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(names)) if names else 0
        match chance.randrange(7):
            case 0 if names:
                del names[place]
            case 1:
                names.insert(place, "".join(chance.choices(string.printable, k=5)))
            case 2:
                chance.shuffle(names)
            case 3 if names:
                names[place] = names[place].upper()
            case 4 if names:
                names[place] += chance.choice(("\u3000", " ", ".", "1"))
            case 5 if names:
                names.append(names[place])
            case _ if names:
                names[place] = names[place][::-1]
    return tuple(names)


@pytest.mark.parametrize("seed", range(3))
def test_no_change_of_the_columns_is_taken_or_goes_unnamed(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    for _ in range(MUTANTS // 3):
        names = mutated(chance)
        told = refusal(names)
        assert bool(told) == (sorted(names) != sorted(NAMES)), names
        if told and "names none" not in told:
            wrong = {*names}.symmetric_difference(NAMES) | {
                one for one in names if names.count(one) > 1
            }
            assert all(repr(name) in told for name in wrong), names


def test_a_header_of_very_many_or_very_long_names_is_refused_like_any_other() -> None:
    assert " more; " in refusal(tuple(f"column number {number}" for number in range(100_000)))
    assert refusal(("x" * 1_000_000, *NAMES))
