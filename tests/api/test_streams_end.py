"""What is being sent ends when the right to have it is gone; it never looks whole then."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import cast

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from server.access import Role
from server.metadata.session import Metadata, Session
from server.metadata.tokens import create_token, list_tokens, revoke_token
from server.metadata.users import User, create_user, named_user, set_rights
from server.runtime import Runtime
from server.store.pool import Cancellation
from tests.web.people import NETWORK, Clock
from web.app import create_app
from web.sending import BrokenOff, Pieces

LINES = "/api/v1/cubes/departures/facts?format=jsonl&fields=carrier,flight"
SLICER = "/slicer/cube/departures/facts?format=csv&fields=flight"
Take = Callable[[Session, User, Clock], object]


def revoke_tokens(session: Session, user: User, clock: Clock) -> None:
    for one in list_tokens(session, user):
        revoke_token(session, user, one.id, clock())


TAKEN: dict[str, Take] = {
    "the token": revoke_tokens,
    "the account": lambda writing, user, _: set_rights(writing, user.id, is_active=False),
    "the role": lambda writing, user, _: set_rights(writing, user.id, role=Role.VIEWER),
    "the scope": lambda writing, user, _: set_rights(writing, user.id, scope=NETWORK),
}


@pytest.fixture
def house(served: Runtime, clock: Clock) -> Runtime:
    """The flights with a clock that a test moves."""
    return replace(served, clock=clock)


@pytest.fixture
def app(house: Runtime) -> Flask:
    return create_app(house)


def newcomer(house: Runtime, name: str) -> str:
    """The token of somebody new who may slice everything."""
    with house.metadata.write() as writing:
        create_user(writing, name, Role.ANALYST, house.clock())
        return create_token(writing, named_user(writing, name), "test", house.clock())


def begun(app: Flask, token: str, path: str) -> tuple[TestResponse, Iterator[bytes]]:
    """An answer of which the first piece has come."""
    answer = app.test_client().get(path, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    pieces = cast(Iterator[bytes], answer.response)
    assert next(pieces)
    return answer, pieces


@pytest.mark.parametrize("what", TAKEN)
@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_what_is_being_sent_is_broken_off(
    house: Runtime,
    app: Flask,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    what: str,
    where: str,
) -> None:
    """Another process says nothing to this one: it looks within the five seconds by itself."""
    name = f"{what} {where}".replace(" ", ".")
    answer, pieces = begun(app, newcomer(house, name), LINES)
    other = house.metadata if where == "here" else Metadata(house.metadata._engine)
    with other.write() as writing:
        TAKEN[what](writing, named_user(writing, name), clock)

    clock.pass_by(seconds=4)
    with pytest.raises(BrokenOff):
        next(pieces)
    answer.close()
    (line,) = caplog.records
    assert (line.levelname, line.exc_info) == ("WARNING", None)
    assert f"what {name} asked at /api/v1/cubes/departures/facts was broken off: " in line.message


def test_it_is_the_same_at_the_door_of_cubes_clients(
    house: Runtime, app: Flask, clock: Clock
) -> None:
    answer, pieces = begun(app, newcomer(house, "slicer.client"), SLICER)
    with house.metadata.write() as writing:
        set_rights(writing, named_user(writing, "slicer.client").id, is_active=False)

    clock.pass_by(seconds=4)
    with pytest.raises(BrokenOff):
        next(pieces)
    answer.close()


def test_what_nobody_took_is_sent_to_its_end(house: Runtime, app: Flask, clock: Clock) -> None:
    """Also while others lose theirs, and the time goes by."""
    newcomer(house, "bystander")
    answer, pieces = begun(app, newcomer(house, "patient"), f"{LINES}&cut=organisation:network")
    lines = 0
    with house.metadata.write() as writing:
        set_rights(writing, named_user(writing, "bystander").id, is_active=False)
    for piece in pieces:
        clock.pass_by(seconds=4)
        lines += piece.count(b"\n")
    answer.close()

    assert 0 < lines < int(answer.headers["Indicube-Rows"]) == 161096


def test_that_whoever_asked_went_away_is_one_line_and_no_mistake(
    house: Runtime, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    """Before the next piece is asked for, or while the facts are asked for it."""
    caplog.set_level("INFO", "web.sending")
    answer, _ = begun(app, newcomer(house, "leaver"), LINES)
    answer.close()

    (line,) = caplog.records
    assert (line.levelname, line.exc_info) == ("INFO", None)
    assert line.message.endswith("was not taken whole: whoever asked went away")
    answer.close()
    assert len(caplog.records) == 1


def test_a_question_that_is_stopped_for_them_is_one_line_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "web.sending")
    cancellation = Cancellation()
    pieces = Pieces(killed(cancellation), lambda: None, "it", cancellation)
    assert next(pieces) == b"first"

    with pytest.raises(BrokenOff):
        next(pieces)
    pieces.close()
    assert [(line.levelname, line.exc_info) for line in caplog.records] == [("INFO", None)]


def test_what_nobody_foresaw_is_told_with_its_traceback() -> None:
    """It is a mistake of ours: the server writes down where it was made."""

    def check() -> None:
        raise ZeroDivisionError

    pieces = Pieces([b"first"], check, "it")

    with pytest.raises(ZeroDivisionError):
        next(pieces)


def killed(cancellation: Cancellation) -> Iterator[bytes]:
    yield b"first"
    cancellation.cancel()
    raise ValueError("the answer ends in the middle of a row")
