"""The change of a formula by member, in volume, mix and rate: the parts add up to the change."""

from collections.abc import Mapping
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from server.indicators.absence import Absence, Figure
from server.indicators.contribution import Presence
from server.indicators.formula import Formula, parse_formula
from server.indicators.splitting import Part, Split, most_concentrated, split_change

FORMULAS = (
    "a",
    "a - 2 * b",
    "a / d",
    "(a + b) / (c + d)",
    "a / d - b / c",
    "1 - a / d",
    "(a - b) / 3 + 2 * a / d",
)
NUMBERS = st.fractions(-50, 50, max_denominator=7)
SOME = st.fractions(0, 50, max_denominator=7)
SIDES = st.dictionaries(
    st.sampled_from("pqrst"),
    st.fixed_dictionaries({"a": NUMBERS, "b": NUMBERS, "c": SOME, "d": SOME}),
    max_size=5,
)
Given = Mapping[str, Mapping[str, Figure]]


def side(**members: tuple[int, int]) -> Given:
    """Members with an amount `a` and a quantity `d`."""
    return {name: {"a": Fraction(a), "d": Fraction(d)} for name, (a, d) in members.items()}


def split(text: str, now: Given, before: Given, per: str | None = None) -> Split[str]:
    found = split_change(parse_formula(text), now, before, per)
    assert isinstance(found, Split)
    return found


def whole(formula: Formula, members: Given) -> Figure:
    """The formula over the sums of all members, worked out the plain way."""
    sums: dict[str, Figure] = {name: Fraction(0) for name in "abcd"}
    for one in members.values():
        for name, figure in one.items():
            so_far = sums[name]
            assert isinstance(so_far, Fraction)
            assert isinstance(figure, Fraction)
            sums[name] = so_far + figure
    return formula.evaluate(sums)


def test_both_units_improve_and_the_total_falls() -> None:
    """A from 50/100 to 30/50, B from 10/100 to 24/200: 30 % becomes 21.6 %."""
    found = split("a / d", side(A=(30, 50), B=(24, 200)), side(A=(50, 100), B=(10, 100)))

    assert (found.before, found.now) == (Fraction("0.300"), Fraction("0.216"))
    assert found.volume == 0
    assert (found.mix, found.rate) == (Fraction("-0.120"), Fraction("0.036"))
    assert found.change == Fraction("-0.084")


def test_a_sum_changes_by_volume_mix_and_rate() -> None:
    """10 sales at 4 and 10 at 1 become 10 at 4 and 30 at 2: 50 becomes 100.

    Twice as many sales: + 50 (40 and 10). The dear ones are a quarter instead of half: - 40 for
    them, + 10 for the others. The cheap ones cost 1 more each: + 30.
    """
    found = split("a", side(x=(40, 10), y=(60, 30)), side(x=(40, 10), y=(10, 10)), per="d")

    assert found.parts == (
        Part("x", Presence.BOTH, Fraction(40), Fraction(-40), Fraction(0)),
        Part("y", Presence.BOTH, Fraction(10), Fraction(10), Fraction(30)),
    )
    assert [one.amount for one in found.parts] == [0, 50]
    assert found.change == 50


def test_without_a_quantity_everything_is_volume() -> None:
    found = split("a", side(x=(7, 1), z=(2, 1)), side(x=(4, 1), y=(5, 1)))

    assert [(one.member, one.volume, one.presence) for one in found.parts] == [
        ("x", Fraction(3), Presence.BOTH),
        ("z", Fraction(2), Presence.ENTERED),
        ("y", Fraction(-5), Presence.LEFT),
    ]


def test_a_difference_of_two_averages_adds_the_parts_of_both() -> None:
    """a/d falls by 8.4 points; what is 1 less it rises by as much, by the same members."""
    now, before = side(A=(30, 50), B=(24, 200)), side(A=(50, 100), B=(10, 100))
    falls, rises = split("a / d", now, before), split("1 - a / d", now, before)

    assert rises.change == -falls.change == Fraction("0.084")
    assert [one.amount for one in rises.parts] == [-one.amount for one in falls.parts]


@given(st.sampled_from(FORMULAS), SIDES, SIDES, st.sampled_from((None, "d")))
def test_the_parts_add_up_to_the_change(
    text: str, now: Given, before: Given, per: str | None
) -> None:
    formula = parse_formula(text)
    found = split_change(formula, now, before, per)
    assume(not isinstance(found, Absence))

    assert isinstance(found, Split)
    assert (found.now, found.before) == (whole(formula, now), whole(formula, before))
    assert sum((one.amount for one in found.parts), Fraction(0)) == found.now - found.before
    assert found.volume + found.mix + found.rate == found.change
    assert {one.member for one in found.parts} == now.keys() | before.keys()


@given(SIDES, SIDES)
def test_the_parts_of_a_member_of_a_sum_are_its_own_change(now: Given, before: Given) -> None:
    nothing = {"a": Fraction(0)}
    for one in split("a", now, before, per="d").parts:
        own = now.get(one.member, nothing)["a"], before.get(one.member, nothing)["a"]
        assert isinstance(own[0], Fraction)
        assert isinstance(own[1], Fraction)
        assert one.amount == own[0] - own[1]


@given(SIDES, st.sampled_from("pqrst"), st.sampled_from(("a", "a / d")))
def test_the_one_who_did_it_ranks_first(before: Given, culprit: str, text: str) -> None:
    """All stay as they were but one, whose amount falls by 1,000: nobody else did anything."""
    assume(culprit in before and before[culprit]["d"])
    was = before[culprit]["a"]
    assert isinstance(was, Fraction)
    now = {**before, culprit: {**before[culprit], "a": was - 1000}}
    found = split(text, now, before)

    assert found.ranked[0].member == culprit
    assert found.ranked[0].amount == found.change < 0
    assert all(one.amount == 0 for one in found.ranked[1:])


def test_the_dimension_in_which_one_did_it_all_is_suggested() -> None:
    """By region one of three lost 60; by product each of three lost 20."""
    before = side(x=(100, 1), y=(100, 1), z=(100, 1))
    by_region = split("a", side(x=(40, 1), y=(100, 1), z=(100, 1)), before)
    by_product = split("a", side(x=(80, 1), y=(80, 1), z=(80, 1)), before)

    assert by_region.concentration == 1
    assert by_product.concentration == 0
    assert most_concentrated([("product", by_product), ("region", by_region)]) == "region"
    assert most_concentrated([("product", by_product)]) is None


@pytest.mark.parametrize("text", ["a * b", "if(a > 0, a, b)", "a / d / b", "(a + 1) / d", "a / 0"])
def test_what_is_no_sum_of_sums_and_ratios_cannot_be_split(text: str) -> None:
    assert split_change(parse_formula(text), {}, {}) is Absence.NOT_APPLICABLE


@pytest.mark.parametrize("absence", Absence)
def test_an_absent_figure_of_one_member_leaves_the_split_open(absence: Absence) -> None:
    now: Given = {"x": {"a": Fraction(1)}, "y": {"a": absence}}

    assert split_change(parse_formula("a"), now, {"x": {"a": Fraction(1)}}) is absence


def test_a_ratio_without_a_base_on_one_side_cannot_be_split() -> None:
    assert split_change(parse_formula("a / d"), side(x=(1, 1)), {}) is Absence.ZERO_DENOMINATOR
