"""Scores put together: indicators into objectives, objectives into perspectives, and so on up."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

from server.indicators.absence import Figure
from server.indicators.scorecard import (
    Objective,
    Perspective,
    RolledUp,
    Scorecard,
    Weighted,
    effective_weights,
    roll_up,
)
from server.indicators.scoring import Status, status_of
from server.scorecards.views import (
    IndicatorRow,
    ObjectiveView,
    PerspectiveView,
    Rolled,
    Standing,
)

Scores = Mapping[str, Figure]
Node = TypeVar("Node", Perspective, Objective)


def perspective_views(
    scorecard: Scorecard, standings: Mapping[str, Standing]
) -> tuple[PerspectiveView, ...]:
    """Every perspective with its objectives, rows, scores and shares of weight."""
    scores = {code: standing.score for code, standing in standings.items()}
    total = sum(one.weight for one in scorecard.perspectives)
    return tuple(
        PerspectiveView(
            perspective=one,
            weight=one.weight / total,
            rolled=judged(scorecard, perspective_score(one, scores)),
            objectives=tuple(
                _objective_view(scorecard, objective, standings, scores)
                for objective in one.objectives
            ),
        )
        for one in scorecard.perspectives
    )


def scorecard_score(scorecard: Scorecard, scores: Scores) -> RolledUp:
    """The whole scorecard's score from its indicators' scores."""
    return roll_children(
        scorecard.perspectives, lambda one: perspective_score(one, scores)
    )


def perspective_score(perspective: Perspective, scores: Scores) -> RolledUp:
    """A perspective's score from its indicators' scores."""
    return roll_children(perspective.objectives, lambda one: objective_score(one, scores))


def objective_score(objective: Objective, scores: Scores) -> RolledUp:
    """An objective's score from its indicators' scores."""
    return roll_up([Weighted(link.weight, scores[link.code]) for link in objective.links])


def judged(scorecard: Scorecard, rolled: RolledUp) -> Rolled:
    """A rolled-up score with its status; too little coverage makes it partial."""
    if rolled.coverage and rolled.coverage < scorecard.min_coverage:
        return Rolled(rolled.score, Status.PARTIAL, rolled.coverage)
    return Rolled(rolled.score, status_of(rolled.score, scorecard.bands), rolled.coverage)


def roll_children(
    children: Sequence[Node], rolled_of: Callable[[Node], RolledUp]
) -> RolledUp:
    """Weighted mean of children that have a score; coverage counts the leaves below them."""
    rolled = [(child.weight, rolled_of(child)) for child in children]
    whole = sum((weight for weight, _ in rolled), Fraction(0))
    covered = sum((weight * one.coverage for weight, one in rolled), Fraction(0))
    score = roll_up([Weighted(weight, one.score) for weight, one in rolled]).score
    return RolledUp(score, covered / whole)


def _objective_view(
    scorecard: Scorecard, objective: Objective, standings: Mapping[str, Standing], scores: Scores
) -> ObjectiveView:
    total = sum(link.weight for link in objective.links)
    effective = effective_weights(scorecard)
    return ObjectiveView(
        objective=objective,
        rolled=judged(scorecard, objective_score(objective, scores)),
        rows=tuple(
            IndicatorRow(standings[link.code], link.weight / total, effective[link.code])
            for link in objective.links
        ),
    )
