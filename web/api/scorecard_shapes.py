"""What is answered about scorecards: their list, and one with its scores."""

from marshmallow import Schema, fields

from web.api import shapes


def _text() -> fields.String:
    return fields.String(required=True)


class ScorecardEntry(Schema):
    """A scorecard in the list."""

    code = _text()
    name = _text()
    indicators = fields.List(fields.String(), required=True)


class Scorecards(shapes.Based):
    """Every scorecard."""

    scorecards = fields.List(fields.Nested(ScorecardEntry), required=True)


class Rolled(Schema):
    """A score put together from others."""

    score = fields.Nested(shapes.Figure, required=True)
    status = _text()
    coverage = fields.String(
        required=True,
        metadata={"description": "Share of weight that had a score, as numerator/denominator."},
    )


class ScorecardIndicator(shapes.Judged):
    """An indicator's line in a scorecard."""

    code = _text()
    name = _text()
    unit = _text()
    weight = _text()
    effective_weight = _text()


class Objective(Rolled):
    """An objective with its indicators."""

    code = _text()
    name = _text()
    indicators = fields.List(fields.Nested(ScorecardIndicator), required=True)


class Perspective(Rolled):
    """A perspective with its objectives."""

    code = _text()
    name = _text()
    weight = _text()
    objectives = fields.List(fields.Nested(Objective), required=True)


class Scorecard(shapes.Placed, Rolled):
    """A scorecard, evaluated."""

    code = _text()
    name = _text()
    perspectives = fields.List(fields.Nested(Perspective), required=True)
