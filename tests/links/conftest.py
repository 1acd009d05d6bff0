"""Stable links over the real flights, with people and tokens of its own."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from server.links.answering import checked
from server.metadata.links import Kind, Question, create_link
from server.metadata.users import named_user
from server.runtime import Runtime
from tests.api.conftest import served
from tests.web.people import ADMIN, Clock
from web.app import create_app

__all__ = ["served"]

Make = Callable[..., str]
Get = Callable[..., TestResponse]


@pytest.fixture
def clock() -> Clock:
    """A clock that a test moves."""
    return Clock()


@pytest.fixture
def house(served: Runtime, clock: Clock) -> Runtime:
    """The flights under that clock."""
    return replace(served, clock=clock)


@pytest.fixture
def app(house: Runtime) -> Flask:
    """The application over them."""
    return create_app(house)


@pytest.fixture
def make(house: Runtime) -> Make:
    """Makes a link of somebody; answers its secret."""

    def made(kind: Kind, subject: str, query: str = "", name: str = ADMIN) -> str:
        with house.metadata.read() as reading:
            owner = named_user(reading, name)
        person = owner.person_at(house.clock())
        question = checked(house, person, Question(kind, subject, query))
        with house.metadata.write() as writing:
            return create_link(writing, owner, "A link", question, house.clock())

    return made


@pytest.fixture
def get(app: Flask) -> Get:
    """Opens a link, as a program that sends no token."""

    def got(secret: str, name: str = "table.csv", **headers: str) -> TestResponse:
        return app.test_client().get(f"/links/{secret}/{name}", headers=headers)

    return got
