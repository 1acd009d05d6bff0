"""Restating and upserting: what a second file replaces, what it leaves, what it costs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from loaders.context import LoadContext
from loaders.load import replay_load, run_load
from loaders.specification import Cover, ScopePart
from server.errors import Conflict, InvalidInput, LoadHeld, LoadRejected
from server.ledger.publish import restore, withdraw
from server.ledger.snapshot import open_snapshot
from server.ledger.source_line import source_line
from server.metadata.batches import batches_of
from server.metadata.load_list import seen_keys
from server.metadata.loads import list_loads, quarantined_rows
from tests.loading import visible, visible_now
from tests.shop import Question
from tests.shop_loads import HEADER

Written = Callable[..., Path]


def row(day: str, amount: str, store: str = "Köln", pieces: int = 1) -> str:
    return f"{day},{store},{pieces},{amount},NA,2026-01-31T12:00:00Z,x\n"


JANUARY = HEADER + row("2026-01-05", "1.00") + row("2026-01-06", "2.00")
JANUARY_AGAIN = HEADER + row("2026-01-05", "1.50")
FEBRUARY = HEADER + row("2026-02-01", "4.00", "Bonn")


def of(context: LoadContext, **changes: object) -> LoadContext:
    sales = replace(context.specifications["sales"], **changes)  # type: ignore[arg-type]
    return replace(context, specifications={**context.specifications, "sales": sales})


@pytest.fixture
def monthly(context: LoadContext) -> LoadContext:
    """Sales are restated by month, which a file may name."""
    return of(
        context,
        mode="replace",
        scope=(ScopePart("day", "month"),),
        cover=Cover(r"sales_(?P<month>\d{4}-\d\d)\.csv"),
    )


@pytest.fixture
def keyed(context: LoadContext) -> LoadContext:
    """Sales are upserted by day and store."""
    return of(context, mode="upsert", key=("day", "store"), buckets=4)


def scope_keys(context: LoadContext, load: int) -> dict[str, int | None]:
    with context.metadata.read() as session:
        return {batch.scope_key: batch.rows for batch in batches_of(session, load)}


def test_a_month_that_is_sent_again_replaces_itself_alone(
    monthly: LoadContext, written: Written
) -> None:
    run_load(monthly, "sales", written(JANUARY))
    run_load(monthly, "sales", written(FEBRUARY))
    assert visible_now(monthly) == (3, "7")

    outcome = run_load(monthly, "sales", written(JANUARY_AGAIN))

    assert visible_now(monthly) == (2, "5.5")
    assert outcome.restated == (
        {"scope": "month=2026-01", "load_before": 1, "rows_before": 2, "rows": 1},
    )
    before = open_snapshot(monthly.metadata, outcome.snapshot - 1)
    assert visible(monthly.store, before) == (3, "7")


def test_a_file_of_several_months_has_a_batch_for_each(
    monthly: LoadContext, written: Written
) -> None:
    both = HEADER + row("2026-02-01", "4.00") + row("2026-01-05", "1.00") + row("2026-02-03", "1")

    outcome = run_load(monthly, "sales", written(both))

    assert scope_keys(monthly, outcome.load) == {"month=2026-01": 1, "month=2026-02": 2}
    question = Question("SELECT toMonth(day), uniqExact(_load) FROM sales GROUP BY 1 ORDER BY 1")
    assert monthly.store.readers.query(question).rows == [(1, 1), (2, 1)]


def test_a_covered_month_without_rows_is_emptied(monthly: LoadContext, written: Written) -> None:
    run_load(monthly, "sales", written(JANUARY))

    outcome = run_load(monthly, "sales", written(HEADER), scope=["month=2026-01"])

    assert visible_now(monthly) == (0, "0")
    assert scope_keys(monthly, outcome.load) == {"month=2026-01": 0}


def test_rows_outside_of_what_the_file_says_it_covers_are_not_stored(
    monthly: LoadContext, written: Written
) -> None:
    text = JANUARY + row("2026-02-01", "4.00")

    outcome = run_load(monthly, "sales", written(text, "sales_2026-01.csv"))

    assert visible_now(monthly) == (2, "3")
    with monthly.metadata.read() as session:
        (refused,) = quarantined_rows(session, outcome.load)
    assert (refused.line, refused.rule) == (4, "outside_cover")
    assert refused.message == "the row is of month=2026-02, but the file covers month=2026-01"


def test_a_control_line_says_what_is_covered(monthly: LoadContext, written: Written) -> None:
    said = of(monthly, cover=Cover(control_line="# scope:"))

    outcome = run_load(said, "sales", written("# scope: month=2026-01\n" + JANUARY))

    assert visible_now(said) == (2, "3")
    assert scope_keys(said, outcome.load) == {"month=2026-01": 2}
    question = Question("SELECT min(_row) FROM sales")
    assert monthly.store.readers.query(question).rows == [(3,)]  # the third line of the file
    line = source_line(monthly.metadata, monthly.settings.spool, 1, 3)
    assert (
        f"{line.header}\n{line.text}\n" == JANUARY[: len(HEADER) + len(row("2026-01-05", "1.00"))]
    )
    with pytest.raises(LoadRejected, match=r"first line of sales\.csv must begin with '# scope:'"):
        run_load(said, "sales", written(JANUARY_AGAIN))


def test_a_scope_that_is_none_is_refused_before_anything_is_loaded(
    monthly: LoadContext, written: Written
) -> None:
    with pytest.raises(InvalidInput, match="write month=2013-01"):
        run_load(monthly, "sales", written(JANUARY), scope=["store=Köln"])

    with monthly.metadata.read() as session:
        assert list_loads(session, 9) == ()


def test_a_source_without_parts_of_scope_is_restated_as_a_whole(
    context: LoadContext, written: Written
) -> None:
    whole = of(context, mode="replace")
    run_load(whole, "sales", written(JANUARY))
    run_load(whole, "sales", written(FEBRUARY))

    assert visible_now(whole) == (1, "4")


def test_withdrawing_shows_what_was_there_before(monthly: LoadContext, written: Written) -> None:
    run_load(monthly, "sales", written(JANUARY))
    again = run_load(monthly, "sales", written(JANUARY_AGAIN))

    withdraw(monthly.metadata, again.load, "ann", "a mistake", monthly.clock())
    assert visible_now(monthly) == (2, "3")
    restore(monthly.metadata, again.load, "ann", "it was none", monthly.clock())
    assert visible_now(monthly) == (1, "1.5")


def test_the_same_file_is_known_while_it_is_seen_and_a_restatement_after(
    monthly: LoadContext, written: Written
) -> None:
    first = run_load(monthly, "sales", written(JANUARY))
    assert run_load(monthly, "sales", written(JANUARY, "other.csv")).load == first.load
    run_load(monthly, "sales", written(JANUARY_AGAIN))

    back = run_load(monthly, "sales", written(JANUARY))

    assert (back.load, back.is_known) == (3, False)
    assert visible_now(monthly) == (2, "3")


def test_of_a_load_is_told_of_how_many_scope_keys_it_is_seen_still(
    monthly: LoadContext, written: Written
) -> None:
    """Two months in one file; then each is sent again, and the second of these is withdrawn."""
    both = run_load(monthly, "sales", written(JANUARY + row("2026-02-01", "4.00", "Bonn"))).load
    told = [seen(monthly, both)]
    for text in (JANUARY_AGAIN, FEBRUARY):
        last = run_load(monthly, "sales", written(text)).load
        told.append(seen(monthly, both))
    withdraw(monthly.metadata, last, "ann", "wrong", monthly.clock())

    assert [*told, seen(monthly, both)] == [(2, 2), (1, 2), (0, 2), (1, 2)]


def seen(context: LoadContext, load: int) -> tuple[int, int]:
    with context.metadata.read() as session:
        found = seen_keys(session, [load])[load]
    return found.seen, found.all


def test_a_withdrawn_file_is_offered_to_be_restored_or_read_anew(
    monthly: LoadContext, written: Written
) -> None:
    first = run_load(monthly, "sales", written(JANUARY))
    withdraw(monthly.metadata, first.load, "ann", "wrong", monthly.clock())

    with pytest.raises(Conflict, match="load 1, which was withdrawn"):
        run_load(monthly, "sales", written(JANUARY))
    replayed = replay_load(monthly, first.load)

    assert (replayed.load, replayed.stored) == (2, 2)
    assert visible_now(monthly) == (2, "3")


def test_a_restatement_waits_for_a_decision_where_the_source_wants_one(
    monthly: LoadContext, written: Written
) -> None:
    strict = of(monthly, on_restatement="hold")
    run_load(strict, "sales", written(JANUARY))
    run_load(strict, "sales", written(FEBRUARY))

    with pytest.raises(LoadHeld):
        run_load(strict, "sales", written(JANUARY_AGAIN))

    assert visible_now(strict) == (3, "7")
    with strict.metadata.read() as session:
        assert list_loads(session, 1)[0].held_for == "restatement"


def test_an_upsert_replaces_rows_of_the_same_key_and_keeps_the_others(
    keyed: LoadContext, written: Written
) -> None:
    run_load(keyed, "sales", written(JANUARY))
    run_load(keyed, "sales", written(FEBRUARY))

    run_load(keyed, "sales", written(JANUARY_AGAIN + row("2026-02-02", "8.00", "Bonn")))

    assert visible_now(keyed) == (4, "15.5")
    snapshot = open_snapshot(keyed.metadata)
    question = Question(
        "SELECT toString(day), _origin, _row FROM sales "
        "WHERE _load <= {top:UInt32} AND NOT has({hidden:Array(UInt32)}, _load) ORDER BY day",
        {"top": snapshot.top, "hidden": list(snapshot.hidden_in("sales"))},
    )
    rows = keyed.store.readers.query(question).rows
    with keyed.metadata.read() as session:
        loads = {batch.id: load for load in (1, 2, 3) for batch in batches_of(session, load)}
    assert [(day, loads[origin], line) for day, origin, line in rows] == [
        ("2026-01-05", 3, 2),
        ("2026-01-06", 1, 3),
        ("2026-02-01", 2, 2),
        ("2026-02-02", 3, 3),
    ]


def test_an_upsert_that_is_withdrawn_leaves_what_was_before(
    keyed: LoadContext, written: Written
) -> None:
    run_load(keyed, "sales", written(JANUARY))
    first = run_load(keyed, "sales", written(JANUARY_AGAIN))
    run_load(keyed, "sales", written(HEADER + row("2026-01-06", "9.00")))
    assert visible_now(keyed) == (2, "10.5")

    withdraw(keyed.metadata, first.load, "ann", "wrong", keyed.clock(), keyed.builder)

    assert visible_now(keyed) == (2, "10")


def test_a_key_that_comes_twice_in_a_file_names_no_row(
    keyed: LoadContext, written: Written
) -> None:
    outcome = run_load(keyed, "sales", written(JANUARY + row("2026-01-05", "7.00")))

    assert visible_now(keyed) == (2, "3")
    with keyed.metadata.read() as session:
        (refused,) = quarantined_rows(session, outcome.load)
    assert (refused.line, refused.rule, refused.raw) == (4, "duplicate_key", "2026-01-05 Köln")


def test_another_scheme_would_count_twice_and_is_refused(
    monthly: LoadContext, written: Written
) -> None:
    run_load(monthly, "sales", written(JANUARY))
    by_store = of(monthly, scope=(ScopePart("store"),), cover=Cover())

    with pytest.raises(Conflict, match=r"mode replace \(store\), but load 1 was published in mode"):
        run_load(by_store, "sales", written(JANUARY_AGAIN))
    with pytest.raises(Conflict, match="is in mode append"):
        run_load(of(monthly, mode="append", scope=(), cover=Cover()), "sales", written(FEBRUARY))


def test_more_scope_keys_than_a_load_may_have_reject_it(
    context: LoadContext, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loaders.routing.MOST_KEYS", 2)
    daily = of(context, mode="replace", scope=(ScopePart("day"),))
    text = HEADER + "".join(row(f"2026-01-0{day}", "1.00") for day in (1, 2, 3))

    with pytest.raises(LoadRejected, match="more than 2 scope keys"):
        run_load(daily, "sales", written(text))


def test_the_sums_of_many_keys_are_those_of_the_store(
    context: LoadContext, written: Written
) -> None:
    daily = of(context, mode="replace", scope=(ScopePart("day"), ScopePart("store")))
    text = HEADER + "".join(
        row(f"2026-01-{number % 28 + 1:02}", f"{number}.25", f"S{number % 17}", number % 5)
        for number in range(3000)
    )

    outcome = run_load(daily, "sales", written(text))

    assert len(scope_keys(daily, outcome.load)) == 28 * 17
    assert visible_now(daily) == (3000, "4499250")  # 2999 * 3000 / 2 + 3000 / 4
