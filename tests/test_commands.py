"""The command `indicube`: what it prints, and a sentence and an exit code for every mistake.

The first two are started as a user starts them; the others grow on a stem.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from server.access import Scope, ScopeRule
from server.commands.scopes import parse_scope, write_scope
from server.errors import InvalidInput
from server.settings import TABLE
from tests.starting import environ, run
from tests.stem import run_command


def indicube(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return run_command(*arguments, environment=environ(home, 8080, **variables), cwd=home.parent)


@pytest.fixture(scope="module")
def used_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("commands") / "home"
    folder.mkdir()
    for name, role in (("alice", "administrator"), ("bob", "viewer")):
        assert run(folder, "user", "add", name, "--role", role) == (0, "")
    return folder


@pytest.fixture
def home(used_home: Path, tmp_path: Path) -> Path:
    """A home that was used before, with the users alice and bob."""
    return Path(shutil.copytree(used_home, tmp_path / "home"))


def test_a_token_stands_alone_on_the_last_line_of_standard_output(home: Path) -> None:
    made = indicube(home, "token", "create", "--user", "alice")

    assert made.returncode == 0
    assert re.fullmatch(r"icb_[A-Za-z0-9_-]{43}", made.stdout.splitlines()[-1])


def test_two_tokens_differ(home: Path) -> None:
    first, second = (indicube(home, "token", "create", "--user", "bob").stdout for _ in "12")

    assert first != second


def test_a_new_person_gets_a_link(home: Path) -> None:
    made = indicube(home, "user", "add", "carla", "--role", "analyst")

    assert re.fullmatch(r"http://127\.0\.0\.1:8080/sign-in/[A-Za-z0-9_-]{43}\n", made.stdout)


def test_people_are_listed_with_role_and_scope(home: Path) -> None:
    scope = "organisation:network,AA|region:America/New_York"
    indicube(home, "user", "add", "dora", "--role", "analyst", "--scope", scope)
    listed = json.loads(indicube(home, "user", "list", "--json").stdout)

    assert [(row["name"], row["role"], row["scope"]) for row in listed] == [
        ("alice", "administrator", ""),
        ("bob", "viewer", ""),
        ("dora", "analyst", scope),
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("token", "create", "--user", "zoe"), 2, "there is no user named 'zoe'; allowed: alice"),
        (("user", "add", "bob"), 2, "a user named 'bob' exists already"),
        (("user", "add", "eve", "--scope", "organisation"), 2, "'organisation' is no part of"),
        (("user", "add", "a b"), 2, "'a b' cannot be a user name"),
        (("user", "link", "zoe"), 2, "there is no user named 'zoe'"),
        (("user", "add", "eve", "--role", "boss"), 2, "'boss' is not one of 'viewer', 'analyst'"),
        (("nothing",), 2, "No such command 'nothing'"),
        (("up", "--sampel"), 2, "No such option"),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed(
    home: Path, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    ended = indicube(home, *arguments)

    assert ended.returncode == code
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


def test_a_mistaken_user_is_not_half_added(home: Path) -> None:
    indicube(home, "user", "add", "mallory", "--scope", "organisation")

    assert "mallory" not in indicube(home, "user", "list").stdout


def test_a_folder_without_an_indicube_is_named(tmp_path: Path) -> None:
    ended = indicube(tmp_path / "nowhere", "user", "list")

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"indicube: There is no Indicube in {tmp_path}/nowhere; ")
    assert not (tmp_path / "nowhere").exists()


def test_settings_are_shown_with_value_and_meaning(home: Path) -> None:
    shown = indicube(home, "settings", INDICUBE_PROT="1").stdout

    assert f"INDICUBE_HOME={home}\n" in shown
    assert "INDICUBE_HOST=127.0.0.1  (default)\n" in shown
    assert all(f"{setting.variable}=" in shown for setting in TABLE)


def test_settings_hide_passwords_and_name_slips_of_the_pen(home: Path) -> None:
    ended = indicube(
        home, "settings", INDICUBE_REDIS="redis://:hush@127.0.0.1/0", INDICUBE_PROT="1"
    )

    assert "INDICUBE_REDIS=redis://:***@127.0.0.1/0\n" in ended.stdout
    assert "hush" not in ended.stdout
    assert "INDICUBE_PROT is set, but there is no such setting" in ended.stderr


def test_settings_for_programs_are_one_object(home: Path) -> None:
    shown = json.loads(indicube(home, "settings", "--json").stdout)

    assert list(shown) == [setting.variable for setting in TABLE]


@pytest.mark.parametrize("arguments", [("up",), ("settings",), ("user", "list"), ("doctor",)])
def test_a_wrong_setting_stops_every_command(home: Path, arguments: tuple[str, ...]) -> None:
    ended = indicube(home, *arguments, INDICUBE_MAX_MEMBERS="many")

    assert ended.returncode == 2
    assert ended.stderr == (
        "indicube: INDICUBE_MAX_MEMBERS is 'many'; it must be a whole number from 10 to 100000\n"
    )


def test_the_doctor_finds_an_unused_home_well_and_makes_nothing(tmp_path: Path) -> None:
    ended = indicube(tmp_path / "home", "doctor")

    assert (ended.returncode, ended.stderr) == (0, "")
    assert not (tmp_path / "home").exists()


def test_the_doctor_names_what_is_wrong(home: Path) -> None:
    (home / "secret.key").write_text("short")
    (home / "secret.key").chmod(0o600)
    ended = indicube(
        home, "doctor", "--json", INDICUBE_REDIS="redis://127.0.0.1:1/0", INDICUBE_PROT="1"
    )
    wrong = {
        row["about"]: row["sentence"] for row in json.loads(ended.stdout) if not row["is_well"]
    }

    assert ended.returncode == 1
    assert set(wrong) == {"settings", "key", "queue"}
    assert "INDICUBE_PROT" in wrong["settings"]
    assert "holds 5 bytes" in wrong["key"]
    assert "Redis at redis://127.0.0.1:1/0 does not answer" in wrong["queue"]


def test_several_web_processes_cannot_share_the_engine_of_one_folder(home: Path) -> None:
    ended = indicube(home, "web")

    assert ended.returncode == 2
    assert "One process at a time can open a chdb:// folder" in ended.stderr


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("", Scope()),
        ("organisation:network", Scope((ScopeRule("organisation", ("network",)),))),
        (
            "organisation:network,AA|organisation:low_cost|region:America/New_York",
            Scope(
                (
                    ScopeRule("organisation", ("network", "AA")),
                    ScopeRule("organisation", ("low_cost",)),
                    ScopeRule("region", ("America/New_York",)),
                )
            ),
        ),
        (
            r"aircraft:BOEING\, OLD,747\|8\:x\\",
            Scope((ScopeRule("aircraft", ("BOEING, OLD", "747|8:x\\")),)),
        ),
    ],
)
def test_a_scope_is_written_as_cuts(text: str, scope: Scope) -> None:
    assert parse_scope(text) == scope
    assert parse_scope(write_scope(scope)) == scope


@pytest.mark.parametrize(
    "text", ["organisation", "organisation:", ":AA", "a:b:c", "a:b||c:d", "a:b,,c", "A B:c"]
)
def test_a_scope_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is no part of a scope"):
        parse_scope(text)
