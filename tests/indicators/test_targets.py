"""The target in force: months make quarters and years, organisations have their own or inherit."""

from fractions import Fraction

import pytest

from server.errors import ManyErrors
from server.indicators.absence import Absence, Figure
from server.indicators.definition import Indicator, challenge_for, target_for
from server.indicators.scoring import score_indicator
from server.periods import Period
from tests.indicators.definitions import indicator, volume

OCTOBER, NOVEMBER, DECEMBER = (Period("month", 2013, month) for month in (10, 11, 12))
QUARTER, YEAR = Period("quarter", 2013, 4), Period("year", 2013)


def test_a_month_has_the_target_that_is_written() -> None:
    assert target_for(indicator(), DECEMBER) == Fraction(3, 4)
    assert target_for(indicator(), Period("month", 2013, 9)) is Absence.NO_TARGET


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("sum", Fraction(330)), ("mean", Fraction(110)), ("last", Fraction(120))],
)
def test_a_quarter_joins_its_months_by_the_rule(rule: str, expected: Fraction) -> None:
    assert target_for(volume(target_rollup=rule), QUARTER) == expected


def test_a_weighted_target_needs_the_denominators() -> None:
    """80 % of 100, 82 % of 100 and 75 % of 200 are 312 of 400, which is 78 %."""
    weighted = indicator(target_rollup="weighted")
    flights = {OCTOBER: Fraction(100), NOVEMBER: Fraction(100), DECEMBER: Fraction(200)}

    assert target_for(weighted, QUARTER, weights=flights) == Fraction(78, 100)
    assert target_for(weighted, QUARTER) is Absence.DEFINITION_GAP
    nothing = dict.fromkeys(flights, Fraction(0))
    assert target_for(weighted, QUARTER, weights=nothing) is Absence.ZERO_DENOMINATOR


def test_a_period_with_a_target_of_its_own_does_not_join_months() -> None:
    own = volume(targets={"2013-Q4": 400, "2013-10": 1, "2013-11": 1, "2013-12": 1},
                 curve={"kind": "milestone"})  # fmt: skip

    assert target_for(own, QUARTER) == 400


@pytest.mark.parametrize("rule", ["sum", "mean", "weighted"])
def test_a_month_without_a_target_leaves_the_year_without_one(rule: str) -> None:
    assert target_for(volume(target_rollup=rule), YEAR) is Absence.NO_TARGET


def test_the_last_month_decides_where_the_rule_is_last() -> None:
    assert target_for(volume(target_rollup="last"), YEAR) == 120
    assert target_for(volume(target_rollup="last"), Period("quarter", 2013, 3)) is Absence.NO_TARGET


def test_weeks_and_days_have_only_targets_of_their_own() -> None:
    assert target_for(indicator(), Period.parse("2013-W50")) is Absence.NO_TARGET
    weekly = indicator(targets={"2013-W50": "0.8"}, frequency="week")
    assert target_for(weekly, Period.parse("2013-W50")) == Fraction(4, 5)


@pytest.mark.parametrize(
    ("one", "organisation", "expected"),
    [
        # a rate: its own, else the company's
        (indicator(), ("network", "AA"), Fraction(17, 20)),
        (indicator(), ("network", "UA"), Fraction(3, 4)),
        (indicator(), ("network",), Fraction(3, 4)),
        (indicator(), ("network", None), Fraction(3, 4)),
        # a volume: its own or none; the group's is never the carrier's
        (volume(), ("network",), Fraction(70)),
        (volume(), ("network", "AA"), Absence.NO_TARGET),
        (volume(), ("regional",), Absence.NO_TARGET),
        (volume(), (), Fraction(120)),
    ],
)
def test_an_organisation_has_its_own_target_or_inherits(
    one: Indicator, organisation: tuple[str | None, ...], expected: Figure
) -> None:
    assert target_for(one, DECEMBER, organisation) == expected


def test_own_and_inherited_months_are_not_mixed_in_a_quarter() -> None:
    """AA has a target for December alone, so its quarter is held to the company's mean."""
    company = (Fraction(80) + 82 + 75) / 3 / 100

    assert target_for(indicator(), QUARTER, ("network", "AA")) == company


def test_challenges_follow_the_rules_of_targets() -> None:
    challenged = indicator(curve={"kind": "challenge"}, challenges={"2013-12": "0.9"})

    assert challenge_for(challenged, DECEMBER, ("network", "UA")) == Fraction(9, 10)
    assert challenge_for(challenged, NOVEMBER) is Absence.NO_TARGET


def test_a_quarter_of_a_volume_is_not_held_to_a_month_s_worst() -> None:
    """Worst 50 a month is 150 a quarter: 240 of 330 is (240-150)/(330-150), half the way."""
    flights = volume()
    target = target_for(flights, QUARTER)

    assert score_indicator(flights, Fraction(240), target, QUARTER) == 50
    assert score_indicator(flights, Fraction(85), Fraction(120), DECEMBER) == 50
    assert score_indicator(flights, Fraction(120), Fraction(120)) == 100


def test_a_quarter_of_a_rate_keeps_the_curve_as_it_is() -> None:
    assert score_indicator(indicator(), Fraction(65, 100), Fraction(80, 100), QUARTER) == 50


def test_the_target_of_a_quarter_is_held_against_three_months_of_worst() -> None:
    """Worst 50 a month is 150 a quarter, so a quarter's target of 150 cannot be scored."""
    with pytest.raises(ManyErrors, match="target 2013-Q4 equals worst"):
        volume(targets={"2013-Q4": 150})

    assert target_for(volume(targets={"2013-Q4": 151}), QUARTER) == 151
