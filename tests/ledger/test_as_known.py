"""Opening what was known at a moment: a number, an instant, a day that has not come."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from loaders.context import LoadContext
from loaders.load import run_load
from server.errors import Gone, InvalidInput
from server.ledger.as_known import open_as_of
from server.ledger.publish import withdraw
from server.ledger.purge import purge
from tests.shop_loads import sales_text

Written = Callable[..., Path]


def test_an_instant_is_the_last_snapshot_published_by_then(
    context: LoadContext, written: Written
) -> None:
    run_load(context, "sales", written(sales_text(2)))
    between = context.clock()
    run_load(context, "sales", written(sales_text(3, first=10), "more.csv"))
    now = context.clock()

    assert open_as_of(context.metadata, between, now).number == 1
    assert open_as_of(context.metadata, now, now).number == 2
    assert open_as_of(context.metadata, None, now).number == 2
    assert open_as_of(context.metadata, 1, now).number == 1


def test_before_the_first_publication_there_is_nothing_and_the_sentence_says_when_it_was(
    context: LoadContext, written: Written
) -> None:
    before = context.clock()
    run_load(context, "sales", written(sales_text(2)))

    with pytest.raises(InvalidInput, match="the first snapshot is 1, of 2026-03-02 08:00 UTC"):
        open_as_of(context.metadata, before, context.clock())


def test_while_nothing_was_published_an_instant_says_so(context: LoadContext) -> None:
    with pytest.raises(InvalidInput, match="and nothing since"):
        open_as_of(context.metadata, context.clock(), context.clock())


def test_later_today_is_today_and_a_later_day_has_not_come(
    context: LoadContext, written: Written
) -> None:
    run_load(context, "sales", written(sales_text(2)))
    now = context.clock()

    assert open_as_of(context.metadata, now + timedelta(hours=3), now).number == 1
    with pytest.raises(InvalidInput, match="2026-03-03, which has not come yet"):
        open_as_of(context.metadata, now + timedelta(days=1), now)


def test_what_was_purged_is_gone_and_the_sentence_says_since_when(
    context: LoadContext, written: Written
) -> None:
    run_load(context, "sales", written(sales_text(2)))
    withdraw(context.metadata, 1, "olga", "wrong", context.clock())
    context.clock.now += timedelta(days=30)  # type: ignore[attr-defined]
    run_load(context, "sales", written(sales_text(3, first=10), "more.csv"))
    context.clock.now += timedelta(days=30)  # type: ignore[attr-defined]
    purge(context.metadata, context.store, "olga", context.clock(), timedelta(days=7))

    assert open_as_of(context.metadata, 3, context.clock()).number == 3
    assert open_as_of(context.metadata, None, context.clock()).number == 3
    with pytest.raises(Gone, match="rows that snapshot 1 showed are purged"):
        open_as_of(context.metadata, 1, context.clock())
