"""The API over the real flights, with people, tokens and metadata of its own."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from server.metadata.session import open_metadata
from server.metadata.tokens import create_token
from server.metadata.users import named_user
from server.runtime import Runtime
from tests.web.people import ADMIN, ANALYST, OPS, VIEWER, Browser, Clock, settle_people
from web.app import create_app

Ask = Callable[..., TestResponse]


@pytest.fixture(scope="session")
def served(flights: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """The flights with a copy of their metadata, in which tests may write people's things."""
    home = tmp_path_factory.mktemp("api")
    source = flights.settings.database.removeprefix("sqlite:///")
    with sqlite3.connect(source) as kept, sqlite3.connect(home / "metadata.db") as copy:
        kept.backup(copy)
    metadata = open_metadata(f"sqlite:///{home}/metadata.db")
    settings = replace(
        flights.settings, exports=home / "exports", api_requests_per_minute=1_000_000
    )
    runtime = replace(flights, metadata=metadata, settings=settings)
    settle_people(runtime)
    yield runtime
    metadata.close()


@pytest.fixture(scope="session")
def app(served: Runtime) -> Flask:
    """The application over it."""
    return create_app(served)


@pytest.fixture(scope="session")
def tokens(served: Runtime) -> dict[str, str]:
    """A token of everyone."""
    return {name: new_token(served, name) for name in (ADMIN, ANALYST, VIEWER, OPS)}


@pytest.fixture(scope="session")
def ask(app: Flask, tokens: dict[str, str]) -> Ask:
    """Asks for an address, or sends JSON to it, with somebody's token."""

    def asked(path: str, name: str = ADMIN, json: object = None, **headers: str) -> TestResponse:
        headers = {"Authorization": f"Bearer {tokens[name]}", **headers}
        client = app.test_client()
        if json is None:
            return client.get(path, headers=headers)
        return client.post(path, json=json, headers=headers)

    return asked


@pytest.fixture(scope="session")
def admin(app: Flask) -> Browser:
    """An administrator's browser, signed in."""
    browser = Browser(app)
    assert browser.sign_in(ADMIN).status_code == 303
    return browser


@pytest.fixture
def clock() -> Clock:
    """A clock that a test moves."""
    return Clock()


@pytest.fixture
def slow(served: Runtime, clock: Clock) -> Runtime:
    """The same with a clock that stands, and three requests a minute."""
    settings = replace(served.settings, api_requests_per_minute=3)
    return replace(served, clock=clock, settings=settings)


def new_token(runtime: Runtime, name: str) -> str:
    """A fresh token of somebody."""
    with runtime.metadata.write() as writing:
        return create_token(writing, named_user(writing, name), "test", runtime.clock())
