"""A scored scorecard as views: every perspective and objective with its shares of weight."""

from collections.abc import Mapping

from server.indicators.absence import Figure
from server.indicators.rollup import RolledUp, rolled_status, shares
from server.indicators.scorecard import (
    Objective,
    Scorecard,
    effective_weights,
    score_card,
)
from server.scorecards.views import (
    IndicatorRow,
    ObjectiveView,
    PerspectiveView,
    Rolled,
    Standing,
)


def whole_score(scorecard: Scorecard, scores: Mapping[str, Figure]) -> Rolled:
    """The whole scorecard's score from its indicators' scores."""
    return _judged(scorecard, score_card(scorecard, scores).total)


def perspective_views(
    scorecard: Scorecard, standings: Mapping[str, Standing]
) -> tuple[PerspectiveView, ...]:
    """Every perspective with its objectives, rows, scores and shares of weight."""
    scored = score_card(scorecard, {code: one.score for code, one in standings.items()})
    weights = shares([one.weight for one in scorecard.perspectives])
    return tuple(
        PerspectiveView(
            perspective=perspective,
            weight=weight,
            rolled=_judged(scorecard, rolled),
            objectives=tuple(
                _objective_view(scorecard, objective, inner, standings)
                for objective, inner in zip(perspective.objectives, objectives, strict=True)
            ),
        )
        for perspective, weight, rolled, objectives in zip(
            scorecard.perspectives, weights, scored.perspectives, scored.objectives, strict=True
        )
    )


def _objective_view(
    scorecard: Scorecard,
    objective: Objective,
    rolled: RolledUp,
    standings: Mapping[str, Standing],
) -> ObjectiveView:
    effective = effective_weights(scorecard)
    weights = shares([link.weight for link in objective.links])
    return ObjectiveView(
        objective=objective,
        rolled=_judged(scorecard, rolled),
        rows=tuple(
            IndicatorRow(standings[link.code], weight, effective[link.code])
            for link, weight in zip(objective.links, weights, strict=True)
        ),
    )


def _judged(scorecard: Scorecard, rolled: RolledUp) -> Rolled:
    return Rolled(rolled.score, rolled_status(rolled, scorecard.bands), rolled.coverage)
