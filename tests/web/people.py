"""The people of every web test, and a browser that behaves like one."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.access import EVERYTHING, Role, Scope, ScopeRule
from server.metadata.users import create_user, set_password
from server.runtime import Runtime

PASSWORD = "correct horse battery"
# Hashing is slow on purpose, and checking takes as long: theirs are quick ones.
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)

ADMIN = "admin"
ANALYST = "ana"  # confined to the network carriers
VIEWER = "vic"
OPS = "olga"
NETWORK = Scope((ScopeRule("organisation", ("network",)),))


@dataclass
class Clock:
    """A clock that stands where a test puts it."""

    now: datetime = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


class Browser:
    """A client that follows no link by itself, sends our origin and the page's token."""

    def __init__(self, app: Flask, *, secure: bool = False) -> None:
        self.client: FlaskClient = app.test_client()
        self.base = "https://localhost" if secure else "http://localhost"

    def get(self, path: str, **headers: str) -> TestResponse:
        """Open a page."""
        return self.client.get(path, base_url=self.base, headers=headers)

    def ask(self, path: str, target: str = "frame", **headers: str) -> TestResponse:
        """Ask for a part of a page, as htmx does."""
        return self.get(
            path,
            **{"HX-Request": "true", "HX-Target": f"div#{target}", "HX-Request-Type": "partial"},
            **headers,
        )

    def token(self) -> str:
        """The token that the forms of this browser carry."""
        page = self.get("/sign-in").text if not self.is_signed_in() else self.get("/account").text
        found = re.search(r'name="csrf-token" content="([^"]+)"', page)
        assert found is not None
        return found[1]

    def is_signed_in(self) -> bool:
        """Whether the account page opens."""
        return self.get("/account").status_code == 200

    def post(self, path: str, **fields: str) -> TestResponse:
        """Send a form of one of our pages."""
        fields.setdefault("csrf_token", self.token())
        return self.send(path, fields, Origin=self.base)

    def send(self, path: str, fields: dict[str, str], **headers: str) -> TestResponse:
        """Send a form as it is."""
        return self.client.post(path, data=fields, base_url=self.base, headers=headers)

    def sign_in(self, name: str, password: str = PASSWORD) -> TestResponse:
        """Sign in by password."""
        return self.post("/sign-in", name=name, password=password)

    def cookies(self) -> dict[str, str]:
        """The cookies that the browser holds."""
        names = ("sid", "visit", "__Host-sid", "__Host-visit")
        held = {name: self.client.get_cookie(name) for name in names}
        return {name: cookie.value for name, cookie in held.items() if cookie is not None}


def settle_people(runtime: Runtime) -> None:
    """Let the people of the tests exist."""
    with runtime.metadata.write() as writing:
        for name, role, scope in (
            (ADMIN, Role.ADMINISTRATOR, EVERYTHING),
            (ANALYST, Role.ANALYST, NETWORK),
            (VIEWER, Role.VIEWER, EVERYTHING),
            (OPS, Role.OPS, EVERYTHING),
        ):
            user = create_user(writing, name, role, runtime.clock(), scope=scope)
            set_password(writing, user.id, _HASH)
