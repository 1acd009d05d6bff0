"""How one indicator stands: value, target, comparisons, score and status, from its operands."""

from collections.abc import Mapping
from fractions import Fraction

from server.indicators.absence import Absence, Figure
from server.indicators.definition import Indicator, challenge_for, target_for
from server.indicators.scoring import Bands, Status, score_indicator, status_of
from server.indicators.trend import change
from server.periods import Period
from server.scorecards.arrival import Arrival
from server.scorecards.figures import Operands
from server.scorecards.slicing import Cuts
from server.scorecards.views import Point, Standing

TREND_LENGTH = 12


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
) -> Standing:
    """Judge one indicator in one period; `operands` covers `window(period)`."""
    value = value_in(indicator, period, operands)
    target = target_in(indicator, period, cuts)
    previous = value_in(indicator, period.previous(), operands)
    year_earlier = value_in(indicator, period.year_earlier(), operands)
    partial = arrived is Arrival.PART and isinstance(value, Fraction)
    score = _score(indicator, value, target, period, cuts)
    compared = Absence.PARTIAL if partial else value
    return Standing(
        indicator=indicator,
        period=period,
        value=value,
        target=target,
        previous=previous,
        year_earlier=year_earlier,
        variance=change(compared, target, indicator.unit, indicator.direction),
        change=change(compared, previous, indicator.unit, indicator.direction),
        change_year=change(compared, year_earlier, indicator.unit, indicator.direction),
        score=score,
        status=Status.PARTIAL if partial else status_of(score, bands),
        is_partial=partial,
        trend=trend(indicator, period, operands, cuts),
    )


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
