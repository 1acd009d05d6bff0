"""A report: several questions about one cell in one request, all answered at one snapshot."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from flask import request

from server.cube.browser import ClickHouseBrowser
from server.errors import InvalidInput, LimitReached
from web.slicer.aggregates import aggregate
from web.slicer.asking import Cell, asked_in_address, asked_in_query, cell_of_objects
from web.slicer.cells import cell_words, details
from web.slicer.facts import fact, facts
from web.slicer.members import members
from web.slicer.mistakes import bad_request

MOST_QUERIES = 100

_Query = Mapping[str, Any]


def report(browser: ClickHouseBrowser) -> dict[str, Any]:
    """The answers by the names of the queries; a cell in the body replaces that of the address."""
    body = _body()
    queries = body.get("queries")
    if not isinstance(queries, dict):
        raise bad_request("Report request does not contain 'queries' key, an object of queries.")
    if len(queries) > MOST_QUERIES:
        raise LimitReached(f"A report has at most {MOST_QUERIES} queries, not {len(queries)}.")
    cell = asked_in_address(browser).cell
    if body.get("cell"):
        cell = cell_of_objects(browser, body["cell"])
    answers = [(name, _ask(name, query), query) for name, query in queries.items()]
    return {name: answer(browser, cell, query) for name, answer, query in answers}


def _body() -> _Query:
    try:
        found = json.loads(request.get_data())
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    raise bad_request("A report is asked by one JSON object in the body of the request.")


def _ask(name: str, query: Any) -> Callable[[ClickHouseBrowser, Cell, _Query], Any]:
    """What answers a query; every query of a report is looked at before the first is asked."""
    kind = query.get("query") if isinstance(query, dict) else None
    if not kind:
        raise InvalidInput(f"No report query for '{name}'")
    if not isinstance(kind, str) or kind not in _QUERIES:
        raise InvalidInput(
            f"Unknown report query '{kind}' for '{name}'. Known: {', '.join(_QUERIES)}."
        )
    if query.get("rollup"):
        raise InvalidInput(f"'rollup' of '{name}' is not possible: ask with another cell.")
    return _QUERIES[kind]


def _aggregate(browser: ClickHouseBrowser, cell: Cell, query: _Query) -> Any:
    return aggregate(browser, asked_in_query(query, cell))


def _facts(browser: ClickHouseBrowser, cell: Cell, query: _Query) -> Any:
    return facts(browser, asked_in_query(query, cell))


def _fact(browser: ClickHouseBrowser, _: Cell, query: _Query) -> Any:
    return fact(browser, str(query.get("key") or query.get("id") or ""))


def _members(browser: ClickHouseBrowser, cell: Cell, query: _Query) -> Any:
    asked = asked_in_query(query, cell)
    return members(browser, str(query.get("dimension")), asked, query)["data"]


def _details(browser: ClickHouseBrowser, cell: Cell, query: _Query) -> Any:
    cuts = browser.cell(cell).cuts
    dimension = query.get("dimension")
    return [details(browser, cut) for cut in cuts if dimension in (None, cut.dimension)]


def _cell(browser: ClickHouseBrowser, cell: Cell, _: _Query) -> Any:
    return cell_words(browser, browser.cell(cell))


_QUERIES: Mapping[str, Callable[[ClickHouseBrowser, Cell, _Query], Any]] = {
    "aggregate": _aggregate,
    "facts": _facts,
    "fact": _fact,
    "members": _members,
    "values": _members,
    "cell": _cell,
    "details": _details,
}
