"""The eight who knock at every door, and what they carry."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from flask import Flask
from werkzeug.test import Client, TestResponse

from server.access import EVERYTHING, Role
from server.metadata.dashboards import create_dashboard, own_dashboard
from server.metadata.displays import create_display_token
from server.metadata.session import Session
from server.metadata.sign_in import begin_session
from server.metadata.tokens import create_token
from server.metadata.users import User, create_user, find_user, set_rights
from server.runtime import Runtime
from tests.web.people import ANALYST, NETWORK

CREDENTIALS = ("session", "token", "none")


@dataclass(frozen=True)
class Caller:
    """Somebody, with whatever they can show; empty where they have nothing."""

    name: str
    role: Role | None  # None: whose role counts for nothing, whatever they carry
    user: User | None
    cookie: str
    csrf: str
    token: str

    def headers(self, credential: str) -> dict[str, str]:
        """What a request carries by one of the credentials."""
        if credential == "session" and self.cookie:
            return {"Cookie": f"sid={self.cookie}", "X-CSRF-Token": self.csrf}
        if credential == "token" and self.token:
            return {"Authorization": f"Bearer {self.token}"}
        return {}


def callers(runtime: Runtime) -> tuple[Caller, ...]:
    """Four roles, one confined, one who may sign in no more, a wall screen, and nobody."""
    people = (
        ("vera", Role.VIEWER),
        ("anton", Role.ANALYST),
        ("otto", Role.OPS),
        ("adele", Role.ADMINISTRATOR),
        (ANALYST, Role.ANALYST),
    )
    with runtime.metadata.write() as writing:
        found = [_person(writing, runtime, name, role) for name, role in people]
        gone = _person(writing, runtime, "gone", Role.ADMINISTRATOR)
        set_rights(writing, _user(gone).id, is_active=False)
        number = create_dashboard(writing, _user(found[3]).id, "Wall", runtime.clock())
        board = own_dashboard(writing, _user(found[3]).id, number)
        wall = create_display_token(writing, board, runtime.clock())
    return (
        *found,
        replace(gone, role=None),
        Caller("a wall screen", None, None, wall, "made-up", wall),
        Caller("nobody", None, None, "", "", ""),
    )


def knock(
    app: Flask,
    caller: Caller,
    credential: str,
    method: str,
    path: str,
    form: Mapping[str, str] | None = None,
) -> TestResponse:
    """One request, with nothing in it but the form and what the caller carries."""
    client = Client(app, TestResponse, use_cookies=False)
    headers = {**caller.headers(credential), "Origin": "http://localhost"}
    return client.open(path, method=method, headers=headers, data=form)


def _person(session: Session, runtime: Runtime, name: str, role: Role) -> Caller:
    now = runtime.clock()
    scope = NETWORK if name == ANALYST else EVERYTHING
    user = find_user(session, name) or create_user(session, name, role, now, scope=scope)
    cookie, known = begin_session(session, user, now)
    token = create_token(session, user, "matrix", now, timedelta(days=1))
    return Caller(name, role, user, cookie, known.csrf_token, token)


def _user(caller: Caller) -> User:
    assert caller.user is not None
    return caller.user
