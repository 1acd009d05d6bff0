"""Saved views: questions by name, private or shared with everybody who may slice."""

from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Response, redirect, request, url_for

from server.access import Permission
from server.metadata.views import remove_view, save_view, views_of
from server.slices.question import SliceQuestion, write_moment, write_question
from server.slices.reading import question_of
from web.gate import require
from web.pages.slicer_links import address, kept
from web.visitor import runtime, signed_in

pages = Blueprint("slicer_views", __name__)


@dataclass(frozen=True)
class ViewLink:
    """A saved view to open."""

    number: int
    name: str
    url: str
    is_current: bool
    is_shared: bool
    is_own: bool
    by: str


@dataclass(frozen=True)
class SavedViews:
    """The views that a person may open, and where theirs are saved."""

    links: tuple[ViewLink, ...]
    save: str
    query: str


def saved_views(question: SliceQuestion) -> SavedViews:
    """The saved views of the question's cube."""
    here, user = runtime(), signed_in()
    with here.metadata.read() as reading:
        found = views_of(reading, user.id, question.cube)
    query = urlencode(write_question(question))
    path = url_for("slicer.show", name=question.cube)
    now = urlencode(write_question(replace(question, as_of=None, as_of_model=None)))
    return SavedViews(
        tuple(
            ViewLink(
                one.id,
                one.name,
                f"{path}?{urlencode([*_opened(one.query, question), *kept()])}",
                one.query in (query, now),
                one.is_shared,
                one.is_own,
                one.by,
            )
            for one in found
        ),
        url_for("slicer_views.save", name=question.cube),
        query,
    )


def _opened(query: str, question: SliceQuestion) -> list[tuple[str, str]]:
    """The parameters of a view: at its own moment, or else at the one that is looked at."""
    pairs = parse_qsl(query, keep_blank_values=True)
    is_pinned = any(name in _CLOCKS for name, _ in pairs)
    return pairs if is_pinned else [*pairs, *write_moment(question)]


@pages.post("/slice/<name>/views")
@require(Permission.SLICE)
def save(name: str) -> Response:
    """Save the question of the form under a name."""
    here = runtime()
    cube = here.cubes.model.cube(name)
    # Only what reads as a question is kept: a saved view is never anything but an address of ours.
    params = [(k, v) for k, v in request.form.items(multi=True) if k in _QUESTION]
    question = question_of(here, params, cube)
    with here.metadata.write() as writing:
        save_view(
            writing,
            signed_in().id,
            cube.name,
            request.form.get("view", ""),
            urlencode(write_question(question)),
            here.clock(),
            is_shared=request.form.get("shared") == "1",
        )
    return _to(address(question))


@pages.post("/slice/<name>/views/<int:number>/remove")
@require(Permission.SLICE)
def remove(name: str, number: int) -> Response:
    """Forget a view of one's own."""
    here = runtime()
    with here.metadata.write() as writing:
        remove_view(writing, signed_in().id, number)
    params = [(k, v) for k, v in request.form.items(multi=True) if k in _QUESTION]
    return _to(address(question_of(here, params, here.cubes.model.cube(name))))


_CLOCKS = ("as_of", "as_of_model")
_SHAPE = ("rows", "columns", "value", "cut", "order", "top", "totals", "chart")
_QUESTION = (*_SHAPE, "membership", *_CLOCKS)


def _to(where: str) -> Response:
    found: Response = redirect(where, 303)  # type: ignore[assignment]
    return found
