"""How a slice was worked out: its statements, what they read and how long they took."""

from flask import Blueprint, Response, request, url_for

from server.access import Permission
from server.cube.workings import noting_workings, scope_words, workings
from server.slices.ask import ask
from server.slices.question import SliceQuestion, write_question
from server.slices.reading import question_of
from web.figures import whole
from web.gate import require
from web.pages.slicer_links import address, kept
from web.place import with_query
from web.rendering import render
from web.visitor import person, runtime
from web.words import language

pages = Blueprint("slicer_worked_out", __name__)


@pages.get("/slice/<name>/worked-out")
@require(Permission.AUDIT)
def show(name: str) -> Response:
    """Ask the slice once more, and tell what that took."""
    here = runtime()
    question = question_of(here, request.args.items(multi=True), here.cubes.model.cube(name))
    with noting_workings() as heard:
        result = ask(here, person(), question, language())
    told = workings(here.store.readers, heard)
    return render(
        "slicer_worked_out.html",
        back=address(question),
        snapshot=result.snapshot,
        scope=scope_words(person().scope),
        workings=told,
        total=whole(sum(one.rows_read for one in told)),
        whole=whole,
    )


def worked_out(question: SliceQuestion) -> str | None:
    """The way there, for those who may."""
    if not person().may(Permission.AUDIT):
        return None
    path = url_for("slicer_worked_out.show", name=question.cube)
    return with_query(path, [*write_question(question), *kept()])
