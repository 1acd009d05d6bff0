"""Members of a dimension that have facts in a cell."""

from collections.abc import Mapping
from typing import Any

from flask import Response

from server.cube.asked import members_drill
from server.cube.browser import ClickHouseBrowser
from server.cube.drilldown import Drill
from server.cube.elements import ValueType
from server.cube.statement_members import Wanted, members_statement
from web.slicer.aggregates import record_limit
from web.slicer.asking import Asked, depth_of
from web.slicer.streams import Rows, rows_of
from web.slicer.writing import as_csv, as_json_lines


def members(
    browser: ClickHouseBrowser, dimension: str, asked: Asked, given: Mapping[str, Any]
) -> dict[str, Any]:
    """The members, as far as the limit of records goes."""
    hierarchy, depth = depth_of(browser, dimension, given)
    rows = browser.members(
        asked.cell,
        dimension,
        depth=depth,
        hierarchy=hierarchy,
        page=asked.rows(record_limit() + 1),
    )
    return {"dimension": dimension, "hierarchy": hierarchy, "depth": depth, "data": rows}


def members_csv(
    browser: ClickHouseBrowser, dimension: str, asked: Asked, given: Mapping[str, Any], header: str
) -> Response:
    """All members as CSV."""
    drill = _drill(browser, dimension, given)
    labels = {
        each.ref: each.labels.in_language(browser.language)
        for level in drill.levels
        for each in level.attributes
    }
    heads = {"labels": list(labels.values()), "names": list(labels), "none": []}
    return as_csv("facts", list(labels), heads[header], _rows(browser, drill, asked))


def members_lines(
    browser: ClickHouseBrowser, dimension: str, asked: Asked, given: Mapping[str, Any]
) -> Response:
    """All members as JSON lines."""
    return as_json_lines(_rows(browser, _drill(browser, dimension, given), asked))


def _drill(browser: ClickHouseBrowser, dimension: str, given: Mapping[str, Any]) -> Drill:
    hierarchy, depth = depth_of(browser, dimension, given)
    return members_drill(browser.model, dimension, hierarchy, None, depth)


def _rows(browser: ClickHouseBrowser, drill: Drill, asked: Asked) -> Rows:
    wanted = Wanted(drill, page=asked.page, language=browser.language)
    statement = members_statement(browser.cell(asked.cell), browser.snapshot, wanted)
    decimals = {
        each.ref
        for level in drill.levels
        for each in level.attributes
        if each.value_type is ValueType.DECIMAL
    }
    return rows_of(statement, decimals)
