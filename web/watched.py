"""What is sent over some time goes on only while whoever asked may still have it.

The gate looks before an answer begins. Of an answer that is sent piece by piece it is looked again
every few seconds: who was signed out, whose token was revoked, who lost the right or was given
another scope gets no further piece. The connection is broken off, so that nobody takes what came
for the whole.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Response, current_app, request

from server.access import Permission, Scope
from server.errors import NotAllowed
from server.metadata.users import User
from web.admission import Admissions, admissions
from web.gate import PUBLIC, declared_right
from web.programs import SLICER, door, is_program, token_sent
from web.sessions import SESSION, cookie_of
from web.visitor import runtime, visitor

LOOK = timedelta(seconds=2)


def watch_streams(app: Flask) -> None:
    """Let no answer of the application outlive the rights that it was given for."""
    app.after_request(_watched)


@dataclass(frozen=True)
class _Ground:
    """What an answer was given for."""

    user: int
    scope: Scope
    rights: tuple[Permission, ...]

    def holds(self, user: User | None, now: datetime) -> bool:
        """Whether it would be given now."""
        return (
            user is not None
            and user.id == self.user
            and user.scope_at(now) == self.scope
            and all(user.may(right) for right in self.rights)
        )


class _Pieces:
    """The pieces of an answer; `check` may end them."""

    def __init__(self, pieces: Iterable[Any], check: Callable[[], None]) -> None:
        self._pieces = pieces
        self._left = iter(pieces)
        self._check = check

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        piece = next(self._left)
        self._check()
        return piece

    def close(self) -> None:
        """Called when the answer is over, whether it was sent whole or not."""
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()


def _watched(response: Response) -> Response:
    user = visitor().user
    if user is not None and response.is_streamed and not isinstance(response.response, _Pieces):
        response.direct_passthrough = False  # else a file would go out in one go
        response.response = _Pieces(response.response, _check_of(user))
    return response


def _check_of(user: User) -> Callable[[], None]:
    clock, asked = runtime().clock, _asked_anew(admissions())
    looked = clock()
    ground = _Ground(user.id, user.scope_at(looked), _rights())

    def check() -> None:
        nonlocal looked
        now = clock()
        if now - looked < LOOK:
            return
        looked = now
        if not ground.holds(asked(), now):
            raise NotAllowed("The rights for which this was sent are there no more.")

    return check


def _rights() -> tuple[Permission, ...]:
    right = declared_right(current_app.view_functions[request.endpoint or ""])
    asked = () if right in (None, PUBLIC) else (Permission(right),)
    return (*asked, *((Permission.API,) if is_program() else ()))


def _asked_anew(held: Admissions) -> Callable[[], User | None]:
    """Reads who the secret of this request admits, after the request too."""
    if not is_program():
        cookie = cookie_of(request, SESSION) or ""
        return lambda: _of_session(held, cookie)
    token = token_sent(request)
    if token is None and door() == SLICER:
        name = runtime().settings.slicer_user or ""
        return lambda: held.user(name, LOOK)
    return lambda: _of_token(held, token or "")


def _of_session(held: Admissions, cookie: str) -> User | None:
    found = held.browser(cookie, LOOK)
    return found.user if found is not None else None


def _of_token(held: Admissions, token: str) -> User | None:
    found = held.program(token, LOOK)
    return found[1] if found is not None else None
