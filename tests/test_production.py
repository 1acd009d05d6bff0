"""Production in miniature: no known password, and readers that are as confined as we say."""

import re
from importlib.metadata import entry_points
from pathlib import Path
from xml.etree import ElementTree

import pytest

from server.store.readers import Limits
from server.store.streams import StreamLimits

HOUSE = Path(__file__).parents[1]
PROFILE = ElementTree.parse(HOUSE / "docs" / "production" / "clickhouse-users.xml")
COMPOSE = (HOUSE / "docker-compose.yml").read_text(encoding="utf-8")


def test_the_readers_profile_holds_every_limit() -> None:
    profile = PROFILE.find("profiles/indicube_reader")
    assert profile is not None
    held = {entry.tag: entry.text for entry in profile if entry.tag != "constraints"}
    expected = Limits().as_settings("one")
    del expected["max_threads"]

    assert held == {"readonly": "1", **expected}


def test_the_streamers_profile_holds_every_limit() -> None:
    profile = PROFILE.find("profiles/indicube_streamer")
    assert profile is not None
    held = {entry.tag: entry.text or "" for entry in profile if entry.tag != "constraints"}
    expected = StreamLimits().as_settings()
    del expected["max_threads"]

    assert held == {"readonly": "1", **expected}


@pytest.mark.parametrize("who", ["reader", "streamer"])
def test_who_reads_may_choose_threads_and_a_comment_and_nothing_else(who: str) -> None:
    constraints = PROFILE.find(f"profiles/indicube_{who}/constraints")
    assert constraints is not None

    assert {entry.tag: [child.tag for child in entry] for entry in constraints} == {
        "max_threads": ["changeable_in_readonly"],
        "log_comment": ["changeable_in_readonly"],
    }
    assert PROFILE.findtext(f"users/{who}/profile") == f"indicube_{who}"


def test_no_user_has_a_password_that_is_written_down() -> None:
    for user in PROFILE.findall("users/*"):
        password = user.find("password")
        assert password is not None
        assert password.get("from_env", "").startswith("INDICUBE_")
        assert not password.text


def test_compose_stops_when_a_password_is_missing() -> None:
    variables = re.findall(r"(?<!\$)\$\{(\w+)([^}]*)\}", COMPOSE)

    assert {name for name, _ in variables} == {
        "INDICUBE_WRITER_PASSWORD",
        "INDICUBE_READER_PASSWORD",
        "INDICUBE_DATABASE_PASSWORD",
        "INDICUBE_REDIS_PASSWORD",
    }
    assert {rest[:2] for _, rest in variables} == {":?"}


def test_every_command_has_its_line_in_the_documentation() -> None:
    page = (HOUSE / "docs" / "commands.md").read_text(encoding="utf-8")
    lines = [line for line in page.splitlines() if line.startswith("| `")]

    for command in entry_points(group="indicube.commands"):
        assert any(re.search(rf"`{command.name}\b", line) for line in lines), command.name
