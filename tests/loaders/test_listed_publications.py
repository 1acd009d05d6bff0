"""`indicube load publications` as whoever compares states of the facts reads it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from loaders.commands import commands
from server.home import make_home
from server.metadata.session import open_metadata
from server.metadata.snapshots import raise_snapshot
from server.settings import Settings

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home with metadata and nothing in them; every command of the test is about it."""
    make_home(tmp_path)
    monkeypatch.setenv("INDICUBE_HOME", str(tmp_path))


def asked(*arguments: str) -> str:
    ended = CliRunner().invoke(commands, ["load", "publications", *arguments])
    assert ended.exit_code == 0, ended.output
    return ended.output


def test_each_state_of_the_facts_stands_with_moment_person_and_what_was_done() -> None:
    metadata = open_metadata(Settings.from_environment().database)
    metadata.migrate()
    for words in ("sales: january.csv", "withdrawn: wrong file"):
        with metadata.write() as session:
            raise_snapshot(session, "published", [], "ann", words, NOON)
    metadata.close()

    first, second = asked().splitlines()
    assert first.split() == [
        "2",
        "2026-03-01",
        "12:00:00",
        "UTC",
        "ann:",
        "withdrawn:",
        "wrong",
        "file",
    ]
    assert second.endswith("ann: sales: january.csv")
    assert [one["number"] for one in json.loads(asked("--json", "--limit", "1"))] == [2]


def test_where_nothing_was_published_that_is_said() -> None:
    assert asked() == "nothing was published yet\n"
