"""PURE: what figures with modifiers are worth: differences, changes, and why one is not there."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

from server.cube.derived import why_none
from server.cube.elements import Aggregate, ValueType
from server.cube.modifiers import Number, Output, change_word, is_rate
from server.indicators.absence import Absence, strongest

Value = Number | Absence

_EXACT = Context(prec=120)


@dataclass(frozen=True)
class Told:
    """A figure or why there is none, and what a change of it is called where a number misleads."""

    value: Value
    word: str = ""


def of_nothing(aggregate: Aggregate) -> Value:
    """The figure of no facts, where those days are loaded: sums and counts are 0."""
    if not aggregate.is_zero_of_nothing:
        return why_none(aggregate)
    return Decimal(0) if aggregate.value_type is ValueType.DECIMAL else 0


def told(output: Output, value: Value, base: Callable[[], Value]) -> Told:
    """The output's figure from that of its own period and of the one it is compared with."""
    if output.comparison is None:
        return Told(value)
    other = base()
    if output.comparison.form == "value":
        return Told(other)
    absence = strongest([each for each in (value, other) if isinstance(each, Absence)])
    if isinstance(value, Absence) or isinstance(other, Absence):
        return Told(absence or Absence.NOT_APPLICABLE)
    if output.comparison.form == "difference":
        return Told(difference(value, other))
    return change(output.aggregate, value, other)


def difference(value: Number, base: Number) -> Number:
    """The exact difference, of the type of its operands."""
    if isinstance(value, float) or isinstance(base, float):
        return float(value) - float(base)
    if isinstance(value, Fraction) or isinstance(base, Fraction):
        return Fraction(value) - Fraction(base)
    if isinstance(value, Decimal) or isinstance(base, Decimal):
        return _EXACT.subtract(Decimal(value), Decimal(base))
    return value - base


def change(aggregate: Aggregate, value: Number, base: Number) -> Told:
    """The change as a part of the base; of a rate in percentage points.

    From 0 there is no change that a number could tell, and from less than 0 only a word.
    """
    if is_rate(aggregate):
        moved = difference(value, base)
        return Told(moved * 100 if isinstance(moved, float) else Fraction(moved) * 100)
    if base == 0:
        return Told(Absence.ZERO_DENOMINATOR)
    word = change_word(value, base)
    if base < 0:
        return Told(Absence.NOT_APPLICABLE, word)
    if isinstance(value, float) or isinstance(base, float):
        return Told((float(value) - float(base)) / float(base), word)
    return Told((Fraction(value) - Fraction(base)) / Fraction(base), word)
