"""Sign-in links, sessions and tokens: what opens, how long, and that secrets are not kept."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from server.access import Role
from server.errors import InvalidInput, NotFound
from server.metadata.session import Metadata
from server.metadata.sign_in import (
    begin_session,
    end_session,
    end_sessions_of,
    find_session,
    list_sessions,
    new_sign_in_link,
    touch_session,
    use_sign_in_link,
)
from server.metadata.tables import ApiTokenRow, SignInLinkRow, WebSessionRow
from server.metadata.tokens import create_token, find_token, list_tokens, revoke_token, touch_token
from server.metadata.users import User, anybody_signed_in, create_user, set_rights
from tests.stores import Clock


@pytest.fixture
def alice(metadata: Metadata, clock: Clock) -> User:
    with metadata.write() as session:
        return create_user(session, "alice", Role.ANALYST, clock())


def test_a_link_signs_in_once(metadata: Metadata, clock: Clock, alice: User) -> None:
    with metadata.write() as session:
        token = new_sign_in_link(session, alice, clock())
    with metadata.write() as session:
        first = use_sign_in_link(session, token, clock())
        second = use_sign_in_link(session, token, clock())

    assert first == alice
    assert second is None


def test_a_link_ends_after_half_an_hour(metadata: Metadata, clock: Clock, alice: User) -> None:
    with metadata.write() as session:
        token = new_sign_in_link(session, alice, clock.now)
        late = use_sign_in_link(session, token, clock.now + timedelta(minutes=30))
        in_time = use_sign_in_link(session, token, clock.now + timedelta(minutes=29))

    assert late is None
    assert in_time == alice


def test_a_link_of_an_inactive_user_opens_nothing(
    metadata: Metadata, clock: Clock, alice: User
) -> None:
    with metadata.write() as session:
        token = new_sign_in_link(session, alice, clock())
        set_rights(session, alice.id, is_active=False)

        assert use_sign_in_link(session, token, clock()) is None


def test_a_session_is_found_by_its_cookie(metadata: Metadata, clock: Clock, alice: User) -> None:
    with metadata.read() as session:
        assert not anybody_signed_in(session)
    with metadata.write() as session:
        cookie, begun = begin_session(session, alice, clock(), agent="Firefox")

    with metadata.read() as session:
        found = find_session(session, cookie, clock())
        assert anybody_signed_in(session)
        assert find_session(session, cookie + "x", clock()) is None
    assert found is not None
    assert (found.user.name, found.csrf_token, found.agent) == (
        "alice",
        begun.csrf_token,
        "Firefox",
    )
    assert found.user.signed_in_at is not None


@pytest.mark.parametrize(
    ("used_after", "asked_after", "is_found"),
    [
        (0, 29, True),  # minutes after the beginning
        (0, 30, False),  # idle for half an hour
        (29, 58, True),
        (719, 720, False),  # twelve hours old, used a minute ago
    ],
)
def test_a_session_ends_when_idle_or_old(
    metadata: Metadata, clock: Clock, alice: User, used_after: int, asked_after: int, is_found: bool
) -> None:
    start = clock.now
    with metadata.write() as session:
        cookie, begun = begin_session(session, alice, start)
        touch_session(session, begun.id, start + timedelta(minutes=used_after))

        found = find_session(session, cookie, start + timedelta(minutes=asked_after))

    assert (found is not None) is is_found


def test_use_is_never_moved_back(metadata: Metadata, clock: Clock, alice: User) -> None:
    start = clock.now
    with metadata.write() as session:
        cookie, begun = begin_session(session, alice, start)
        touch_session(session, begun.id, start + timedelta(minutes=20))
        touch_session(session, begun.id, start + timedelta(minutes=10))
        found = find_session(session, cookie, start + timedelta(minutes=21))

    assert found is not None
    assert found.seen_at == start + timedelta(minutes=20)


def test_an_ended_session_is_gone_and_so_is_that_of_an_inactive_user(
    metadata: Metadata, clock: Clock, alice: User
) -> None:
    with metadata.write() as session:
        first, begun = begin_session(session, alice, clock())
        second, _ = begin_session(session, alice, clock())
        end_session(session, begun.id, clock())
        assert find_session(session, first, clock()) is None
        assert find_session(session, second, clock()) is not None
        assert len(list_sessions(session, alice, clock())) == 1

        set_rights(session, alice.id, is_active=False)

        assert find_session(session, second, clock()) is None
        assert end_sessions_of(session, alice, clock()) == 1


def test_a_token_opens_until_it_expires_or_is_revoked(
    metadata: Metadata, clock: Clock, alice: User
) -> None:
    with metadata.write() as session:
        token = create_token(session, alice, "robot", clock.now, timedelta(days=30))
        other = create_token(session, alice, "second", clock.now)
        found = find_token(session, token, clock.now + timedelta(days=29))
        late = find_token(session, token, clock.now + timedelta(days=30))
        assert found is not None
        touch_token(session, found[0].id, clock())
        revoke_token(session, alice, found[0].id, clock())

        assert found[1] == alice
        assert late is None
        assert find_token(session, token, clock()) is None
        assert find_token(session, other, clock()) is not None
        assert [each.name for each in list_tokens(session, alice)] == ["second", "robot"]


def test_nobody_revokes_anothers_token(metadata: Metadata, clock: Clock, alice: User) -> None:
    with metadata.write() as session:
        bob = create_user(session, "bob", Role.VIEWER, clock())
        create_token(session, alice, "robot", clock())
        (token,) = list_tokens(session, alice)

        with pytest.raises(NotFound):
            revoke_token(session, bob, token.id, clock())


def test_a_token_lives_at_most_a_year(metadata: Metadata, clock: Clock, alice: User) -> None:
    with metadata.write() as session, pytest.raises(InvalidInput, match="366 days"):
        create_token(session, alice, "robot", clock(), timedelta(days=367))


def test_no_secret_is_kept_in_clear(metadata: Metadata, clock: Clock, alice: User) -> None:
    with metadata.write() as session:
        link = new_sign_in_link(session, alice, clock())
        cookie, _ = begin_session(session, alice, clock())
        token = create_token(session, alice, "robot", clock())
        session.flush()
        kept = repr(
            [
                vars(row)
                for table in (SignInLinkRow, WebSessionRow, ApiTokenRow)
                for row in session.scalars(select(table)).all()
            ]
        )

    assert token.startswith("icb_")
    assert not [secret for secret in (link, cookie, token) if secret in kept]
    assert len({link, cookie, token}) == 3
    assert min(map(len, (link, cookie, token))) >= 43  # 256 bits in base 64
