"""The facts behind a cell of a slice, each with the load and source line that it came from."""

from flask import Blueprint, Response, request, url_for

from server.access import Permission
from server.cube.cube_model import CubeModel
from server.cube.cuts import parse_cuts, text_of
from server.cube.statement import Page
from server.scorecards.facts import fact_columns
from server.scorecards.views import FactRow
from server.slices.behind import facts_behind
from server.slices.grains import Grains, open_grains
from server.slices.question import SliceQuestion, write_moment
from server.slices.reading import question_of
from server.slices.wording import filters_in_words
from server.store.tables import LOAD_COLUMN, ROW_COLUMN
from web.gate import require
from web.hang_up import stopped_on_hang_up
from web.known import known_at
from web.pages.facts import FactLine, listing_of, page_number, recorded, source_page
from web.pages.slicer_links import address, belonging, clocks_of, kept, pinned, readable
from web.phrases import gettext, named
from web.place import path_of_ours, read_place, with_query
from web.rendering import render
from web.visitor import person, runtime
from web.words import language

pages = Blueprint("slicer_facts", __name__)


@pages.get("/slice/<name>/facts")
@require(Permission.SLICE)
def show(name: str) -> Response:
    """Show a page of the facts in a cell; `outside` leaves out those of a cut."""
    here = runtime()
    cube = here.cubes.model.cube(name)
    question = question_of(here, request.args.items(multi=True), cube)
    outside = _outside(cube)
    page, size = page_number(request.args.get("page", "1")), here.settings.page_rows
    snapshot = here.snapshot(question.moment, question.model_moment)
    with stopped_on_hang_up() as cancellation:
        grains = open_grains(
            here, person(), name, language(), snapshot, cancellation, question.membership
        )
        found = facts_behind(grains, question.cuts, outside, Page(size, (page - 1) * size))
        subject = _subject(grains, question.cuts, outside)
    columns = fact_columns(cube, language())
    names = [one.name for one in columns]

    cell = _cell(question, outside)

    def to(number: int) -> str:
        path = url_for("slicer_facts.show", name=name)
        return with_query(path, [*cell, ("page", str(number)), *write_moment(question)])

    lines = tuple(_line(question, row, names) for row in found.facts)
    title = cube.labels.in_language(language())
    return render(
        "facts.html",
        name=title,
        back=_back(question),
        back_label=gettext("Slicer"),
        subject=subject,
        listing=listing_of(columns, lines, found.total, page, size, to),
        known=known_at(request.path, cell, clocks_of(question), snapshot),
        snapshot=snapshot,
        data_to=snapshot.watermarks.get(cube.fact.name),
        exported=(cube.name, _asked_for(question, outside)),
    )


@pages.get("/slice/<name>/facts/<int:batch>/<int:row>")
@require(Permission.SLICE)
def line(name: str, batch: int, row: int) -> Response:
    """Show the line of the source that a fact came from."""
    cube = runtime().cubes.model.cube(name)
    question = question_of(runtime(), request.args.items(multi=True), cube)
    path = with_query(url_for("slicer_facts.show", name=name), [*pinned(question), *kept()])
    return source_page(cube.name, (batch, row), path, read_place(request).moment())


def _asked_for(question: SliceQuestion, outside: str | None) -> list[tuple[str, str]]:
    """The cell of the facts as the parameters of an export."""
    left_out = [("outside", outside)] if outside else []
    return [*(("cut", one) for one in question.cuts), *left_out, *pinned(question)]


def _outside(cube: CubeModel) -> str | None:
    """The cut whose facts are left out, in canonical form."""
    text = request.args.get("outside")
    return text_of(cube, parse_cuts(cube, text)) if text else None


def _subject(grains: Grains, cuts: tuple[str, ...], outside: str | None) -> str:
    """What the facts have in common, in words."""
    cube = grains.browser.model
    told = []
    for text in (*cuts, *([outside] if outside else [])):
        (words,) = filters_in_words(grains, parse_cuts(cube, text), language())
        names = (" – " if words.kind == "range" else gettext(", ")).join(map(readable, words.names))
        is_left_out = words.is_negated or text is outside
        without = f"{gettext('without')} " if is_left_out else ""
        told.append(named(words.dimension_label, f"{without}{names}"))
    whole = gettext("All that you may see") if person().scope.rules else gettext("All facts")
    return " · ".join(told or [whole])


def _line(question: SliceQuestion, fact: dict[str, object], names: list[str]) -> FactLine:
    row = FactRow(
        int(str(fact[LOAD_COLUMN])), int(str(fact[ROW_COLUMN])), tuple(fact[one] for one in names)
    )
    path = url_for("slicer_facts.line", name=question.cube, batch=row.load, row=row.row)
    return FactLine(
        source=with_query(path, [*pinned(question), *kept()]),
        source_words=f"{row.load}:{row.row}",
        cells=tuple(recorded(value) for value in row.values),
    )


def _cell(question: SliceQuestion, outside: str | None) -> tuple[tuple[str, str], ...]:
    """What an address says of the cell, but for the moment at which it is known."""
    cuts = tuple(("cut", one) for one in question.cuts)
    left_out = (("outside", outside),) if outside else ()
    return (*cuts, *left_out, *belonging(question), *kept())


def _back(question: SliceQuestion) -> str:
    """The slice from which the facts were opened, when the browser tells it."""
    before = request.headers.get("HX-Current-URL") or request.referrer or ""
    path = before.partition("://")[2].partition("/")[2]
    slicer = url_for("slicer.show", name=question.cube)
    found = path_of_ours(f"/{path}")
    return found if found.startswith(f"{slicer}?") else address(question)
