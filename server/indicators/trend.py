"""PURE: the change of a figure against an earlier period or a target.

The relative change is divided by the absolute value of the base. It is withheld where it would
mislead: rates change in points; a base below zero, or a figure that crosses into loss, is told in
words beside the amount.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from server.indicators.absence import Absence, Figure, strongest
from server.indicators.curve import Direction
from server.indicators.wording import Unit

Words = Literal["turned_profit", "loss_narrowed", "loss_widened", "turned_loss"]


@dataclass(frozen=True)
class Change:
    """How a figure changed; each part may be absent for a reason of its own."""

    absolute: Figure  # in the indicator's own unit; of a rate, in points once scaled
    relative: Figure  # a fraction of the base
    words: Words | None  # said instead of the relative change
    in_points: bool
    is_good: bool | None  # None: unchanged, unknown, or a band


def change(now: Figure, before: Figure, unit: Unit, direction: Direction) -> Change:
    """The change from an earlier figure to this one."""
    if isinstance(now, Absence) or isinstance(before, Absence):
        reason = strongest((now, before)) or Absence.NOT_APPLICABLE
        return Change(reason, reason, None, unit.is_rate, None)
    difference = now - before
    words = None if unit.is_rate else _words(now, before, direction)
    return Change(
        absolute=difference,
        relative=_relative(difference, before, unit, has_words=words is not None),
        words=words,
        in_points=unit.is_rate,
        is_good=_is_good(difference, direction),
    )


def _relative(difference: Fraction, before: Fraction, unit: Unit, *, has_words: bool) -> Figure:
    if unit.is_rate or has_words or before < 0:
        return Absence.NOT_APPLICABLE
    return difference / before if before else Absence.ZERO_DENOMINATOR


def _words(now: Fraction, before: Fraction, direction: Direction) -> Words | None:
    """Words of profit and loss; they make sense only where more is better."""
    if direction is not Direction.HIGHER or now == before:
        return None
    if before < 0:
        if now > 0:
            return "turned_profit"
        return "loss_narrowed" if now > before else "loss_widened"
    return "turned_loss" if before > 0 > now else None


def _is_good(difference: Fraction, direction: Direction) -> bool | None:
    if difference == 0 or direction is Direction.BAND:
        return None
    return difference * direction.sign > 0
