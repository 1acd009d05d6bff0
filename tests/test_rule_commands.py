"""`indicube user rule|role|activate|deactivate|changes`: what they do, and what they refuse."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.access import Role
from server.commands.users import user
from server.errors import IndicubeError
from server.metadata.rights import add_person
from server.metadata.rights_changes import By
from server.metadata.session import open_metadata
from tests.stores import Clock, place_metadata


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An installation with an administrator, alice, and a viewer, bob."""
    metadata = open_metadata(place_metadata(tmp_path))
    with metadata.write() as session:
        for name, role in (("alice", Role.ADMINISTRATOR), ("bob", Role.VIEWER)):
            add_person(session, name, role, By("root", Clock()()))
    metadata.close()
    return tmp_path


def run(home: Path, *arguments: str) -> Result:
    return CliRunner(env={"INDICUBE_HOME": str(home)}).invoke(user, arguments)


def test_rules_are_added_listed_and_taken_away(home: Path) -> None:
    added = run(
        home, "rule", "add", "organisation:network,AA|origin:JFK", "--user", "bob",
        "--from", "2026-01-01", "--until", "2026-12-31",
    )  # fmt: skip
    of_role = run(home, "rule", "add", "gone:x", "--role", "viewer")
    first = added.stdout.split()[0]
    assert run(home, "rule", "remove", first, "--user", "bob").exit_code == 0
    listed = json.loads(run(home, "rule", "list", "--json").stdout)

    assert (added.exit_code, of_role.exit_code) == (0, 0)
    assert of_role.stderr == "No cube has a dimension gone: the rule closes every cube.\n"
    assert [(one["kind"], one["holder"], one["dimension"], one["path"]) for one in listed] == [
        ("role", "viewer", "gone", ["x"]),
        ("person", "bob", "origin", ["JFK"]),
    ]
    assert (listed[1]["begins_at"], listed[1]["ends_at"]) == (
        "2026-01-01T00:00:00+00:00",
        "2027-01-01T00:00:00+00:00",
    )
    assert "gone:x" in run(home, "rule", "list", "--role", "viewer").stdout


def test_an_instant_ends_a_rule_to_the_second(home: Path) -> None:
    ends = "2026-12-31T18:00:00+01:00"
    run(home, "rule", "add", "origin:JFK", "--user", "bob", "--until", ends)
    (listed,) = json.loads(run(home, "rule", "list", "--user", "bob", "--json").stdout)

    assert listed["ends_at"] == "2026-12-31T17:00:00+00:00"


def test_roles_are_given_and_every_change_is_noted(home: Path) -> None:
    for command in (("role", "bob", "ops"), ("deactivate", "bob"), ("activate", "bob")):
        assert run(home, *command).exit_code == 0
    told = json.loads(run(home, "changes", "--json", "--most", "3").stdout)

    assert [(one["what"], one["subject"], one["by"]) for one in told] == [
        ("activated", "bob", "command line"),
        ("deactivated", "bob", "command line"),
        ("role", "bob", "command line"),
    ]
    assert "role" in run(home, "changes").stdout


def test_a_person_is_added_with_rules_and_listed_with_what_they_leave(home: Path) -> None:
    added = run(home, "add", "dora", "--role", "analyst", "--scope", "origin:JFK|region:a\\,b")
    run(home, "rule", "add", "origin:EWR", "--role", "analyst")
    listed = json.loads(run(home, "list", "--json").stdout)

    assert "/sign-in/" in added.stdout
    assert listed[2]["scope"] == "origin:|region:a\\,b"  # nothing of the origins is left


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("rule", "add", "organisation:network"), "name one: --user NAME or --role ROLE"),
        (("rule", "add", "origin:a", "--role", "ops", "--user", "bob"), "name one"),
        (("rule", "add", "origin:a", "--role", "ops", "--from", "soon"), "write a day like"),
        (("rule", "add", "origin:a", "--role", "ops", "--from", "2026-13-01"), "write a day"),
        (("rule", "add", "origin", "--role", "ops"), "is no part of a scope"),
        (("rule", "remove", "99", "--role", "ops"), "There is no rule 99 here"),
        (("rule", "remove", "99", "--user", "zoe"), "there is no user named 'zoe'"),
        (("role", "alice", "viewer"), "the last active administrator"),
        (("deactivate", "alice"), "the last active administrator"),
    ],
)
def test_a_mistake_is_named_and_changes_nothing(
    home: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    refused = run(home, *arguments)

    assert isinstance(refused.exception, IndicubeError)
    assert (sentence in refused.exception.message, refused.exception.exit_code) == (True, 2)
    assert len(json.loads(run(home, "changes", "--json").stdout)) == 2
