"""Small files that arrive together are one load with one batch; each keeps its receipt."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from loaders.context import LoadContext
from loaders.grouping import load_due_groups, receipt_of, receive_for_group
from server.ledger.publish import withdraw
from server.ledger.source_line import source_line
from server.metadata.batches import batches_of
from server.metadata.grouped_files import GroupedFile, files_of_load, find_file
from server.metadata.loads import list_loads
from tests.loading import visible_now
from tests.shop_loads import HEADER, sales_text

Written = Callable[..., Path]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def till(context: LoadContext) -> LoadContext:
    """Files of sales are grouped."""
    sales = replace(context.specifications["sales"], group=True)
    return replace(context, specifications={**context.specifications, "sales": sales})


def send(context: LoadContext, path: Path) -> GroupedFile:
    return receive_for_group(context, "sales", path, "ann")


def later(context: LoadContext, seconds: int = 61) -> None:
    context.clock.now += timedelta(seconds=seconds)  # type: ignore[attr-defined]


def receipt(context: LoadContext, file: GroupedFile) -> tuple[int | None, int | None, int | None]:
    with context.metadata.read() as session:
        found = find_file(session, file.id)
    return found.load, found.first_row, found.last_row


def test_files_of_one_minute_become_one_load_with_one_batch(
    till: LoadContext, written: Written
) -> None:
    files = [
        send(till, written(sales_text(rows, first=100 * rows), f"{rows}.csv")) for rows in (3, 1, 2)
    ]
    assert load_due_groups(till) == []
    assert visible_now(till) == (0, "0")
    later(till)

    (load,) = load_due_groups(till)

    assert visible_now(till) == (6, "7.5")
    with till.metadata.read() as session:
        assert len(batches_of(session, load)) == 1
        assert [file.id for file in files_of_load(session, load)] == [1, 2, 3]
    assert [receipt(till, file) for file in files] == [(load, 2, 4), (load, 5, 5), (load, 6, 7)]
    assert load_due_groups(till) == []


def test_a_receipt_leads_to_the_lines_of_the_file(till: LoadContext, written: Written) -> None:
    send(till, written(sales_text(2, first=10), "a.csv"))
    second = send(till, written(sales_text(2, first=20), "b.csv"))
    later(till)
    load_due_groups(till)

    with till.metadata.read() as session:
        found = find_file(session, second.id)
    assert found.first_row is not None
    line = source_line(till.metadata, till.settings.spool, 1, found.first_row)
    assert line.text.endswith(",sale 20")


def test_the_first_one_waits_for_the_window_and_a_late_one_for_the_next(
    till: LoadContext, written: Written
) -> None:
    send(till, written(sales_text(1, first=1), "a.csv"))
    later(till, 50)
    send(till, written(sales_text(1, first=2), "b.csv"))
    later(till, 20)
    assert len(load_due_groups(till)) == 1  # both: the first one's minute is over
    late = send(till, written(sales_text(1, first=3), "c.csv"))

    assert load_due_groups(till) == []
    assert receipt_of(till, late)["waits_until"] == (late.received_at + MINUTE).isoformat()
    later(till)
    assert len(load_due_groups(till)) == 1
    assert visible_now(till) == (3, "3.75")


def test_the_same_file_twice_has_one_receipt(till: LoadContext, written: Written) -> None:
    first = send(till, written(sales_text(2), "a.csv"))
    assert send(till, written(sales_text(2), "again.csv")).id == first.id
    later(till)
    (load,) = load_due_groups(till)

    third = send(till, written(sales_text(2), "and again.csv"))

    assert (third.id, third.load) == (first.id, load)
    assert receipt_of(till, third)["is_known"] is True
    later(till)
    assert load_due_groups(till) == []
    assert visible_now(till) == (2, "2.5")


def test_what_was_withdrawn_can_be_sent_again(till: LoadContext, written: Written) -> None:
    first = send(till, written(sales_text(2), "a.csv"))
    send(till, written(sales_text(1, first=50), "b.csv"))
    later(till)
    (load,) = load_due_groups(till)
    withdraw(till.metadata, load, "ann", "a test", till.clock())

    again = send(till, written(sales_text(2), "a.csv"))

    assert again.id != first.id
    later(till)
    load_due_groups(till)
    assert visible_now(till) == (2, "2.5")


def test_files_with_other_columns_are_loaded_apart(till: LoadContext, written: Written) -> None:
    shuffled = "store,date,pieces,amount,weight,paid_at,note\nKöln,2026-01-05,1,4.00,NA,,x\n"
    send(till, written(sales_text(1), "a.csv"))
    send(till, written(shuffled.replace(",,x", ",2026-01-31T12:00:00Z,x"), "b.csv"))
    send(till, written("\ufeff" + sales_text(1, first=7), "c.csv"))  # a mark at its beginning
    later(till)

    loads = load_due_groups(till)

    assert len(loads) == 2
    assert visible_now(till) == (3, "6.5")


def test_a_file_that_cannot_be_loaded_stops_no_other(till: LoadContext, written: Written) -> None:
    good = send(till, written(sales_text(2), "a.csv"))
    bad_rows = "2026-02-30,Köln,x,y,NA,never,z\n"
    bad = send(till, written(HEADER + bad_rows * 9, "bad.csv"))
    later(till)

    (load,) = load_due_groups(till)

    assert visible_now(till) == (2, "2.5")
    assert receipt(till, good) == (load, 2, 3)
    with till.metadata.read() as session:
        refused = find_file(session, bad.id)
    assert refused.load is None
    assert refused.error is not None
    assert "rows are in quarantine" in refused.error
    assert load_due_groups(till) == []


def test_a_file_without_rows_is_in_the_load_and_has_no_lines(
    till: LoadContext, written: Written
) -> None:
    empty = send(till, written(HEADER, "empty.csv"))
    send(till, written(sales_text(1).rstrip("\n"), "no end.csv"))
    send(till, written(sales_text(1, first=9), "b.csv"))
    later(till)

    (load,) = load_due_groups(till)

    assert receipt(till, empty) == (load, None, None)
    assert visible_now(till) == (2, "2.5")


class DiedError(Exception):
    """As if the process had ended."""


def test_whoever_dies_after_the_load_finds_the_same_load_again(
    till: LoadContext, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = send(till, written(sales_text(2), "a.csv"))
    later(till)

    def die(name: str) -> None:
        if name == "grouping.loaded":
            raise DiedError

    monkeypatch.setattr("loaders.grouping.crashpoint", die)
    with pytest.raises(DiedError):
        load_due_groups(till)
    monkeypatch.undo()
    send(till, written(sales_text(1, first=77), "came meanwhile.csv"))

    loads = load_due_groups(till)

    assert receipt(till, file) == (1, 2, 3)
    assert loads == [1]
    later(till)
    load_due_groups(till)
    assert visible_now(till) == (3, "3.75")
    with till.metadata.read() as session:
        assert len(list_loads(session)) == 2
