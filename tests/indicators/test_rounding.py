"""Exact numbers: rounded once, half to even, and written without loss."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import InvalidInput
from server.indicators.rounding import exact_text, number_text, read_number, round_half_even


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (Fraction(1, 2), 0, "0"),
        (Fraction(3, 2), 0, "2"),
        (Fraction(5, 2), 0, "2"),
        (Fraction(-1, 2), 0, "0"),
        (Fraction(-3, 2), 0, "-2"),
        (Fraction(25, 1000), 2, "0.02"),
        (Fraction(35, 1000), 2, "0.04"),
        (Fraction(1, 3), 4, "0.3333"),
        (Fraction(2, 3), 4, "0.6667"),
        (Fraction(5), 2, "5.00"),
        (Fraction(0), 1, "0.0"),
        (Fraction(899999, 10000), 1, "90.0"),
    ],
)
def test_a_tie_goes_to_the_even_digit(value: Fraction, decimals: int, expected: str) -> None:
    assert str(round_half_even(value, decimals)) == expected


def test_a_great_number_keeps_every_digit() -> None:
    great = Fraction(10**40 + 1) + Fraction(1, 2)

    assert f"{round_half_even(great, 1):f}" == f"{10**40 + 1}.5"


@given(st.fractions(), st.integers(0, 12))
def test_rounding_moves_by_at_most_half_a_digit(value: Fraction, decimals: int) -> None:
    rounded = round_half_even(value, decimals)

    assert abs(Fraction(rounded) - value) * 2 * 10**decimals <= 1
    assert rounded.as_tuple().exponent == -decimals


def test_the_exact_form_is_in_lowest_terms() -> None:
    assert exact_text(Fraction(6, 4)) == "3/2"
    assert exact_text(Fraction(-2)) == "-2/1"
    assert exact_text(Fraction(0)) == "0/1"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", Fraction(12)),
        ("-0.5", Fraction(-1, 2)),
        ("+3", Fraction(3)),
        ("80%", Fraction(4, 5)),
        ("2.5%", Fraction(1, 40)),
        ("1/3", Fraction(1, 3)),
        ("-6/4", Fraction(-3, 2)),
        ("0.1", Fraction(1, 10)),
    ],
)
def test_a_number_is_read_exactly(text: str, value: Fraction) -> None:
    assert read_number(text) == value


@pytest.mark.parametrize(
    "text", ["", "1e5", "1,000", ".5", "5.", "1/0", "nan", "inf", "½", "٣", "1" * 61, "0x10", "1 2"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a number; write one like 12"):
        read_number(text)


@given(st.fractions(-(10**12), 10**12, max_denominator=10**6))
def test_what_is_written_is_read_back(value: Fraction) -> None:
    assert read_number(number_text(value)) == value
    assert read_number(exact_text(value)) == value


def test_a_decimal_is_written_as_one() -> None:
    assert number_text(Fraction(Decimal("0.850"))) == "0.85"
    assert number_text(Fraction(1, 3)) == "1/3"
    assert number_text(Fraction(120)) == "120"
