"""Appended rows with a declared key count once: a key that is seen already waits for a decision."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from loaders.context import LoadContext
from loaders.correcting import correct_load
from loaders.grouping import load_due_groups, receive_for_group
from loaders.load import LoadOutcome, run_load
from server.errors import Conflict, InvalidInput, LoadHeld
from server.ledger.building import Builder
from server.ledger.clashes import apart_from_others
from server.ledger.correct import publish_correction
from server.ledger.decide import approve, refuse
from server.ledger.publish import restore, withdraw
from server.ledger.visibility import NeedsBuilder
from server.metadata.grouped_files import files_of_load, waiting_files
from server.metadata.loads import Load, find_load, list_loads, quarantined_rows
from server.store.clashes import find_clashes
from tests.loading import visible_now
from tests.shop import SALES, SHOP, Tables
from tests.shop_loads import HEADER

Written = Callable[..., Path]
KEY = ("day", "store")


@pytest.fixture
def keyed(context: LoadContext) -> LoadContext:
    """A store sells once a day."""
    sales = replace(context.specifications["sales"], key=KEY)
    return replace(context, specifications={**context.specifications, "sales": sales})


def text(*days: int, store: str = "Köln", amount: str = "1.00") -> str:
    return HEADER + "".join(
        f"2026-01-{day:02},{store},1,{amount},NA,2026-01-31T12:00:00Z,a sale\n" for day in days
    )


def load(context: LoadContext, path: Path) -> LoadOutcome:
    return run_load(context, "sales", path)


def newest(context: LoadContext) -> Load:
    with context.metadata.read() as session:
        return list_loads(session, 1)[0]


def held(context: LoadContext, path: Path) -> Load:
    with pytest.raises(LoadHeld):
        load(context, path)
    found = newest(context)
    assert (found.state, found.error_code) == ("held", "key_clash")
    return found


def test_a_row_whose_key_is_there_already_holds_its_file_and_is_named(
    keyed: LoadContext, written: Written
) -> None:
    load(keyed, written(text(5, 6), "a.csv"))

    waiting = held(keyed, written(text(7, 6, amount="9.00"), "b.csv"))

    assert visible_now(keyed) == (2, "2")
    assert waiting.error == (
        "1 row of b.csv would count twice, with keys that are seen already: "
        "line 3 (2026-01-06 Köln) is line 3 of load 1; somebody has to decide"
    )
    assert (waiting.decision or {})["clashes"] == {
        "rows": 1,
        "first": [{"line": 3, "key": ["2026-01-06", "Köln"], "load": 1, "other_line": 3}],
    }


@pytest.fixture
def counted(context: LoadContext) -> LoadContext:
    """The table itself says that a store is counted once a day."""
    once = replace(SALES, unique_by=KEY)
    return replace(context, tables=Tables({"sales": once}, SHOP.dimension_tables))


def test_what_the_table_has_once_is_refused_when_a_file_has_it_twice(
    counted: LoadContext, written: Written
) -> None:
    outcome = load(counted, written(text(*range(1, 31), 6), "a.csv"))

    assert visible_now(counted) == (30, "30")
    with counted.metadata.read() as session:
        (refused,) = quarantined_rows(session, outcome.load)
    assert (refused.line, refused.rule, refused.raw) == (32, "duplicate_key", "2026-01-06 Köln")


def test_what_the_table_has_once_waits_when_another_file_brings_it(
    counted: LoadContext, written: Written
) -> None:
    load(counted, written(text(5, 6), "a.csv"))

    waiting = held(counted, written(text(7, 6), "b.csv"))

    assert "line 3 (2026-01-06 Köln) is line 3 of load 1" in (waiting.error or "")


def test_other_keys_are_added_without_a_word(keyed: LoadContext, written: Written) -> None:
    load(keyed, written(text(5, 6), "a.csv"))
    load(keyed, written(text(5, 6, store="Bonn"), "b.csv"))
    load(keyed, written(text(7, 8), "c.csv"))

    assert visible_now(keyed) == (6, "6")


def test_without_a_key_rows_may_be_alike(context: LoadContext, written: Written) -> None:
    load(context, written(text(5, 6), "a.csv"))
    load(context, written(text(6, 7), "b.csv"))

    assert visible_now(context) == (4, "4")


def test_what_waits_is_published_or_refused_as_somebody_decides(
    keyed: LoadContext, written: Written
) -> None:
    load(keyed, written(text(5, 6), "a.csv"))
    first = held(keyed, written(text(6, amount="2.00"), "b.csv"))
    refuse(keyed.metadata, first.id, "ann", "sent twice", keyed.clock(), keyed.store)
    assert visible_now(keyed) == (2, "2")

    second = held(keyed, written(text(6, amount="3.00"), "c.csv"))
    approve(keyed.metadata, second.id, "ann", "two tills", keyed.clock(), keyed.builder)
    assert visible_now(keyed) == (3, "5")

    # Whoever decided once is not asked again when it is withdrawn and restored.
    withdraw(keyed.metadata, second.id, "ann", "wrong", keyed.clock())
    restore(keyed.metadata, second.id, "ann", "right", keyed.clock())
    assert visible_now(keyed) == (3, "5")


def test_the_keys_of_a_withdrawn_load_are_free_and_it_cannot_come_back_beside_them(
    keyed: LoadContext, written: Written
) -> None:
    load(keyed, written(text(5, 6), "a.csv"))
    withdraw(keyed.metadata, 1, "ann", "wrong", keyed.clock())
    second = load(keyed, written(text(6, amount="4.00"), "b.csv"))
    assert visible_now(keyed) == (1, "4")

    with pytest.raises(NeedsBuilder):
        restore(keyed.metadata, 1, "ann", "right", keyed.clock())
    with pytest.raises(Conflict, match=r"line 3 \(2026-01-06 Köln\) is line 2 of load 2"):
        restore(keyed.metadata, 1, "ann", "right", keyed.clock(), keyed.builder)
    assert visible_now(keyed) == (1, "4")

    withdraw(keyed.metadata, second.load, "ann", "wrong", keyed.clock())
    restore(keyed.metadata, 1, "ann", "right", keyed.clock(), keyed.builder)
    assert visible_now(keyed) == (2, "2")


def test_rows_that_are_published_while_keys_are_compared_are_compared_too(
    keyed: LoadContext, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(keyed, written(text(5), "a.csv"))
    faster, slower = written(text(6), "b.csv"), written(text(6, 7), "c.csv")
    raced: list[int] = []

    def first_another(metadata: Any, one: Load, builder: Any, act: Any) -> Any:
        def late(compared: Any) -> Any:
            if not raced:
                raced.append(one.id)
                load(keyed, faster)
            return act(compared)

        return apart_from_others(metadata, one, builder, late)

    monkeypatch.setattr("server.ledger.publish.apart_from_others", first_another)
    with pytest.raises(LoadHeld, match=r"line 2 \(2026-01-06 Köln\) is line 2 of load 3"):
        load(keyed, slower)

    assert visible_now(keyed) == (2, "2")


def test_an_approval_is_asked_for_again_when_more_rows_would_count_twice_by_now(
    keyed: LoadContext, written: Written
) -> None:
    load(keyed, written(text(5, 6), "a.csv"))
    waiting = held(keyed, written(text(6, 7, amount="9.00"), "b.csv"))
    load(keyed, written(text(7), "c.csv"))

    def decide(builder: Builder | None = None) -> None:
        approve(keyed.metadata, waiting.id, "ann", "two tills", keyed.clock(), builder)

    with pytest.raises(NeedsBuilder):
        decide()
    with pytest.raises(
        Conflict, match=r"not shown: line 3 \(2026-01-07 Köln\) is line 2 of load 3"
    ):
        decide(keyed.builder)
    assert visible_now(keyed) == (3, "3")
    shown = newest_of(keyed, waiting.id)
    assert (shown.state, (shown.decision or {})["clashes"]["rows"]) == ("held", 2)
    assert "line 2 (2026-01-06 Köln) is line 3 of load 1; line 3 (2026-01-07" in (shown.error or "")

    decide()  # of what was looked at by now nothing is compared again
    assert visible_now(keyed) == (5, "21")


def test_an_approval_counts_when_what_came_since_shares_no_key(
    keyed: LoadContext, written: Written
) -> None:
    load(keyed, written(text(5, 6), "a.csv"))
    waiting = held(keyed, written(text(6, amount="9.00"), "b.csv"))
    load(keyed, written(text(6, store="Bonn"), "c.csv"))

    approve(keyed.metadata, waiting.id, "ann", "two tills", keyed.clock(), keyed.builder)

    assert visible_now(keyed) == (4, "12")


def newest_of(context: LoadContext, number: int) -> Load:
    with context.metadata.read() as session:
        return find_load(session, number)


def test_a_load_that_comes_while_a_line_is_mended_keeps_its_key(
    keyed: LoadContext, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    mending = load(keyed, written(text(1) + text(8, amount="x").removeprefix(HEADER), "a.csv")).load
    mended = written(f"_line,{HEADER}3,{text(8, amount='2.00').removeprefix(HEADER)}", "m.csv")
    raced: list[str] = []

    def after_another(*arguments: Any) -> int:
        if not raced:
            raced.append("once")
            load(keyed, written(text(8, amount="5.00"), "b.csv"))
        return publish_correction(*arguments)

    monkeypatch.setattr("loaders.correcting.publish_correction", after_another)
    with pytest.raises(InvalidInput, match=r"line 3 \(2026-01-08 Köln\) is line 2 of load 2"):
        correct_load(keyed, mending, mended, "ann", "asked the shop")

    assert raced == ["once"]
    assert visible_now(keyed) == (2, "6")


def test_the_same_file_is_known_before_its_keys_are_looked_at(
    keyed: LoadContext, written: Written
) -> None:
    load(keyed, written(text(5, 6), "a.csv"))
    again = load(keyed, written(text(5, 6), "b.csv"))

    assert (again.is_known, again.load) == (True, 1)


def test_a_mended_line_does_not_take_the_key_of_another_load_or_correction(
    keyed: LoadContext, written: Written
) -> None:
    load(keyed, written(text(5, 6), "a.csv"))
    wrong = text(1, 7) + text(8, 9, amount="x").removeprefix(HEADER)
    second = load(keyed, written(wrong, "b.csv")).load

    def mend(line: int, day: int) -> int:
        row = text(day).removeprefix(HEADER)
        path = written(f"_line,{HEADER}{line},{row}", f"{line}-{day}.csv")
        return correct_load(keyed, second, path, "ann", "asked the shop").rows

    with pytest.raises(InvalidInput, match=r"line 4 \(2026-01-06 Köln\) is line 3 of load 1"):
        mend(4, 6)
    assert mend(4, 8) == 1
    with pytest.raises(InvalidInput, match=r"line 5 \(2026-01-08 Köln\) is line 4 of load 2"):
        mend(5, 8)
    assert mend(5, 9) == 1
    assert visible_now(keyed) == (6, "6")


def test_of_a_group_only_the_file_waits_whose_keys_are_there(
    keyed: LoadContext, written: Written
) -> None:
    sales = replace(keyed.specifications["sales"], group=True)
    till = replace(keyed, specifications={**keyed.specifications, "sales": sales})
    load(keyed, written(text(5), "a.csv"))
    for name, days in (("b", (6,)), ("c", (5, 7)), ("d", (8,))):
        receive_for_group(till, "sales", written(text(*days), f"{name}.csv"), "ann")
    till.clock.now += timedelta(seconds=61)  # type: ignore[attr-defined]

    published = load_due_groups(till)

    assert len(published) == 2
    assert visible_now(till) == (3, "3")
    with till.metadata.read() as session:
        assert waiting_files(session) == ()
        states = [(one.id, one.state) for one in list_loads(session)]
        (waiting,) = (number for number, state in states if state == "held")
        assert [file.source for file in files_of_load(session, waiting)] == ["c.csv"]
        assert dict(states)[2] == "rejected"  # the three together
        assert find_load(session, 2).error == "refused by system: its files are loaded one by one"


def test_many_clashes_are_counted_and_the_first_are_told(
    keyed: LoadContext, written: Written
) -> None:
    days = range(1, 29)
    load(keyed, written(text(*days), "a.csv"))
    waiting = held(keyed, written(text(*reversed(days), amount="2.00"), "b.csv"))

    assert (waiting.error or "").startswith("28 rows of b.csv would count twice")
    assert "line 2 (2026-01-28 Köln) is line 29 of load 1" in (waiting.error or "")
    assert "; and 23 more" in (waiting.error or "")


def test_batches_without_number_are_compared_in_portions(
    keyed: LoadContext, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (5, 6, 7):
        load(keyed, written(text(day), f"{day}.csv"))
    held(keyed, written(text(5, 6, 7, 8, amount="2.00"), "b.csv"))
    monkeypatch.setattr("server.store.clashes._AT_ONCE", 2)

    found = find_clashes(keyed.store, SALES, KEY, (4,), (1, 2, 3))

    assert [(one.line, one.batch) for one in found.first] == [(2, 1), (3, 2), (4, 3)]
    assert found.rows == 3
