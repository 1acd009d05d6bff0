"""What is told of pushes, for the OpenAPI document."""

from typing import Any

from marshmallow import Schema, fields


def _text(said: str = "", **more: Any) -> fields.String:
    return fields.String(required=True, metadata={"description": said} if said else {}, **more)


def _count(said: str = "", **more: Any) -> fields.Integer:
    return fields.Integer(required=True, metadata={"description": said} if said else {}, **more)


def _texts() -> fields.List[Any]:
    return fields.List(fields.String(), required=True)


class RejectedRow(Schema):
    """A value that does not fit; its row is not loaded and waits in quarantine."""

    row = _count("The line of the body; of Arrow the record, counted from 1.")
    field = _text(allow_none=True)
    value = _text()
    code = _text("The rule that it broke.")
    message = _text()


class Receipt(Schema):
    """A push that is kept, and what has become of it."""

    specification = _text()
    key = _text("The Idempotency-Key, or one that was made for the push.")
    address = _text("Where this receipt is found.")
    state = _text(
        "waiting (for others of its window), queued, loading, published, held, rejected, "
        "withdrawn or failed."
    )
    by = _text()
    received_at = _text()
    waits_until = _text("When the load begins at the latest.", allow_none=True)
    rows = _count("Rows of the body.")
    accepted = _count()
    rejected = _count()
    rejected_rows = fields.List(
        fields.Nested(RejectedRow),
        required=True,
        metadata={"description": "The first of the rejected values."},
    )
    load = _count(  # type: ignore[assignment]
        "The load that the rows are in.", allow_none=True
    )
    load_address = _text(allow_none=True)
    first_row = _count("Lines of the load's source.", allow_none=True)
    last_row = _count(allow_none=True)
    batches = fields.List(fields.Integer(), required=True)
    published_at_snapshot = _count(allow_none=True)
    error = _text(allow_none=True)


class SpecificationColumn(Schema):
    """A column that is read."""

    name = _text("The field of JSON, the column of CSV and Arrow.")
    becomes = _text("The column of the table, if it is stored.", allow_none=True)
    type = _text()
    required = fields.Boolean(required=True)
    least = _text(allow_none=True)
    most = _text(allow_none=True)
    one_of = _texts()


class PushForm(Schema):
    """What may be pushed under a name."""

    specification = _text()
    table = _text()
    mode = _text("append, replace, upsert, complete or merge.")
    label = fields.Dict(required=True)
    key = _texts()
    scope = _texts()
    needs_idempotency_key = fields.Boolean(required=True)
    delimiter = _text("Between the values of CSV.")
    no_value = fields.List(
        fields.String(), required=True, metadata={"description": "Texts that mean: no value."}
    )
    columns = fields.List(fields.Nested(SpecificationColumn), required=True)
    ignored_columns = _texts()
    content_types = _texts()
    most_bytes = _count()
    most_rows = _count()
    window_seconds = _count()
