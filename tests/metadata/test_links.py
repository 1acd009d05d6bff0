"""Stable links: one question each, ended by their owner or by time, their secret kept as a hash."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from server.access import Role
from server.errors import InvalidInput, LimitReached, NotFound
from server.metadata import links
from server.metadata.links import (
    Question,
    StableLinkRow,
    create_link,
    find_link,
    links_of,
    revoke_link,
    touch_link,
)
from server.metadata.secrets import secret_hash
from server.metadata.session import Metadata
from server.metadata.users import User, create_user

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SALES = Question("aggregate", "sales", "drilldown=shop")


@pytest.fixture
def people(metadata: Metadata) -> tuple[User, User]:
    """Two analysts."""
    with metadata.write() as writing:
        ana = create_user(writing, "ana", Role.ANALYST, NOW)
        return ana, create_user(writing, "bob", Role.ANALYST, NOW)


def _made(metadata: Metadata, owner: User, title: str = "By shop", **more: timedelta) -> str:
    with metadata.write() as writing:
        return create_link(writing, owner, title, SALES, NOW, **more)


def test_a_secret_finds_its_question_and_its_owner(
    metadata: Metadata, people: tuple[User, User]
) -> None:
    """Nothing of the secret but its hash and its first letters is kept."""
    secret = _made(metadata, people[0])

    with metadata.read() as reading:
        found = find_link(reading, secret)
        row = reading.scalars(select(StableLinkRow)).one()
        assert find_link(reading, f"{secret}x") is None

    assert found is not None
    link, owner = found
    assert (link.question, link.title, owner.name) == (SALES, "By shop", "ana")
    assert secret.startswith("icl_")
    assert len(secret) > 40
    kept = [str(getattr(row, column.name)) for column in StableLinkRow.__table__.columns]
    assert [one for one in kept if secret[8:] in one] == []
    assert (row.token_hash, row.hint) == (secret_hash(secret), secret[:8])


def test_a_link_ends_with_its_time_or_when_it_is_revoked(
    metadata: Metadata, people: tuple[User, User]
) -> None:
    """It stays in the list, so that its owner knows that it was there."""
    _made(metadata, people[0], life=timedelta(days=1))
    _made(metadata, people[0], "Other")
    with metadata.write() as writing:
        revoke_link(writing, people[0], 2, NOW)

    with metadata.read() as reading:
        other, first = links_of(reading, people[0])
        assert links_of(reading, people[1]) == ()
    assert first.is_open(NOW + timedelta(hours=23))
    assert not first.is_open(NOW + timedelta(hours=24))
    assert not other.is_open(NOW)
    assert other.revoked_at == NOW


def test_nobody_ends_the_link_of_another(metadata: Metadata, people: tuple[User, User]) -> None:
    _made(metadata, people[0])

    with metadata.write() as writing, pytest.raises(NotFound):
        revoke_link(writing, people[1], 1, NOW)


def test_the_last_use_is_noted(metadata: Metadata, people: tuple[User, User]) -> None:
    _made(metadata, people[0])
    with metadata.write() as writing:
        touch_link(writing, 1, NOW + timedelta(minutes=3))

    with metadata.read() as reading:
        assert links_of(reading, people[0])[0].used_at == NOW + timedelta(minutes=3)


@pytest.mark.parametrize("title", ["", "  ", "x" * 81, "a\x07b"])
def test_a_link_has_a_name_that_can_be_read(
    metadata: Metadata, people: tuple[User, User], title: str
) -> None:
    with pytest.raises(InvalidInput):
        _made(metadata, people[0], title)


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_link_lives_a_year_at_most(
    metadata: Metadata, people: tuple[User, User], days: int
) -> None:
    with pytest.raises(InvalidInput):
        _made(metadata, people[0], life=timedelta(days=days))


def test_only_living_links_count_against_the_most(
    metadata: Metadata, people: tuple[User, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "MOST_LINKS", 2)
    _made(metadata, people[0])
    _made(metadata, people[0])
    with pytest.raises(LimitReached):
        _made(metadata, people[0])
    with metadata.write() as writing:
        revoke_link(writing, people[0], 1, NOW)

    _made(metadata, people[0])
    with metadata.read() as reading:
        assert len(links_of(reading, people[0])) == 3
