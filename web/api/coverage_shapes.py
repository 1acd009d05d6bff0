"""What is answered about how much of the expected facts has arrived."""

from marshmallow import Schema, fields


class Coverage(Schema):
    """How much of what a contract of arrival expects has arrived, in units × periods."""

    arrived = fields.Integer(required=True)
    expected = fields.Integer(required=True)
    due = fields.Integer(
        required=True, metadata={"description": "How much of what is missing was due."}
    )
    missing = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Those of whom something is missing."},
    )
