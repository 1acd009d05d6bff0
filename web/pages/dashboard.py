"""Dashboards: those that a person may open, one of them with its tiles, and its settings."""

from dataclasses import dataclass, replace

from flask import Blueprint, Response, redirect, request

from server.access import Permission
from server.dashboards.arranging import board_of
from server.dashboards.showing import DashboardView, show_tiles
from server.dashboards.tiles import Focus
from server.errors import InvalidInput
from server.metadata.dashboards import (
    Dashboard,
    changed_since,
    create_dashboard,
    dashboards_of,
    find_dashboard,
    own_dashboard,
    remove_dashboard,
    rename_dashboard,
)
from server.metadata.displays import display_tokens
from server.metadata.session import Session
from server.scorecards.slicing import NO_CUTS
from web.asking import snapshot_at
from web.frame import Option, SliceBar, slice_bar
from web.gate import require
from web.known import known_place
from web.pages.dashboard_tiles import shown_tile
from web.phrases import gettext, ngettext
from web.place import Place, read_place
from web.rendering import render
from web.visitor import person, runtime, signed_in
from web.words import instant_words, language

pages = Blueprint("dashboard", __name__)


@dataclass(frozen=True)
class Entry:
    """A dashboard in the list."""

    name: str
    url: str
    owner: str
    is_own: bool
    is_shared: bool
    tiles: str
    changed: str


@pages.get("/dashboards")
@require(Permission.VIEW)
def index() -> Response:
    """List the dashboards that the person may open."""
    user, place = signed_in(), read_place(request).moment()
    with runtime().metadata.read() as reading:
        found = dashboards_of(reading, user.id)
    return render("dashboards.html", entries=tuple(_entry(one, user.id, place) for one in found))


@pages.post("/dashboards")
@require(Permission.VIEW)
def create() -> Response:
    """Make an empty dashboard and lead to it."""
    here = runtime()
    shared = request.form.get("shared") == "1"
    name = request.form.get("name", "")
    with here.metadata.write() as writing:
        number = create_dashboard(writing, signed_in().id, name, here.clock(), is_shared=shared)
    return to_dashboard(number, is_edited=True)


@pages.get("/dashboards/<int:number>")
@require(Permission.VIEW)
def show(number: int) -> Response:
    """Show a dashboard, with the means to arrange it when its owner asks for them."""
    here, user = runtime(), signed_in()
    with here.metadata.read() as reading:
        found = find_dashboard(reading, user.id, number)
    return dashboard_page(found)


@pages.post("/dashboards/<int:number>/settings")
@require(Permission.VIEW)
def save_settings(number: int) -> Response:
    """Rename a dashboard, share it or keep it private."""
    here = runtime()
    with here.metadata.write() as writing:
        known = known_dashboard(writing, number)
        rename_dashboard(
            writing,
            known,
            request.form.get("name", ""),
            here.clock(),
            is_shared=request.form.get("shared") == "1",
        )
    return to_dashboard(number, is_edited=True)


@pages.post("/dashboards/<int:number>/remove")
@require(Permission.VIEW)
def remove(number: int) -> Response:
    """Forget a dashboard."""
    with runtime().metadata.write() as writing:
        remove_dashboard(writing, known_dashboard(writing, number))
    return _to(Place(language=asked_language()).link("dashboard.index"))


def dashboard_page(found: Dashboard, *, secret: str = "") -> Response:
    """One dashboard; `secret` is the address of a wall screen, shown this once."""
    here, user = runtime(), signed_in()
    board, place = board_of(found), read_place(request)
    view = show_tiles(
        here,
        person(),
        board.tiles,
        language(),
        snapshot_at(place),
        Focus(place.period, place.cuts, place.is_alike),
    )
    is_own = found.user_id == user.id
    is_edited = is_own and (request.args.get("edit") == "1" or bool(secret))
    with here.metadata.read() as reading:
        screens = display_tokens(reading, found, here.clock()) if is_edited else ()
    return render(
        "dashboard.html",
        dashboard=found,
        tiles=tuple(shown_tile(one, person(), _plain(place)) for one in view.tiles),
        view=view,
        known=known_place(request.path, place, view.snapshot),
        bar=_focus_bar(view, place.plus("edit", 1) if is_edited else place, found.id),
        is_own=is_own,
        is_edited=is_edited,
        removed=board.removed[0] if board.removed and is_edited else None,
        screens=screens,
        secret=secret,
        links=_links(number=found.id, place=place),
    )


def known_dashboard(session: Session, number: int) -> Dashboard:
    """The dashboard that a form changes; Conflict unless the form saw its present state."""
    found = own_dashboard(session, signed_in().id, number)
    sent = request.form.get("version", "")
    if not sent.isascii() or not sent.isdigit() or len(sent) > 9:
        raise InvalidInput(f"version is {sent!r}; it must be a number.", field="version")
    if int(sent) != found.version:
        raise changed_since(found.name)
    return found


def to_dashboard(number: int, *, is_edited: bool = False, anchor: str | None = None) -> Response:
    """Lead to a dashboard, and there to one of its tiles."""
    place = Place(language=asked_language())
    place = place.plus("edit", 1) if is_edited else place
    address = place.link("dashboard.show", number=number)
    return _to(f"{address}#{anchor}" if anchor else address)


def asked_language() -> str | None:
    """The language that the address names, so that links keep it."""
    return request.args.get("lang") or None


def _plain(place: Place) -> Place:
    """What the links of tiles keep: tiles know their own periods and parts."""
    return replace(place, period=None, cuts=NO_CUTS)


def _focus_bar(view: DashboardView, place: Place, number: int) -> SliceBar | None:
    """What the whole dashboard can be looked at for; None when nothing on it is measured."""
    if view.frame is None:
        return None
    bar = slice_bar(view.frame, place, "dashboard.show", number=number)
    if place.period is not None:
        return replace(bar, periods=(Option("", gettext("Each tile's own"), False), *bar.periods))
    own = Option("", gettext("Each tile's own"), is_chosen=True)
    others = tuple(replace(one, is_chosen=False) for one in bar.periods)
    kinds = tuple(replace(one, is_current=False) for one in bar.kinds)
    return replace(bar, periods=(own, *others), kinds=kinds, earlier=None, later=None)


def _links(number: int, place: Place) -> dict[str, str]:
    return {
        "view": place.link("dashboard.show", number=number),
        "edit": place.plus("edit", 1).link("dashboard.show", number=number),
        "wall": place.link("dashboard_wall.show", number=number),
        "list": place.moment().link("dashboard.index"),
    }


def _entry(found: Dashboard, user_id: int, place: Place) -> Entry:
    return Entry(
        name=found.name,
        url=place.link("dashboard.show", number=found.id),
        owner=found.owner,
        is_own=found.user_id == user_id,
        is_shared=found.is_shared,
        tiles=ngettext("%(num)s tile", "%(num)s tiles", len(found.tiles)),
        changed=instant_words(found.changed_at),
    )


def _to(where: str) -> Response:
    found: Response = redirect(where, 303)  # type: ignore[assignment]
    return found
