"""Shares, ranks, running totals and the best, by hand and by plain Python."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from server.cube.marks import (
    Rank,
    greatest_places,
    places_in_order,
    ranks,
    running,
    share,
    top_places,
)
from server.indicators.absence import Absence, Figure

EMPTY, NOT_LOADED = Absence.NOT_APPLICABLE, Absence.NOT_LOADED
# Some differ by less than binary floats tell, some are greater than any of them, some have parts
# that no other has.
CLOSE = [Fraction(10**30, 7), Fraction(10**30 + 1, 7), Fraction(1, 10**19), Fraction(2, 10**19 + 1)]
GREAT = [Fraction(10**400), Fraction(10**400 + 1, 3)]
FIGURES = st.lists(
    st.one_of(
        st.fractions(-3, 3, max_denominator=3),
        st.sampled_from([EMPTY, NOT_LOADED]),
        st.sampled_from(CLOSE),
        st.sampled_from(GREAT),
    )
)


def _figures(*numbers: int | Absence) -> list[Figure]:
    return [one if isinstance(one, Absence) else Fraction(one) for one in numbers]


def test_a_share_is_exact_and_says_why_there_is_none() -> None:
    assert share(Fraction(1), Fraction(3)) == Fraction(1, 3)
    assert share(Fraction(-1), Fraction(4)) == Fraction(-1, 4)
    assert share(Fraction(1), Fraction(0)) is Absence.ZERO_DENOMINATOR
    assert share(EMPTY, Fraction(1)) is EMPTY
    assert share(Fraction(1), NOT_LOADED) is NOT_LOADED
    assert share(EMPTY, NOT_LOADED) is NOT_LOADED  # by precedence, as of any division


def test_equal_figures_share_a_rank_and_the_next_are_skipped() -> None:
    found = ranks(_figures(5, 7, EMPTY, 5, 9, 1))

    assert found == [Rank(3, 2), Rank(2, 1), EMPTY, Rank(3, 2), Rank(1, 1), Rank(5, 1)]


def test_a_running_total_ends_where_a_figure_is_absent() -> None:
    assert running(_figures(1, 2, -4)) == _figures(1, 3, -1)
    assert running(_figures(1, NOT_LOADED, 2)) == _figures(1, NOT_LOADED, NOT_LOADED)
    assert running([]) == []


def test_the_best_are_the_greatest_numbers_of_equal_ones_the_first() -> None:
    figures = _figures(2, 5, EMPTY, 5, 1)

    assert top_places(figures, 3) == [1, 3, 0]
    assert top_places(figures, 9) == [1, 3, 0, 4]
    assert greatest_places(figures, 2) == [1, 3]
    assert greatest_places(figures, 5) == [0, 1, 2, 3, 4]


@given(FIGURES)
def test_a_rank_is_one_more_than_the_number_of_greater_figures(figures: list[Figure]) -> None:
    numbers = [one for one in figures if isinstance(one, Fraction)]

    assert ranks(figures) == [
        Rank(1 + sum(other > one for other in numbers), numbers.count(one))
        if isinstance(one, Fraction)
        else one
        for one in figures
    ]


@given(FIGURES, st.booleans())
def test_in_either_direction_equal_ones_stay_and_what_has_no_number_comes_last(
    figures: list[Figure], down: bool
) -> None:
    def key(place: int) -> tuple[bool, Fraction]:
        one = figures[place]
        number = one if isinstance(one, Fraction) else Fraction(0)
        return isinstance(one, Absence), -number if down else number

    assert places_in_order(figures, is_descending=down) == sorted(range(len(figures)), key=key)
