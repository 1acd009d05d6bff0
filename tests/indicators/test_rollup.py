"""Scores of children made into the parent's: weights, coverage, vetoes and challenges."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.indicators.absence import Absence, Figure
from server.indicators.rollup import (
    Bonus,
    Method,
    RolledUp,
    Weighted,
    roll_up,
    rolled_status,
    shares,
    with_bonuses,
)
from server.indicators.scoring import Status

SCORES = st.fractions(0, 120, max_denominator=20)
FIGURES = st.one_of(SCORES, st.sampled_from(Absence))
WEIGHTS = st.fractions("1/20", 100, max_denominator=20)
CHILDREN = st.lists(st.builds(Weighted, WEIGHTS, FIGURES), min_size=1, max_size=8)


def child(weight: int, score: int | Absence) -> Weighted:
    return Weighted(Fraction(weight), score if isinstance(score, Absence) else Fraction(score))


def test_children_without_a_score_are_left_out_and_lower_the_coverage() -> None:
    """(50 * 90 + 20 * 60) / 70 is 81.43; 70 of 100 is covered. As zero it would be 57."""
    rolled = roll_up([child(50, 90), child(30, Absence.NOT_LOADED), child(20, 60)])

    assert rolled == RolledUp(Fraction(5700, 70), Fraction(7, 10), is_partial=False)
    assert roll_up([child(50, 90), child(30, 0), child(20, 60)]).score == 57


@pytest.mark.parametrize(
    ("least", "is_partial"),
    [("0.6", False), ("0.7", False), ("0.71", True), ("1", True), ("0", False)],
)
def test_too_little_coverage_makes_the_parent_partial(least: str, is_partial: bool) -> None:
    children = [child(50, 90), child(30, Absence.LATE), child(20, 60)]

    rolled = roll_up(children, min_coverage=Fraction(least))

    assert rolled.is_partial is is_partial
    assert rolled.score == Fraction(5700, 70)  # still told, beside the mark
    assert rolled_status(rolled) is (Status.PARTIAL if is_partial else Status.WATCH)


@pytest.mark.parametrize(
    ("method", "expected"),
    [(Method.AVERAGE, Fraction(70)), (Method.MIN, Fraction(40)), (Method.MAX, Fraction(100))],
)
def test_methods(method: Method, expected: Fraction) -> None:
    """Two children of equal weight with 100 and 40; a third, as heavy as both, has no score."""
    children = [child(50, 100), child(50, 40), child(100, Absence.LATE)]

    assert roll_up(children, method).score == expected
    assert roll_up(children, method).coverage == Fraction(1, 2)


@pytest.mark.parametrize(
    ("children", "expected"),
    [
        ([child(1, Absence.LATE), child(1, Absence.NOT_LOADED)], Absence.NOT_LOADED),
        ([child(1, Absence.NO_TARGET)], Absence.NO_TARGET),
        ([], Absence.NOT_APPLICABLE),
        ([child(0, 90)], Absence.NOT_APPLICABLE),
    ],
)
def test_without_any_score_the_reason_is_told(children: list[Weighted], expected: Absence) -> None:
    rolled = roll_up(children, min_coverage=Fraction(1))

    assert rolled == RolledUp(expected, Fraction(0))
    assert rolled_status(rolled) is Status.NO_DATA


def test_a_hole_below_stays_visible_above() -> None:
    """A child with half of its weight scored covers half of its own."""
    half = Weighted(Fraction(40), Fraction(80), coverage=Fraction(1, 2))

    assert roll_up([half, child(60, 90)]).coverage == Fraction(8, 10)


@given(CHILDREN)
def test_coverage_is_a_share_and_the_score_lies_between_the_children(
    children: list[Weighted],
) -> None:
    rolled = roll_up(children)
    scores = [one.score for one in children if isinstance(one.score, Fraction)]

    assert 0 <= rolled.coverage <= 1
    assert (rolled.coverage == 1) == (len(scores) == len(children))
    if scores:
        assert isinstance(rolled.score, Fraction)
        assert min(scores) <= rolled.score <= max(scores)


@given(CHILDREN, WEIGHTS)
def test_only_relative_weights_matter(children: list[Weighted], factor: Fraction) -> None:
    scaled = [Weighted(factor * one.weight, one.score) for one in children]

    assert roll_up(scaled) == roll_up(children)


@given(st.lists(WEIGHTS, min_size=1, max_size=12))
def test_shares_sum_to_exactly_one(weights: list[Fraction]) -> None:
    assert sum(shares(weights)) == 1


BONUSES = st.lists(
    st.builds(
        Bonus,
        st.fractions(0, 30, max_denominator=10),
        st.one_of(st.fractions(-3, 3, max_denominator=10), st.sampled_from(Absence)),
    ),
    max_size=5,
)


@given(SCORES, BONUSES)
def test_a_challenge_never_lowers_and_never_passes_the_cap(
    base: Fraction, bonuses: list[Bonus]
) -> None:
    with_them = with_bonuses(base, bonuses)

    assert isinstance(with_them, Fraction)
    assert base <= with_them <= 120


@pytest.mark.parametrize(
    ("base", "bonuses", "expected"),
    [
        (Fraction(80), [("10", Fraction(1, 2))], Fraction(85)),
        (Fraction(80), [("10", Fraction(2))], Fraction(90)),
        (Fraction(80), [("10", Fraction(-1))], Fraction(80)),
        (Fraction(80), [("10", Absence.NOT_LOADED)], Fraction(80)),
        (Fraction(115), [("10", Fraction(1)), ("5", Fraction(1))], Fraction(120)),
        (Absence.LATE, [("10", Fraction(1))], Absence.LATE),
    ],
)
def test_challenges_beside_the_base(
    base: Figure, bonuses: list[tuple[str, Figure]], expected: Figure
) -> None:
    told = [Bonus(Fraction(points), reached) for points, reached in bonuses]

    assert with_bonuses(base, told) == expected
