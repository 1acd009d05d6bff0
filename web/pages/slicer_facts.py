"""The facts behind a cell of a slice, each with the load and source line that it came from."""

from flask import Blueprint, Response, request, url_for

from server.access import Permission
from server.cube.cube_model import CubeModel
from server.cube.cuts import parse_cuts
from server.scorecards.facts import fact_columns
from server.scorecards.views import FactRow
from server.slices.grains import open_grains
from server.slices.question import SliceQuestion, read_question
from server.slices.wording import filters_in_words
from server.store.tables import LOAD_COLUMN, ROW_COLUMN
from web.figures import whole
from web.gate import require
from web.pages.facts import FactLine, page_number, recorded, source_page
from web.pages.slicer_links import address, kept, readable
from web.phrases import gettext
from web.place import path_of_ours, with_query
from web.rendering import render
from web.visitor import person, runtime
from web.words import language

pages = Blueprint("slicer_facts", __name__)


@pages.get("/slice/<name>/facts")
@require(Permission.SLICE)
def show(name: str) -> Response:
    """Show a page of the facts in a cell."""
    here = runtime()
    cube = here.cubes.model.cube(name)
    question = read_question(request.args.items(multi=True), cube)
    page = page_number(request.args.get("page", "1"))
    snapshot, size = here.snapshot(), here.settings.page_rows
    browser = here.cubes.browser(name, snapshot, person().scope, language())
    found = browser.facts(question.cuts, page=page - 1, page_size=size, total=True)
    columns = fact_columns(cube, language())
    total = int(found.total or 0)
    last = max(1, -(-total // size))
    grains = open_grains(here, person(), name, language(), snapshot)
    words = filters_in_words(grains, parse_cuts(cube, question.cuts), language())
    return render(
        "slicer_facts.html",
        title=cube.labels.in_language(language()),
        filters=[
            (
                one.dimension_label,
                (" – " if one.kind == "range" else gettext(", ")).join(map(readable, one.names)),
                one.is_negated,
            )
            for one in words
        ],
        columns=columns,
        lines=tuple(_line(cube, row, [one.name for one in columns]) for row in found),
        total=whole(total),
        first=whole(min((page - 1) * size + 1, total)),
        until=whole(min(page * size, total)),
        page=page,
        last=last,
        earlier=_page(question, page - 1) if page > 1 else None,
        later=_page(question, page + 1) if page < last else None,
        back=_back(question),
        snapshot=snapshot,
        data_to=snapshot.watermarks.get(cube.fact.name),
    )


@pages.get("/slice/<name>/facts/<int:batch>/<int:row>")
@require(Permission.SLICE)
def line(name: str, batch: int, row: int) -> Response:
    """Show the line of the source that a fact came from."""
    cube = runtime().cubes.model.cube(name)
    path = with_query(url_for("slicer_facts.show", name=cube.name), kept())
    return source_page(cube.name, batch, row, path)


def _line(cube: CubeModel, fact: dict[str, object], names: list[str]) -> FactLine:
    row = FactRow(
        int(str(fact[LOAD_COLUMN])), int(str(fact[ROW_COLUMN])), tuple(fact[one] for one in names)
    )
    path = url_for("slicer_facts.line", name=cube.name, batch=row.load, row=row.row)
    return FactLine(
        source=with_query(path, kept()),
        source_words=f"{row.load}:{row.row}",
        cells=tuple(recorded(value) for value in row.values),
    )


def _page(question: SliceQuestion, number: int) -> str:
    path = url_for("slicer_facts.show", name=question.cube)
    pairs = [*(("cut", one) for one in question.cuts), ("page", str(number)), *kept()]
    return with_query(path, pairs)


def _back(question: SliceQuestion) -> str:
    """The slice from which the facts were opened, when the browser tells it."""
    before = request.headers.get("HX-Current-URL") or request.referrer or ""
    path = before.partition("://")[2].partition("/")[2]
    slicer = url_for("slicer.show", name=question.cube)
    found = path_of_ours(f"/{path}")
    return found if found.startswith(f"{slicer}?") else address(question)
