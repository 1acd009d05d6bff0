"""The aggregation API: a cube's model, aggregates, members and facts, in the grammar of Cubes."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, request

from server.access import Permission
from server.cube.browser import ClickHouseBrowser
from server.cube.cube_model import CubeModel
from server.errors import InvalidInput
from server.snapshot import Snapshot
from web.api.answers import answer
from web.gate import require
from web.visitor import person, runtime
from web.words import language

api = Blueprint("api_cubes", __name__, url_prefix="/api/v1/cubes")


@api.get("")
@require(Permission.SLICE)
def index() -> Response:
    """Every cube with its label."""
    snapshot = runtime().snapshot()
    cubes = runtime().cubes.model.cubes
    listed = [
        {"name": name, "label": cube.labels.in_language(language())} for name, cube in cubes.items()
    ]
    return answer({"cubes": listed}, snapshot, None)


@api.get("/<name>")
@require(Permission.SLICE)
def model(name: str) -> Response:
    """A cube's dimensions, aggregates and fact columns."""
    browser = _browser(name)
    return _answer(browser, _described(browser.model))


@api.get("/<name>/aggregate")
@require(Permission.SLICE)
def aggregate(name: str) -> Response:
    """The aggregates of a cell, in all (`summary`) and by drill-down (`cells`)."""
    browser = _browser(name)
    result = browser.aggregate(
        request.args.getlist("cut"),
        aggregates=request.args.getlist("aggregates"),
        drilldown=request.args.getlist("drilldown") or None,
        split=request.args.get("split"),
        order=_joined("order"),
        **_page(),
    )
    return _answer(
        browser,
        {
            "cube": name,
            "cell": [cut.to_dict() for cut in result.cell.cuts],
            "aggregates": [one.name for one in result.aggregates],
            "summary": dict(result.summary),
            "cells": [dict(cell) for cell in result.cells or ()],
            "total_cell_count": result.total_cell_count,
        },
    )


@api.get("/<name>/members/<dimension>")
@require(Permission.SLICE)
def members(name: str, dimension: str) -> Response:
    """The members of a dimension that have facts in the cell."""
    browser = _browser(name)
    found = browser.members(
        request.args.getlist("cut"),
        dimension,
        depth=_whole("depth"),
        level=request.args.get("level"),
        hierarchy=request.args.get("hierarchy"),
        order=_joined("order"),
        search=request.args.get("search", ""),
        **_page(),
    )
    return _answer(browser, {"cube": name, "dimension": dimension, "members": found})


@api.get("/<name>/facts")
@require(Permission.SLICE)
def facts(name: str) -> Response:
    """The facts of the cell, each with the batch and the source row that it came from."""
    browser = _browser(name)
    found = browser.facts(
        request.args.getlist("cut"),
        fields=request.args.get("fields"),
        order=_joined("order"),
        total=True,
        **_page(),
    )
    rows = [dict(row) for row in found]
    return _answer(browser, {"cube": name, "facts": rows, "total": found.total})


def _browser(name: str) -> ClickHouseBrowser:
    here = runtime()
    return here.cubes.browser(name, here.snapshot(), person().scope, language())


def _answer(browser: ClickHouseBrowser, body: Mapping[str, object]) -> Response:
    cube, snapshot = browser.model, browser.snapshot
    named = {**body, "model_version": runtime().cubes.model.version}
    return answer(named, snapshot, _watermark(cube, snapshot))


def _watermark(cube: CubeModel, snapshot: Snapshot) -> date | None:
    return snapshot.watermarks.get(cube.fact.name)


def _described(cube: CubeModel) -> dict[str, object]:
    said = language()
    return {
        "name": cube.name,
        "label": cube.labels.in_language(said),
        "dimensions": [
            {
                "name": one.name,
                "label": one.labels.in_language(said),
                "hierarchies": {
                    hierarchy.name: [level.name for level in hierarchy.levels]
                    for hierarchy in one.hierarchies
                },
            }
            for one in cube.dimensions
        ],
        "aggregates": [
            {"name": one.name, "label": one.labels.in_language(said)} for one in cube.aggregates
        ],
    }


def _joined(name: str) -> list[str] | None:
    """The items of a parameter that may be repeated or joined by `,` or `|`."""
    texts = ",".join(request.args.getlist(name)).replace("|", ",")
    return [item for item in texts.split(",") if item] or None


def _page() -> dict[str, Any]:
    """`page`, counted from 0, and `pagesize`; both are needed for a page."""
    return {"page": _whole("page"), "page_size": _whole("pagesize")}


def _whole(name: str) -> int | None:
    text = request.args.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidInput(f"{name} is {text!r}; it must be a whole number from 0.", field=name)
    return int(text)
