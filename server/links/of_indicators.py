"""A scorecard and an indicator's series as tables: figures as screens show them, bare."""

from decimal import Decimal

from server.indicators.absence import Absence, Figure
from server.indicators.definition import Indicator
from server.indicators.scoring import shown
from server.links.table import LinkTable, Value
from server.scorecards.figure import IndicatorFigure
from server.scorecards.views import ScorecardView, Standing

_FIGURES = ("value", "target", "previous", "year_earlier", "score", "status")
SCORECARD = ("period", "perspective", "objective", "code", "name", "unit", *_FIGURES, "weight")
SERIES = ("code", "period", "first_day", "last_day", "unit", "value", "target")


def table_of_scorecard(view: ScorecardView, language: str) -> LinkTable:
    """One row for each indicator, in the order of the screen."""
    period = str(view.frame.slice.period)
    rows: list[tuple[Value, ...]] = []
    for perspective in view.perspectives:
        for objective in perspective.objectives:
            for row in objective.rows:
                indicator = row.standing.indicator
                rows.append(
                    (
                        period,
                        perspective.perspective.name.in_language(language),
                        objective.objective.name.in_language(language),
                        indicator.code,
                        indicator.name.in_language(language),
                        indicator.unit.code,
                        *_figures(row.standing),
                        row.effective_weight,
                    )
                )
    return LinkTable(SCORECARD, tuple(rows), view.frame.snapshot, view.frame.data_to)


def table_of_series(found: IndicatorFigure) -> LinkTable:
    """One row for each period, the oldest first."""
    indicator = found.standing.indicator
    rows = tuple(
        (
            indicator.code,
            str(one.period),
            one.period.first_day,
            one.period.last_day,
            indicator.unit.code,
            _seen(one.value, indicator),
            _seen(one.target, indicator),
        )
        for one in found.standing.trend
    )
    return LinkTable(SERIES, rows, found.snapshot, found.data_to)


def _figures(standing: Standing) -> tuple[Value, ...]:
    figures = (standing.value, standing.target, standing.previous, standing.year_earlier)
    score = None if isinstance(standing.score, Absence) else shown(standing.score)
    seen = [_seen(one, standing.indicator) for one in figures]
    return (*seen, score, str(standing.status))


def _seen(value: Figure, indicator: Indicator) -> Decimal | None:
    if isinstance(value, Absence):
        return None
    return indicator.unit.shown(value, indicator.decimals)
