"""What is answered about a change: its parts, by member."""

from marshmallow import Schema, fields

from web.api import shapes


def _text() -> fields.String:
    return fields.String(required=True)


class Compared(Schema):
    """The part of both periods that is compared."""

    kind = fields.String(
        required=True,
        metadata={
            "description": "`units`: those who have sent all of both; `days`: as many days of "
            "each; `like_for_like`: those who are on both sides."
        },
    )
    units = fields.Integer(required=True)
    of = fields.Integer(required=True)
    days = fields.Integer(required=True)


class Parts(Schema):
    """What adds up to a change: by more or fewer, by moved shares, by moved ratios."""

    volume = fields.Nested(shapes.Figure, required=True)
    mix = fields.Nested(shapes.Figure, required=True)
    rate = fields.Nested(shapes.Figure, required=True)
    amount = fields.Nested(shapes.Figure, required=True)


class Part(Parts):
    """What one member adds to a change."""

    path = fields.List(fields.String(allow_none=True), required=True)
    label = _text()
    presence = fields.String(
        required=True, metadata={"description": "`both`, or that it `entered` or `left`."}
    )
    now = fields.Nested(shapes.Figure, required=True)
    before = fields.Nested(shapes.Figure, required=True)


class By(Schema):
    """The level by whose members a change is split."""

    dimension = _text()
    label = _text()
    level = _text()


class Leaning(Schema):
    """How much of a change is the work of few members of a dimension."""

    dimension = _text()
    label = _text()
    concentration = fields.String(
        required=True,
        metadata={"description": "0 when all members weigh alike, 1 when one does everything."},
    )


class Contribution(shapes.Placed):
    """A change, exactly split: the amounts of `parts` and `others` add up to `change`."""

    code = fields.String(metadata={"description": "Of an indicator."})
    cube = fields.String(metadata={"description": "Of a cube, with the aggregate."})
    aggregate = fields.String()
    against = fields.String(
        required=True, metadata={"description": "The earlier period, or `target`."}
    )
    now = fields.Nested(shapes.Figure, required=True)
    before = fields.Nested(shapes.Figure, required=True)
    change = fields.Nested(shapes.Figure, required=True)
    compared = fields.Nested(Compared, required=True, allow_none=True)
    by = fields.Nested(By, required=True, allow_none=True)
    totals = fields.Nested(Parts, required=True, allow_none=True)
    parts = fields.List(fields.Nested(Part), required=True)
    others = fields.Nested(
        Parts,
        required=True,
        allow_none=True,
        metadata={"description": "All members beyond `limit` together; null when there is none."},
    )
    leanings = fields.List(fields.Nested(Leaning), required=True)
    suggested = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The dimension to split by next."},
    )
