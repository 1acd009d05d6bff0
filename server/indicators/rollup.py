"""PURE: scores of children made into the parent's score, with the coverage behind it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from server.indicators.absence import Absence, Figure, strongest
from server.indicators.curve import DEFAULT_CAP
from server.indicators.scoring import DEFAULT_BANDS, Bands, Status, status_of


class Method(StrEnum):
    """How the scores of children make the parent's."""

    AVERAGE = "average"
    MIN = "min"
    MAX = "max"


@dataclass(frozen=True)
class Weighted:
    """A child's score with its weight in the parent."""

    weight: Fraction
    score: Figure
    coverage: Fraction = Fraction(1)  # of a child that is itself a roll-up


@dataclass(frozen=True)
class RolledUp:
    """A parent's score with the share of weight that had one."""

    score: Figure
    coverage: Fraction
    is_partial: bool = False  # the coverage is too small to judge


def roll_up(
    children: Sequence[Weighted],
    method: Method = Method.AVERAGE,
    min_coverage: Fraction = Fraction(0),
) -> RolledUp:
    """The score over the children that have one; without any, the reason that wins.

    Below the coverage that is asked for the score stays, marked as partial.
    """
    whole = sum((child.weight for child in children), Fraction(0))
    scored = [(child, child.score) for child in children if isinstance(child.score, Fraction)]
    weight = sum((child.weight for child, _ in scored), Fraction(0))
    if weight == 0:
        reason = strongest(child.score for child in children) or Absence.NOT_APPLICABLE
        return RolledUp(reason, Fraction(0))
    covered = sum((child.weight * child.coverage for child, _ in scored), Fraction(0))
    coverage = covered / whole
    if method is Method.AVERAGE:
        total = sum((child.weight * score for child, score in scored), Fraction(0)) / weight
    else:
        extreme = min if method is Method.MIN else max
        total = extreme(score for _, score in scored)
    return RolledUp(total, coverage, is_partial=coverage < min_coverage)


@dataclass(frozen=True)
class Bonus:
    """A challenge beside the base: what it can add, and how far it was attained."""

    points: Fraction
    attainment: Figure


def with_bonuses(base: Figure, bonuses: Iterable[Bonus], cap: Fraction = DEFAULT_CAP) -> Figure:
    """The base score with challenges; they never enter the weights and never take away."""
    if isinstance(base, Absence):
        return base
    added = Fraction(0)
    for bonus in bonuses:
        if isinstance(bonus.attainment, Fraction):
            added += bonus.points * min(max(bonus.attainment, Fraction(0)), Fraction(1))
    return max(base, min(base + added, cap))


def shares(weights: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """Relative weights as shares that sum to exactly 1."""
    whole = sum(weights, Fraction(0))
    return tuple(weight / whole for weight in weights)


def rolled_status(rolled: RolledUp, bands: Bands = DEFAULT_BANDS) -> Status:
    """How a rolled-up score stands; too little coverage makes it partial, whatever the score."""
    return Status.PARTIAL if rolled.is_partial else status_of(rolled.score, bands)
