"""The one gate before every view: who asks, does the route allow it, is the request genuine.

Deny by default: a view says with `@require(right)` or `@public` who may ask; one that says
nothing answers 403.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request

from server.access import Permission
from server.errors import NotAllowed, NotSignedIn
from server.metadata.sign_in import WebSession
from web.admission import HELD, admissions
from web.background import note_session, note_token
from web.forgery import changes_state, new_token, refuse_forgery
from web.programs import SLICER, door, how_to_sign_in, is_program, token_sent
from web.sessions import SESSION, VISIT, cookie_of, set_visit
from web.visitor import Visitor, runtime, visitor
from web.words import check_language

PUBLIC = "public"
View = TypeVar("View", bound=Callable[..., Any])


def require(right: Permission) -> Callable[[View], View]:
    """Declare the right that a view asks for."""

    def declare(view: View) -> View:
        view.indicube_right = right  # type: ignore[attr-defined]
        return view

    return declare


def public(view: View) -> View:
    """Declare that anyone may ask, signed in or not."""
    view.indicube_right = PUBLIC  # type: ignore[attr-defined]
    return view


def judged_anew(view: View) -> View:
    """Declare that a screen asks every few seconds: sessions are held a second at most."""
    view.indicube_held = timedelta(seconds=1)  # type: ignore[attr-defined]
    return view


def declared_right(view: Callable[..., Any]) -> str | None:
    """What a view has declared; None when it says nothing."""
    return getattr(view, "indicube_right", None)


def keep_gate(app: Flask) -> None:
    """Put the gate before every view of the application."""
    app.before_request(_pass_gate)
    app.after_request(_give_visit)


def _pass_gate() -> None:
    if request.routing_exception is not None:
        return  # no view will run: the answer is 404 or 405
    right = declared_right(current_app.view_functions[request.endpoint or ""])
    if right is None:
        raise NotAllowed("Nobody may open this address: it declares no right.")
    if request.endpoint == "static":
        return
    if request.method == "OPTIONS" and door() == SLICER:
        return  # what another site's page may ask is told before it says who asks; no view runs
    g.visitor = _program() if is_program() else _browser()
    if door() != SLICER:  # its clients name languages that we may not have
        check_language(request)
    _check_right(right)
    if changes_state(request) and not is_program():
        refuse_forgery(request, visitor().csrf_token)


def _check_right(right: str) -> None:
    if right == PUBLIC:
        return
    user = visitor().user
    if user is None:
        raise NotSignedIn(_how_to_sign_in())
    for needed in (Permission(right), *((Permission.API,) if is_program() else ())):
        if not user.may(needed):
            raise NotAllowed(
                f"This needs the right {needed.value!r}, "
                f"which the role {user.role.value!r} does not have."
            )


def _how_to_sign_in() -> str:
    return how_to_sign_in() if is_program() else "You are not signed in."


def _browser() -> Visitor:
    token = cookie_of(request, SESSION)
    session = _living_session(token) if token else None
    if session is None:
        return Visitor(csrf_token=cookie_of(request, VISIT))
    return Visitor(session.user, session, csrf_token=session.csrf_token)


def _living_session(token: str) -> WebSession | None:
    view = current_app.view_functions[request.endpoint or ""]
    found = admissions().browser(token, getattr(view, "indicube_held", HELD))
    if found is not None:
        note_session(found.id)
    return found


def _program() -> Visitor:
    if door() == SLICER and "Authorization" not in request.headers:
        return _anonymous()
    token = token_sent(request)
    if token is None:
        return Visitor()
    found = admissions().program(token)
    if found is None:
        raise NotSignedIn("The token is unknown, revoked or out of date.", code="bad_token")
    note_token(found[0].id)
    return Visitor(found[1], token_id=found[0].id)


def _anonymous() -> Visitor:
    """Whoever clients of the Slicer are that can send no token: nobody, or a user of the house."""
    name = runtime().settings.slicer_user
    if not name:
        return Visitor()
    user = admissions().user(name)
    if user is None:
        raise NotSignedIn(
            "INDICUBE_SLICER_USER names nobody who may sign in: requests without a token are not "
            "answered.",
            code="no_slicer_user",
        )
    return Visitor(user)


def form_token() -> str:
    """The token that a form of this answer must carry; a browser without one gets a visit."""
    known = visitor().csrf_token
    if known is None:
        known = new_token()
        g.new_visit = known
        g.visitor = Visitor(csrf_token=known)
    return known


def _give_visit(response: Response) -> Response:
    if g.get("new_visit"):
        set_visit(response, g.new_visit)
    return response
