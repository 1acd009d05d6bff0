"""Tiles onto a dashboard: pinned from other screens, written, moved, resized and taken away."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, Response, request

from server.access import Permission
from server.dashboards.arranging import (
    Board,
    added,
    arrangement_of,
    board_of,
    moved,
    resized,
    restored,
    stepped,
    without,
)
from server.dashboards.tiles import SLICES, Tile, new_tile
from server.errors import InvalidInput
from server.metadata.dashboards import (
    arrange_dashboard,
    create_dashboard,
    own_dashboard,
)
from server.metadata.session import Session
from server.slices.question import write_question
from server.slices.reading import question_of
from web.gate import require
from web.pages.dashboard import known_dashboard, to_dashboard
from web.place import read_cuts
from web.visitor import runtime, signed_in

pages = Blueprint("dashboard_edit", __name__)

NEW = "new"  # the dashboard that a pin makes

Change = Callable[[Board], Board]

_STEPS: Mapping[str, Callable[[Board, str], Board]] = {
    "earlier": lambda board, key: stepped(board, key, -1),
    "later": lambda board, key: stepped(board, key, 1),
    "wider": lambda board, key: resized(board, key, 1, 0),
    "narrower": lambda board, key: resized(board, key, -1, 0),
    "taller": lambda board, key: resized(board, key, 0, 1),
    "shorter": lambda board, key: resized(board, key, 0, -1),
    "remove": without,
}


@pages.post("/dashboards/pin")
@require(Permission.VIEW)
def pin() -> Response:
    """Put what another screen shows onto a dashboard, an own one or a new one."""
    tile = _pinned_tile()
    here, user = runtime(), signed_in()
    with here.metadata.write() as writing:
        wanted = request.form.get("dashboard", NEW)
        if wanted == NEW:
            number = create_dashboard(writing, user.id, request.form.get("name", ""), here.clock())
        else:
            number = _number(wanted, "dashboard")
        key = _add(writing, number, tile)
    return to_dashboard(number, anchor=f"tile-{key}")


@pages.post("/dashboards/<int:number>/text")
@require(Permission.VIEW)
def add_text(number: int) -> Response:
    """Add a tile of text."""
    text = request.form.get("text", "").replace("\r\n", "\n")
    tile = Tile("text", title=" ".join(request.form.get("title", "").split()), text=text)
    return _added(number, tile)


@pages.post("/dashboards/<int:number>/slice")
@require(Permission.SLICE)
def add_slice(number: int) -> Response:
    """Add a tile from the address of a slice."""
    form = request.form
    return _added(number, _slice_tile(form.get("address", ""), form.get("what", "slice")))


@pages.post("/dashboards/<int:number>/tiles/<name>")
@require(Permission.VIEW)
def change(number: int, name: str) -> Response:
    """Move a tile to a place, or take one step with it."""
    step, to = request.form.get("step"), request.form.get("to", "")
    if step is None:
        place = _number(to, "to")
        return _changed(number, lambda board: moved(board, name, place))
    if step not in _STEPS:
        raise InvalidInput(f"There is no step {step!r}.", field="step", allowed=tuple(_STEPS))
    return _changed(number, lambda board: _STEPS[step](board, name))


@pages.post("/dashboards/<int:number>/restore")
@require(Permission.VIEW)
def restore(number: int) -> Response:
    """Put back the tile that was taken away last."""
    return _changed(number, restored)


def _added(number: int, tile: Tile) -> Response:
    return _changed(number, lambda board: added(board, tile)[0])


def _changed(number: int, change_board: Change) -> Response:
    here = runtime()
    with here.metadata.write() as writing:
        known = known_dashboard(writing, number)
        arrangement = arrangement_of(change_board(board_of(known)))
        arrange_dashboard(writing, known, arrangement, here.clock())
    return to_dashboard(number, is_edited=True)


def _add(session: Session, number: int, tile: Tile) -> str:
    """A pin needs no known version: it goes behind whatever is there now."""
    known = own_dashboard(session, signed_in().id, number)
    board, key = added(board_of(known), tile)
    arrange_dashboard(session, known, arrangement_of(board), runtime().clock())
    return key


def _pinned_tile() -> Tile:
    """What the pin form says: `what` is a kind, a subject and a dimension, divided by bars."""
    kind, _, rest = request.form.get("what", "").partition("|")
    subject, _, dimension = rest.partition("|")
    if kind in SLICES:
        return _slice_tile(request.form.get("address", ""), kind)
    return new_tile(
        Tile(
            kind=kind,  # type: ignore[arg-type]  # new_tile refuses an unknown one
            subject=subject,
            dimension=dimension,
            cuts=read_cuts(request.form.getlist("cut")),
            period=request.form.get("period", "month"),
        )
    )


def _slice_tile(address: str, kind: str) -> Tile:
    """Only what reads as a question is kept: never anything but a slice of ours, as of now."""
    parts = urlsplit(address.strip())
    before, _, name = parts.path.rpartition("/")
    if not before.endswith("/slice"):
        raise InvalidInput(
            "This is not the address of a slice.", field="address", allowed=("/slice/…",)
        )
    if kind not in SLICES:
        raise InvalidInput(f"There is no tile {kind!r} of a slice.", field="what", allowed=SLICES)
    here = runtime()
    question = question_of(here, parse_qsl(parts.query), here.cubes.model.cube(name))
    query = urlencode(write_question(replace(question, as_of=None, as_of_model=None)))
    return Tile(kind, subject=name, query=query)


def _number(text: str, field: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidInput(f"{field} is {text!r}; it must be a number.", field=field)
    return int(text)
