"""The shape of what is answered about snapshots and their differences."""

from typing import Any

from marshmallow import Schema, fields

from web.api.shapes import Based


def _count(sentence: str = "") -> fields.Integer:
    return fields.Integer(required=True, metadata={"description": sentence} if sentence else {})


def _text(*, is_optional: bool = False) -> fields.String:
    return fields.String(required=True, allow_none=is_optional)


def _figure() -> fields.Dict:
    return fields.Dict(
        required=True,
        metadata={"description": "Rounded and exact, or why there is none."},
    )


def _loads() -> fields.List[Any]:
    return fields.List(
        fields.Integer(),
        required=True,
        metadata={"description": "The loads that brought it about."},
    )


class SnapshotEntry(Schema):
    """A published state of the facts."""

    number = _count()
    at = _text()
    what = _text()
    by = _text()


class Snapshots(Based):
    """Published states, newest first."""

    snapshots = fields.List(fields.Nested(SnapshotEntry), required=True)


class MovedFigure(Schema):
    """A figure of one month that two states answer differently."""

    code = _text()
    name = _text()
    cube = _text()
    period = _text()
    before = _figure()
    after = _figure()
    difference = _figure()
    loads = _loads()  # type: ignore[assignment]


class MovedScore(Schema):
    """A score of one month that two states answer differently."""

    perspective = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Its code; null for the score of the whole scorecard."},
    )
    name = _text()
    period = _text()
    before = _figure()
    after = _figure()
    difference = _figure()
    loads = _loads()  # type: ignore[assignment]


class ChangedKey(Schema):
    """What a source says of one scope key, before and after."""

    table = _text()
    source = _text()
    key = _text()
    rows_before = _count()
    rows_after = _count()
    sums = fields.Dict(
        required=True,
        metadata={"description": "Control sums that differ, by column: before and after."},
    )
    loads = _loads()  # type: ignore[assignment]


class LoadEvent(Schema):
    """Something that was done to a load."""

    load = _count()  # type: ignore[assignment]
    what = _text()
    at = _text()
    by = _text()
    reason = _text(is_optional=True)


class Difference(Based):
    """What two states do not share."""

    first = _count("The earlier snapshot; 0 stands for what was before the first one.")
    last = _count("The later one.")
    scorecard = _text(is_optional=True)
    compared = _count("Figures that were asked of both; scores are made of them.")
    is_cut_short = fields.Boolean(
        required=True,
        metadata={"description": "More months are concerned than were compared: the latest were."},
    )
    scores = fields.List(
        fields.Nested(MovedScore),
        required=True,
        metadata={"description": "Of the scorecard and its perspectives."},
    )
    indicators = fields.List(fields.Nested(MovedFigure), required=True)
    aggregates = fields.List(fields.Nested(MovedFigure), required=True)
    events = fields.List(fields.Nested(LoadEvent), required=True)
    keys = fields.List(
        fields.Nested(ChangedKey),
        required=True,
        allow_none=True,
        metadata={"description": "Null for those who may not see loads."},
    )
