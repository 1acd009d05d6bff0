"""The oracle itself, by hand: it judges everything else here."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from tests.chaos.oracle import Oracle, Sent, Taking

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
