"""A source may say how much a restatement may move before somebody has to decide."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from loaders.context import LoadContext
from server.errors import LoadHeld
from server.ledger.difference import Change, Side
from server.ledger.moving import moves_by_more
from tests.ledger.test_restate import MONTH, lines, load, with_sales
from tests.loading import visible_now

Written = Callable[..., Path]


def change(before: str, after: str, rows: tuple[int, int] = (10, 10)) -> Change:
    sides = [
        Side(number, number, count, {"amount": total})
        for number, count, total in zip((1, 2), rows, (before, after), strict=True)
    ]
    return Change("sales", "sales", "month=2026-01", *sides)


@pytest.mark.parametrize(
    ("moved", "is_more"),
    [
        (change("10 100.00", "10 105.00"), False),  # five percent are not more than five
        (change("10 100.00", "10 105.01"), True),
        (change("10 100.00", "10 94.99"), True),
        (change("10 -100.00", "10 -105.01"), True),
        (change("10 0", "10 0.01"), True),  # of nothing anything is more
        (change("10 0", "10 0"), False),
        (change("10 100.00", "9 100.00"), True),  # a value that is missing by now
        (change("10 100.00", "10 100.00", rows=(100, 106)), True),
        (change("10 100.00", "10 100.00", rows=(100, 95)), False),
    ],
)
def test_rows_and_every_control_sum_are_held_to_the_limit(moved: Change, is_more: bool) -> None:
    assert moves_by_more(moved, Decimal(5)) is is_more


def test_where_lines_stand_in_their_file_is_no_move() -> None:
    before, after = ({"amount": "10 100.00", "_row": f"10 {lines}"} for lines in ("65", "700"))
    moved = Change("sales", "sales", "month=2026-01", Side(1, 1, 10, before), Side(2, 2, 10, after))

    assert moves_by_more(moved, Decimal(5)) is False


@pytest.fixture
def watched(context: LoadContext) -> LoadContext:
    """Restatements of more than five percent wait for a decision."""
    return with_sales(
        context,
        mode="replace",
        scope=MONTH,
        on_restatement="hold",
        hold_over_percent=Decimal(5),
    )


def test_a_small_restatement_is_published_and_a_great_one_waits(
    watched: LoadContext, written: Written
) -> None:
    load(watched, written, lines("2026-01", amount="1.00"))
    small = load(watched, written, lines("2026-01", amount="1.05"))
    assert small.snapshot == 2
    assert len(small.restated) == 1

    with pytest.raises(LoadHeld, match="restates 1 published scope key"):
        load(watched, written, lines("2026-01", amount="1.11"))  # 5.7 percent more than 1.05
    with pytest.raises(LoadHeld):
        load(watched, written, lines("2026-01", amount="1.05", rows=1))  # half of the rows

    assert visible_now(watched) == (2, "2.1")
