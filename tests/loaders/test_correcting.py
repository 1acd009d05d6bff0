"""Refused rows are mended by hand and counted with the load that they belong to, once."""

import hashlib
import socket
import struct
from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from operator import xor
from pathlib import Path
from typing import Any

import pytest

from loaders.context import LoadContext
from loaders.correcting import correct_load, refused_lines
from loaders.load import run_load
from loaders.specification import ScopePart
from server.errors import Conflict, IndicubeError, InvalidInput, LoadHeld, ManyErrors
from server.ledger.correct import corrections_of, publish_correction
from server.ledger.decide import approve
from server.ledger.difference import difference_at
from server.ledger.publish import restore, withdraw
from server.ledger.recover import recover
from server.ledger.snapshot import open_snapshot
from server.ledger.source_line import source_line
from server.metadata.batches import batches_of
from server.metadata.loads import change_load, find_load
from server.metadata.snapshots import events_of
from server.store.facts import batches_in
from tests.ledger.verifying import DEEP, verified
from tests.loading import visible, visible_now
from tests.shop_loads import HEADER, sales_text

Written = Callable[..., Path]
GOOD = "2026-01-05,Köln,1,1.25,NA,2026-01-31T12:00:00Z,fine\n"
TEXT = HEADER + GOOD + GOOD.replace("1.25", "much") + GOOD.replace(",1,", ",1.5,") + GOOD


@pytest.fixture
def loaded(context: LoadContext, written: Written) -> LoadContext:
    """Two good sales, and two refused in the lines 3 and 4."""
    run_load(context, "sales", written(TEXT))
    return context


def given_out(context: LoadContext, load: int = 1) -> str:
    spool, known = context.settings.spool, context.specifications
    return "".join(f"{line}\n" for line in refused_lines(context.metadata, spool, known, load))


def mended(context: LoadContext) -> str:
    return given_out(context).replace("much", "4.00").replace(",1.5,", ",2,")


def correct(context: LoadContext, path: Path) -> int:
    return correct_load(context, 1, path, "ann", "asked the shop").snapshot


def test_refused_lines_are_given_out_as_they_stand_in_the_source(loaded: LoadContext) -> None:
    assert given_out(loaded) == (
        f"_line,{HEADER}3,{GOOD.replace('1.25', 'much')}4,{GOOD.replace(',1,', ',1.5,')}"
    )


def test_mended_lines_are_seen_with_their_load_from_then_on(
    loaded: LoadContext, written: Written
) -> None:
    number = correct(loaded, written(mended(loaded), "mended.csv"))

    assert visible_now(loaded) == (4, "7.75")
    assert visible(loaded.store, open_snapshot(loaded.metadata, number - 1)) == (2, "2.5")
    with loaded.metadata.read() as session:
        load, events = find_load(session, 1), events_of(session, 1)
    assert (load.rows_in_file, load.rows_stored, load.rows_quarantined) == (4, 4, 0)
    assert [(event.what, event.by, event.reason) for event in events][1:] == [
        ("corrected", "ann", "asked the shop")
    ]
    assert given_out(loaded) == f"_line,{HEADER}"


def test_a_mended_row_leads_to_the_line_as_it_was_mended(
    loaded: LoadContext, written: Written
) -> None:
    correct(loaded, written(mended(loaded), "mended.csv"))

    with loaded.metadata.read() as session:
        first, second = batches_of(session, 1)
    line = source_line(loaded.metadata, loaded.settings.spool, second.id, 3)
    assert (line.counts + "\n", line.header + "\n") == (GOOD.replace("1.25", "4.00"), HEADER)
    assert line.text + "\n" == GOOD.replace("1.25", "much")  # as it stands in the source
    good = source_line(loaded.metadata, loaded.settings.spool, first.id, 2)
    assert (good.counts + "\n", good.mended) == (GOOD, None)


def test_some_lines_may_be_mended_now_and_others_later_but_none_twice(
    loaded: LoadContext, written: Written
) -> None:
    header, third, fourth = mended(loaded).splitlines(keepends=True)

    correct(loaded, written(header + third, "mended.csv"))
    with pytest.raises(Conflict, match="already corrected in load 1: line 3"):
        correct(loaded, written(header + third.replace("4.00", "5.00"), "again.csv"))
    correct(loaded, written(header + fourth, "later.csv"))

    assert visible_now(loaded) == (4, "7.75")


def test_withdrawing_takes_the_mended_rows_along(loaded: LoadContext, written: Written) -> None:
    correct(loaded, written(mended(loaded), "mended.csv"))

    withdraw(loaded.metadata, 1, "ann", "wrong", loaded.clock())
    assert visible_now(loaded) == (0, "0")
    with pytest.raises(InvalidInput, match="load 1 is withdrawn; only a published load"):
        correct(loaded, written(mended_again(), "more.csv"))
    restore(loaded.metadata, 1, "ann", "right", loaded.clock())
    assert visible_now(loaded) == (4, "7.75")


def mended_again() -> str:
    return f"_line,{HEADER}3,{GOOD}"


def test_a_restated_scope_takes_the_mended_rows_along(
    context: LoadContext, written: Written
) -> None:
    sales = context.specifications["sales"]
    monthly = replace(sales, mode="replace", scope=(ScopePart("day", "month"),))
    context = replace(context, specifications={"sales": monthly})
    run_load(context, "sales", written(TEXT))
    correct(context, written(mended(context), "mended.csv"))
    assert visible_now(context) == (4, "7.75")

    run_load(context, "sales", written(sales_text(1)))

    assert visible_now(context) == (1, "1.25")


@pytest.fixture
def monthly(context: LoadContext, written: Written) -> LoadContext:
    """A month with two refused sales, which somebody must decide on when it is restated."""
    sales = replace(
        context.specifications["sales"],
        mode="replace",
        scope=(ScopePart("day", "month"),),
        on_restatement="hold",
    )
    context = replace(context, specifications={"sales": sales})
    run_load(context, "sales", written(TEXT))
    return context


def test_a_difference_has_the_rows_and_the_sums_of_a_corrected_month(
    monthly: LoadContext, written: Written
) -> None:
    correct(monthly, written(mended(monthly), "mended.csv"))

    number = withdraw(monthly.metadata, 1, "ann", "wrong", monthly.clock())

    with monthly.metadata.read() as session:
        (change,) = difference_at(session, number)
    assert change.before is not None
    assert change.after is None
    assert change.before.rows == 4
    sums = change.before.sums
    assert (sums["amount"], sums["pieces"], sums["weight"]) == ("4 7.75", "4 5", "0 0")
    assert sums["_row"] == "4 14 54"  # the lines 2 to 5, and their squares


def test_the_difference_that_mended_rows_make_is_those_rows_beside_the_others(
    monthly: LoadContext, written: Written
) -> None:
    correct(monthly, written(mended(monthly), "mended.csv"))

    with monthly.metadata.read() as session:
        (change,) = difference_at(session, 2)
    assert change.before is not None
    assert change.after is not None
    assert (change.before.rows, change.after.rows) == (2, 4)
    assert (change.before.sums["_row"], change.after.sums["_row"]) == ("2 7 29", "4 14 54")


def bits(*weights: float) -> int:
    """What a control sum of floats holds: their bits, one over the other."""
    words = [int.from_bytes(struct.pack("<d", weight), "little") for weight in weights]
    return reduce(xor, words)


def test_floats_of_a_corrected_month_are_laid_over_one_another_as_a_batch_does(
    monthly: LoadContext, written: Written
) -> None:
    text = mended(monthly).replace("NA,", "0.5,", 1).replace("NA,", "1.75,", 1)
    correct(monthly, written(text, "mended.csv"))

    with monthly.metadata.read() as session:
        (change,) = difference_at(session, 2)
        batches = batches_of(session, 1)
    assert change.after is not None
    assert [(batch.sums or {})["weight"] for batch in batches] == ["0 0", f"2 {bits(0.5, 1.75)}"]
    assert change.after.sums["weight"] == f"2 {bits(0.5, 1.75)}"


def test_two_corrections_of_floats_are_no_sum_of_their_figures(
    monthly: LoadContext, written: Written
) -> None:
    header, third, fourth = mended(monthly).splitlines(keepends=True)
    correct(monthly, written(header + third.replace("NA,", "0.5,"), "mended.csv"))
    correct(monthly, written(header + fourth.replace("NA,", "1.75,"), "later.csv"))

    number = withdraw(monthly.metadata, 1, "ann", "wrong", monthly.clock())

    with monthly.metadata.read() as session:
        (change,) = difference_at(session, number)
    assert change.before is not None
    assert change.before.sums["weight"] == f"2 {bits(0.5, 1.75)}"
    assert bits(0.5, 1.75) != bits(0.5) + bits(1.75)
    assert (change.before.sums["_row"], change.before.sums["amount"]) == ("4 14 54", "4 7.75")


def test_of_a_correction_that_did_not_say_which_columns_are_floats_the_lines_alone_are_told(
    monthly: LoadContext, written: Written
) -> None:
    correct(monthly, written(mended(monthly), "mended.csv"))
    with monthly.metadata.write() as session:
        parameters = dict(find_load(session, 1).parameters or {})
        kept = [
            {name: said for name, said in one.items() if name != "bitwise"}
            for one in parameters["corrections"]
        ]
        change_load(session, 1, ("published",), parameters={**parameters, "corrections": kept})

    with monthly.metadata.read() as session:
        (change,) = difference_at(session, 2)
    assert change.after is not None
    assert change.after.rows == 4
    assert change.after.sums == {"_row": "4 14 54"}


def test_a_decision_is_asked_for_once_more_when_what_is_replaced_was_corrected_since(
    monthly: LoadContext, written: Written
) -> None:
    with pytest.raises(LoadHeld):
        run_load(monthly, "sales", written(sales_text(1), "later.csv"))
    correct(monthly, written(mended(monthly), "mended.csv"))

    with pytest.raises(Conflict, match="would replace other rows by now"):
        approve(monthly.metadata, 2, "ann", "right", monthly.clock())
    assert visible_now(monthly) == (4, "7.75")
    approve(monthly.metadata, 2, "ann", "right all the same", monthly.clock())
    assert visible_now(monthly) == (1, "1.25")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"_line,{HEADER}3,{GOOD.replace('1.25', 'more')}", "line 3: 'more': amount must be"),
        (f"_line,{HEADER}2,{GOOD}", "line 2 of load 1 was not refused"),
        (f"_line,{HEADER}3,{GOOD}3,{GOOD}", "line 3 of load 1 stands there twice"),
        (f"{HEADER}{GOOD}", "must begin with _line,"),
        (f"_line,{HEADER}three,{GOOD}", "'three' is no number of a line"),
        (f"_line,{HEADER}", "1 to 10,000 lines are taken"),
        (f"_line,{HEADER}3,a,b\n", "the line has 2 values; 7 are needed"),
    ],
)
def test_a_file_that_is_not_right_changes_nothing(
    loaded: LoadContext, written: Written, text: str, sentence: str
) -> None:
    with pytest.raises((IndicubeError, ManyErrors)) as refused:
        correct(loaded, written(text, "mended.csv"))

    assert sentence in str(refused.value)
    assert visible_now(loaded) == (2, "2.5")


def test_a_key_that_the_load_has_already_is_refused(context: LoadContext, written: Written) -> None:
    keyed = replace(context.specifications["sales"], key=("day", "store"))
    context = replace(context, specifications={"sales": keyed})
    run_load(context, "sales", written(HEADER + GOOD + GOOD.replace("1.25", "much")))

    with pytest.raises(InvalidInput, match="is there already; a key names one row"):
        correct(context, written(f"_line,{HEADER}3,{GOOD}", "mended.csv"))
    correct(context, written(f"_line,{HEADER}3,{GOOD.replace('Köln', 'Bonn')}", "mended.csv"))
    assert visible_now(context) == (2, "2.5")


def test_a_corrected_load_is_whole_and_read_as_its_source_and_its_correction(
    loaded: LoadContext, written: Written
) -> None:
    correct(loaded, written(mended(loaded), "mended.csv"))

    done = verified(loaded, DEEP)
    assert done.findings == done.uncompared == ()


def test_the_same_file_once_more_is_answered_with_what_it_brought(
    loaded: LoadContext, written: Written
) -> None:
    text = mended(loaded)
    first = correct_load(loaded, 1, written(text, "mended.csv"), "ann", "asked the shop")
    again = correct_load(loaded, 1, written(text, "copy.csv"), "ben", "was it taken?")

    assert (first.is_known, again) == (False, replace(first, is_known=True))
    assert visible_now(loaded) == (4, "7.75")


def test_the_ledger_keeps_which_file_a_correction_was_and_who_sent_it(
    loaded: LoadContext, written: Written
) -> None:
    text = mended(loaded)
    number = correct(loaded, written(text, "mended.csv"))

    with loaded.metadata.read() as session:
        (kept,) = corrections_of(find_load(session, 1))
    assert kept["source_hash"] == hashlib.sha256(text.encode()).hexdigest()
    assert (kept["source"], kept["by"], kept["reason"]) == ("mended.csv", "ann", "asked the shop")
    assert (kept["lines"], kept["snapshot"]) == ([3, 4], number)


def test_a_correction_that_fails_leaves_no_row_behind(
    loaded: LoadContext, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, path = batches_in(loaded.store, "sales"), written(mended(loaded), "mended.csv")

    def overtaken(*_given: object) -> int:
        raise Conflict("somebody was faster")

    with monkeypatch.context() as patch:
        patch.setattr("loaders.correcting.publish_correction", overtaken)
        with pytest.raises(Conflict, match="somebody was faster"):
            correct(loaded, path)

    assert batches_in(loaded.store, "sales") == before
    correct(loaded, path)
    assert visible_now(loaded) == (4, "7.75")


def test_what_a_correction_left_that_died_goes_at_the_next_start(
    loaded: LoadContext, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, path = batches_in(loaded.store, "sales"), written(mended(loaded), "mended.csv")
    with monkeypatch.context() as patch:
        patch.setattr("server.ledger.correct.this_process", lambda: f"{socket.gethostname()}:1:0")
        patch.setattr("loaders.correcting.publish_correction", _die)
        patch.setattr("loaders.correcting.give_up_correction", _die)
        with pytest.raises(KeyboardInterrupt):
            correct(loaded, path)
    assert batches_in(loaded.store, "sales") != before

    assert recover(loaded.metadata, loaded.store, loaded.clock()).purged == 1

    assert batches_in(loaded.store, "sales") == before
    correct(loaded, path)
    assert visible_now(loaded) == (4, "7.75")


def test_what_a_living_process_corrects_is_left_alone_by_a_start(
    loaded: LoadContext, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(mended(loaded), "mended.csv")

    def after_a_start(*given: Any) -> int:
        assert recover(loaded.metadata, loaded.store, loaded.clock()).purged == 0
        return publish_correction(*given)

    monkeypatch.setattr("loaders.correcting.publish_correction", after_a_start)
    correct(loaded, path)
    assert visible_now(loaded) == (4, "7.75")


def _die(*_given: object) -> None:
    raise KeyboardInterrupt
