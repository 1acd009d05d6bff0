"""Several cubes in one answer, joined on the dimensions that they share."""

from functools import partial
from typing import Any

from flask import Blueprint, Response

from server.access import Permission
from server.cube.across_reading import Across, read_across
from server.exports.columns import Column
from web.api import cube_shapes, forms
from web.api.answers import Based, answer
from web.api.asking import TABLE_WORDS, Values, check_page, open_cube
from web.api.columns import mark_columns, member_columns
from web.api.mistakes import Mistakes
from web.api.naming import of_everything
from web.api.operations import Operation, describe
from web.api.reading import read
from web.api.streams import Sheet, streamed
from web.api.tables import explained, served_by, table_body
from web.api.workings import explainable
from web.gate import require
from web.kept import kept
from web.visitor import snapshot

api = Blueprint("api_across", __name__, url_prefix="/api/v1/query")

_QUERY = forms.QueryAsked()


@api.post("")
@require(Permission.SLICE)
@describe(
    Operation(
        "The aggregates of several cubes, joined on the dimensions that they share",
        cube_shapes.Query(),
        _QUERY,
        description="A row is there where any of the cubes has facts. `absences` of a row says "
        "why a figure is null, for example `not_applicable` where a cut is on a dimension that "
        "the cube lacks.",
        has_rows=True,
        examples={
            "aggregates": ["departures.flights", "weather.low_visibility_hours"],
            "formulas": {"per_hour": "departures.flights / weather.observations"},
            "cut": ["time:2013,4"],
            "drilldown": ["time:month"],
        },
    )
)
@kept(of_everything)
@explainable
def create() -> Response:
    """The answer to a question over several cubes."""
    mistakes = Mistakes()
    values = read(_QUERY, mistakes)
    mistakes.tell()
    question = _read(values)
    found = question.table()
    if values.get("format", "json") != "json":
        return streamed(_sheet(question, values), found.rows)
    return answer(
        {
            "cubes": [side.cube for side in question.source.sides],
            "names": list(question.source.names),
            **table_body(found),
            "served_by": served_by(side.source for side in question.source.sides),
        },
        _based(question, values),
    )


def _read(values: Values) -> Across:
    mistakes = Mistakes()
    words: dict[str, Any] = {word: values[word] for word in TABLE_WORDS if values.get(word)}
    reading = partial(
        read_across,
        lambda name: open_cube(name, values),
        values.get("aggregates", ()),
        cut=values.get("cut", ()),
        formulas=values.get("formulas"),
        explain=explained,
        drilldown=values.get("drilldown"),
        order=values.get("order"),
        page=values.get("page"),
        page_size=values.get("pagesize"),
        summary=values.get("summary", True),
        **words,
    )
    check_page(values, forms.MOST_PAGE, mistakes)
    question = mistakes.attempt(reading, None)
    mistakes.tell()
    if question is None:
        raise ValueError("What cannot be asked has been told.")
    return question


def _sheet(question: Across, values: Values) -> Sheet:
    """What the rows of an answer hold."""
    source, table = question.source, question.question
    figures = [Column(name, "number", is_figure=True) for name in source.names]
    members = member_columns(source.sides[0].source.browser.model, table.rows)
    columns = [*members, *figures, *mark_columns(table.marks, figures)]
    read = served_by(side.source for side in source.sides)
    has_absences = values.get("absences") is True
    return Sheet("query", values["format"], columns, _based(question, values), read, has_absences)


def _based(question: Across, values: Values) -> Based:
    """The last day on which all of the cubes have facts."""
    browsers = [side.source.browser for side in question.source.sides]
    watermarks = [one.snapshot.watermarks.get(one.model.fact.name) for one in browsers]
    known = [one for one in watermarks if one is not None]
    is_known = len(known) == len(watermarks)
    return Based(snapshot(values.get("as_of")), min(known) if is_known else None)
