"""PURE: how an exact number is rounded once, and how it is written without loss."""

import re
from decimal import Decimal
from fractions import Fraction

from server.errors import InvalidInput

MOST_DIGITS = 60  # of a written number
_DECIMAL = re.compile(r"(?P<number>[+-]?[0-9]+(?:\.[0-9]+)?)(?P<percent>%?)")
_RATIO = re.compile(r"(?P<numerator>-?[0-9]+)/(?P<denominator>[0-9]+)")


def round_half_even(value: Fraction, decimals: int) -> Decimal:
    """The number with so many decimals; a tie goes to the even digit."""
    units = round(value * 10**decimals)
    # Built from its digits: arithmetic on Decimal would cut at the precision of the context.
    digits = tuple(int(digit) for digit in str(abs(units)))
    return Decimal((int(units < 0), digits, -decimals))


def exact_text(value: Fraction) -> str:
    """The canonical exact form: numerator/denominator in lowest terms."""
    return f"{value.numerator}/{value.denominator}"


def number_text(value: Fraction) -> str:
    """The shortest text that reads back exactly: a decimal, or p/q where no decimal is exact."""
    decimals = _decimals_needed(value.denominator)
    if decimals is None or decimals > MOST_DIGITS:
        return exact_text(value)
    return f"{round_half_even(value, decimals):f}"


def read_number(text: str) -> Fraction:
    """Read `12`, `-0.5`, `80%` or `1/3` exactly."""
    if len(text) <= MOST_DIGITS:
        if written := _DECIMAL.fullmatch(text):
            return Fraction(written["number"]) / (100 if written["percent"] else 1)
        if (ratio := _RATIO.fullmatch(text)) and int(ratio["denominator"]):
            return Fraction(int(ratio["numerator"]), int(ratio["denominator"]))
    raise InvalidInput(
        f"{text[:40]!r} is not a number; write one like 12, -0.5, 80% or 1/3",
        allowed=("12", "-0.5", "80%", "1/3"),
    )


def _decimals_needed(denominator: int) -> int | None:
    """How many decimals an exact text needs; None when no decimal is exact."""
    counts = {2: 0, 5: 0}
    for prime in counts:
        while denominator % prime == 0:
            denominator //= prime
            counts[prime] += 1
    return max(counts.values()) if denominator == 1 else None
