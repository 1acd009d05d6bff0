"""What is answered: the shape of every answer, for the OpenAPI document and its tests."""

from typing import Any

from marshmallow import INCLUDE, Schema, fields, validate

from web.api import coverage_shapes

ADDS_UP = ("everywhere", "but along time", "nowhere")


def _text(**more: Any) -> fields.String:
    return fields.String(required=True, **more)


def _maybe_text(**more: Any) -> fields.String:
    return fields.String(required=True, allow_none=True, **more)


def _count(**more: Any) -> fields.Integer:
    return fields.Integer(required=True, **more)


def _maybe_count() -> fields.Integer:
    return fields.Integer(required=True, allow_none=True)


def _texts() -> fields.List[Any]:
    return fields.List(fields.String(), required=True)


def _said(sentence: str) -> dict[str, Any]:
    return {"metadata": {"description": sentence}}


def _rows(sentence: str) -> fields.List[Any]:
    return fields.List(fields.Dict(), required=True, **_said(sentence))


def _path() -> fields.List[Any]:
    return fields.List(fields.String(allow_none=True), required=True)


class Based(Schema):
    """What an answer is based on."""

    snapshot = _count(**_said("The number of the published state of the facts."))
    watermark = fields.String(
        required=True, allow_none=True, **_said("The last date with facts, where one applies.")
    )
    definitions = _count(
        **_said("The number of the last change to the definitions, targets and weights in force.")
    )
    model_version = _text(**_said("SHA-256 of the cube model."))
    served_by = _text(
        **_said("What was read: `facts`, the name of a roll-up, or several; figures are the same.")
    )


class Labelled(Schema):
    """A name for programs and a label for people."""

    name = _text()
    label = _text()


class Cubes(Based):
    """Every cube."""

    cubes = fields.List(fields.Nested(Labelled), required=True)


class Dimension(Labelled):
    """A dimension with the levels of each hierarchy, from the top down."""

    hierarchies = fields.Dict(
        keys=fields.String(), values=fields.List(fields.String()), required=True
    )


class CubeAggregate(Labelled):
    """A figure that a cube answers."""

    function = _text(**_said("What it is: `sum`, `count_distinct`, `avg`, `ratio` …"))
    unit = _text(**_said("The unit; empty for a plain number."))
    adds_up = fields.String(
        required=True,
        validate=validate.OneOf(ADDS_UP),
        **_said("Over what the figures of parts add up to that of the whole."),
    )
    over_time = _maybe_text(**_said("Of a stock: what it takes along time, such as `last`."))
    is_approximate = fields.Boolean(required=True)


class Cube(Based):
    """A cube's model."""

    name = _text()
    label = _text()
    dimensions = fields.List(fields.Nested(Dimension), required=True)
    aggregates = fields.List(fields.Nested(CubeAggregate), required=True)
    fields = _texts()  # type: ignore[assignment]  # the schema's own list goes by this name too


class Figure(Schema):
    """A number, rounded and exact; or why there is none."""

    value = fields.String(**_said("Rounded as it is shown, in its unit."))
    exact = fields.String(**_said("Numerator/denominator in lowest terms, in its unit."))
    absent = fields.String(**_said("Why there is no number, such as `not_loaded`."))
    carried = fields.Date(
        **_said("The oldest day of a stock in it that is carried on from before its own days.")
    )


class Cut(Schema):
    """A member that the answer is within."""

    dimension = _text()
    path = _path()


class Definition(Schema):
    """An indicator's definition."""

    code = _text()
    version = _count()
    name = _text()
    meaning = _text()
    cube = _text()
    formula = _text()
    unit = _text()
    direction = _text()
    frequency = _text()
    owner = _text()


class Indicators(Based):
    """Every definition."""

    indicators = fields.List(fields.Nested(Definition), required=True)


class Point(Schema):
    """An indicator in one period."""

    period = _text()
    actual = fields.Nested(Figure, required=True)
    target = fields.Nested(Figure, required=True)


class Judged(Schema):
    """How an indicator stands."""

    actual = fields.Nested(Figure, required=True)
    target = fields.Nested(Figure, required=True)
    previous = fields.Nested(Figure, required=True)
    year_earlier = fields.Nested(Figure, required=True)
    score = fields.Nested(Figure, required=True)
    status = _text()
    is_partial = fields.Boolean(required=True)
    coverage = fields.Nested(coverage_shapes.Coverage, required=True, allow_none=True)
    compared = fields.Dict(
        required=True, **_said("The part that `previous` and `year_earlier` are of; null: all.")
    )


class Placed(Based):
    """A period and a place."""

    period = _text()
    slice = fields.List(fields.Nested(Cut), required=True)


class IndicatorValue(Placed, Judged):
    """How one indicator stands."""

    code = _text()


class Indicator(Placed, Judged):
    """A definition, how it stands, and its trend."""

    indicator = fields.Nested(Definition, required=True)
    trend = fields.List(fields.Nested(Point), required=True)


class IndicatorSeries(Placed):
    """One indicator, period by period, oldest first."""

    code = _text()
    series = fields.List(fields.Nested(Point), required=True)


class SliceValue(Schema):
    """One thing that every column shows."""

    name = _text()
    show = _text()
    label = _text()
    unit = _text()


class SliceColumn(Schema):
    """A column: one path for each column axis down to its own."""

    kind = _text()
    paths = fields.List(_path(), required=True)
    labels = _texts()


class SliceRow(SliceColumn):
    """A row, with a figure for every column and value."""

    cells = fields.List(fields.Nested(Figure), required=True)


class Slice(Based):
    """The answer to a slice's question."""

    cube = _text()
    question = fields.List(_texts(), required=True)
    values = fields.List(fields.Nested(SliceValue), required=True)
    columns = fields.List(fields.Nested(SliceColumn), required=True)
    rows = fields.List(fields.Nested(SliceRow), required=True)
    row_count = _count()
    first_row = _count()
    definitions = _count()
    fingerprint = _maybe_text(**_said("Of the whole answer; null for a window of it."))


class LoadEntry(Schema):
    """A load in the list."""

    number = _count()
    pack = _text()
    specification = _text()
    table = _text()
    source = _text()
    member = _maybe_text()
    sha256 = _text()
    state = _text()
    by = _text()
    received_at = _text()
    finished_at = _maybe_text()
    rows_in_file = _maybe_count()
    rows_stored = _maybe_count()
    rows_quarantined = _maybe_count()
    rows_ignored = _maybe_count()
    first_date = _maybe_text()
    last_date = _maybe_text()
    error = _maybe_text()
    replay_of = fields.Integer(
        required=True, allow_none=True, **_said("The load whose source this one read again.")
    )
    replayed_as = fields.Integer(
        required=True,
        allow_none=True,
        **_said("Of one that was held: the load that its rows are seen as now."),
    )


class Loads(Based):
    """The latest loads."""

    loads = fields.List(fields.Nested(LoadEntry), required=True)  # type: ignore[assignment]


class Batch(Schema):
    """The rows of a load that are published together."""

    number = _count()
    key = _text()
    rows = _maybe_count()


class PushOfLoad(Schema):
    """A push that the load holds, and its lines in the load's source."""

    key = _text()
    by = _text()
    rows = _maybe_count()
    first_row = _maybe_count()
    last_row = _maybe_count()


class Load(Based, LoadEntry):
    """One load."""

    sums = fields.Dict(required=True)
    batches = fields.List(fields.Nested(Batch), required=True)
    pushes = fields.List(
        fields.Nested(PushOfLoad), required=True, **_said("What programs pushed, at most 1,000.")
    )


class ExportEntry(Schema):
    """An export in the list."""

    code = _text()
    title = _text()
    format = _text()
    state = _text()
    size = _maybe_count()
    sha256 = _maybe_text()
    fingerprint = _maybe_text()
    made_at_snapshot = _maybe_count()
    created_at = _text()
    expires_at = _maybe_text()
    error = _maybe_text()
    file = _maybe_text()


class Exports(Based):
    """The asker's exports."""

    exports = fields.List(fields.Nested(ExportEntry), required=True)


class Export(Based, ExportEntry):
    """One export."""


class Mistake(Schema):
    """One mistake: a stable code, a sentence, and what is allowed instead."""

    code = _text()
    message = _text()
    field = _maybe_text()
    allowed = _texts()
    hint = _maybe_text()


class Problem(Schema):
    """Why there is no answer: the first mistake, all of them, and a number to quote."""

    error = fields.Nested(Mistake, required=True)
    errors = fields.List(fields.Nested(Mistake), required=True)
    id = _text()


class Document(Schema):
    """An OpenAPI document."""

    class Meta:
        """It holds more than is said here."""

        unknown = INCLUDE

    openapi = _text()
