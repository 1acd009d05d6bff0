"""PURE: the fingerprint of an answer, the same on the screen, in every file and for programs.

SHA-256 over canonical JSON of what was asked, the state of facts and definitions, the scope, and
every figure as exact text or absence. The language is no part of it.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256

from server.access import Scope
from server.indicators.absence import Absence, Figure
from server.indicators.receipt import canonical_json
from server.indicators.rounding import exact_text
from server.scorecards.views import Rolled, ScorecardView


def fingerprint_of(
    question: Mapping[str, object],
    snapshot: int,
    definitions: int,
    model: str,
    scope: Scope,
    figures: Iterable[Figure],
) -> str:
    """The fingerprint of figures, in their order."""
    value = {
        "question": question,
        "snapshot": snapshot,
        "definitions": definitions,
        "model": model,
        "scope": sorted([rule.dimension, *rule.path] for rule in scope.rules),
        "cells": [figure_text(one) for one in figures],
    }
    return sha256(canonical_json(value).encode()).hexdigest()


def figure_text(figure: Figure) -> str:
    """A figure without loss: p/q, or the code of its absence."""
    return figure.value if isinstance(figure, Absence) else exact_text(figure)


def scorecard_fingerprint(view: ScorecardView, scope: Scope) -> str:
    """The fingerprint of a scorecard as one person sees it."""
    frame = view.frame
    question: dict[str, object] = {
        "scorecard": view.scorecard.code,
        "period": str(frame.slice.period),
        "filters": [[one.dimension, *one.member.path] for one in frame.slice.filters],
    }
    return fingerprint_of(
        question,
        frame.snapshot.number,
        frame.snapshot.definitions,
        frame.model_version,
        scope,
        _figures(view),
    )


def _figures(view: ScorecardView) -> Iterable[Figure]:
    yield from _rolled(view.rolled)
    for perspective in view.perspectives:
        yield from _rolled(perspective.rolled)
        for objective in perspective.objectives:
            yield from _rolled(objective.rolled)
    for row in view.rows:
        standing = row.standing
        yield from (standing.value, standing.target, standing.previous, standing.year_earlier)
        yield from (standing.variance.absolute, standing.change.absolute, standing.score)
    for step in view.strip:
        yield from _rolled(step.rolled)


def _rolled(rolled: Rolled) -> Iterable[Figure]:
    return (rolled.score, rolled.coverage)
