"""Several cubes in one answer, joined on the dimensions that they share."""

from functools import partial
from typing import Any

from flask import Blueprint, Response

from server.access import Permission
from server.cube.across_reading import Across, read_across
from server.cube.across_worked import PLAIN
from server.cube.cube_model import CubeModel
from server.cube.table import Table
from server.exports.columns import Column
from web.api import cube_shapes, forms
from web.api.answers import Based, answer
from web.api.asking import TABLE_WORDS, Values, check_page, open_cube, refuse_misfits
from web.api.columns import mark_columns, member_columns, output_column
from web.api.described import indicator_words
from web.api.hints import tell_wrong
from web.api.judged_rows import JudgedRows, read_judged
from web.api.mistakes import Mistakes
from web.api.naming import of_everything
from web.api.operations import Operation, describe
from web.api.reading import read
from web.api.streams import Sheet, streamed
from web.api.tables import explained, served_by, table_body
from web.api.workings import explainable
from web.gate import require
from web.kept import kept
from web.visitor import runtime, snapshot
from web.watched import only_asks
from web.words import language

api = Blueprint("api_across", __name__, url_prefix="/api/v1/query")

_QUERY = forms.QueryAsked()


@api.post("")
@only_asks
@require(Permission.SLICE)
@describe(
    Operation(
        "Aggregates of several cubes and indicators, joined on the dimensions that they share",
        cube_shapes.Query(),
        _QUERY,
        description="A row is there where any of the cubes has facts. `absences` of a row says "
        "why a figure is null, for example `not_applicable` where a cut is on a dimension that "
        "the cube lacks. Figures of indicators stand in rows as everywhere, rounded and exact.",
        has_rows=True,
        examples={
            "aggregates": ["departures.flights", "weather.low_visibility_hours"],
            "formulas": {"per_hour": "departures.flights / weather.observations"},
            "indicators": ["on_time_arrival"],
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
    published = snapshot(values.get("as_of"), values.get("as_of_model"))
    judged = read_judged(values, published, mistakes)
    question = _read(values, judged, mistakes)
    tell_wrong(mistakes, _named(values))
    if question is None:
        raise ValueError("What cannot be asked has been told.")
    found = question.table()
    if values["format"] != "json":
        plain = [judged.plain(question.source, row) for row in found.rows]
        return streamed(_sheet(question, judged, values), plain)
    return answer(_body(question, judged, found), _based(question, values))


def _named(values: Values) -> list[CubeModel]:
    """The cubes that the question names; else all."""
    cubes = runtime().cubes.model.cubes
    heads = {name.partition(".")[0] for name in values.get("aggregates", ())}
    return [cube for name, cube in cubes.items() if name in heads] or list(cubes.values())


def _body(question: Across, judged: JudgedRows, found: Table) -> dict[str, Any]:
    source = question.source
    tell = partial(judged.told, source)
    along: dict[str, Any] = {}
    if source.along != PLAIN:
        along = {"outputs": list(source.names), "unfinished": question.unfinished}
    return {
        "cubes": [side.cube for side in source.sides],
        "indicators": [
            {**indicator_words(one, language()), "decimals": one.decimals}
            for one in judged.indicators
        ],
        "period": str(judged.period) if judged.period else None,
        "names": list(source.names),
        **table_body(found, tell if judged.indicators else list),
        **along,
        "served_by": served_by(side.source for side in source.sides),
    }


def _read(values: Values, judged: JudgedRows, mistakes: Mistakes) -> Across | None:
    words: dict[str, Any] = {word: values[word] for word in TABLE_WORDS if values.get(word)}
    check_page(values, forms.MOST_PAGE, mistakes)
    refuse_misfits(values, mistakes)
    aggregates, formulas = values.get("aggregates", ()), values.get("formulas")
    if mistakes.found and not (aggregates or formulas or judged.indicators):
        return None
    reading = partial(
        read_across,
        lambda name: open_cube(name, values),
        aggregates,
        cut=judged.cuts(values),
        formulas=formulas,
        time=values.get("time", ()),
        compare=values.get("compare", ()),
        explain=explained,
        worked=judged.judging.worked,
        judge=judged.judge if judged.indicators else None,
        drilldown=values.get("drilldown"),
        order=values.get("order"),
        page=values.get("page") if "pagesize" in values else None,
        page_size=values.get("pagesize") if "page" in values else None,
        summary=values.get("summary", True),
        **words,
    )
    return mistakes.attempt(reading, None)


def _sheet(question: Across, judged: JudgedRows, values: Values) -> Sheet:
    """What the rows of an answer hold."""
    source, table = question.source, question.question
    outputs, other = source.outputs, judged.columns(source)
    figures = [
        output_column(outputs[name], name)
        if name in outputs
        else other.get(name) or Column(name, "number", is_figure=True)
        for name in source.names
    ]
    members = member_columns(source.sides[0].source.browser.model, table.rows)
    words = [one for one in other.values() if not one.is_figure]
    columns = [*members, *figures, *words, *mark_columns(table.marks, figures)]
    read = served_by(side.source for side in source.sides)
    has_absences = values.get("absences") is True
    return Sheet("query", values["format"], columns, _based(question, values), read, has_absences)


def _based(question: Across, values: Values) -> Based:
    """The last day on which all of the cubes have facts."""
    browsers = [side.source.browser for side in question.source.sides]
    watermarks = [one.snapshot.watermarks.get(one.model.fact.name) for one in browsers]
    known = [one for one in watermarks if one is not None]
    is_known = len(known) == len(watermarks)
    versions = dict.fromkeys(one.model.model_version for one in browsers)
    published = snapshot(values.get("as_of"), values.get("as_of_model"))
    return Based(published, min(known) if is_known else None, ", ".join(versions))
