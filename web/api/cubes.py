"""The aggregation API: a cube's model, aggregates, members and facts, in the grammar of Cubes."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response

from server.access import Permission
from server.cube import asked
from server.cube.cube_table import CubeSource, read_cube_table
from server.cube.cubes_result import result_of
from server.cube.databrewery import AggregationResult
from server.cube.drilldown import parse_drilldown
from server.cube.marked import Mark
from server.cube.modifiers import read_outputs
from server.cube.statement import Breakdown
from server.cube.statement_members import Wanted, members_statement
from server.cube.table import TableQuestion, table_of
from server.errors import AskerError
from web.api import cube_shapes, forms, shapes
from web.api.answers import Based, answer
from web.api.asking import (
    CubeQuestion,
    check_aggregate,
    check_cell,
    check_facts,
    check_members,
    open_cube,
    open_question,
)
from web.api.cell_streams import all_cells, can_be_streamed
from web.api.cells import cut_details
from web.api.columns import cell_columns, member_columns
from web.api.described import coverage_words, cube_words
from web.api.fact_streams import all_facts, page_of_facts
from web.api.hints import tell_wrong
from web.api.mistakes import Mistakes
from web.api.naming import of_cube, of_everything
from web.api.operations import Operation, describe
from web.api.reading import read, read_only
from web.api.streams import Sheet, streamed
from web.api.tables import explained, served_by, table_body
from web.api.workings import explainable
from web.gate import require
from web.kept import kept
from web.visitor import runtime, snapshot
from web.watched import only_asks
from web.words import language

api = Blueprint("api_cubes", __name__, url_prefix="/api/v1/cubes")

# Made once: they keep nothing of what they read.
_AGGREGATE, _CELL = forms.AggregateAsked(), forms.CellAsked()
_MEMBERS, _FACTS = forms.MembersAsked(), forms.FactsAsked()
_DECEMBER = {
    "cut": ["time:2013,4,12"],
    "aggregates": ["flights", "on_time_arrivals"],
    "drilldown": ["organisation:carrier"],
    "order": ["flights:desc"],
}


@api.get("")
@require(Permission.SLICE)
@describe(
    Operation("Every cube with its label", shapes.Cubes(), forms.Nothing(), missing=False),
)
@kept(of_everything)
def index() -> Response:
    """Every cube with its label."""
    read_only(forms.Nothing())
    cubes = runtime().cubes.model.cubes
    listed = [
        {"name": name, "label": cube.labels.in_language(language())} for name, cube in cubes.items()
    ]
    return answer({"cubes": listed}, Based(snapshot()))


@api.get("/<name>")
@require(Permission.SLICE)
@describe(Operation("A cube's dimensions, aggregates and facts", shapes.Cube(), forms.Nothing()))
@kept(of_everything)
def model(name: str) -> Response:
    """A cube's dimensions, aggregates and fact columns."""
    question = CubeQuestion(open_cube(name, {}), read_only(forms.Nothing()))
    return answer(cube_words(question.browser.model, language()), question.based)


@api.get("/<name>/aggregate")
@api.post("/<name>/aggregate")
@only_asks
@require(Permission.SLICE)
@describe(
    Operation(
        "The aggregates of a cell, in all and by drill-down",
        cube_shapes.Aggregate(),
        _AGGREGATE,
        has_rows=True,
        examples=_DECEMBER,
    )
)
@kept(of_cube(_AGGREGATE, "aggregate"))
@explainable
def aggregate(name: str) -> Response:
    """The aggregates of a cell, in all (`summary`) and by drill-down (`cells`)."""
    mistakes = Mistakes()
    values = read(_AGGREGATE, mistakes)
    question = open_question(name, values, mistakes)
    check_aggregate(question.browser, values, mistakes)
    tell_wrong(mistakes, [question.browser.model])
    if question.is_table:
        return _table(name, question)
    try:
        result = _asked(question)
    except AskerError as refusal:
        if not can_be_streamed(question, refusal):
            raise
        return all_cells(question)
    explained = question.explained
    cells = [explained.row(cell) for cell in result.cells or ()]
    if question.format != "json":
        rows = cells if question.is_broken_down else [explained.row(result.summary)]
        return streamed(_sheet(question, result.served_by), rows)
    return answer(
        {
            "cube": name,
            "cell": [cut.to_dict() for cut in result.cell.cuts],
            "aggregates": [one.name for one in result.aggregates],
            "summary": explained.row(result.summary) if question.has_summary else None,
            "cells": cells,
            "total_cell_count": result.total_cell_count,
            **_time_words(result),
            "coverage": coverage_words(explained.coverage()),
            "served_by": result.served_by,
        },
        question.based,
    )


def _asked(question: CubeQuestion) -> AggregationResult:
    values = question.values
    return question.browser.aggregate(
        question.cuts,
        aggregates=values.get("aggregates"),
        drilldown=values.get("drilldown") or None,
        split=values.get("split"),
        order=values.get("order"),
        summary=question.has_summary,
        **question.modifiers,
        **question.pages,
    )


def _sheet(question: CubeQuestion, served_by: str, marks: Iterable[Mark] = ()) -> Sheet:
    """What the rows of an answer hold."""
    browser, values = question.browser, question.values
    chosen = asked.aggregates(browser.model, values.get("aggregates"))
    columns = cell_columns(
        browser.model,
        parse_drilldown(browser.cell(question.cuts), values.get("drilldown")),
        read_outputs(chosen, **question.modifiers),
        marks,
        has_split="split" in values,
    )
    form, has_absences = question.format, question.has_absences
    return Sheet("aggregate", form, columns, question.based, served_by, has_absences)


def _time_words(result: AggregationResult) -> dict[str, Any]:
    """What goes with figures that have modifiers of time."""
    if not hasattr(result, "unfinished"):
        return {}
    return {"outputs": [one.name for one in result.outputs], "unfinished": result.unfinished}


def _table(name: str, question: CubeQuestion) -> Response:
    """The cells with what is shown around them."""
    browser = question.browser
    aggregates = asked.aggregates(browser.model, question.values.get("aggregates"))
    names = tuple(one.name for one in aggregates)
    explain = explained(browser, question.cuts)
    source = CubeSource(browser, tuple(question.cuts), names, question.modifiers, explain)
    words = read_cube_table(browser, question.cuts, source.names, **question.table_words)
    found = table_of(words, source)
    if question.format != "json":
        return streamed(_sheet(question, served_by([source]), words.marks), found.rows)
    cell = result_of(browser.cube, browser.cell(question.cuts), aggregates, Breakdown()).cell
    return answer(
        {
            "cube": name,
            "cell": [cut.to_dict() for cut in cell.cuts],
            "aggregates": list(names),
            "coverage": coverage_words(question.explained.coverage()),
            **table_body(found),
            **_along(source, words),
            "served_by": served_by([source]),
        },
        question.based,
    )


def _along(source: CubeSource, question: TableQuestion) -> dict[str, Any]:
    """What goes with figures of a table that have modifiers of time."""
    if not source.modifiers:
        return {}
    unfinished = source.unfinished_in((question.rows, question.grain))
    return {"outputs": list(source.names), "unfinished": unfinished}


@api.get("/<name>/cell")
@api.post("/<name>/cell")
@only_asks
@require(Permission.SLICE)
@describe(
    Operation(
        "A cell itself: its cuts as they were understood, and the members in them",
        cube_shapes.Cell(),
        _CELL,
        examples={"cut": ["organisation:network,AA", "time:2013,4-2013,4,11"]},
    )
)
@kept(of_cube(_CELL, "cell"))
def cell(name: str) -> Response:
    """The cuts of a cell, each with what is known of its members."""
    mistakes = Mistakes()
    values = read(_CELL, mistakes)
    question = open_question(name, values, mistakes)
    check_cell(question.browser, values, mistakes)
    tell_wrong(mistakes, [question.browser.model])
    browser, scoped = question.browser, question.browser.cell(question.cuts)
    told = result_of(browser.cube, scoped, (), Breakdown()).cell.cuts
    cuts = [
        {**shown.to_dict(), "details": cut_details(browser, cut)}
        for shown, cut in zip(told, scoped.cuts, strict=True)
    ]
    return answer({"cube": name, "cuts": cuts}, question.based)


@api.get("/<name>/members/<dimension>")
@api.post("/<name>/members/<dimension>")
@only_asks
@require(Permission.SLICE)
@describe(
    Operation(
        "The members of a dimension that have facts in the cell",
        cube_shapes.Members(),
        _MEMBERS,
        has_rows=True,
        examples={"depth": 1},
    )
)
@kept(of_cube(_MEMBERS, "members"))
def members(name: str, dimension: str) -> Response:
    """The members of a dimension that have facts in the cell."""
    mistakes = Mistakes()
    values = read(_MEMBERS, mistakes)
    question = open_question(name, values, mistakes)
    check_members(question.browser, dimension, values, mistakes)
    tell_wrong(mistakes, [question.browser.model])
    found = question.browser.members(
        question.cuts,
        dimension,
        depth=values.get("depth"),
        level=values.get("level"),
        hierarchy=values.get("hierarchy"),
        order=values.get("order"),
        search=values.get("search", ""),
        **question.pages,
    )
    browser = question.browser
    chosen = (values.get(word) for word in ("hierarchy", "level", "depth"))
    drill = asked.members_drill(browser.model, dimension, *chosen)
    cell = browser.cell(question.cuts)
    source = members_statement(cell, browser.snapshot, Wanted(drill)).served_by
    if question.format != "json":
        columns = member_columns(browser.model, (drill,))
        return streamed(Sheet("members", question.format, columns, question.based, source), found)
    body = {"cube": name, "dimension": dimension, "members": found, "served_by": source}
    return answer(body, question.based)


@api.get("/<name>/facts")
@api.post("/<name>/facts")
@only_asks
@require(Permission.SLICE)
@describe(
    Operation(
        "The facts of a cell, each with its batch and source row",
        cube_shapes.Facts(),
        _FACTS,
        description="As JSON lines, CSV, Arrow or Parquet all facts of the cell are sent, however "
        "many, in no order; the header Indicube-Rows says how many. As JSON they come in pages.",
        has_rows=True,
        examples={"cut": ["time:2013,4,12"], "page": 0, "pagesize": 3},
    )
)
@kept(of_cube(_FACTS, "facts"))
def facts(name: str) -> Response:
    """The facts of the cell, each with the batch and the source row that it came from."""
    mistakes = Mistakes()
    values = read(_FACTS, mistakes)
    question = open_question(name, values, mistakes)
    check_facts(question.browser, values, mistakes)
    tell_wrong(mistakes, [question.browser.model])
    if question.format != "json":
        return page_of_facts(question) if question.has_page else all_facts(question)
    found = question.browser.facts(
        question.cuts,
        fields=values.get("fields"),
        order=values.get("order"),
        total=True,
        **question.pages,
    )
    rows = [dict(row) for row in found]
    return answer({"cube": name, "facts": rows, "total": found.total}, question.based)
