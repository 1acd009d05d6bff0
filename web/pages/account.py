"""The account: how it looks, the password, where one is signed in."""

from flask import Blueprint, Response, redirect, request, url_for

from server.access import Permission
from server.errors import NotFound
from server.metadata.secrets import SHORTEST_PASSWORD, password_hash
from server.metadata.sign_in import WebSession, end_session, list_sessions
from server.metadata.users import PREFERENCES, set_password, set_preferences, verify_password
from web.gate import require
from web.phrases import gettext
from web.place import path_of_ours, with_query
from web.rendering import render
from web.rule_words import role_words, scope_lines
from web.visitor import person, runtime, signed_in, visitor

pages = Blueprint("account", __name__, url_prefix="/account")


@pages.get("")
@require(Permission.VIEW)
def show() -> Response:
    """Show the account of whoever is signed in."""
    return _page()


@pages.post("/preferences")
@require(Permission.VIEW)
def save_preferences() -> Response:
    """Keep language, theme and density; an empty value follows the browser."""
    chosen = {name: request.form[name] or None for name in PREFERENCES if name in request.form}
    with runtime().metadata.write() as writing:
        set_preferences(writing, signed_in().id, **chosen)
    return _back("saved")


@pages.post("/password")
@require(Permission.VIEW)
def change_password() -> Response:
    """Set a new password; who has one must name it."""
    user, new = signed_in(), request.form.get("new", "")
    here = runtime()
    if user.has_password:
        with here.metadata.read() as reading:
            known = verify_password(reading, user.name, request.form.get("present", ""))
        if known is None:
            return _page(gettext("This is not your present password."), 422)
    hashed = password_hash(new)
    with here.metadata.write() as writing:
        set_password(writing, user.id, hashed)
        for other in _others(list_sessions(writing, user, here.clock())):
            end_session(writing, other.id, here.clock())
    return _back("password")


@pages.post("/sessions/<int:number>/end")
@require(Permission.VIEW)
def end(number: int) -> Response:
    """End one of one's own sessions."""
    here = runtime()
    with here.metadata.write() as writing:
        own = {one.id for one in list_sessions(writing, signed_in(), here.clock())}
        if number not in own:
            raise NotFound(f"You have no session {number}.", field="session")
        end_session(writing, number, here.clock())
    return _back("ended")


def _page(trouble: str = "", status: int = 200) -> Response:
    user, here = signed_in(), runtime()
    with here.metadata.read() as reading:
        sessions = list_sessions(reading, user, here.clock())
    present = visitor().session
    return render(
        "account.html",
        status,
        user=user,
        role=role_words(user.role),
        scope=scope_lines(person().scope),
        sessions=sessions,
        present=present.id if present else 0,
        trouble=trouble,
        least=SHORTEST_PASSWORD,
        preferences=_preferences(),
    )


def _others(sessions: tuple[WebSession, ...]) -> tuple[WebSession, ...]:
    present = visitor().session
    return tuple(one for one in sessions if present is None or one.id != present.id)


def _back(notice: str) -> Response:
    wanted = path_of_ours(request.form.get("next", ""))
    address = wanted if wanted != "/" else with_query(url_for("account.show"), [("notice", notice)])
    found: Response = redirect(address, 303)  # type: ignore[assignment]
    return found


def _preferences() -> tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]:
    """Each preference: its name, its label, and its values with their words."""
    follow = gettext("As the browser says")
    return (
        ("language", gettext("Language"), (("", follow), ("en", "English"), ("zh", "中文"))),
        (
            "theme",
            gettext("Theme"),
            (
                ("", gettext("As the system")),
                ("light", gettext("Light")),
                ("dark", gettext("Dark")),
            ),
        ),
        (
            "density",
            gettext("Density"),
            (
                ("", gettext("Comfortable")),
                ("compact", gettext("Compact")),
            ),
        ),
    )
