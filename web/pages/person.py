"""One person: role, rules, what they may see, where they are signed in, and who changed what."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for

from server.access import Permission, Role
from server.errors import Conflict, InvalidInput, NotFound
from server.metadata.rights import (
    change_activity,
    change_role,
    end_all_sessions,
    give_link,
    revoke,
)
from server.metadata.rights_changes import PERSON, By, list_changes
from server.metadata.session import Session
from server.metadata.sign_in import list_sessions
from server.metadata.tokens import list_tokens
from server.metadata.users import User, user_by_id
from web.frame import Option
from web.gate import require
from web.phrases import gettext
from web.rendering import render
from web.rule_members import names_of, open_cubes, open_parts
from web.rule_words import change_words, role_words, rule_lines
from web.sentences import in_words
from web.visitor import runtime, signed_in

pages = Blueprint("person", __name__, url_prefix="/people/<int:number>")

Change = Callable[[Session, User, By], object]


@pages.get("")
@require(Permission.ADMINISTER)
def show(number: int) -> Response:
    """Show one person."""
    return person_page(number)


@pages.post("/role")
@require(Permission.ADMINISTER)
def set_role(number: int) -> Response:
    """Give them another role."""
    sent = request.form.get("role", "")
    if sent not in set(Role):
        raise InvalidInput(
            f"There is no role {sent[:40]!r}.", field="role", allowed=[one.value for one in Role]
        )
    version = sent_version()
    return _changed(number, lambda s, user, by: change_role(s, user.id, Role(sent), by, version))


@pages.post("/activity")
@require(Permission.ADMINISTER)
def set_activity(number: int) -> Response:
    """Let them sign in, or no more."""
    sent, version = request.form.get("active", ""), sent_version()
    if sent not in ("yes", "no"):
        raise InvalidInput(f"active is {sent[:40]!r}.", field="active", allowed=("yes", "no"))
    is_active = sent == "yes"
    return _changed(number, lambda s, user, by: change_activity(s, user.id, is_active, by, version))


@pages.post("/link")
@require(Permission.ADMINISTER)
def new_link(number: int) -> Response:
    """Make a link that signs them in once; it is shown this once."""
    here = runtime()
    with here.metadata.write() as writing:
        user = user_by_id(writing, number)
        if not user.is_active:
            raise Conflict(f"{user.name} may not sign in; let them in again first.")
        token = give_link(writing, user, _by())
    return person_page(number, secret=link_of(token))


@pages.post("/sessions/end")
@require(Permission.ADMINISTER)
def end_sessions(number: int) -> Response:
    """Sign them out everywhere."""
    return _changed(number, end_all_sessions)


@pages.post("/tokens/revoke")
@require(Permission.ADMINISTER)
def revoke_tokens(number: int) -> Response:
    """End one of their tokens, or all."""
    sent = request.form.get("token", "")
    if sent and (not sent.isascii() or not sent.isdigit() or len(sent) > 9):
        raise NotFound(f"There is no token {sent[:20]!r}.", field="token")
    which = int(sent) if sent else None
    return _changed(number, lambda s, user, by: revoke(s, user, by, which))


def person_page(number: int, status: int = 200, *, trouble: str = "", secret: str = "") -> Response:
    """The page of one person, with what went wrong, or a link that is shown this once."""
    here = runtime()
    now = here.clock()
    with here.metadata.read() as reading:
        user = user_by_id(reading, number)
        sessions = list_sessions(reading, user, now)
        tokens = list_tokens(reading, user)
        changes = list_changes(reading, PERSON, user.name, 20)
    names = names_of((*user.rules, *user.role_rules))
    return render(
        "person.html",
        status,
        user=user,
        version=user.rights_version,
        role=role_words(user.role),
        roles=tuple(Option(one.value, role_words(one), one is user.role) for one in Role),
        rules=rule_lines(user.rules, names),
        role_rules=rule_lines(user.role_rules, names),
        parts=open_parts(user),
        cubes=open_cubes(user.scope_at(now)),
        sessions=sessions,
        tokens=tuple(one for one in tokens if one.revoked_at is None and one.expires_at > now),
        changes=tuple((one, change_words(one)) for one in changes),
        trouble=trouble,
        secret=secret,
        remove_address=lambda rule: url_for("rules.remove", number=number, rule=rule),
    )


def link_of(token: str) -> str:
    """The whole address of a sign-in link."""
    site = runtime().settings.public_url or request.host_url.rstrip("/")
    return f"{site}{url_for('door.ask_link', token=token)}"


def sent_version() -> int:
    """The version of the rights that the form was made from."""
    sent = request.form.get("version", "")
    if not sent.isascii() or not sent.isdigit() or len(sent) > 9:
        raise InvalidInput(f"version is {sent[:20]!r}; open the page again.", field="version")
    return int(sent)


def refusal_words(refused: Conflict) -> str:
    """Why a change of rights was refused, in the reader's words."""
    return {
        "changed_meanwhile": gettext(
            "Somebody else has changed these rights meanwhile. Nothing was changed now: look at "
            "what is there, then do it again."
        ),
        "last_administrator": gettext(
            "This is the last active administrator. Make somebody else an administrator first."
        ),
    }.get(refused.code, in_words(refused.message))


def _changed(number: int, change: Change) -> Response:
    here = runtime()
    try:
        with here.metadata.write() as writing:
            change(writing, user_by_id(writing, number), _by())
    except Conflict as refused:
        return person_page(number, 409, trouble=refusal_words(refused))
    return to_person(number)


def to_person(number: int, **more: Any) -> Response:
    """Back to the page of a person."""
    address = url_for("person.show", number=number, notice="rights", **more)
    found: Response = redirect(address, 303)  # type: ignore[assignment]
    return found


def _by() -> By:
    return By(signed_in().name, runtime().clock())
