"""How numbers are written."""

from fractions import Fraction

import pytest
from flask import Flask

from server.indicators.absence import Absence
from server.indicators.curve import Direction
from server.indicators.trend import change
from server.indicators.wording import UNITS
from web import figures

HALF = Fraction(1, 2)


@pytest.fixture(autouse=True)
def _asked(app: Flask) -> object:
    with app.test_request_context("/?lang=en"):
        yield


@pytest.mark.parametrize(
    ("unit", "decimals", "value", "text"),
    [
        ("percent", 1, Fraction(63820, 100000), "63.8%"),
        ("percent", 0, HALF / 100, "0%"),  # half even: 0.5 goes to 0
        ("percent", 0, Fraction(15, 1000), "2%"),  # and 1.5 to 2
        ("minutes", 1, Fraction(-25, 10), "−2.5"),
        ("flights", 0, Fraction(336776), "336,776"),
        ("miles", 2, Fraction(1234567, 10), "123,456.70"),
        ("minutes", 0, Fraction(-1, 3), "0"),  # there is no minus nought
    ],
)
def test_a_figure_is_rounded_once_and_grouped(
    unit: str, decimals: int, value: Fraction, text: str
) -> None:
    assert figures.in_unit(value, UNITS[unit], decimals).text == text


@pytest.mark.parametrize("absence", Absence)
def test_every_absence_is_a_short_word_with_a_reason(absence: Absence) -> None:
    shown = figures.absent(absence)

    assert 0 < len(shown.text) <= 12
    assert shown.reason.endswith(".")
    assert not any(letter.isdigit() for letter in shown.text)


def test_good_and_bad_follow_the_direction_and_not_the_sign() -> None:
    unit = UNITS["minutes"]
    better = change(Fraction(30), Fraction(20), unit, Direction.HIGHER)
    worse = change(Fraction(30), Fraction(20), unit, Direction.LOWER)

    assert figures.relative(better) == figures.Shown("+50.0%", tone="good")
    assert figures.relative(worse) == figures.Shown("+50.0%", tone="bad")


def test_a_change_too_small_to_be_seen_is_neither_good_nor_bad() -> None:
    tiny = change(Fraction(30001), Fraction(30000), UNITS["minutes"], Direction.LOWER)

    assert figures.relative(tiny) == figures.Shown("±0.0%")
