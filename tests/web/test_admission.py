"""Whoever was admitted is held for less than five seconds, and not at all after a change here."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from server.access import Role
from server.metadata.session import Metadata, Session, open_metadata
from server.metadata.sign_in import end_session, find_session
from server.metadata.tokens import create_token, list_tokens, revoke_token
from server.metadata.users import named_user, set_rights
from server.runtime import Runtime
from tests.web.people import ANALYST, Browser, Clock
from web.app import create_app

CUBES = "/api/v1/cubes"


@pytest.fixture
def elsewhere(fresh: Runtime) -> Iterator[Metadata]:
    """The same metadata, as another process has it open."""
    metadata = open_metadata(_address(fresh))
    yield metadata
    metadata.close()


@pytest.fixture
def program(fresh: Runtime) -> "Program":
    """A program with an analyst's token, on an application of its own."""
    with fresh.metadata.write() as writing:
        user = named_user(writing, ANALYST)
        token = create_token(writing, user, "test", fresh.clock(), timedelta(days=1))
    return Program(fresh, token)


class Program:
    """Asks with a token."""

    def __init__(self, runtime: Runtime, token: str) -> None:
        self._client = create_app(runtime).test_client()
        self._headers = {"Authorization": f"Bearer {token}"}

    def status(self) -> int:
        """The status that the list of cubes answers with."""
        return self._client.get(CUBES, headers=self._headers).status_code


class Counting(Metadata):
    """Metadata that counts how often it is read."""

    def __init__(self, of: Metadata) -> None:
        super().__init__(of._engine)
        self.reads = 0

    @contextmanager
    def read(self) -> Iterator[Session]:
        self.reads += 1
        with super().read() as session:
            yield session


def test_a_token_revoked_elsewhere_is_refused_within_five_seconds(
    program: Program, elsewhere: Metadata, clock: Clock
) -> None:
    assert program.status() == 200
    with elsewhere.write() as writing:
        user = named_user(writing, ANALYST)
        revoke_token(writing, user, list_tokens(writing, user)[0].id, clock())

    clock.pass_by(seconds=4.9)
    assert program.status() == 200
    clock.pass_by(seconds=0.1)
    assert program.status() == 401


def test_asking_all_the_time_does_not_keep_a_revoked_token_alive(
    program: Program, elsewhere: Metadata, clock: Clock
) -> None:
    assert program.status() == 200
    with elsewhere.write() as writing:
        user = named_user(writing, ANALYST)
        revoke_token(writing, user, list_tokens(writing, user)[0].id, clock())

    answers = []
    for _ in range(6):
        answers.append(program.status())
        clock.pass_by(seconds=1)
    assert answers == [200, 200, 200, 200, 200, 401]


def test_a_role_changed_elsewhere_counts_within_five_seconds(
    program: Program, elsewhere: Metadata, clock: Clock
) -> None:
    assert program.status() == 200
    with elsewhere.write() as writing:
        set_rights(writing, named_user(writing, ANALYST).id, role=Role.VIEWER)

    clock.pass_by(seconds=5)
    assert program.status() == 403


def test_a_role_changed_here_counts_at_once(program: Program, fresh: Runtime) -> None:
    assert program.status() == 200
    with fresh.metadata.write() as writing:
        set_rights(writing, named_user(writing, ANALYST).id, role=Role.VIEWER)

    assert program.status() == 403


def test_a_change_that_is_rolled_back_changes_nothing(program: Program, fresh: Runtime) -> None:
    assert program.status() == 200
    _change_and_fail(fresh)

    assert program.status() == 200


def test_a_token_ends_on_its_instant_although_it_is_held(fresh: Runtime, clock: Clock) -> None:
    with fresh.metadata.write() as writing:
        user = named_user(writing, ANALYST)
        token = create_token(writing, user, "short", clock(), timedelta(seconds=3))
    program = Program(fresh, token)
    assert program.status() == 200

    clock.pass_by(seconds=2)
    assert program.status() == 200
    clock.pass_by(seconds=1)
    assert program.status() == 401


def test_a_session_ended_elsewhere_is_over_within_five_seconds(
    browser: Browser, elsewhere: Metadata, clock: Clock
) -> None:
    assert browser.sign_in(ANALYST).status_code == 303
    assert browser.get("/account").status_code == 200
    with elsewhere.write() as writing:
        session = find_session(writing, browser.cookies()["sid"], clock())
        assert session is not None
        end_session(writing, session.id, clock())

    clock.pass_by(seconds=4.9)
    assert browser.get("/account").status_code == 200
    clock.pass_by(seconds=0.1)
    assert browser.get("/account").status_code == 303


def test_a_clock_set_back_reads_again(program: Program, elsewhere: Metadata, clock: Clock) -> None:
    assert program.status() == 200
    with elsewhere.write() as writing:
        user = named_user(writing, ANALYST)
        revoke_token(writing, user, list_tokens(writing, user)[0].id, clock())

    clock.pass_by(seconds=-60)
    assert program.status() == 401


def test_a_token_made_elsewhere_opens_at_once(fresh: Runtime, elsewhere: Metadata) -> None:
    assert Program(fresh, "icb_not_made_yet").status() == 401
    with elsewhere.write() as writing:
        token = create_token(writing, named_user(writing, ANALYST), "new", fresh.clock())

    assert Program(fresh, token).status() == 200


def test_who_is_held_costs_no_reading(fresh: Runtime, clock: Clock) -> None:
    counting = Counting(fresh.metadata)
    runtime = replace(fresh, metadata=counting)
    with counting.write() as writing:
        token = create_token(writing, named_user(writing, ANALYST), "test", clock())
    program = Program(runtime, token)
    assert program.status() == 200

    before = counting.reads
    assert program.status() == 200
    assert counting.reads == before + 1  # the number of the snapshot, and nothing else


def _change_and_fail(runtime: Runtime) -> None:
    with suppress(ZeroDivisionError), runtime.metadata.write() as writing:
        set_rights(writing, named_user(writing, ANALYST).id, role=Role.VIEWER)
        raise ZeroDivisionError


def _address(runtime: Runtime) -> str:
    return str(runtime.metadata._engine.url)
