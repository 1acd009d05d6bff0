"""How one indicator stands: value, target, comparisons, score and status, from its operands."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from server.arrivals.coverage import Coverage
from server.indicators.absence import Absence, Figure
from server.indicators.definition import Indicator, challenge_for, target_for
from server.indicators.scoring import Bands, Status, score_indicator, status_of
from server.indicators.trend import Change, change
from server.periods import Period
from server.scorecards.arrival import Arrival
from server.scorecards.comparing import Basis, Compared
from server.scorecards.figures import Operands
from server.scorecards.slicing import Cuts
from server.scorecards.views import Point, Standing

TREND_LENGTH = 12
_WHOLE: Mapping[Period, Compared | Absence] = MappingProxyType({})


def window(period: Period) -> tuple[Period, ...]:
    """The periods that a standing needs: a year before the asked one up to it, oldest first."""
    earliest = min(period.shift(1 - TREND_LENGTH), period.year_earlier())
    periods = [period]
    while periods[-1] > earliest:
        periods.append(periods[-1].previous())
    return tuple(reversed(periods))


def stand(
    indicator: Indicator,
    period: Period,
    operands: Mapping[Period, Operands],
    cuts: Cuts,
    arrived: Arrival,
    bands: Bands,
    compared: Mapping[Period, Compared | Absence] = _WHOLE,
    coverage: Coverage | None = None,
) -> Standing:
    """Judge one indicator in one period; `operands` covers `window(period)`.

    `compared` says what part of both is compared with an earlier period where it is not the whole.
    """
    value = value_in(indicator, period, operands)
    found = judged(indicator, value, period, cuts, arrived, bands)
    previous = _comparison(indicator, period, period.previous(), operands, compared)
    year_earlier = _comparison(indicator, period, period.year_earlier(), operands, compared)
    whole = Absence.PARTIAL if found.is_partial else value
    return Standing(
        indicator=indicator,
        period=period,
        value=value,
        target=found.target,
        previous=previous.before,
        year_earlier=year_earlier.before,
        variance=change(whole, found.target, indicator.unit, indicator.direction),
        change=_change(indicator, previous, partial=found.is_partial),
        change_year=_change(indicator, year_earlier, partial=found.is_partial),
        score=found.score,
        status=found.status,
        is_partial=found.is_partial,
        trend=trend(indicator, period, operands, cuts),
        coverage=coverage,
        previous_basis=previous.basis,
        year_basis=year_earlier.basis,
    )


@dataclass(frozen=True)
class Judged:
    """What is thought of a figure."""

    target: Figure
    score: Figure
    status: Status
    is_partial: bool


def judged(
    indicator: Indicator,
    value: Figure,
    period: Period,
    cuts: Cuts,
    arrived: Arrival,
    bands: Bands,
) -> Judged:
    """What is thought of an indicator's figure of a period."""
    target = target_in(indicator, period, cuts)
    score = _score(indicator, value, target, period, cuts)
    is_partial = arrived is Arrival.PART and isinstance(value, Fraction)
    status = Status.PARTIAL if is_partial else status_of(score, bands)
    return Judged(target, score, status, is_partial)


@dataclass(frozen=True)
class _Comparison:
    """Two figures, and of what part they are; None: of the whole."""

    now: Figure
    before: Figure
    basis: Basis | None = None


def _comparison(
    indicator: Indicator,
    period: Period,
    other: Period,
    operands: Mapping[Period, Operands],
    compared: Mapping[Period, Compared | Absence],
) -> _Comparison:
    part = compared.get(other)
    if isinstance(part, Compared):
        formula = indicator.formula
        return _Comparison(formula.evaluate(part.now), formula.evaluate(part.before), part.basis)
    now = value_in(indicator, period, operands) if part is None else part
    return _Comparison(now, value_in(indicator, other, operands))


def _change(indicator: Indicator, found: _Comparison, *, partial: bool) -> Change:
    now = Absence.PARTIAL if partial and found.basis is None else found.now
    return change(now, found.before, indicator.unit, indicator.direction)


def score_in(
    indicator: Indicator,
    period: Period,
    operands: Mapping[Period, Operands],
    cuts: Cuts,
) -> Figure:
    """The indicator's score alone, for strips of many periods."""
    value = value_in(indicator, period, operands)
    return _score(indicator, value, target_in(indicator, period, cuts), period, cuts)


def target_in(indicator: Indicator, period: Period, cuts: Cuts) -> Figure:
    """The target in force for a slice; a volume's target is of no part but an organisation's."""
    if not _has_targets(indicator, cuts):
        return Absence.NO_TARGET
    return target_for(indicator, period, cuts.path("organisation"))


def value_in(indicator: Indicator, period: Period, operands: Mapping[Period, Operands]) -> Figure:
    """The indicator's formula over the operands of one period."""
    known = operands.get(period)
    return indicator.formula.evaluate(known) if known is not None else Absence.NOT_LOADED


def trend(
    indicator: Indicator,
    period: Period,
    operands: Mapping[Period, Operands],
    cuts: Cuts,
) -> tuple[Point, ...]:
    """The last periods with their targets, oldest first; periods without facts are left out."""
    shown = [one for one in window(period) if one > period.shift(-TREND_LENGTH)]
    points = (
        Point(one, value_in(indicator, one, operands), target_in(indicator, one, cuts))
        for one in shown
    )
    return tuple(point for point in points if point.value is not Absence.NOT_LOADED)


def _score(
    indicator: Indicator, value: Figure, target: Figure, period: Period, cuts: Cuts
) -> Figure:
    challenge = (
        challenge_for(indicator, period, cuts.path("organisation"))
        if _has_targets(indicator, cuts)
        else Absence.NO_TARGET
    )
    return score_indicator(indicator, value, target, period, challenge)


def _has_targets(indicator: Indicator, cuts: Cuts) -> bool:
    """Whether targets can be in force: a volume's are of no part but an organisation's."""
    return indicator.inherits_target or not cuts.dimensions - {"organisation"}
