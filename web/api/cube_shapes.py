"""What is answered of cubes: cells, members and facts."""

from typing import Any

from marshmallow import Schema, fields

from web.api import coverage_shapes, workings
from web.api.shapes import Based


def _said(sentence: str) -> dict[str, Any]:
    return {"metadata": {"description": sentence}}


def _rows(sentence: str) -> fields.List[Any]:
    return fields.List(fields.Dict(), required=True, **_said(sentence))


def _text(**more: Any) -> fields.String:
    return fields.String(required=True, **more)


def _texts() -> fields.List[Any]:
    return fields.List(fields.String(), required=True)


def _count(**more: Any) -> fields.Integer:
    return fields.Integer(required=True, **more)


class Total(Schema):
    """The figures of one coarser grain."""

    grain = _text(**_said("The levels that they are by; `whole` for the whole cell."))
    cells = _rows("One for each member, or one for the whole cell.")


class Aggregate(Based):
    """Aggregates of a cell."""

    cube = _text()
    cell = _rows("The cuts as they were understood.")
    aggregates = _texts()
    summary = fields.Dict(
        required=True,
        allow_none=True,
        **_said("The whole cell, whatever the page; null when it was not asked."),
    )
    cells = _rows(
        "One for each member; where a figure is null, `absences` says why; where a stock in it is "
        "carried on from before its own days, `carried` names the oldest such day."
    )
    coverage = fields.Nested(coverage_shapes.Coverage, required=True, allow_none=True)
    total_cell_count = fields.Integer(
        required=True, allow_none=True, **_said("The cells of all pages; null without drill-down.")
    )
    outputs = fields.List(
        fields.String(), **_said("The figures of each cell, where `time` or `compare` was asked.")
    )
    unfinished = fields.List(
        fields.Dict(),
        **_said("Periods of which facts are loaded `until` a day: compared up to the same day."),
    )
    columns = fields.List(
        fields.Dict(),
        **_said("The columns, where any were asked; `__across__` of a cell has a place for each."),
    )
    totals = fields.List(fields.Nested(Total), **_said("The totals that were asked."))
    others = fields.List(fields.Dict(), **_said("All that is outside the top, as one."))
    explain = fields.Nested(workings.Explained, **_said("How it was worked out, where asked."))


class Cell(Based):
    """A cell itself."""

    cube = _text()
    cuts = _rows("The cuts as they were understood; `details` says who their members are.")


class Query(Based):
    """Aggregates of several cubes, and indicators."""

    cubes = _texts()
    indicators = _rows("The definitions of the indicators that were asked.")
    period = fields.String(
        required=True,
        allow_none=True,
        **_said("The period that everything is cut to, where one was asked or chosen."),
    )
    names = _texts()
    summary = fields.Dict(
        required=True,
        allow_none=True,
        **_said("The whole cell, whatever the page; null when it was not asked."),
    )
    cells = _rows("One for each member that any of the cubes has facts of.")
    total_cell_count = _count()
    outputs = fields.List(
        fields.String(), **_said("The figures of each cell, where `time` or `compare` was asked.")
    )
    unfinished = fields.List(
        fields.Dict(), **_said("Periods of which a cube has facts `until` a day alone.")
    )
    columns = fields.List(fields.Dict(), **_said("The columns, where any were asked."))
    totals = fields.List(fields.Nested(Total), **_said("The totals that were asked."))
    others = fields.List(fields.Dict(), **_said("All that is outside the top, as one."))
    explain = fields.Nested(workings.Explained, **_said("How it was worked out, where asked."))


class Members(Based):
    """Members of a dimension."""

    cube = _text()
    dimension = _text()
    members = _rows("Keys and labels of every level that was asked.")


class Facts(Based):
    """Single facts."""

    cube = _text()
    facts = _rows("Each with `_load`, its batch, and `_row`, its source row.")
    total = _count(**_said("All facts of the cell, whatever the page."))
