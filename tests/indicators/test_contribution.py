"""Which members made a figure change: the parts add up exactly."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from server.indicators.absence import Absence
from server.indicators.contribution import (
    Contribution,
    Parts,
    Presence,
    RatioSplit,
    split_ratio,
    split_sum,
)

NUMBERS = st.fractions(-100, 100, max_denominator=9)
SUMS = st.dictionaries(st.sampled_from("abcde"), NUMBERS, max_size=5)
RATIOS = st.dictionaries(
    st.sampled_from("abcde"),
    st.builds(Parts, NUMBERS, st.fractions(0, 100, max_denominator=9)),
    max_size=5,
)


def parts(numerator: int, denominator: int) -> Parts:
    return Parts(Fraction(numerator), Fraction(denominator))


def test_both_members_improve_and_the_total_falls() -> None:
    """A from 50/100 to 30/50, B from 10/100 to 24/200: 30 % becomes 21.6 %."""
    split = split_ratio(
        now={"A": parts(30, 50), "B": parts(24, 200)},
        before={"A": parts(50, 100), "B": parts(10, 100)},
    )

    assert isinstance(split, RatioSplit)
    assert (split.before, split.now) == (Fraction("0.300"), Fraction("0.216"))
    assert (split.mix, split.rate) == (Fraction("-0.120"), Fraction("0.036"))
    assert split.mix + split.rate == Fraction("-0.084")
    assert all(one.rate > 0 for one in split.members)


def test_a_member_on_one_side_has_mix_and_no_rate() -> None:
    """B leaves, C enters; each is judged by the ratio that it has."""
    split = split_ratio(
        now={"A": parts(50, 100), "C": parts(30, 100)},
        before={"A": parts(50, 100), "B": parts(10, 100)},
    )

    assert isinstance(split, RatioSplit)
    told = {one.member: (one.mix, one.rate, one.presence) for one in split.members}
    nothing = Fraction(0)
    assert told == {
        "A": (nothing, nothing, Presence.BOTH),
        # half of the whole enters at 30 %, the level was 30 %
        "C": (nothing, nothing, Presence.ENTERED),
        # half of the whole leaves, which stood 20 points below the level
        "B": (Fraction("0.10"), nothing, Presence.LEFT),
    }
    assert split.now - split.before == Fraction("0.10")


def test_a_numerator_without_a_denominator_counts_as_rate() -> None:
    split = split_ratio(now={"A": parts(50, 100), "B": parts(5, 0)}, before={"A": parts(50, 100)})

    assert isinstance(split, RatioSplit)
    assert (split.mix, split.rate) == (Fraction(0), Fraction(5, 100))


@pytest.mark.parametrize(
    ("now", "before"),
    [({}, {}), ({"A": parts(1, 0)}, {"A": parts(1, 1)}), ({"A": parts(1, 1)}, {})],
)
def test_a_whole_without_a_denominator_cannot_be_split(
    now: dict[str, Parts], before: dict[str, Parts]
) -> None:
    assert split_ratio(now, before) is Absence.ZERO_DENOMINATOR


@given(RATIOS, RATIOS)
def test_the_parts_of_a_ratio_s_change_add_up(
    now: dict[str, Parts], before: dict[str, Parts]
) -> None:
    split = split_ratio(now, before)
    assume(isinstance(split, RatioSplit))

    assert isinstance(split, RatioSplit)
    assert sum((one.amount for one in split.members), Fraction(0)) == split.now - split.before
    assert {one.member for one in split.members} == now.keys() | before.keys()


def test_a_sum_changes_by_the_changes_of_its_members() -> None:
    split = split_sum(
        now={"a": Fraction(5), "c": Fraction(4)}, before={"a": Fraction(3), "b": Fraction(2)}
    )

    assert split == (
        Contribution("a", Fraction(2), Presence.BOTH),
        Contribution("c", Fraction(4), Presence.ENTERED),
        Contribution("b", Fraction(-2), Presence.LEFT),
    )


@given(SUMS, SUMS)
def test_the_parts_of_a_sum_s_change_add_up(
    now: dict[str, Fraction], before: dict[str, Fraction]
) -> None:
    total = sum((one.amount for one in split_sum(now, before)), Fraction(0))

    assert total == sum(now.values(), Fraction(0)) - sum(before.values(), Fraction(0))
