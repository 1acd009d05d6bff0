"""The slicer: any values of a cube by any rows and columns; its address is all of its state."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for

from server.access import Permission
from server.cube.cube_model import CubeModel
from server.errors import InvalidInput
from server.indicators.absence import Absence
from server.scorecards.catalogue import read_catalogue
from server.slices import moves
from server.slices.ask import ask
from server.slices.charts import allowed_kinds, slice_chart
from server.slices.question import (
    Axis,
    Order,
    SliceQuestion,
    Value,
    write_moment,
    write_question,
)
from server.slices.reading import question_of
from server.slices.result import SliceResult, Window
from web.figures import absent, whole
from web.frame import Link
from web.gate import require
from web.hang_up import stopped_on_hang_up
from web.htmx import htmx
from web.pages.slicer_cut import picked_cuts
from web.pages.slicer_links import Clicks, address, filter_words, kept, known_slice
from web.pages.slicer_table import named, table_of
from web.pages.slicer_views import saved_views
from web.pages.slicer_worked_out import worked_out
from web.phrases import gettext
from web.place import with_query
from web.rendering import render
from web.visitor import person, runtime
from web.words import language

pages = Blueprint("slicer", __name__)

_KEPT = ("as_of", "as_of_model", "lang")
WINDOW = Window(0, 100, cells=2_500)  # one more window comes when the last row is in sight


@dataclass(frozen=True)
class Walk:
    """The rows in sight, and the way to those after and before them."""

    first: str
    until: str
    count: str
    later: str | None
    earlier: str | None
    page: str  # where the rows are from


@pages.get("/slice")
@require(Permission.SLICE)
def index() -> Response:
    """Lead to the first cube."""
    first = next(iter(runtime().cubes.names()))
    kept = [(name, one) for name in _KEPT for one in request.args.getlist(name)]
    return _to(with_query(url_for("slicer.show", name=first), kept))


@pages.get("/slice/<name>")
@require(Permission.SLICE)
def show(name: str) -> Response:
    """Show the slice that the address asks for."""
    cube = runtime().cubes.model.cube(name)
    question = question_of(runtime(), request.args.items(multi=True), cube)
    if "dimension" in request.args:
        return _to(address(picked_cuts(question, cube, request.args)))
    if not question.values:
        return _to(address(first_question(question, cube)))
    with stopped_on_hang_up() as stop:
        result = ask(runtime(), person(), question, language(), page=_window(), cancellation=stop)
    return render("slicer.html", **_context(result, cube))


def first_question(question: SliceQuestion, cube: CubeModel) -> SliceQuestion:
    """What a slicer opens with: facts and the heaviest indicators by the first dimension."""
    indicators = read_catalogue(runtime().metadata, _definitions(question)).by_weight()
    own = [Value(one.code, "indicator") for one in indicators if one.cubes == (cube.name,)]
    dimension = next((one for one in cube.dimensions if one is not cube.time), cube.dimensions[0])
    hierarchy = dimension.default_hierarchy
    axis = Axis(dimension.name, hierarchy.name, hierarchy.levels[0].name)
    first = Value(cube.aggregates[0].name)
    rows = question.rows or (() if question.columns else (axis,))
    return replace(
        question,
        rows=rows,
        values=(first, *own[:2]),
        order=question.order or ((Order(first.reference, is_descending=True),) if rows else ()),
        totals=True,
    )


def _definitions(question: SliceQuestion) -> int | None:
    """The number of the definitions that a question asks for; None for those of now."""
    if question.as_of_model is None:
        return None
    return runtime().snapshot(question.moment, question.model_moment).definitions


def _context(result: SliceResult, cube: CubeModel) -> Mapping[str, Any]:
    question, clicks = result.question, Clicks(result.question, cube, result.definitions)
    definition = slice_chart(result, named)
    return {
        "result": result,
        "question": question,
        "title": cube.labels.in_language(language()),
        "subject": _subject(result),
        "cubes": _cubes(cube, question),
        "fields": clicks.fields(),
        "aggregates": clicks.aggregates(),
        "indicators": clicks.indicators(),
        "shows": clicks.shows(),
        "along_time": clicks.along_time(),
        "memberships": clicks.memberships(),
        "rows": clicks.axes(result.row_heads, "columns"),
        "columns": clicks.axes(result.column_heads, "rows"),
        "chips": clicks.chips(result),
        "sorted_by": clicks.sorted_by(result),
        "tops": clicks.tops() if question.rows else (),
        "others": _others(question),
        "swap": clicks.to(moves.swapped(question)) if question.axes else None,
        "totals": clicks.to(replace(question, totals=not question.totals)),
        "kinds": _kinds(result),
        "chart": _dressed(definition) if definition else None,
        "table": table_of(result, cube),
        "walk": _walk(result),
        "is_narrow": len(result.row_heads) + len(result.columns) * len(result.values) <= 4,
        "views": saved_views(question),
        "worked_out": worked_out(question),
        "params": (*write_question(question), *kept()),
        "known": known_slice(question, result.snapshot),
    }


def _cubes(chosen: CubeModel, question: SliceQuestion) -> tuple[Link, ...]:
    """Every cube, at the same moment."""
    moment = (*write_moment(question), *kept())
    return tuple(
        Link(
            one.labels.in_language(language()),
            with_query(url_for("slicer.show", name=one.name), moment),
            one.name == chosen.name,
        )
        for one in runtime().cubes.model.cubes.values()
    )


def _subject(result: SliceResult) -> str:
    names = [filter_words(one) for one in result.filters]
    whole_words = gettext("All that you may see") if person().scope.rules else gettext("All facts")
    return " · ".join(names or [whole_words])


def _others(question: SliceQuestion) -> Link | None:
    if question.top is None:
        return None
    top = replace(question.top, others=not question.top.others)
    return Link(gettext("Others"), address(replace(question, top=top)), question.top.others)


def _kinds(result: SliceResult) -> tuple[Link, ...]:
    words = {
        "bar": gettext("Bars"),
        "line": gettext("Lines"),
        "stacked": gettext("Stacked"),
        "heat": gettext("Heat map"),
        "none": gettext("None"),
    }
    kinds = allowed_kinds(result)
    if not kinds:
        return ()
    definition = slice_chart(result)
    now = str(definition["kind"]) if definition else "none"
    return tuple(
        Link(words[kind], address(replace(result.question, chart=kind)), kind == now)
        for kind in (*kinds, "none")
    )


def _dressed(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    series = [
        {**one, "gaps": [absent(Absence(gap)).text if gap else None for gap in one["absences"]]}
        for one in definition["series"]
    ]
    return {**definition, "series": series}


def _walk(result: SliceResult) -> Walk:
    until = result.first_row + len(result.rows)
    size = WINDOW.rows_of(len(result.columns) * len(result.values))
    later = address(result.question, ("from", str(until))) if until < result.row_count else None
    before = max(0, result.first_row - size)
    earlier = address(result.question, ("from", str(before))) if result.first_row else None
    return Walk(
        whole(result.first_row + 1),
        whole(until),
        whole(result.row_count),
        later,
        earlier,
        address(result.question),
    )


def _window() -> Window:
    """The rows from which the address starts; all of them when their fingerprint is wanted."""
    if htmx() and htmx().target == "fingerprint":
        return Window(0, 10**9)
    text = request.args.get("from", "0")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidInput(f"from is {text!r}; it must be 0 or more.", field="from")
    return replace(WINDOW, first=int(text))


def _to(where: str) -> Response:
    found: Response = redirect(where, 302)  # type: ignore[assignment]
    return found
