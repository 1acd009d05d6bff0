"""PURE: the target in force for a period and an organisation.

A target stands for one period and one organisation; the empty path is the whole company. A quarter
or a year without a target of its own takes those of its months, joined by the definition's rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

from server.indicators.absence import Absence, Figure
from server.periods import Period

Rollup = Literal["sum", "last", "mean", "weighted"]
ROLLUPS: tuple[Rollup, ...] = get_args(Rollup)


@dataclass(frozen=True)
class Target:
    """What was promised for a period, by the whole company or by one organisation."""

    period: Period
    value: Fraction
    organisation: tuple[str, ...] = ()


def target_in(
    targets: Sequence[Target],
    rule: Rollup,
    period: Period,
    organisation: tuple[str | None, ...] = (),
    weights: Mapping[Period, Fraction] | None = None,
) -> Figure:
    """The target that exactly this organisation has for a period.

    `weights` are the denominators by month that the rule `weighted` needs.
    """
    own = {one.period: one.value for one in targets if one.organisation == organisation}
    if period in own:
        return own[period]
    months = period.months()
    if len(months) < 2:
        return Absence.NO_TARGET
    if rule == "last":
        return own.get(months[-1], Absence.NO_TARGET)
    values = [own[month] for month in months if month in own]
    if len(values) < len(months):
        return Absence.NO_TARGET
    if rule == "weighted":
        return _weighted_mean(own, months, weights or {})
    total = sum(values, Fraction(0))
    return total if rule == "sum" else total / len(values)


def _weighted_mean(
    own: Mapping[Period, Fraction], months: Sequence[Period], weights: Mapping[Period, Fraction]
) -> Figure:
    if any(month not in weights for month in months):
        return Absence.DEFINITION_GAP
    whole = sum((weights[month] for month in months), Fraction(0))
    if whole == 0:
        return Absence.ZERO_DENOMINATOR
    return sum((own[month] * weights[month] for month in months), Fraction(0)) / whole
