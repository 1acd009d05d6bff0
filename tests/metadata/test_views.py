"""Saved views: one's own and the shared ones, by name, and nobody removes another's."""

from datetime import UTC, datetime

import pytest

from server.access import Role
from server.errors import InvalidInput, NotFound
from server.metadata.session import Metadata
from server.metadata.users import create_user
from server.metadata.views import remove_view, save_view, views_of

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def people(metadata: Metadata) -> tuple[int, int]:
    """The ids of two analysts."""
    with metadata.write() as writing:
        ana = create_user(writing, "ana", Role.ANALYST, NOW).id
        bob = create_user(writing, "bob", Role.ANALYST, NOW).id
    return ana, bob


def _save(metadata: Metadata, user: int, name: str, query: str, *, is_shared: bool = False) -> int:
    with metadata.write() as writing:
        return save_view(writing, user, "sales", name, query, NOW, is_shared=is_shared)


def test_others_see_what_is_shared_alone(metadata: Metadata, people: tuple[int, int]) -> None:
    """Of Ana's two views Bob sees one, and that it is hers."""
    ana, bob = people
    _save(metadata, ana, "mine", "value=pieces")
    _save(metadata, ana, "ours", "value=amount", is_shared=True)

    with metadata.read() as reading:
        own = views_of(reading, ana, "sales")
        others = views_of(reading, bob, "sales")
        assert views_of(reading, ana, "weather") == ()

    assert [(one.name, one.is_own) for one in own] == [("mine", True), ("ours", True)]
    assert [(one.name, one.by, one.is_own) for one in others] == [("ours", "ana", False)]


def test_saving_under_a_known_name_replaces_the_view(
    metadata: Metadata, people: tuple[int, int]
) -> None:
    """The name, with its spaces in order, is kept once; another's of that name is another."""
    ana, bob = people
    first = _save(metadata, ana, "winter  delays", "value=pieces", is_shared=True)
    again = _save(metadata, ana, " winter delays ", "value=amount")
    _save(metadata, bob, "winter delays", "value=weight")

    with metadata.read() as reading:
        (view,) = views_of(reading, ana, "sales")
    assert first == again == view.id
    assert (view.query, view.is_shared) == ("value=amount", False)


def test_only_the_owner_removes_a_view(metadata: Metadata, people: tuple[int, int]) -> None:
    """For anybody else it is as if there were none."""
    ana, bob = people
    number = _save(metadata, ana, "ours", "value=amount", is_shared=True)
    with pytest.raises(NotFound), metadata.write() as writing:
        remove_view(writing, bob, number)
    with metadata.write() as writing:
        assert remove_view(writing, ana, number) == "sales"

    with metadata.read() as reading:
        assert views_of(reading, bob, "sales") == ()


@pytest.mark.parametrize("name", ["", "   ", "a" * 81, "bell\a"])
def test_a_name_is_printable_and_not_too_long(
    metadata: Metadata, people: tuple[int, int], name: str
) -> None:
    """One to eighty letters."""
    with pytest.raises(InvalidInput):
        _save(metadata, people[0], name, "value=amount")
