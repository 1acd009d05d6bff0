"""Rights as they are given and taken: noted, in turn, and closed where they cannot be read."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import server.metadata.migrations as migrations
from server.access import EVERYTHING, Role, Scope, ScopeRule
from server.errors import Conflict, InvalidInput, LimitReached, NotFound
from server.metadata.rights import (
    add_person,
    add_rule,
    change_activity,
    change_role,
    remove_rule,
    version_of,
)
from server.metadata.rights_changes import ROLE, By, list_changes
from server.metadata.scope_rules import MOST_RULES, rules_of
from server.metadata.session import Metadata, open_metadata
from server.metadata.sign_in import (
    begin_session,
    find_session,
    new_sign_in_link,
    use_sign_in_link,
)
from server.metadata.users import User, named_user, user_by_id
from server.scope_rules import DatedRule
from tests.stores import Clock

NORTH = DatedRule("organisation", ("north",))
CITY = DatedRule("organisation", ("north", "city"))


def add(metadata: Metadata, clock: Clock, name: str, role: Role = Role.ANALYST) -> User:
    with metadata.write() as session:
        return add_person(session, name, role, By("root", clock()))


def scope(metadata: Metadata, name: str, clock: Clock) -> Scope:
    with metadata.read() as session:
        return named_user(session, name).scope_at(clock())


def test_a_person_sees_what_their_own_rules_and_those_of_their_role_leave(
    metadata: Metadata, clock: Clock
) -> None:
    alice, by = add(metadata, clock, "alice"), By("root", clock())
    add(metadata, clock, "vera", Role.VIEWER)
    with metadata.write() as session:
        add_rule(session, alice.id, NORTH, by)
        add_rule(session, Role.ANALYST, CITY, by)
        add_rule(session, Role.ANALYST, DatedRule("region", ("b",)), by)

    assert scope(metadata, "alice", clock).rules == (
        ScopeRule("organisation", ("north", "city")),
        ScopeRule("region", ("b",)),
    )
    assert scope(metadata, "vera", clock) == EVERYTHING
    with metadata.write() as session:
        change_role(session, alice.id, Role.VIEWER, by)
    assert scope(metadata, "alice", clock).rules == (ScopeRule("organisation", ("north",)),)


def test_a_rule_is_kept_with_its_dates_and_who_added_it(metadata: Metadata, clock: Clock) -> None:
    alice, now = add(metadata, clock, "alice"), clock()
    dated = DatedRule("organisation", ("north",), now, now + timedelta(days=1))
    with metadata.write() as session:
        number = add_rule(session, alice.id, dated, By("root", now))

    with metadata.read() as session:
        (kept,) = rules_of(session, alice.id)
    assert kept == DatedRule(
        "organisation", ("north",), now, now + timedelta(days=1), number, now, "root"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("path", "{broken"),
        ("path", '{"a": 1}'),
        ("path", "[1]"),
        ("path", '["north", ""]'),
        ("path", "[]"),
        ("begins_at", "soon"),
        ("ends_at", "2026-13-01"),
    ],
)
def test_a_rule_that_is_damaged_shows_nothing_and_can_be_taken_away(
    metadata: Metadata, clock: Clock, name: str, value: str
) -> None:
    alice = add(metadata, clock, "alice")
    with metadata.write() as session:
        add_rule(session, alice.id, NORTH, By("root", clock()))
        damaged = add_rule(session, alice.id, CITY, By("root", clock()))
        if session.get_bind().dialect.name != "sqlite" and (name != "path" or value == "{broken"):
            pytest.skip("PostgreSQL keeps no such value")
        text = sa.text(f"UPDATE user_scope SET {name} = :value WHERE id = :id")
        session.execute(text, {"value": value, "id": damaged})

    assert scope(metadata, "alice", clock).closed == ("organisation",)
    with metadata.write() as session:
        remove_rule(session, alice.id, damaged, By("root", clock()))
    assert scope(metadata, "alice", clock).rules == (ScopeRule("organisation", ("north",)),)


def test_a_rule_of_somebody_else_is_not_there(metadata: Metadata, clock: Clock) -> None:
    alice, bob, by = add(metadata, clock, "alice"), add(metadata, clock, "bob"), By("x", clock())
    with metadata.write() as session:
        number = add_rule(session, alice.id, NORTH, by)

    for holder in (bob.id, Role.ANALYST):
        with pytest.raises(NotFound), metadata.write() as session:
            remove_rule(session, holder, number, by)
    assert scope(metadata, "alice", clock).rules


@pytest.mark.parametrize(
    "rule",
    [
        DatedRule("", ("a",)),
        DatedRule("organisation", ()),
        DatedRule("organisation", ("a", "")),
        DatedRule("organisation", ("a",) * 33),
    ],
)
def test_a_rule_that_says_nothing_is_not_kept(
    metadata: Metadata, clock: Clock, rule: DatedRule
) -> None:
    alice = add(metadata, clock, "alice")

    with pytest.raises(InvalidInput), metadata.write() as session:
        add_rule(session, alice.id, rule, By("root", clock()))


def test_nobody_has_rules_without_end(metadata: Metadata, clock: Clock) -> None:
    alice, by = add(metadata, clock, "alice"), By("root", clock())
    with metadata.write() as session:
        for number in range(MOST_RULES):
            add_rule(session, alice.id, DatedRule("organisation", (str(number),)), by)

    with pytest.raises(LimitReached), metadata.write() as session:
        add_rule(session, alice.id, NORTH, by)


def test_a_change_based_on_what_is_gone_is_refused(metadata: Metadata, clock: Clock) -> None:
    alice, by = add(metadata, clock, "alice"), By("root", clock())
    changes: list[Callable[..., object]] = [
        lambda session, seen: add_rule(session, alice.id, NORTH, by, seen),
        lambda session, seen: change_role(session, alice.id, Role.OPS, by, seen),
        lambda session, seen: change_activity(session, alice.id, False, by, seen),
        lambda session, seen: add_rule(session, Role.OPS, NORTH, by, seen),
    ]
    for change in changes:
        holder = Role.OPS if change is changes[-1] else alice.id
        with metadata.read() as session:
            seen = version_of(session, holder)
        with metadata.write() as session:
            change(session, seen)
        with pytest.raises(Conflict) as refused, metadata.write() as session:
            change(session, seen)
        assert refused.value.code == "changed_meanwhile"


def test_of_editors_at_once_exactly_one_is_first(metadata: Metadata, clock: Clock) -> None:
    alice, by = add(metadata, clock, "alice"), By("root", clock())
    outcomes: list[str] = []

    def edit(key: str) -> None:
        try:
            with metadata.write() as session:
                add_rule(session, alice.id, DatedRule("organisation", (key,)), by, 1)
            outcomes.append("kept")
        except Conflict:
            outcomes.append("refused")

    threads = [threading.Thread(target=edit, args=(key,)) for key in "abcdef"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["kept", *["refused"] * 5]
    assert len(scope(metadata, "alice", clock).rules) == 1


def test_two_administrators_cannot_take_each_others_role_at_once(
    metadata: Metadata, clock: Clock
) -> None:
    pair = [add(metadata, clock, name, Role.ADMINISTRATOR) for name in ("ann", "abe")]
    refused: list[str] = []

    def demote(user: User) -> None:
        try:
            with metadata.write() as session:
                change_role(session, user.id, Role.VIEWER, By("root", clock()))
        except Conflict as error:
            refused.append(error.code)

    threads = [threading.Thread(target=demote, args=(user,)) for user in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert refused == ["last_administrator"]
    with metadata.read() as session:
        roles = sorted(user_by_id(session, user.id).role for user in pair)
    assert roles == [Role.ADMINISTRATOR, Role.VIEWER]


def test_who_is_closed_out_comes_in_by_nothing_that_was_open(
    metadata: Metadata, clock: Clock
) -> None:
    alice, by = add(metadata, clock, "alice"), By("root", clock())
    with metadata.write() as session:
        cookie, _ = begin_session(session, alice, clock())
        link = new_sign_in_link(session, alice, clock())
        change_activity(session, alice.id, False, by)
        change_activity(session, alice.id, True, by)

    with metadata.write() as session:
        assert find_session(session, cookie, clock()) is None
        assert use_sign_in_link(session, link, clock()) is None


def test_every_change_is_noted_with_who_when_and_what(metadata: Metadata, clock: Clock) -> None:
    alice, now = add(metadata, clock, "alice"), clock()
    by = By("root", now)
    with metadata.write() as session:
        number = add_rule(session, Role.OPS, NORTH, by)
        remove_rule(session, Role.OPS, number, by)
        change_role(session, alice.id, Role.OPS, by)

    with metadata.read() as session:
        role, gone, kept, first = list_changes(session)
        assert [one.what for one in list_changes(session, ROLE, "ops")] == [
            "rule_removed",
            "rule_added",
        ]
    assert (first.what, first.subject, first.detail) == ("added", "alice", {"role": "analyst"})
    assert (role.what, role.by, role.at) == ("role", "root", now)
    assert role.detail == {"before": "analyst", "after": "ops"}
    assert gone.detail == kept.detail
    assert kept.detail == {
        "dimension": "organisation",
        "path": ["north"],
        "begins_at": None,
        "ends_at": None,
    }


def test_a_change_that_is_refused_is_not_noted(metadata: Metadata, clock: Clock) -> None:
    alice = add(metadata, clock, "alice", Role.ADMINISTRATOR)
    with pytest.raises(Conflict), metadata.write() as session:
        change_activity(session, alice.id, False, By("root", clock()))

    with metadata.read() as session:
        assert [one.what for one in list_changes(session)] == ["added"]


def test_rules_of_an_older_installation_are_in_force_as_they_were(
    tmp_path: Path, clock: Clock
) -> None:
    url = f"sqlite:///{tmp_path}/metadata.db"
    engine, config = sa.create_engine(url), Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0011")
        connection.execute(
            sa.text(
                "INSERT INTO app_user (name, role, is_active, rights_version, created_at) "
                "VALUES ('alice', 'analyst', 1, 1, '2026-03-02 08:00:00.000000')"
            )
        )
        connection.execute(
            sa.text(
                "INSERT INTO user_scope (user, dimension, path) "
                "VALUES (1, 'organisation', '[\"north\"]')"
            )
        )
    engine.dispose()
    metadata = open_metadata(url)
    metadata.migrate()

    assert scope(metadata, "alice", clock).rules == (ScopeRule("organisation", ("north",)),)
    metadata.close()
