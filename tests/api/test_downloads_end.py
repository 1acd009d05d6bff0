"""A file is sent to its end, however long that takes, unless somebody took the right to have it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import cast

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from server.access import Role
from server.exports.asking import ask_for
from server.exports.job import make_export
from server.exports.spec import ExportSpec
from server.metadata.exports import find_export
from server.metadata.secrets import password_hash
from server.metadata.session import Metadata, Session
from server.metadata.sign_in import end_sessions_of
from server.metadata.tokens import create_token, list_tokens, revoke_token
from server.metadata.users import User, create_user, named_user, set_password, set_rights
from server.runtime import Runtime
from tests.web.people import NETWORK, PASSWORD, Browser, Clock
from web.app import create_app
from web.sending import BrokenOff

FACTS = ExportSpec("facts", "departures", "csv", query=(("cut", "time:2013,4,12,24"),))
Take = Callable[[Session, User, Clock], object]
HASH = password_hash(PASSWORD)


def sign_out(session: Session, user: User, clock: Clock) -> None:
    end_sessions_of(session, user, clock())
    for one in list_tokens(session, user):
        revoke_token(session, user, one.id, clock())


TAKEN: dict[str, Take] = {
    "session": sign_out,
    "account": lambda writing, user, _: set_rights(writing, user.id, is_active=False),
    "export": lambda writing, user, _: set_rights(writing, user.id, role=Role.VIEWER),
    "slice": lambda writing, user, _: set_rights(writing, user.id, role=Role.OPS),
    "scope": lambda writing, user, _: set_rights(writing, user.id, scope=NETWORK),
}


@dataclass
class Reader:
    """Somebody with a finished file, who takes it in the browser and by a program."""

    house: Runtime
    app: Flask
    name: str
    token: str
    export: str
    sha: str

    def begun(self, way: str) -> tuple[TestResponse, Iterator[bytes]]:
        """The file, of which the first piece has come."""
        answer = self._by_page() if way == "page" else self._by_program()
        assert answer.status_code == 200
        pieces = cast(Iterator[bytes], answer.response)
        self.first = next(pieces)
        return answer, pieces

    def _by_page(self) -> TestResponse:
        self.browser = Browser(self.app)
        assert self.browser.sign_in(self.name).status_code == 303
        return self.browser.get(f"/exports/{self.export}/file")

    def _by_program(self) -> TestResponse:
        return self.app.test_client().get(
            f"/api/v1/exports/{self.export}/file",
            headers={"Authorization": f"Bearer {self.token}"},
        )


@pytest.fixture
def house(served: Runtime, clock: Clock) -> Runtime:
    """The flights with a clock that a test moves."""
    return replace(served, clock=clock)


@pytest.fixture
def reader(house: Runtime, request: pytest.FixtureRequest) -> Reader:
    name = f"reader{abs(hash(request.node.name))}"
    with house.metadata.write() as writing:
        create_user(writing, name, Role.ANALYST, house.clock())
        user = named_user(writing, name)
        set_password(writing, user.id, HASH)
        token = create_token(writing, user, "test", house.clock())
    export = ask_for(house, user.person_at(house.clock()), FACTS, "A day")
    make_export(house, export.id)
    with house.metadata.read() as reading:
        made = find_export(reading, export.id)
    return Reader(house, create_app(house), name, token, export.id, str(made.sha256))


@pytest.mark.parametrize("what", TAKEN)
@pytest.mark.parametrize("way", ["page", "program"])
def test_a_file_is_broken_off_when_the_right_to_it_is_gone(
    reader: Reader, clock: Clock, what: str, way: str
) -> None:
    """Another process says nothing to this one: it looks within the five seconds by itself."""
    answer, pieces = reader.begun(way)
    with Metadata(reader.house.metadata._engine).write() as elsewhere:
        TAKEN[what](elsewhere, named_user(elsewhere, reader.name), clock)

    clock.pass_by(seconds=4)
    with pytest.raises(BrokenOff):
        next(pieces)
    answer.close()


@pytest.mark.parametrize("way", ["page", "program"])
def test_a_file_that_is_sent_for_hours_comes_whole(reader: Reader, clock: Clock, way: str) -> None:
    """The browser asks for nothing else meanwhile."""
    answer, pieces = reader.begun(way)
    whole = reader.first
    for piece in pieces:
        clock.pass_by(minutes=29 if len(whole) < 60_000 else 0.1)
        whole += piece
    answer.close()

    assert len(whole) > 60_000
    assert sha256(whole).hexdigest() == reader.sha


def test_a_browser_that_only_took_a_file_for_long_signs_in_anew(
    reader: Reader, clock: Clock
) -> None:
    """What is sent to nobody's hands opens no page."""
    answer, pieces = reader.begun("page")
    clock.pass_by(minutes=31)
    assert next(pieces)

    assert not reader.browser.is_signed_in()
    assert next(pieces)
    answer.close()


def test_no_session_is_outlived_by_a_file(reader: Reader, clock: Clock) -> None:
    answer, pieces = reader.begun("page")
    clock.pass_by(hours=reader.house.settings.session_hours)

    with pytest.raises(BrokenOff):
        next(pieces)
    answer.close()
