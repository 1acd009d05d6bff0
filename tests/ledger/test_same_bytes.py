"""Bytes that come again: answered, offered back, restated or loaded afresh."""

from collections.abc import Callable
from pathlib import Path

import pytest

from loaders.context import LoadContext
from loaders.load import replay_load
from server.errors import Conflict, LoadHeld
from server.ledger.publish import restore, withdraw
from tests.ledger.test_restate import MONTH, lines, load, with_sales
from tests.loading import visible_now
from tests.shop_loads import sales_text

Written = Callable[..., Path]


def test_withdrawn_bytes_are_offered_back_with_the_commands(
    context: LoadContext, written: Written
) -> None:
    first = load(context, written, sales_text(4))
    withdraw(context.metadata, first.load, "ann", "a test", context.clock())

    with pytest.raises(Conflict, match="load 1, which was withdrawn") as offered:
        load(context, written, sales_text(4), "under another name.csv")

    assert offered.value.code == "load_withdrawn"
    assert "indicube load restore 1" in (offered.value.hint or "")
    assert "indicube load replay 1" in (offered.value.hint or "")
    assert visible_now(context) == (0, "0")


def test_a_replay_reads_withdrawn_bytes_anew_and_the_old_load_stays_away(
    context: LoadContext, written: Written
) -> None:
    first = load(context, written, sales_text(4))
    withdraw(context.metadata, first.load, "ann", "a test", context.clock())

    again = replay_load(context, first.load, by="ann")

    assert not again.is_known
    assert again.load != first.load
    assert visible_now(context) == (4, "5")
    with pytest.raises(Conflict, match=f"as load {again.load} already"):
        restore(context.metadata, first.load, "ann", "a test", context.clock())
    assert visible_now(context) == (4, "5")


def test_a_replay_of_what_is_visible_is_answered_with_it(
    context: LoadContext, written: Written
) -> None:
    first = load(context, written, sales_text(4))

    assert replay_load(context, first.load).is_known


def test_superseded_bytes_are_a_new_restatement(context: LoadContext, written: Written) -> None:
    monthly = with_sales(context, mode="replace", scope=MONTH)
    texts = [lines("2026-01", amount=amount) for amount in ("1.00", "2.00")]
    outcomes = [load(monthly, written, text) for text in (*texts, texts[1], texts[0])]

    assert [outcome.is_known for outcome in outcomes] == [False, False, True, False]
    assert visible_now(monthly) == (2, "2")


def test_partly_superseded_bytes_are_a_new_restatement(
    context: LoadContext, written: Written
) -> None:
    monthly = with_sales(context, mode="replace", scope=MONTH)
    both = lines("2026-01", "2026-02")
    load(monthly, written, both)
    load(monthly, written, lines("2026-02", amount="9.00"))

    assert not load(monthly, written, both).is_known
    assert visible_now(monthly) == (4, "4")


def test_withdrawn_bytes_that_were_outdone_meanwhile_are_a_new_restatement(
    context: LoadContext, written: Written
) -> None:
    monthly = with_sales(context, mode="replace", scope=MONTH)
    text = lines("2026-01")
    first = load(monthly, written, text)
    load(monthly, written, lines("2026-01", amount="2.00"))
    withdraw(monthly.metadata, first.load, "ann", "a test", monthly.clock())

    # Restoring the first load would show nothing of it, so it is not what the sender can mean.
    assert not load(monthly, written, text).is_known
    assert visible_now(monthly) == (2, "2")


def test_held_bytes_are_loaded_afresh(context: LoadContext, written: Written) -> None:
    text = sales_text(4).replace(",1.25,", ",one and a quarter,")
    for _ in range(2):
        with pytest.raises(LoadHeld):
            load(context, written, text)

    assert visible_now(context) == (0, "0")


def test_bytes_that_another_reading_appended_are_known(
    context: LoadContext, written: Written
) -> None:
    load(context, written, sales_text(4))
    later = with_sales(context, hash="9" * 64)

    assert load(later, written, sales_text(4)).is_known


def test_a_scope_that_is_read_in_another_way_is_restated(
    context: LoadContext, written: Written
) -> None:
    monthly = with_sales(context, mode="replace", scope=MONTH)
    load(monthly, written, lines("2026-01"))
    later = with_sales(monthly, hash="9" * 64)

    assert not load(later, written, lines("2026-01")).is_known
    assert visible_now(context) == (2, "2")
