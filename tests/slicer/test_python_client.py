"""Cubes' own Python client asks a live server: store, model provider and browser of cubes 1.1.

Some of the client's lines do not run: those of the server's package on today's Flask, and functions
that 1.1 renamed. They are mended here as little as it takes; what is sent is the client's own.
"""

import sys
import types
from collections.abc import Iterator
from importlib import import_module
from typing import Any
from urllib.error import HTTPError

import pytest
from flask import Flask

from server.cube import databrewery
from tests.web.chromium import serving
from tests.web.people import ADMIN


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    """Where the application is served."""
    with serving(app) as found:
        yield f"{found}/slicer"


@pytest.fixture(scope="module")
def client() -> Any:
    """The modules of the client, without the server that their package would load."""
    assert databrewery.Cell  # makes cubes importable
    package = types.ModuleType("cubes.server")
    package.__path__ = [f"{import_module('cubes').__path__[0]}/server"]
    known = sys.modules.setdefault("cubes.server", package)
    try:
        store: Any = import_module("cubes.server.store")
        browser: Any = import_module("cubes.server.browser")
    finally:
        if known is package:
            del sys.modules["cubes.server"]
    store.create_cube = databrewery.Cube.from_metadata
    store.create_dimension = databrewery.Dimension.from_metadata
    databrewery.Cube.add_dimension = databrewery.Cube.link_dimension
    cells = import_module("cubes.cells")
    browser.Cell, browser.string_from_cuts = cells.Cell, cells.string_from_cuts
    browser.SlicerBrowser.is_builtin_function = lambda *_: True
    return types.SimpleNamespace(store=store, browser=browser)


@pytest.fixture(scope="module")
def browser(client: Any, address: str, tokens: dict[str, str]) -> Any:
    """The client's browser of the cube of landings, made from the model that the server sent."""
    store = client.store.SlicerStore(url=address, username="x", password=tokens[ADMIN])
    provider = client.store.SlicerModelProvider({})
    provider.store = store
    return client.browser.SlicerBrowser(provider.cube("landings"), store)


@pytest.fixture
def cell(browser: Any) -> Any:
    """The landings of 2013 at two berths."""
    date, berth = (browser.cube.dimension(name) for name in ("date", "berth"))
    cuts = [databrewery.PointCut(date, [2013]), databrewery.SetCut(berth, [[-5], [2]])]
    return databrewery.Cell(browser.cube, cuts)


def test_the_client_makes_a_cube_of_the_model(browser: Any) -> None:
    cube = browser.cube

    assert [str(each) for each in cube.dimensions] == [
        "date", "port", "berth", "pilot", "cargo", "vessel",
    ]  # fmt: skip
    assert cube.dimension("date").hierarchy("yq").level_names == ["year", "quarter"]
    assert str(cube.dimension("pilot").level("pilot").label_attribute) == "pilot.name"
    assert [each.name for each in cube.measures] == ["weight", "crew"]
    assert browser.features()["actions"] == ["aggregate", "facts", "fact", "cell", "members"]


def test_it_lists_the_cubes(client: Any, address: str, tokens: dict[str, str]) -> None:
    provider = client.store.SlicerModelProvider({})
    provider.store = client.store.SlicerStore(url=address, username="x", password=tokens[ADMIN])

    assert "landings" in [each["name"] for each in provider.list_cubes()]


def test_it_aggregates_by_several_names_joined_by_commas(browser: Any, cell: Any) -> None:
    result = browser.aggregate(
        cell,
        aggregates=["landings", "weight_sum"],
        drilldown=["port", "berth"],
        order=["weight_sum"],  # sent as weight_sum:None
        page=0,
        page_size=2,
    )

    assert result.summary == {"landings": 4, "weight_sum": 22.0}
    assert [tuple(each.values()) for each in result.cells] == [
        ("Ayr", 2, 1, 4.5),
        ("Bude", 2, 2, 7.0),
    ]
    assert result.levels == {"port": ["port"], "berth": ["berth"]}
    assert browser.aggregate().summary["landings"] == 6


def test_it_reads_facts_line_by_line(browser: Any, cell: Any) -> None:
    found = browser.facts(cell, fields=["port", "weight"], order=[("weight", "desc")])

    assert [(each["__fact_key__"], each["weight"]) for each in found] == [
        (101, 10.5), (104, 7.0), (102, 4.5), (103, None),
    ]  # fmt: skip


def test_it_reads_members_and_a_fact_at_doubled_slashes(browser: Any, cell: Any) -> None:
    months = [each["date.month_name"] for each in browser.members(cell, "date", depth=2)]

    assert months == ["March", "April", "May"]
    assert browser.fact(104)["pilot.name"] == "Rosa"


def test_it_reads_the_details_of_a_cell(browser: Any, cell: Any) -> None:
    year, berths = browser.cell_details(cell)["cuts"]

    assert year["details"] == [{"date.year": 2013, "_key": 2013, "_label": 2013}]
    assert [each[0]["_label"] for each in berths["details"]] == [-5, 2]


def test_it_hears_of_what_is_not_there(browser: Any) -> None:
    with pytest.raises(HTTPError) as missing:
        browser.fact(999)

    assert missing.value.code == 404
