"""The way in and out: password, one-time link, sign-out.

Opening a link changes nothing: the person confirms by a form, so that a mail scanner that follows
links does not use it up.
"""

from math import ceil

from flask import Blueprint, Response, redirect, request, url_for

from server.access import Permission
from server.errors import InvalidInput
from server.metadata.secrets import SHORTEST_PASSWORD, password_hash
from server.metadata.sign_in import begin_session, end_session, use_sign_in_link
from server.metadata.users import User, set_password, verify_password
from web.gate import public, require
from web.phrases import gettext, ngettext
from web.place import path_of_ours
from web.rendering import render
from web.sessions import clear_session, set_session
from web.throttle import throttle
from web.visitor import runtime, visitor

pages = Blueprint("door", __name__)


@pages.get("/sign-in")
@public
def ask() -> Response:
    """Ask for name and password; whoever is signed in already goes on."""
    if visitor().user is not None:
        return _go(_next())
    return render("sign_in.html", next=_next(), name="", trouble="")


@pages.post("/sign-in")
@public
def sign_in() -> Response:
    """Sign in by password; the answer and its time are the same for an unknown name."""
    name, key = request.form.get("name", ""), _key()
    wait = throttle().wait(key)
    if wait:
        return _again(name, _wait_words(ceil(wait.total_seconds())), 429)
    here = runtime()
    with here.metadata.read() as reading:
        user = verify_password(reading, name, request.form.get("password", ""))
    if user is None:
        throttle().failed(key)
        return _again(name, gettext("Name and password do not belong together."), 422)
    throttle().succeeded(key)
    return _signed_in(user, _next())


@pages.get("/sign-in/<token>")
@public
def ask_link(token: str) -> Response:
    """Ask whether to use a one-time link; nothing is looked up yet."""
    return render("sign_in_link.html", token=token, trouble="", least=SHORTEST_PASSWORD)


@pages.post("/sign-in/<token>")
@public
def use_link(token: str) -> Response:
    """Use a one-time link, and keep a new password when one was given."""
    password = request.form.get("password", "")
    try:
        hashed = password_hash(password) if password else None
    except InvalidInput:
        words = gettext("A password has 12 to 128 characters.")
        return _link_again(token, words, 422)
    here = runtime()
    with here.metadata.write() as writing:
        user = use_sign_in_link(writing, token, here.clock())
        if user is not None and hashed is not None:
            set_password(writing, user.id, hashed)
    if user is None:
        words = gettext("This link was used already, or it is too old. Ask for a new one.")
        return _link_again(token, words, 410)
    return _signed_in(user, "/")


@pages.post("/sign-out")
@require(Permission.VIEW)
def sign_out() -> Response:
    """End the session of this browser."""
    here, session = runtime(), visitor().session
    if session is not None:
        with here.metadata.write() as writing:
            end_session(writing, session.id, here.clock())
    answer = _go(url_for("door.ask"))
    clear_session(answer)
    return answer


def _signed_in(user: User, address: str) -> Response:
    """Begin a new session: an id from before the sign-in is never carried over."""
    here, before = runtime(), visitor().session
    agent = request.headers.get("User-Agent")
    with here.metadata.write() as writing:
        if before is not None:
            end_session(writing, before.id, here.clock())
        token, _ = begin_session(writing, user, here.clock(), agent)
    answer = _go(address)
    set_session(answer, token)
    return answer


def _again(name: str, trouble: str, status: int) -> Response:
    return render("sign_in.html", status, next=_next(), name=name, trouble=trouble)


def _link_again(token: str, trouble: str, status: int) -> Response:
    return render(
        "sign_in_link.html", status, token=token, trouble=trouble, least=SHORTEST_PASSWORD
    )


def _go(address: str) -> Response:
    found: Response = redirect(address, 303)  # type: ignore[assignment]
    return found


def _key() -> str:
    return f"{request.form.get('name', '').lower()[:80]}|{request.remote_addr}"


def _next() -> str:
    """Where to go after signing in: a path of ours, nothing else."""
    return path_of_ours(request.values.get("next", ""))


def _wait_words(seconds: int) -> str:
    return ngettext(
        "Too many attempts. Try again in %(num)s second.",
        "Too many attempts. Try again in %(num)s seconds.",
        seconds,
    )
