"""The oracle itself, by hand: it judges everything else here."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tests.chaos.forgetting import kept
from tests.chaos.oracle import Event, Membership, Oracle
from tests.chaos.sent import Mode, Sent, Span, Taking

JANUARY, FEBRUARY = date(2026, 1, 5), date(2026, 2, 5)


def taking(day: date, amount: str, stall: str = "tea", key: str = "") -> Taking:
    return Taking(day, stall, 1, Decimal(amount), key)


def till(*takings: Taking) -> Sent:
    return Sent("till", "append", "takings", takings)


def book(*takings: Taking, covers: set[str]) -> Sent:
    return Sent("book", "replace", "takings", takings, frozenset(covers))


def orders(*takings: Taking) -> Sent:
    return Sent("orders", "upsert", "orders", takings)


def stalls(**regions: str) -> Sent:
    return Sent("stalls", "complete", "stalls", regions=tuple(regions.items()))


def total(oracle: Oracle, at: int | None = None) -> Fraction:
    return sum((amount for _, _, amount in oracle.figures(at).values()), Fraction(0))


def test_appended_files_add_up_and_a_withdrawn_one_is_gone_from_its_snapshot_on() -> None:
    oracle = Oracle().published(1, till(taking(JANUARY, "0.10")), 1)
    oracle = oracle.published(2, till(taking(JANUARY, "0.20")), 2)
    oracle = oracle.changed(1, 3, is_shown=False).changed(1, 4, is_shown=True)

    assert [total(oracle, at) for at in range(5)] == [
        Fraction(0), Fraction(1, 10), Fraction(3, 10), Fraction(1, 5), Fraction(3, 10),
    ]  # fmt: skip


def test_a_month_is_the_last_file_that_covers_it_even_when_that_is_empty_there() -> None:
    both = {"2026-01", "2026-02"}
    oracle = Oracle().published(
        1, book(taking(JANUARY, "1"), taking(FEBRUARY, "2"), covers=both), 1
    )
    oracle = oracle.published(2, book(taking(JANUARY, "5"), covers={"2026-01"}), 2)
    oracle = oracle.published(3, book(covers={"2026-02"}), 3)

    assert [total(oracle, at) for at in (1, 2, 3)] == [3, 7, 5]


def test_restoring_an_old_file_does_not_put_it_above_a_newer_one() -> None:
    oracle = Oracle().published(1, book(taking(JANUARY, "1"), covers={"2026-01"}), 1)
    oracle = oracle.published(2, book(taking(JANUARY, "5"), covers={"2026-01"}), 2)
    oracle = oracle.changed(1, 3, is_shown=False).changed(1, 4, is_shown=True)
    assert total(oracle) == 5

    assert total(oracle.changed(2, 5, is_shown=False)) == 1


def test_a_key_is_the_last_row_and_the_one_before_when_that_is_withdrawn() -> None:
    oracle = Oracle().published(
        1, orders(taking(JANUARY, "1", key="a"), taking(JANUARY, "1", key="b")), 1
    )
    oracle = oracle.published(2, orders(taking(FEBRUARY, "7", key="a")), 2)

    assert total(oracle) == 8
    assert total(oracle.changed(2, 3, is_shown=False)) == 2


def test_a_taking_belongs_to_the_region_of_the_last_version() -> None:
    oracle = Oracle().published(1, till(taking(JANUARY, "1")), 1)
    oracle = oracle.published(2, stalls(tea="north"), 2).published(3, stalls(tea="south"), 3)

    places = [[place[2] for place in oracle.figures(at)] for at in (1, 2, 3)]
    assert places == [["unknown"], ["north"], ["south"]]


def test_the_same_file_is_known_while_it_stands_whole() -> None:
    first = book(taking(JANUARY, "1"), covers={"2026-01"})
    oracle = Oracle().published(1, first, 1)
    assert oracle.twin_of(first) == 1

    oracle = oracle.published(2, book(covers={"2026-01"}), 2)
    assert oracle.twin_of(first) is None


def keepers(*spans: Span, mode: Mode = "complete") -> Sent:
    source = "keepers" if mode == "complete" else "some_keepers"
    return Sent(source, mode, "keepers", spans=spans)


def kept_by(oracle: Oracle, membership: Membership, at: int | None = None) -> list[str]:
    return sorted(place[3] for place in oracle.figures(at, membership))


LAST_OF_JANUARY, FIRST_OF_FEBRUARY = date(2026, 1, 31), date(2026, 2, 1)
MOVED = keepers(
    Span("tea", "ada", None, LAST_OF_JANUARY),
    Span("tea", "bo", FIRST_OF_FEBRUARY, date(2026, 2, 4)),
    Span("tea", "cem", FEBRUARY, None),
)


def test_a_taking_is_of_who_kept_the_stall_that_day_or_keeps_it_on_the_last_day() -> None:
    oracle = Oracle().published(1, till(taking(JANUARY, "1")), 1).published(2, MOVED, 2)
    oracle = oracle.published(3, till(taking(FEBRUARY, "1")), 3)

    assert [kept_by(oracle, "as_was", at) for at in (1, 2, 3)] == [
        ["unknown"], ["ada"], ["ada", "cem"],
    ]  # fmt: skip
    assert kept_by(oracle, "as_is", 2) == ["ada"]
    assert kept_by(oracle, "as_is") == ["cem", "cem"]  # in both months


def test_some_keepers_leave_the_others_as_they_were_seen_when_they_came() -> None:
    both = keepers(Span("tea", "ada"), Span("pie", "bo"))
    oracle = Oracle().published(1, till(taking(JANUARY, "1"), taking(JANUARY, "1", stall="pie")), 1)
    oracle = oracle.published(2, both, 2).published(3, MOVED, 3)
    oracle = oracle.published(4, keepers(Span("pie", "dee"), mode="merge"), 4)
    assert kept_by(oracle, "as_was") == ["ada", "dee"]

    oracle = oracle.changed(3, 5, is_shown=False)
    assert kept_by(oracle, "as_was") == ["ada", "dee"]
    assert kept_by(oracle.changed(4, 6, is_shown=False), "as_was") == ["ada", "bo"]


def test_mended_rows_count_with_their_file_from_then_on() -> None:
    one, more = taking(JANUARY, "1"), (taking(JANUARY, "2"), taking(FEBRUARY, "4"))
    sent = replace(book(one, covers={"2026-01", "2026-02"}), bad=more)
    oracle = Oracle().published(1, sent, 1).corrected(1, 2, (1,)).corrected(1, 3, (0,))
    oracle = oracle.changed(1, 4, is_shown=False).changed(1, 5, is_shown=True)
    oracle = oracle.published(2, book(covers={"2026-02"}), 6)

    assert [total(oracle, at) for at in range(1, 7)] == [1, 5, 7, 0, 7, 3]
    assert oracle.mended(1) == (Event(1, 2, True, (1,)), Event(1, 3, True, (0,)))


def test_a_purge_takes_the_snapshots_that_alone_showed_something() -> None:
    oracle = Oracle().published(1, till(taking(JANUARY, "1")), 1)
    oracle = oracle.published(2, book(taking(JANUARY, "1"), covers={"2026-01"}), 2)
    oracle = oracle.published(3, book(covers={"2026-01"}), 3)
    oracle = oracle.changed(1, 4, is_shown=False)
    assert [kept(oracle, at) for at in range(1, 5)] == ["whole"] * 4

    assert [kept(oracle.purged(3), at) for at in range(1, 5)] == ["whole", "gone", "whole", "whole"]
    assert [kept(oracle.purged(4), at) for at in range(1, 5)] == ["gone", "gone", "gone", "whole"]
    held = oracle.purged(4, held=(1,))
    assert [kept(held, at) for at in range(1, 5)] == ["whole", "gone", "whole", "whole"]


def test_what_is_restored_after_a_purge_is_not_older_for_it() -> None:
    oracle = Oracle().published(1, till(taking(JANUARY, "1")), 1).changed(1, 2, is_shown=False)
    oracle = oracle.purged(2).changed(1, 3, is_shown=True)

    assert [kept(oracle, at) for at in (1, 2, 3)] == ["gone", "whole", "whole"]


def test_of_an_older_upsert_it_is_not_known_whether_it_is_gone() -> None:
    oracle = Oracle().published(1, orders(taking(JANUARY, "1", key="a")), 1)
    oracle = oracle.published(2, till(taking(JANUARY, "1")), 2).purged(2)

    assert [kept(oracle, at) for at in (1, 2)] == ["either", "whole"]


def test_a_purge_keeps_the_version_that_another_took_members_from() -> None:
    some = keepers(Span("pie", "dee"), mode="merge")
    oracle = Oracle().published(1, MOVED, 1).published(2, some, 2)

    assert [kept(oracle.purged(2), at) for at in (1, 2)] == ["whole", "whole"]
    oracle = oracle.changed(2, 3, is_shown=False).published(3, MOVED, 4)
    assert [kept(oracle.purged(4), at) for at in (1, 2, 3)] == ["gone"] * 3


def slips(*takings: Taking) -> Sent:
    return Sent("slips", "append", "orders", takings)


def test_what_is_appended_waits_where_a_key_is_seen_on_its_day() -> None:
    oracle = Oracle().published(1, slips(taking(JANUARY, "1", key="a")), 1)
    oracle = oracle.published(2, orders(taking(JANUARY, "1", key="b")), 2)
    again = slips(taking(JANUARY, "2", key="a"), taking(JANUARY, "2", key="c"))
    assert oracle.must_wait(again)

    others = slips(taking(FEBRUARY, "2", key="a"), taking(JANUARY, "2", key="b"))
    assert not oracle.must_wait(others)
    assert not oracle.changed(1, 3, is_shown=False).must_wait(again)


def test_a_withdrawn_file_comes_back_beside_its_keys_only_where_that_was_decided() -> None:
    oracle = Oracle().published(1, slips(taking(JANUARY, "1", key="a")), 1)
    oracle = oracle.changed(1, 2, is_shown=False)
    assert oracle.may_return(1)

    oracle = oracle.published(2, slips(taking(JANUARY, "2", key="a")), 3)
    assert not oracle.may_return(1)
    assert total(oracle) == 2

    both = oracle.changed(2, 4, is_shown=False).changed(1, 5, is_shown=True)
    both = both.published(3, slips(taking(JANUARY, "4", key="a")), 6)  # by a decision
    assert total(both) == 5
    assert both.changed(3, 7, is_shown=False).may_return(3)
    assert not both.changed(1, 7, is_shown=False).may_return(1)


def test_a_count_waits_where_it_moves_a_month_by_more_than_a_fifth() -> None:
    def counts(*amounts: str, covers: str = "2026-01") -> Sent:
        takings = tuple(taking(JANUARY, amount) for amount in amounts)
        return Sent("counts", "replace", "takings", takings, frozenset({covers}))

    oracle = Oracle().published(1, counts(*["10"] * 5), 1)

    assert not oracle.must_wait(counts("20", *["10"] * 4))  # 60 after 50: a fifth
    assert oracle.must_wait(counts("20.01", *["10"] * 4))
    assert oracle.must_wait(counts(*["8"] * 5, "5", "5"))  # 7 rows after 5, and 50 as before
    assert oracle.must_wait(counts())
    assert not oracle.must_wait(counts(covers="2026-02"))
    assert not oracle.changed(1, 2, is_shown=False).must_wait(counts())


def test_the_desk_waits_wherever_it_covers_a_month_that_it_shows() -> None:
    first = replace(book(taking(JANUARY, "1"), covers={"2026-01"}), source="desk")
    oracle = Oracle().published(1, first, 1)

    assert oracle.must_wait(replace(first, takings=()))
    assert not oracle.must_wait(replace(first, takings=(), covers=frozenset({"2026-02"})))
    assert not oracle.must_wait(book(covers={"2026-01"}))
