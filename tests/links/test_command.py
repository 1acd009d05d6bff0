"""`indicube link`: links made, listed and revoked on the machine, beside a running server."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from server.commands.links import link
from server.commands.users import user
from server.metadata.links import find_link
from server.metadata.session import open_metadata


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of an installation with an analyst and a viewer, and no facts."""
    folder = tmp_path_factory.mktemp("links")
    for name, role in (("ana", "analyst"), ("vic", "viewer")):
        assert _call(folder, user, "add", name, "--role", role).exit_code == 0
    return folder


def _call(home: Path, command: click.Group, *words: str) -> Result:
    return CliRunner().invoke(command, words, env={"INDICUBE_HOME": str(home)})


def _listed(home: Path) -> list[dict[str, object]]:
    found = _call(home, link, "list", "--user", "ana", "--json")
    rows: list[dict[str, object]] = json.loads(found.output)
    return rows


def test_a_link_stands_alone_on_the_last_line(home: Path) -> None:
    """Nobody has to open the facts for it."""
    asked = ("--ask", "drilldown=organisation:carrier", "--ask", "cut=time:lastmonth")
    words = ("--user", "ana", "--cube", "departures", *asked, "--title", "Carriers")
    made = _call(home, link, "create", *words)
    assert made.exit_code == 0, made.output
    address = made.output.splitlines()[-1]
    secret = address.split("/links/")[1].removesuffix("/table.csv")
    metadata = open_metadata(f"sqlite:///{home}/metadata.db")
    with metadata.read() as reading:
        found = find_link(reading, secret)
    metadata.close()

    assert found is not None
    assert (found[0].title, found[0].question.kind) == ("Carriers", "aggregate")
    assert not (home / "facts").exists()


def test_links_are_listed_and_revoked(home: Path) -> None:
    _call(home, link, "create", "--user", "ana", "--cube", "departures", "--days", "7")
    row = _listed(home)[0]
    assert (row["title"], row["open"], row["used"]) == ("departures", True, None)
    assert "aggregate departures" in _call(home, link, "list", "--user", "ana").output

    assert _call(home, link, "revoke", "--user", "ana", str(row["number"])).exit_code == 0
    assert _listed(home)[0]["open"] is False


def test_what_cannot_be_is_refused(home: Path) -> None:
    known = len(_listed(home))
    for words in (
        ("--user", "ana"),
        ("--user", "ana", "--cube", "departures", "--scorecard", "punctuality"),
        ("--user", "ana", "--cube", "planets"),
        ("--user", "ana", "--cube", "departures", "--ask", "drilldown"),
        ("--user", "ana", "--cube", "departures", "--ask", "drilldown=planet"),
        ("--user", "ana", "--view", "nothing"),
        ("--user", "vic", "--cube", "departures"),
        ("--user", "zoe", "--cube", "departures"),
    ):
        assert _call(home, link, "create", *words).exit_code != 0, words

    assert len(_listed(home)) == known
