"""Where members that moved are shown: a choice of the slicer, its views, files and the API.

Branch a moved from the east to the west in July; c closed in May; nobody knows x.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from flask import Flask
from lxml.html import HtmlElement

from server.exports.contents import content_of
from server.exports.document import Number
from server.exports.spec import ExportSpec
from server.metadata.tokens import create_token
from server.metadata.users import named_user
from server.runtime import Runtime, open_runtime
from server.snapshot import AsOf, AsOfModel, Snapshot
from server.store.dictionaries import reload_dictionary
from server.store.facts import insert_batch
from tests.cube.test_membership import BRANCHES, FOLDER, SNAPSHOT, VISITS, _table
from tests.stores import settings_for
from tests.web.people import ADMIN, Browser, settle_people
from tests.web.screens import found_in, links, screen, texts
from web.app import create_app

BY_REGION = "rows=branch:region&value=guests"
WAS = {"East": 1 + 8, "West": 2 + 4, "Unknown": 48}
IS = {"West": 1 + 2 + 4, "Unknown": 8 + 48}


class Published(Runtime):
    """A runtime whose one state is known beforehand."""

    def snapshot(self, *_clocks: AsOf | AsOfModel | None) -> Snapshot:
        """That state."""
        return replace(SNAPSHOT, first_dates={"visits": date(2025, 3, 1)})


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    home: Path = tmp_path_factory.mktemp("chain")
    opened = open_runtime(settings_for(home, INDICUBE_MODELS=str(FOLDER / "chain_model")))
    model, store = opened.cubes.model, opened.store
    for table, rows, number in (
        (model.dimension_tables["branches"], BRANCHES, 1),
        (model.fact_tables["visits"], VISITS, 2),
    ):
        insert_batch(store, table, [_table(table, rows)], number, number)
    reload_dictionary(store, model.dimension_tables["branches"])
    runtime = Published(**vars(opened))
    settle_people(runtime)
    yield runtime
    opened.close()


@pytest.fixture(scope="module")
def app(chain: Runtime) -> Flask:
    return create_app(chain)


@pytest.fixture(scope="module")
def browser(app: Flask) -> Browser:
    found = Browser(app)
    found.sign_in(ADMIN)
    return found


def shown(browser: Browser, query: str) -> dict[str, int]:
    page = screen(browser.get(f"/slice/visits?{query}"))
    rows = [texts(row, "th") + texts(row, "td") for row in found_in(page, "#slice-table tbody tr")]
    return {row[0]: int(row[1]) for row in rows}


def test_the_slicer_asks_either_way(browser: Browser) -> None:
    assert shown(browser, BY_REGION) == WAS
    assert shown(browser, f"{BY_REGION}&membership=as_is") == IS


def test_the_choice_is_offered_and_marked_in_both_languages(browser: Browser) -> None:
    path = f"/slice/visits?{BY_REGION}&membership=as_is&lang="
    for language, words in (("en", ["as it was", "as it is now"]), ("zh", ["按当时", "按现在"])):
        page = screen(browser.get(path + language))
        offered = found_in(page, ".choice a[id*=membership-]")
        assert [one.text for one in offered] == words
        assert [one.get("aria-current") for one in offered] == [None, "true"]
    back = links(screen(browser.get(path + "en")), "#membership-1")
    assert "membership" not in back[0]


def test_every_way_on_keeps_it(browser: Browser) -> None:
    page = screen(browser.get(f"/slice/visits?{BY_REGION}&membership=as_is"))
    inside = [one for one in links(page, ".slicer a") if one.startswith("/slice/visits")]
    lost = [one for one in inside if "membership=as_is" not in one]

    assert len(inside) > 10
    assert lost == [links(page, "#membership-1")[0]]


def test_the_facts_of_a_cell_are_those_that_it_counts(browser: Browser) -> None:
    page = screen(browser.get(f"/slice/visits?{BY_REGION}&membership=as_is"))
    (west,) = [one for one in links(page, "#slice-table td a") if "west" in one]
    facts = screen(browser.get(west))

    guests = {int(row[-1]) for row in _rows(facts)}
    assert guests == {1, 2, 4}
    plain = screen(
        browser.get(west.replace("&membership=as_is", "").replace("membership=as_is&", ""))
    )
    assert {int(row[-1]) for row in _rows(plain)} == {2, 4}


def test_a_saved_view_keeps_it(browser: Browser) -> None:
    fields = {"rows": "branch:region", "value": "guests", "membership": "as_is", "view": "As is"}
    answer = browser.post("/slice/visits/views", **fields)

    assert "membership=as_is" in answer.location
    page = screen(browser.get(f"/slice/visits?{BY_REGION}"))
    assert ["membership=as_is" in one for one in links(page, "#views .view a")] == [True]


def test_files_are_asked_and_say_how(chain: Runtime) -> None:
    with chain.metadata.read() as reading:
        person = named_user(reading, ADMIN).person_at(chain.clock())
    query = (("rows", "branch@default:region"), ("value", "guests"))
    was = ExportSpec("slice", "visits", "csv", query=query)
    as_is = replace(was, query=(*query, ("membership", "as_is")))

    body = content_of(chain, person, as_is).document
    found = {row.cells[0]: row.cells[1] for row in body.sheets[0].rows}
    assert found == {name: Number(Fraction(one)) for name, one in IS.items()}
    assert dict(body.facts)["Members"] == "where they belong now"
    assert "Members" not in dict(content_of(chain, person, was).document.facts)
    facts = ExportSpec("facts", "visits", "csv", query=(("cut", "branch:west"),))
    counted = [
        content_of(chain, person, replace(facts, query=(*facts.query, *more))).expected
        for more in ((), (("membership", "as_is"),))
    ]
    assert counted == [2, 3]
    long = content_of(chain, person, as_is, is_long=True)
    assert long.expected == len(IS)


def test_the_api_takes_it_for_slices_and_aggregates(chain: Runtime, app: Flask) -> None:
    with chain.metadata.write() as writing:
        token = create_token(writing, named_user(writing, ADMIN), "test", chain.clock())
    client, headers = app.test_client(), {"Authorization": f"Bearer {token}"}
    slice_ = {"cube": "visits", "rows": ["branch:region"], "value": ["guests"]}
    asked = {**slice_, "membership": "as_is"}
    told = client.post("/api/v1/slices", json=asked, headers=headers).get_json()

    assert {row["labels"][0]: int(row["cells"][0]["value"]) for row in told["rows"]} == IS
    path = "/api/v1/cubes/visits/aggregate?drilldown=branch:region&membership=as_is"
    cells = client.get(path, headers=headers).get_json()["cells"]
    assert {one["branch.region"]: one["guests"] for one in cells} == {"west": 7, "unknown": 56}
    wrong = client.post("/api/v1/slices", json={**slice_, "membership": "soon"}, headers=headers)
    assert wrong.status_code == 400
    assert wrong.get_json()["error"]["allowed"] == ["as_was", "as_is"]


def _rows(page: HtmlElement) -> list[list[str]]:
    return [texts(row, "td") for row in found_in(page, "#facts tbody tr")]
