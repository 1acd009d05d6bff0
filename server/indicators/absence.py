"""PURE: why a figure is not there, and which reason wins when several meet.

The rules of the truth table:

1. A number and an absence give the absence: nothing is ever taken for zero.
2. Two absences give the one that stands first in `PRECEDENCE`.
3. A division by zero is `zero_denominator`, and competes with the absences of its operands.
4. `coalesce` steps over what is truly empty (`PASSABLE`), never over what is not known yet or may
   not be shown: zero must not stand where data has not arrived.
"""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction


class Absence(StrEnum):
    """The reasons for which a figure is not a number."""

    NOT_LOADED = "not_loaded"  # no facts of that period were ever loaded
    LATE = "late"  # the facts were due and have not arrived
    PARTIAL = "partial"  # only a part has arrived, too little to judge
    NOT_APPLICABLE = "not_applicable"  # the question has no meaning here
    ZERO_DENOMINATOR = "zero_denominator"  # a division by zero
    SUPPRESSED = "suppressed"  # hidden from this person
    NO_TARGET = "no_target"  # nobody set a target
    DEFINITION_GAP = "definition_gap"  # the definition does not cover the question
    CONFLICT = "conflict"  # sources contradict each other


Figure = Fraction | Absence

PRECEDENCE: tuple[Absence, ...] = (
    Absence.SUPPRESSED,  # first, so that no arithmetic tells what was hidden
    Absence.CONFLICT,
    Absence.DEFINITION_GAP,
    Absence.NOT_LOADED,
    Absence.LATE,
    Absence.PARTIAL,
    Absence.ZERO_DENOMINATOR,
    Absence.NOT_APPLICABLE,
    Absence.NO_TARGET,
)

PASSABLE = frozenset({Absence.ZERO_DENOMINATOR, Absence.NOT_APPLICABLE, Absence.NO_TARGET})


def strongest(figures: Iterable[Figure]) -> Absence | None:
    """The absence that wins among some figures; None when all are numbers."""
    absences = [figure for figure in figures if isinstance(figure, Absence)]
    return min(absences, key=PRECEDENCE.index, default=None)


def first_present(figures: Iterable[Figure]) -> Figure:
    """The first figure that is not empty; an absence that may not be stepped over ends the search.

    When all are empty the reason of the first one stays.
    """
    first: Figure | None = None
    for figure in figures:
        if isinstance(figure, Fraction) or figure not in PASSABLE:
            return figure
        first = first or figure
    return first or Absence.NOT_APPLICABLE


def figure_of(value: int | Decimal | Fraction | None, absent: Absence) -> Figure:
    """A stored number as an exact figure; nothing stored gives the named absence."""
    if value is None:
        return absent
    if isinstance(value, float):
        raise TypeError("a binary float is not an exact figure")
    return Fraction(value)
