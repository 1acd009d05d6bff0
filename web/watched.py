"""What takes some time goes out only while whoever asked may still have it.

The gate looks before an answer begins. Of an answer that is sent piece by piece it is looked again
every few seconds: who was signed out, whose token was revoked, who lost the right or was given
another scope gets no further piece. The connection is broken off, so that nobody takes what came
for the whole. An answer that took a while to work out is judged anew before it is sent at all.

A browser's session does not end for idleness while something is being sent to it: only one that
was ended, or has reached its longest life, breaks off what was begun.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request

from server.access import Permission, Scope
from server.errors import IndicubeError, NotAllowed, NotSignedIn
from server.metadata.users import User
from server.store.asking import present_asker
from web.admission import HELD, Admissions, admissions
from web.forgery import changes_state
from web.gate import PUBLIC, declared_right
from web.problems import logged_path
from web.programs import SLICER, door, is_program, token_sent
from web.sending import Pieces
from web.sessions import SESSION, cookie_of
from web.visitor import runtime, visitor

LOOK = timedelta(seconds=2)
AT_ONCE = timedelta(seconds=0.1)  # what is worked out sooner is judged by the gate alone

View = TypeVar("View", bound=Callable[..., Any])
Asked = Callable[[timedelta], User | None]  # who is admitted, as read at most so long ago


def watch_answers(app: Flask) -> None:
    """Let no answer of the application outlive the rights that it was asked with.

    Called last: what is put in the place of an answer meets all else that follows a view.
    """
    app.before_request(_begin)
    app.after_request(_watched)


def only_asks(view: View) -> View:
    """Declare that a view changes nothing, although it is asked by POST."""
    view.indicube_only_asks = True  # type: ignore[attr-defined]
    return view


def needing(*rights: Permission) -> None:
    """Say that the answer in hand needs these rights too, beside the one of its route."""
    g.rights_needed = rights


def took_a_while() -> bool:
    """Whether the answer in hand was long enough in the making for rights to be gone meanwhile."""
    began: datetime | None = g.get("began")
    return began is not None and runtime().clock() - began >= AT_ONCE


@dataclass(frozen=True)
class _Ground:
    """What an answer was given for."""

    user: int
    scope: Scope
    rights: tuple[Permission, ...]

    def check(self, user: User | None, now: datetime) -> None:
        """Raise what the asker would be told if the answer were asked for now."""
        if user is None or user.id != self.user:
            raise NotSignedIn("Whoever asked for this is not admitted any more.", code="ended")
        if user.scope_at(now) != self.scope or not all(user.may(right) for right in self.rights):
            raise NotAllowed(
                "The rights with which this was asked are there no more.",
                code="rights_changed",
                hint="Ask again.",
            )


def _begin() -> None:
    g.began = runtime().clock()


def _watched(response: Response) -> Response:
    user, began = visitor().user, g.get("began")
    if user is None or began is None:
        return _in_pieces(response, _nothing)
    is_late = took_a_while() and _only_asks()
    if not (is_late or response.is_streamed):
        return response
    asked = _asked_anew(admissions())
    ground = _Ground(user.id, user.scope_at(began), _rights())
    if is_late:
        response = _judged(response, ground, asked)
    return _in_pieces(response, _check_of(ground, asked))


def _in_pieces(response: Response, check: Callable[[], None]) -> Response:
    """The answer; where it is streamed, piece by piece as long as `check` lets it."""
    if response.is_streamed and not isinstance(response.response, Pieces):
        response.direct_passthrough = False  # else a file would go out in one go
        user = visitor().user
        name = f"what {user.name if user else 'nobody'} asked at {logged_path()}"
        cancellation = present_asker().cancellation
        response.response = Pieces(response.response, check, name, cancellation)
    return response


def _nothing() -> None:
    """What was asked with nobody's rights outlives none."""


def _only_asks() -> bool:
    """Whether it is of somebody's rights, and nothing was done: what was done is told so."""
    view = current_app.view_functions[request.endpoint or ""]
    is_question = not changes_state(request) or getattr(view, "indicube_only_asks", False)
    return is_question and declared_right(view) not in (None, PUBLIC)


def _judged(response: Response, ground: _Ground, asked: Asked) -> Response:
    """The answer, or in its place what whoever is there now is told."""
    found = None
    try:
        found = asked(HELD)
        ground.check(found, runtime().clock())
    except IndicubeError as refusal:
        response.close()
        return _refused(refusal, found)
    return response


def _refused(refusal: IndicubeError, found: User | None) -> Response:
    if found is None:
        g.visitor = replace(visitor(), user=None, session=None)
    else:
        g.visitor = replace(visitor(), user=found)
    return current_app.make_response(current_app.handle_user_exception(refusal))


def _check_of(ground: _Ground, asked: Asked) -> Callable[[], None]:
    clock = runtime().clock
    looked: datetime | None = None  # the gate may have held what it knew for longer

    def check() -> None:
        nonlocal looked
        now = clock()
        if looked is not None and now - looked < LOOK:
            return
        looked = now
        ground.check(asked(LOOK), now)

    return check


def _rights() -> tuple[Permission, ...]:
    right = declared_right(current_app.view_functions[request.endpoint or ""])
    asked = () if right in (None, PUBLIC) else (Permission(right),)
    also: tuple[Permission, ...] = g.get("rights_needed", ())
    return (*asked, *also, *((Permission.API,) if is_program() else ()))


def _asked_anew(held: Admissions) -> Asked:
    """Reads who the secret of this request admits, after the request too."""
    if not is_program():
        cookie = cookie_of(request, SESSION) or ""
        return lambda most: _of_session(held, cookie, most)
    token = token_sent(request)
    if token is None and door() == SLICER:
        name = runtime().settings.slicer_user or ""
        return lambda most: held.user(name, most)
    return lambda most: _of_token(held, token or "", most)


def _of_session(held: Admissions, cookie: str, most: timedelta) -> User | None:
    found = held.served(cookie, most)
    return found.user if found is not None else None


def _of_token(held: Admissions, token: str, most: timedelta) -> User | None:
    found = held.program(token, most)
    return found[1] if found is not None else None
