"""Changes: amounts, percentages, points and the words of profit and loss."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.indicators.absence import Absence, Figure
from server.indicators.curve import Direction
from server.indicators.trend import Change, change
from server.indicators.wording import UNITS

COUNT, PERCENT = UNITS["count"], UNITS["percent"]
HIGHER, LOWER, BAND = Direction.HIGHER, Direction.LOWER, Direction.BAND
FIGURES = st.one_of(st.fractions(-100, 100, max_denominator=9), st.sampled_from(Absence))


@pytest.mark.parametrize(
    ("now", "before", "absolute", "relative", "words"),
    [
        (110, 100, 10, Fraction(1, 10), None),
        (90, 100, -10, Fraction(-1, 10), None),
        (0, 100, -100, Fraction(-1), None),
        (100, 100, 0, Fraction(0), None),
        (5, 0, 5, Absence.ZERO_DENOMINATOR, None),
        (-5, 0, -5, Absence.ZERO_DENOMINATOR, None),
        (0, 0, 0, Absence.ZERO_DENOMINATOR, None),
        (1, -100, 101, Absence.NOT_APPLICABLE, "turned_profit"),
        (50, -100, 150, Absence.NOT_APPLICABLE, "turned_profit"),
        (-40, -100, 60, Absence.NOT_APPLICABLE, "loss_narrowed"),
        (0, -100, 100, Absence.NOT_APPLICABLE, "loss_narrowed"),
        (-150, -100, -50, Absence.NOT_APPLICABLE, "loss_widened"),
        (-100, -100, 0, Absence.NOT_APPLICABLE, None),
        (-50, 100, -150, Absence.NOT_APPLICABLE, "turned_loss"),
    ],
)
def test_an_amount_changes(
    now: int, before: int, absolute: int, relative: Figure, words: str | None
) -> None:
    result = change(Fraction(now), Fraction(before), COUNT, HIGHER)

    assert (result.absolute, result.relative, result.words) == (Fraction(absolute), relative, words)
    assert not result.in_points


def test_a_rate_changes_in_points() -> None:
    """From 80 % to 82.5 % is 2.5 points, not 3.1 %."""
    result = change(Fraction("0.825"), Fraction("0.80"), PERCENT, HIGHER)

    assert result == Change(Fraction("0.025"), Absence.NOT_APPLICABLE, None, True, True)


def test_a_rate_below_zero_has_no_words_of_loss() -> None:
    assert change(Fraction(1, 10), Fraction(-1, 10), PERCENT, HIGHER).words is None


def test_words_of_profit_are_not_said_of_what_should_be_small() -> None:
    result = change(Fraction(5), Fraction(-3), UNITS["minutes"], LOWER)

    assert (result.words, result.relative) == (None, Absence.NOT_APPLICABLE)


@pytest.mark.parametrize(
    ("now", "before", "direction", "is_good"),
    [
        (2, 1, HIGHER, True),
        (1, 2, HIGHER, False),
        (2, 1, LOWER, False),
        (1, 2, LOWER, True),
        (1, 1, HIGHER, None),
        (2, 1, BAND, None),
    ],
)
def test_good_is_what_the_direction_calls_better(
    now: int, before: int, direction: Direction, is_good: bool | None
) -> None:
    assert change(Fraction(now), Fraction(before), COUNT, direction).is_good is is_good


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (Fraction(1), Absence.NOT_LOADED, Absence.NOT_LOADED),
        (Absence.PARTIAL, Fraction(1), Absence.PARTIAL),
        (Absence.PARTIAL, Absence.NOT_LOADED, Absence.NOT_LOADED),
        (Absence.SUPPRESSED, Absence.NOT_LOADED, Absence.SUPPRESSED),
    ],
)
def test_a_missing_side_says_why(now: Figure, before: Figure, expected: Absence) -> None:
    assert change(now, before, COUNT, HIGHER) == Change(expected, expected, None, False, None)


@given(FIGURES, FIGURES, st.sampled_from([COUNT, PERCENT]), st.sampled_from(Direction))
def test_a_change_is_never_without_a_reason(
    now: Figure, before: Figure, unit: object, direction: Direction
) -> None:
    assert unit in (COUNT, PERCENT)
    result = change(now, before, COUNT if unit is COUNT else PERCENT, direction)

    if isinstance(now, Absence) or isinstance(before, Absence):
        assert isinstance(result.absolute, Absence)
    else:
        assert result.absolute == now - before
    if isinstance(result.relative, Fraction):
        assert isinstance(before, Fraction)
        assert result.relative * before == result.absolute
