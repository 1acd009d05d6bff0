"""Users: names, roles, scopes, passwords, preferences."""

import pytest

from server.access import EVERYTHING, Role, Scope, ScopeRule
from server.errors import Conflict, InvalidInput, NotFound
from server.metadata.secrets import is_password, password_hash
from server.metadata.session import Metadata
from server.metadata.users import (
    User,
    create_user,
    ensure_admin,
    find_user,
    list_users,
    named_user,
    set_password,
    set_preferences,
    set_rights,
    verify_password,
)
from tests.stores import Clock

NETWORK = Scope(
    (
        ScopeRule("organisation", ("network",)),
        ScopeRule("region", ("America/New_York", "BOS")),
    )
)
PASSWORD = "correct horse battery"


def add(metadata: Metadata, clock: Clock, name: str = "alice", scope: Scope = EVERYTHING) -> User:
    with metadata.write() as session:
        return create_user(session, name, Role.ANALYST, clock(), scope=scope)


def test_a_user_is_found_as_created(metadata: Metadata, clock: Clock) -> None:
    created = add(metadata, clock, scope=NETWORK)

    with metadata.read() as session:
        found = find_user(session, "alice")
    assert found == created
    assert found is not None
    person = found.person_at(clock())
    assert person.scope == NETWORK
    assert person.role is Role.ANALYST
    assert person.identifier == found.id


def test_a_name_is_taken_once(metadata: Metadata, clock: Clock) -> None:
    add(metadata, clock)

    with pytest.raises(Conflict, match="'alice'"):
        add(metadata, clock)


@pytest.mark.parametrize("name", ["", " alice", "a b", "ali\nce", "-x", "x" * 81, "爱丽丝"])
def test_a_strange_name_is_refused(metadata: Metadata, clock: Clock, name: str) -> None:
    with pytest.raises(InvalidInput, match="allowed are"):
        add(metadata, clock, name)


def test_the_first_user_is_an_administrator_and_made_once(metadata: Metadata, clock: Clock) -> None:
    with metadata.write() as session:
        first = ensure_admin(session, clock())
        again = ensure_admin(session, clock())

    assert first == again
    assert (first.name, first.role, first.has_password) == ("admin", Role.ADMINISTRATOR, False)


def test_an_unknown_name_is_answered_with_the_known_ones(metadata: Metadata, clock: Clock) -> None:
    add(metadata, clock)

    with metadata.read() as session, pytest.raises(NotFound) as refused:
        named_user(session, "bob")
    assert refused.value.allowed == ("alice",)


def test_a_password_opens_for_its_user_alone(metadata: Metadata, clock: Clock) -> None:
    alice, bob = add(metadata, clock), add(metadata, clock, "bob")
    with metadata.write() as session:
        set_password(session, alice.id, password_hash(PASSWORD))

    with metadata.read() as session:
        opened = verify_password(session, "alice", PASSWORD)
        assert opened is not None
        assert opened.name == "alice"
        assert verify_password(session, "alice", PASSWORD + "!") is None
        assert verify_password(session, bob.name, PASSWORD) is None
        assert verify_password(session, "nobody", PASSWORD) is None


def test_a_password_is_not_kept_in_clear() -> None:
    kept = password_hash(PASSWORD)

    assert PASSWORD not in kept
    assert kept.startswith("$argon2id$")
    assert is_password(PASSWORD, kept)


def test_no_password_never_matches() -> None:
    assert not is_password("", None)
    assert not is_password(PASSWORD, None)
    assert not is_password(PASSWORD, "broken hash")


@pytest.mark.parametrize("password", ["x" * 11, "x" * 129])
def test_a_password_has_twelve_to_128_characters(password: str) -> None:
    with pytest.raises(InvalidInput, match="12 to 128"):
        password_hash(password)


def test_an_inactive_user_has_no_way_in(metadata: Metadata, clock: Clock) -> None:
    alice = add(metadata, clock)
    with metadata.write() as session:
        set_password(session, alice.id, password_hash(PASSWORD))
        set_rights(session, alice.id, is_active=False)

    with metadata.read() as session:
        assert verify_password(session, "alice", PASSWORD) is None


def test_changed_rights_raise_the_rights_version(metadata: Metadata, clock: Clock) -> None:
    alice = add(metadata, clock)
    with metadata.write() as session:
        changed = set_rights(session, alice.id, role=Role.VIEWER, scope=NETWORK)

    assert changed.rights_version == alice.rights_version + 1
    assert (changed.role, changed.scope_at(clock())) == (Role.VIEWER, NETWORK)


def test_preferences_are_kept_and_can_be_left_to_the_browser(
    metadata: Metadata, clock: Clock
) -> None:
    alice = add(metadata, clock)
    with metadata.write() as session:
        changed = set_preferences(session, alice.id, language="zh", theme="dark", density=None)

    assert (changed.language, changed.theme, changed.density) == ("zh", "dark", None)
    assert changed.rights_version == alice.rights_version


@pytest.mark.parametrize(("name", "value"), [("theme", "pink"), ("role", "administrator")])
def test_an_unknown_preference_is_refused(
    metadata: Metadata, clock: Clock, name: str, value: str
) -> None:
    alice = add(metadata, clock)

    with pytest.raises(InvalidInput) as refused, metadata.write() as session:
        set_preferences(session, alice.id, **{name: value})
    assert refused.value.allowed


def test_users_are_listed_by_name(metadata: Metadata, clock: Clock) -> None:
    for name in ("carol", "alice", "bob"):
        add(metadata, clock, name)

    with metadata.read() as session:
        assert [user.name for user in list_users(session)] == ["alice", "bob", "carol"]
