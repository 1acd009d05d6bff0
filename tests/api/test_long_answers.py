"""What took a while to work out goes out only if it may still be had; what was done is told."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from server.access import Role
from server.metadata.links import Question, create_link, links_of, revoke_link
from server.metadata.session import Metadata, Session
from server.metadata.tokens import create_token, list_tokens, revoke_token
from server.metadata.users import User, create_user, named_user, set_rights
from server.runtime import Runtime
from tests.web.people import NETWORK, Clock
from web.app import create_app

FLIGHTS = "/api/v1/cubes/departures/aggregate?aggregates=flights"
QUERY = {"aggregates": ["departures.flights"]}
EXPORT = {"kind": "scorecard", "name": "punctuality", "format": "csv", "period": "2013-12"}


@dataclass
class Hurrying(Clock):
    """A clock that goes on by itself whenever it is looked at, and does something on the way."""

    step: float = 0
    looks: int = 0  # until it does
    does: Callable[[], object] | None = None

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=self.step)
        self.looks -= 1
        if self.looks == 0 and self.does is not None:
            self.does()
        return self.now


@pytest.fixture
def clock() -> Hurrying:
    return Hurrying()


@pytest.fixture
def house(served: Runtime, clock: Hurrying) -> Runtime:
    return replace(served, clock=clock)


@pytest.fixture
def app(house: Runtime) -> Flask:
    return create_app(house)


def revoke(session: Session, user: User, clock: Clock) -> None:
    for one in list_tokens(session, user):
        revoke_token(session, user, one.id, clock())


TAKEN: dict[str, tuple[Callable[[Session, User, Clock], object], int]] = {
    "token": (revoke, 401),
    "role": (lambda writing, user, _: set_rights(writing, user.id, role=Role.VIEWER), 403),
    "scope": (lambda writing, user, _: set_rights(writing, user.id, scope=NETWORK), 403),
}


def newcomer(house: Runtime, name: str) -> str:
    with house.metadata.write() as writing:
        create_user(writing, name, Role.ANALYST, house.clock())
        return create_token(writing, named_user(writing, name), "test", house.clock())


def asked(app: Flask, token: str, body: object = None, path: str = FLIGHTS) -> TestResponse:
    sent = {"Authorization": f"Bearer {token}"}
    client = app.test_client()
    return client.post(path, json=body, headers=sent) if body else client.get(path, headers=sent)


@pytest.mark.parametrize("what", TAKEN)
@pytest.mark.parametrize(("path", "body"), [(FLIGHTS, None), ("/api/v1/query", QUERY)])
def test_an_answer_that_took_a_while_is_judged_before_it_is_sent(
    house: Runtime, app: Flask, clock: Hurrying, what: str, path: str, body: object
) -> None:
    """The gate may know for five seconds whom a token admits; the answer comes after them."""
    name = f"{what}.{'post' if body else 'get'}"
    token = newcomer(house, name)
    assert asked(app, token, body, path).status_code == 200
    take, status = TAKEN[what]
    with Metadata(house.metadata._engine).write() as elsewhere:
        take(elsewhere, named_user(elsewhere, name), clock)

    clock.pass_by(seconds=4.7)
    clock.step = 0.1
    found = asked(app, token, body, path)
    assert found.status_code == status
    assert "336776" not in found.text


def test_it_is_sent_where_nothing_was_taken(house: Runtime, app: Flask, clock: Hurrying) -> None:
    token = newcomer(house, "patient.asker")
    clock.step = 3

    assert asked(app, token).get_json()["summary"] == {"flights": 336776}


def test_what_was_done_is_told_although_the_right_is_gone(
    house: Runtime, app: Flask, clock: Hurrying
) -> None:
    """Whoever is told that it was refused would do it again."""
    token = newcomer(house, "doer")
    assert asked(app, token).status_code == 200
    with Metadata(house.metadata._engine).write() as elsewhere:
        set_rights(elsewhere, named_user(elsewhere, "doer").id, role=Role.VIEWER)

    clock.pass_by(seconds=4.7)
    clock.step = 0.1
    assert asked(app, token, EXPORT, "/api/v1/exports").status_code == 202


def test_the_table_of_a_link_that_is_ended_meanwhile_is_not_sent(
    house: Runtime, app: Flask, clock: Hurrying
) -> None:
    newcomer(house, "linker")
    question = Question("aggregate", "departures", "aggregates=flights")
    with house.metadata.write() as writing:
        owner = named_user(writing, "linker")
        secret = create_link(writing, owner, "flights", question, house.clock())
    address = f"/links/{secret}/flights.csv"
    assert "336776" in app.test_client().get(address).text

    def ended() -> None:
        with house.metadata.write() as elsewhere:
            (link,) = links_of(elsewhere, owner)
            revoke_link(elsewhere, owner, link.id, clock.now)

    clock.step, clock.looks, clock.does = 0.1, 4, ended  # when it was found open
    assert app.test_client().get(address).status_code == 410
