"""A target split over members: the parts add up to it, to the smallest unit."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from server.errors import InvalidInput
from server.indicators.allocation import (
    allocate_by_weight,
    allocate_equally,
    increase_by_weight,
    increase_equally,
)

CENT = Fraction(1, 100)
MEMBERS = "abcdefg"


def ints(parts: dict[str, Fraction]) -> list[int]:
    assert all(part.denominator == 1 for part in parts.values())
    return [int(part) for part in parts.values()]


def fractions(**values: int) -> dict[str, Fraction]:
    return {member: Fraction(value) for member, value in values.items()}


def test_what_is_left_over_goes_to_the_largest_remainders() -> None:
    assert ints(allocate_equally(Fraction(100), "abc")) == [34, 33, 33]
    assert ints(allocate_equally(Fraction(10), MEMBERS)) == [2, 2, 2, 1, 1, 1, 1]


def test_a_loss_is_shared_as_a_gain() -> None:
    assert ints(allocate_equally(Fraction(-100), "abc")) == [-34, -33, -33]


def test_parts_follow_the_weights() -> None:
    """100 by 1, 1, 4: 16.67, 16.67, 66.67; the two units left go to the last and the first."""
    assert ints(allocate_by_weight(Fraction(100), fractions(a=1, b=1, c=4))) == [17, 17, 66]
    assert ints(allocate_by_weight(Fraction(100), fractions(a=50, b=30, c=20))) == [50, 30, 20]
    assert ints(allocate_by_weight(Fraction(7), fractions(a=0, b=1))) == [0, 7]


def test_money_is_split_to_the_cent() -> None:
    parts = allocate_equally(Fraction("1.00"), "abc", unit=CENT)

    assert list(parts.values()) == [Fraction("0.34"), Fraction("0.33"), Fraction("0.33")]


def test_a_locked_member_keeps_its_part() -> None:
    parts = allocate_by_weight(Fraction(100), fractions(a=1, b=1, c=1), locked={"b": Fraction(50)})

    assert ints(parts) == [25, 50, 25]


def test_an_increase_is_added_to_what_members_have() -> None:
    """150 over 110 is 40 more: 14, 13, 13."""
    assert ints(increase_equally(Fraction(150), fractions(a=60, b=30, c=20))) == [74, 43, 33]
    assert ints(
        increase_by_weight(Fraction(150), fractions(a=60, b=30, c=20), fractions(a=1, b=1, c=2))
    ) == [70, 40, 40]
    assert ints(increase_equally(Fraction(150), fractions(a=60, b=30, c=20), locked=["a"])) == [
        60,
        50,
        40,
    ]


@pytest.mark.parametrize(
    ("total", "weights", "options", "sentence"),
    [
        ("1.5", {"a": 1}, {}, "3/2 is not a whole multiple of the smallest unit 1"),
        ("1", {"a": -1, "b": 2}, {}, "a weight is negative"),
        ("1", {"a": 0}, {}, "all weights are 0"),
        ("1", {}, {}, "1 is left over and every member is locked"),
        (
            "3",
            {"a": 1},
            {"locked": {"a": Fraction(2)}},
            "1 is left over and every member is locked",
        ),
        ("3", {"a": 1}, {"locked": {"z": Fraction(2)}}, "z is locked but not among the members"),
        ("3", {"a": 1}, {"unit": Fraction(0)}, "the smallest unit is 0; it must be above 0"),
    ],
)
def test_what_cannot_be_split_is_refused(
    total: str, weights: dict[str, int], options: dict[str, dict[str, Fraction]], sentence: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        allocate_by_weight(Fraction(total), fractions(**weights), **options)  # type: ignore[arg-type]

    assert sentence in refused.value.message


def test_every_member_needs_a_weight() -> None:
    with pytest.raises(InvalidInput, match="a present part and a weight"):
        increase_by_weight(Fraction(1), fractions(a=1), fractions(b=1))


WEIGHTS = st.dictionaries(
    st.sampled_from(MEMBERS), st.fractions(0, 50, max_denominator=9), min_size=1
)


@given(st.integers(-10_000, 10_000), WEIGHTS)
def test_parts_add_up_and_lie_within_one_unit_of_their_share(
    cents: int, weights: dict[str, Fraction]
) -> None:
    assume(any(weights.values()))
    total, whole = cents * CENT, sum(weights.values())

    parts = allocate_by_weight(total, weights, unit=CENT)

    assert sum(parts.values()) == total
    for member, part in parts.items():
        assert (part / CENT).denominator == 1
        assert abs(part - total * weights[member] / whole) < CENT


@given(st.integers(-1000, 1000), WEIGHTS, st.integers(-50, 50))
def test_locks_hold_and_the_rest_still_adds_up(
    total: int, weights: dict[str, Fraction], held: int
) -> None:
    first, *others = weights
    assume(any(weights[member] for member in others))

    parts = allocate_by_weight(Fraction(total), weights, locked={first: Fraction(held)})

    assert parts[first] == held
    assert sum(parts.values()) == total
    assert list(parts) == list(weights)
