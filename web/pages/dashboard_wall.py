"""The wall screen of a dashboard: large, turning its pages by itself, without controls.

A display token stands in the address and shows its one dashboard with its owner's present rights.
It opens nothing else, and neither a session nor a cookie comes of it.

Between its turns a screen looks every few seconds whether what it shows may still be seen: it goes
dark, or is drawn anew, as soon as that has changed, however slowly it turns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from flask import Blueprint, Response, current_app, g, request, url_for

from server.access import Permission, Person
from server.dashboards.arranging import board_of
from server.dashboards.showing import show_tiles
from server.dashboards.tiles import LARGE, Focus
from server.errors import InvalidInput, NotFound, TooManyRequests
from server.metadata.dashboards import Dashboard, find_dashboard, own_dashboard
from server.metadata.displays import create_display_token, find_display, revoke_display_token
from server.metadata.secrets import secret_hash
from server.runtime import Runtime
from web.asking import snapshot_at
from web.buckets import OwnBuckets
from web.gate import judged_anew, public, require
from web.known import known_place
from web.pages.dashboard import dashboard_page, to_dashboard
from web.pages.dashboard_tiles import ShownTile, shown_tile
from web.place import Place, read_place, with_query
from web.rendering import render
from web.visitor import person, runtime, signed_in
from web.words import language

pages = Blueprint("dashboard_wall", __name__)

SECONDS, LEAST_SECONDS, MOST_SECONDS = 20, 5, 3_600
REQUESTS_A_MINUTE = 60  # of one address, in one process; the fastest screen sends 12
LOOK_SECONDS = 4  # rights that are gone are gone from every screen within five
EXTENSION = "indicube-wall-pace"
RIGHTS = "rights"  # in the address of a look: what the screen was drawn with
SMALL_ON_A_PAGE, LARGE_ON_A_PAGE = 6, 2


@dataclass(frozen=True)
class Wall:
    """One page of a wall screen, and the way to the next."""

    name: str
    tiles: tuple[ShownTile, ...]
    is_large: bool
    page: int  # counted from 1
    pages: int
    seconds: int
    following: str
    look: str  # answers nothing as long as the same may be seen
    look_seconds: int = LOOK_SECONDS


@pages.get("/dashboards/<int:number>/wall")
@require(Permission.VIEW)
@judged_anew
def show(number: int) -> Response:
    """Show a dashboard as a wall screen to whoever may open it, in the focus of its address."""
    with runtime().metadata.read() as reading:
        found = find_dashboard(reading, signed_in().id, number)
    path = url_for("dashboard_wall.show", number=number)
    if _is_as_drawn(person(), path):
        return Response(status=204)
    return _wall(found, person(), path, read_place(request))


@pages.get("/wall/<token>")
@public
def show_display(token: str) -> Response:
    """Show the one dashboard of a display token."""
    here = runtime()
    with here.metadata.read() as reading:
        found = find_display(reading, token, here.clock())
    if found is None or not found[1].may(Permission.VIEW):
        return render("wall_closed.html", 404)
    dashboard, owner = found
    viewer = owner.person_at(here.clock())
    path = url_for("dashboard_wall.show_display", token=token)
    if _is_as_drawn(viewer, path):
        return Response(status=204)
    _pace(token, here)
    return _wall(dashboard, viewer, path, read_place(request).moment())


def _pace(token: str, here: Runtime) -> None:
    """Answer an address so many times a minute: whoever has it cannot keep the facts busy."""
    buckets: OwnBuckets = current_app.extensions.setdefault(
        EXTENSION, OwnBuckets(REQUESTS_A_MINUTE)
    )
    taken, left = buckets.take(int(secret_hash(token)[:12], 16), here.clock())
    if not taken:
        wait = max(ceil((1 - left) * 60 / REQUESTS_A_MINUTE), 1)
        raise TooManyRequests(
            f"This address is answered {REQUESTS_A_MINUTE} times a minute; try again in {wait} s.",
            retry_after=wait,
        )


@pages.post("/dashboards/<int:number>/displays")
@require(Permission.VIEW)
def open_display(number: int) -> Response:
    """Make a display token; its address is shown this once."""
    here = runtime()
    with here.metadata.write() as writing:
        known = own_dashboard(writing, signed_in().id, number)
        token = create_display_token(writing, known, here.clock())
    site = here.settings.public_url or request.host_url.rstrip("/")
    path = url_for("dashboard_wall.show_display", token=token)
    return dashboard_page(known, secret=f"{site}{with_query(path, [('lang', language())])}")


@pages.post("/dashboards/<int:number>/displays/end")
@require(Permission.VIEW)
def end_display(number: int) -> Response:
    """End a display token."""
    here = runtime()
    sent = request.form.get("display", "")
    if not sent.isascii() or not sent.isdigit() or len(sent) > 9:
        raise NotFound(f"This dashboard has no token {sent!r}.", field="display")
    with here.metadata.write() as writing:
        known = own_dashboard(writing, signed_in().id, number)
        revoke_display_token(writing, known, int(sent), here.clock())
    return to_dashboard(number, is_edited=True)


@pages.after_request
def leave_no_cookie(response: Response) -> Response:
    """Whatever is answered to a token, a page that says what went wrong too, sets no cookie."""
    if request.endpoint == "dashboard_wall.show_display":
        g.pop("new_visit", None)
    return response


def _wall(found: Dashboard, viewer: Person, path: str, place: Place) -> Response:
    board = board_of(found)
    sheets = _sheets([_is_large(one.kind) for one in board.tiles])
    page = _asked("page", 1, 1, 10**6)
    first, until = sheets[(page - 1) % len(sheets)] if sheets else (0, 0)
    # Only what is in sight is asked: a wall of many pages costs no more than one of them.
    tiles = board.tiles[first:until]
    at, focus = snapshot_at(place), Focus(place.period, place.cuts)
    view = show_tiles(runtime(), viewer, tiles, language(), at, focus)
    shown = tuple(shown_tile(one, viewer, Place()) for one in view.tiles)
    seconds = _asked("seconds", SECONDS, LEAST_SECONDS, MOST_SECONDS)
    turning = (page % len(sheets)) + 1 if sheets else 1
    return render(
        "wall.html",
        view=view,
        known=known_place(path, place, view.snapshot),
        now=runtime().clock(),
        wall=Wall(
            name=found.name,
            tiles=shown,
            is_large=any(one.is_large for one in shown),
            page=(page - 1) % len(sheets) + 1 if sheets else 1,
            pages=len(sheets),
            seconds=seconds,
            following=with_query(path, [*_kept(), ("page", str(turning))]),
            look=with_query(
                path, [*_kept(), ("page", str(page)), (RIGHTS, _rights_of(viewer, path))]
            ),
        ),
    )


def _sheets(large: Sequence[bool]) -> list[tuple[int, int]]:
    """Which tiles stand on which page, in order: few large ones or more small ones, never both."""
    sheets: list[tuple[int, int]] = []
    first = 0
    for place in range(1, len(large) + 1):
        room = LARGE_ON_A_PAGE if large[first] else SMALL_ON_A_PAGE
        is_end = place == len(large) or large[place] != large[first]
        if is_end or place - first == room:
            sheets.append((first, place))
            first = place
    return sheets


def _is_large(kind: str) -> bool:
    return kind in LARGE


def _kept() -> list[tuple[str, str]]:
    """What stays in the address from one turn to the next."""
    return [(k, v) for k, v in request.args.items(multi=True) if k not in ("page", RIGHTS)]


def _is_as_drawn(viewer: Person, path: str) -> bool:
    """Whether this is but a look, of a screen that was drawn with the same rights."""
    return request.args.get(RIGHTS) == _rights_of(viewer, path)


def _rights_of(viewer: Person, path: str) -> str:
    """Stands for role and scope, without telling them."""
    rules = sorted((rule.dimension, *rule.path) for rule in viewer.scope.rules)
    return secret_hash(repr((path, viewer.role.value, rules)))[:16]


def _asked(name: str, usual: int, least: int, most: int) -> int:
    text = request.args.get(name)
    if text is None:
        return usual
    if not text.isascii() or not text.isdigit() or not least <= int(text[:9]) <= most:
        raise InvalidInput(f"{name} is {text!r}; it must be {least} to {most}.", field=name)
    return int(text)
