"""A page that was opened as a file asks what CubesViewer asks, in a real browser.

The addresses are those that CubesViewer and cubes.js make: hierarchy and level always named, the
minus escaped, an empty cut, drill-downs sent to facts too.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from server.runtime import Runtime
from tests.slicer.conftest import with_settings
from tests.web.chromium import ARGUMENTS, CHROMIUM, serving
from tests.web.people import ADMIN
from web.app import create_app

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}")

_FETCH = """async ([address, options]) => {
  const answer = await fetch(address, options || {});
  return [answer.status, answer.headers.get("Content-Type"), await answer.text()];
}"""


@pytest.fixture(scope="module")
def page(
    harbour: Runtime, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Any]]:
    """Fetches from a page without an origin, nobody's token sent, of a server that allows it."""
    file: Path = tmp_path_factory.mktemp("page") / "viewer.html"
    file.write_text("<!doctype html><title>Viewer</title>", "utf-8")
    app = create_app(with_settings(harbour, slicer_user=ADMIN, slicer_cors=("null",)))
    with serving(app) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        tab = browser.new_page()
        tab.goto(file.as_uri())
        yield lambda path, options=None: tab.evaluate(_FETCH, [f"{address}/slicer{path}", options])
        browser.close()


def answered(page: Callable[..., Any], path: str) -> Any:
    """The JSON at an address."""
    status, kind, text = page(path)
    assert (status, kind) == (200, "application/json"), (path, text)
    return json.loads(text)


def test_it_connects_by_info_and_cubes(page: Callable[..., Any]) -> None:
    info = answered(page, "/info")

    assert (info["api_version"], info["authentication"]["type"]) == (2, "none")
    assert info["cubes_version"]
    assert "landings" in [one["name"] for one in answered(page, "/cubes")]


def test_it_reads_cells_by_the_refs_of_the_model(page: Callable[..., Any]) -> None:
    """As cubes.js does: the key and label of a level by name, cells by their refs."""
    model = answered(page, "/cube/landings/model")
    levels = {
        (dimension["name"], level["name"]): [
            attribute["ref"]
            for attribute in level["attributes"]
            if attribute["name"] in (level["key"], level["label_attribute"])
        ]
        for dimension in model["dimensions"]
        for level in dimension["levels"]
    }
    drill = "pilot@default:pilot%7Cdate@ymd:month"
    told = answered(page, f"/cube/landings/aggregate?drilldown={drill}&cut=")

    needed = [
        *levels["pilot", "pilot"], *levels["date", "year"], *levels["date", "month"],
        *(each["ref"] for each in model["aggregates"]),
    ]  # fmt: skip
    assert told["total_cell_count"] == len(told["cells"]) == 6
    assert all(ref in cell for cell in told["cells"] for ref in needed)


def test_it_cuts_with_names_and_escaped_minuses(page: Callable[..., Any]) -> None:
    cut = "date@ymd:2013,3%7Cberth@default:%5C-5;2"

    assert answered(page, f"/cube/landings/aggregate?cut={cut}")["summary"]["landings"] == 2
    facts = answered(page, f"/cube/landings/facts?drilldown=port@default:port&cut={cut}")
    assert [one["__fact_key__"] for one in facts] == [101, 102]


def test_it_reads_members_of_a_filter(page: Callable[..., Any]) -> None:
    path = "/cube/landings/members/date?hierarchy=ymd&depth=2&cut=port:Ayr"

    assert [one["date.month"] for one in answered(page, path)["data"]] == [3]


def test_it_exports_facts(page: Callable[..., Any]) -> None:
    status, kind, text = page("/cube/landings/facts?format=csv&cut=port:Ayr")

    assert (status, kind) == (200, "text/csv; charset=utf-8")
    assert len(text.splitlines()) == 3


def test_it_reads_mistakes(page: Callable[..., Any]) -> None:
    status, _, text = page("/cube/landings/aggregate?drilldown=date:week")

    assert status == 400
    assert "no level 'week'" in json.loads(text)["message"]
    assert page("/nowhere")[0] == 404


def test_a_page_may_send_a_token_and_a_report(
    page: Callable[..., Any], tokens: dict[str, str]
) -> None:
    """Both make the browser ask first what it may send."""
    report = {"queries": {"all": {"query": "aggregate", "aggregates": ["landings"]}}}
    headers = {"Authorization": f"Bearer {tokens[ADMIN]}", "Content-Type": "application/json"}
    options = {"method": "POST", "headers": headers, "body": json.dumps(report)}
    status, _, text = page("/cube/landings/report", options)

    assert (status, json.loads(text)["all"]["summary"]) == (200, {"landings": 6})
