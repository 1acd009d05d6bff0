"""A rule counts within five seconds in every other process, a date at its instant everywhere."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from server.access import Role
from server.exports.asking import ask_for
from server.exports.job import make_export
from server.exports.spec import ExportSpec
from server.metadata.exports import Export, find_export
from server.metadata.rights import add_rule, remove_rule
from server.metadata.rights_changes import By
from server.metadata.scope_rules import Holder
from server.metadata.session import Metadata, open_metadata
from server.metadata.tokens import create_token
from server.metadata.users import named_user
from server.runtime import Runtime
from server.scope_rules import DatedRule
from tests.web.people import ADMIN, ANALYST, Browser, Clock
from tests.web.source import NETWORK, december
from web.app import create_app

CARD = ExportSpec("scorecard", "punctuality", "csv", period="2013-12")
OF_NETWORK = sum(row["carrier"] in NETWORK for row in december())
OF_AA = sum(row["carrier"] == "AA" for row in december())
AMERICAN = ("network", "AA")


@dataclass
class Reader:
    """An analyst who asks one process by every way in, while rights change in another."""

    here: Runtime  # the process that is asked
    elsewhere: Metadata  # the same metadata, as the other process has it open
    app: Flask
    browser: Browser
    token: str
    wall: str

    def by_page(self) -> int:
        """The flights of December that a page shows; -1 when it shows none at all."""
        page = self.browser.get("/indicators/on_time_arrival/facts?period=2013-12")
        found = re.search(r"of ([\d,]+) rows", page.text)
        return int(found[1].replace(",", "")) if found and page.status_code == 200 else -1

    def by_program(self) -> int:
        """The same, asked with a token."""
        answer = self._ask("/cubes/departures/aggregate?aggregates=flights&cut=time:2013,4,12")
        return int(answer.get_json()["summary"]["flights"]) if answer.status_code == 200 else -1

    def by_wall(self) -> bool:
        """Whether the wall screen shows a figure."""
        return "%" in self.browser.client.get(self.wall).text.split("<main")[-1]

    def downloads(self, export: Export) -> tuple[int, int]:
        """What a browser and a program are answered who want a finished file."""
        page = self.browser.get(f"/exports/{export.id}/file").status_code
        return page, self._ask(f"/exports/{export.id}/file").status_code

    def made(self, export: Export) -> Export:
        """The export, made in the other process."""
        make_export(replace(self.here, metadata=self.elsewhere), export.id)
        with self.here.metadata.read() as reading:
            return find_export(reading, export.id)

    def asked(self) -> Export:
        """An export of the scorecard that waits in the queue."""
        with self.here.metadata.read() as reading:
            person = named_user(reading, ANALYST).person_at(self.here.clock())
        return ask_for(self.here, person, CARD, "A card")

    def rule(self, holder: Holder, rule: DatedRule) -> int:
        """Add a rule in the other process."""
        with self.elsewhere.write() as writing:
            return add_rule(writing, holder, rule, By(ADMIN, self.here.clock()))

    @property
    def id(self) -> int:
        """Of the analyst."""
        with self.here.metadata.read() as reading:
            return named_user(reading, ANALYST).id

    def _ask(self, path: str):  # type: ignore[no-untyped-def]
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.app.test_client().get(f"/api/v1{path}", headers=headers)


@pytest.fixture
def reader(settled: Runtime, clock: Clock, tmp_path: Path) -> Iterator[Reader]:
    exports, queue = tmp_path / "exports", "unix:///none.sock"
    here = replace(settled, settings=replace(settled.settings, exports=exports, redis=queue))
    elsewhere = open_metadata(str(here.metadata._engine.url))
    with elsewhere.write() as writing:
        token = create_token(writing, named_user(writing, ANALYST), "test", clock())
    app = create_app(here)
    browser = Browser(app)
    browser.sign_in(ANALYST)
    yield Reader(here, elsewhere, app, browser, token, _wall(browser))
    elsewhere.close()


@pytest.mark.parametrize("of", ["the person", "the role"])
def test_a_new_rule_counts_in_five_seconds_by_every_way_in(
    reader: Reader, clock: Clock, of: str
) -> None:
    finished, waiting = reader.made(reader.asked()), reader.asked()
    ways: tuple[Callable[[], int], ...] = (reader.by_page, reader.by_program)
    assert [way() for way in ways] == [OF_NETWORK, OF_NETWORK]
    assert reader.downloads(finished) == (200, 200)

    # Beside the rule on network carriers, one of the role narrows; a person's own must replace it.
    if of == "the person":
        with reader.elsewhere.write() as writing:
            (own,) = named_user(writing, ANALYST).rules
            remove_rule(writing, reader.id, own.id, By(ADMIN, clock()))
    reader.rule(reader.id if of == "the person" else Role.ANALYST, _rule(AMERICAN))

    clock.pass_by(seconds=5)
    assert [way() for way in ways] == [OF_AA, OF_AA]
    assert reader.downloads(finished) == (403, 403)
    assert reader.made(waiting).scope == (("organisation", "network", "AA"),)


def test_a_rule_that_closes_a_dimension_closes_every_way_in(reader: Reader, clock: Clock) -> None:
    finished, waiting = reader.made(reader.asked()), reader.asked()
    assert (reader.by_page(), reader.by_program(), reader.by_wall()) == (
        OF_NETWORK,
        OF_NETWORK,
        True,
    )
    reader.rule(Role.ANALYST, _rule(("low_cost",)))  # network and low cost have no member in common

    clock.pass_by(seconds=5)
    assert (reader.by_page(), reader.by_program(), reader.by_wall()) == (-1, -1, False)
    assert reader.downloads(finished) == (403, 403)
    assert reader.made(waiting).state == "failed"


@pytest.mark.parametrize("of", ["the person", "the role"])
def test_a_rule_ends_at_its_instant_although_its_person_is_held(
    reader: Reader, clock: Clock, of: str
) -> None:
    ends = clock() + timedelta(seconds=3)
    reader.rule(reader.id if of == "the person" else Role.ANALYST, _rule(AMERICAN, ends=ends))
    if of == "the person":  # alternatives of one holder: American, and all network carriers
        reader.rule(Role.ANALYST, _rule(("network",), ends=ends))
    finished = reader.made(reader.asked())
    before = OF_NETWORK if of == "the person" else OF_AA
    assert (reader.by_page(), reader.by_program()) == (before, before)

    clock.pass_by(seconds=2.9)
    assert (reader.by_page(), reader.by_program(), reader.by_wall()) == (before, before, True)
    waiting = reader.asked()
    clock.pass_by(seconds=0.1)
    assert (reader.by_page(), reader.by_program(), reader.by_wall()) == (-1, -1, False)
    assert reader.downloads(finished) == (403, 403)
    assert reader.made(waiting).state == "failed"


def test_a_rule_begins_at_its_instant(reader: Reader, clock: Clock) -> None:
    with reader.elsewhere.write() as writing:
        (own,) = named_user(writing, ANALYST).rules
        remove_rule(writing, reader.id, own.id, By(ADMIN, clock()))
    reader.rule(reader.id, _rule(AMERICAN, begins=clock() + timedelta(seconds=3)))

    assert (reader.by_page(), reader.by_program()) == (-1, -1)
    clock.pass_by(seconds=2.9)
    assert (reader.by_page(), reader.by_program()) == (-1, -1)
    clock.pass_by(seconds=0.1)
    assert (reader.by_page(), reader.by_program()) == (OF_AA, OF_AA)


def _rule(
    path: tuple[str, ...], *, begins: datetime | None = None, ends: datetime | None = None
) -> DatedRule:
    return DatedRule("organisation", path, begins, ends)


def _wall(browser: Browser) -> str:
    """The address of a wall screen with one figure of December."""
    pinned = browser.post(
        "/dashboards/pin", what="figure|on_time_arrival", name="Wall", period="2013-12"
    )
    assert pinned.status_code == 303, pinned.text
    edited = browser.get("/dashboards/1?edit=1").text
    found = re.search(r'name="version" value="([^"]+)"', edited)
    assert found is not None
    opened = browser.post("/dashboards/1/displays", version=found[1]).text
    return "/wall/" + opened.split("/wall/")[1].split("<")[0].replace("&amp;", "&")
