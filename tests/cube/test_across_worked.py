"""Formulas over several cubes along time: each figure of the same days, differences of results."""

from fractions import Fraction

import pytest

from server.cube.across_worked import Along, Worked, operands_of
from server.cube.modifiers import read_comparisons, read_modifiers
from server.indicators.absence import Absence, Figure
from server.indicators.formula import parse_formula

RATE = Worked("rate", parse_formula("late / weather.hours"), cube="departures")
KNOWN: dict[str, Figure] = {
    "departures.late": Fraction(6),
    "weather.hours": Fraction(4),
    "departures.late__previous": Fraction(2),
    "weather.hours__previous": Fraction(2),
    "departures.late__ytd": Fraction(20),
    "weather.hours__ytd": Fraction(8),
    "departures.late__ytd__previous": Fraction(14),
    "weather.hours__ytd__previous": Fraction(4),
}


def along(time: str = "", compare: str = "") -> Along:
    return Along(read_modifiers(time), read_comparisons(compare))


def test_names_without_a_cube_are_of_the_formulas_own() -> None:
    assert RATE.operands == {"departures.late", "weather.hours"}
    assert operands_of([RATE, RATE]) == ("departures.late", "weather.hours")


def test_a_difference_is_of_two_results_not_a_formula_of_differences() -> None:
    """6/4 against 2/2: up by a half; (6-2)/(4-2) would be 2."""
    found = along("ytd", "previous,previous:difference,previous:change").figures([RATE], KNOWN)

    assert found == {
        "rate": Fraction(3, 2),
        "rate__previous": 1,
        "rate__previous__difference": Fraction(1, 2),
        "rate__previous__change": Fraction(1, 2),
        "rate__ytd": Fraction(5, 2),
        "rate__ytd__previous": Fraction(7, 2),
        "rate__ytd__previous__difference": -1,
        "rate__ytd__previous__change": Fraction(-2, 7),
    }


def test_a_rate_changes_by_points() -> None:
    rate = Worked("rate", RATE.formula, "departures", is_rate=True)

    assert along("", "previous:change").figures([rate], KNOWN)["rate__previous__change"] == 50


@pytest.mark.parametrize(
    ("before", "change"),
    [
        (Fraction(0), Absence.ZERO_DENOMINATOR),
        (Fraction(-2), Absence.NOT_APPLICABLE),
        (Absence.NOT_LOADED, Absence.NOT_LOADED),
    ],
)
def test_from_nothing_there_is_no_change(before: Figure, change: Absence) -> None:
    known = {**KNOWN, "departures.late__previous": before}

    assert along("", "previous:change").figures([RATE], known)["rate__previous__change"] is change


def test_a_formula_asks_for_what_is_compared_with() -> None:
    asked = along("mtd", "last_year:change,last_year:difference")

    assert asked.words(is_worked_out=False)["compare"] == [
        "last_year:change", "last_year:difference"
    ]  # fmt: skip
    assert asked.words(is_worked_out=True) == {
        "time": ["mtd"],
        "compare": ["last_year:change", "last_year:difference", "last_year"],
    }
    assert along().words(is_worked_out=True) == {}


def test_a_formula_goes_over_those_before_it() -> None:
    twice = Worked("twice", parse_formula("rate * 2 + weather.hours"))
    found = along("", "previous:difference").figures([RATE, twice], KNOWN)

    assert twice.operands == {"weather.hours"}
    assert twice.formulas == {"rate"}
    assert found["twice"] == 7
    assert found["twice__previous__difference"] == 7 - (1 * 2 + 2)
