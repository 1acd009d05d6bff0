"""A scored scorecard as views: every perspective and objective with its shares of weight."""

from collections.abc import Collection, Mapping

from server.indicators.absence import Figure
from server.indicators.rollup import RolledUp, rolled_status, shares
from server.indicators.scorecard import (
    Objective,
    Scorecard,
    effective_weights,
    score_card,
)
from server.indicators.scoring import Status
from server.scorecards.views import (
    IndicatorRow,
    ObjectiveView,
    PerspectiveView,
    Rolled,
    Standing,
)


def whole_score(
    scorecard: Scorecard, scores: Mapping[str, Figure], partial: Collection[str] = ()
) -> Rolled:
    """The whole scorecard's score from its indicators' scores.

    It is partial as soon as one of the figures is: those named are of a part of the facts.
    """
    codes = [code for code in scorecard.indicator_codes if code in partial]
    return _judged(scorecard, score_card(scorecard, scores).total, is_partial=bool(codes))


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
            rolled=_judged(
                scorecard,
                rolled,
                is_partial=any(_has_partial(one, standings) for one in perspective.objectives),
            ),
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
        rolled=_judged(scorecard, rolled, is_partial=_has_partial(objective, standings)),
        rows=tuple(
            IndicatorRow(standings[link.code], weight, effective[link.code])
            for link, weight in zip(objective.links, weights, strict=True)
        ),
    )


def _has_partial(objective: Objective, standings: Mapping[str, Standing]) -> bool:
    return any(standings[link.code].is_partial for link in objective.links)


def _judged(scorecard: Scorecard, rolled: RolledUp, *, is_partial: bool) -> Rolled:
    status = rolled_status(rolled, scorecard.bands)
    if is_partial and status is not Status.NO_DATA:
        status = Status.PARTIAL
    return Rolled(rolled.score, status, rolled.coverage)
