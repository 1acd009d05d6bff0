"""The addresses that the clients of Cubes know."""

from collections.abc import Callable

from flask import Blueprint, Response, request

from server.access import Permission
from server.cache.key import Reading
from server.cube.browser import ClickHouseBrowser
from web.gate import require
from web.kept import Named, given
from web.slicer import models
from web.slicer.aggregates import aggregate as aggregated
from web.slicer.aggregates import aggregate_csv, record_limit
from web.slicer.asking import asked_in_address, open_cube, word
from web.slicer.cells import cell_words
from web.slicer.facts import fact as one_fact
from web.slicer.facts import facts as some_facts
from web.slicer.facts import facts_csv, facts_lines
from web.slicer.index import index_page
from web.slicer.members import members as some_members
from web.slicer.members import members_csv, members_lines
from web.slicer.report import report as reported
from web.slicer.writing import as_json
from web.watched import only_asks

api = Blueprint("slicer_api", __name__, url_prefix="/slicer")

_HEADERS = ("names", "labels", "none")
_FORMATS = ("json", "json_lines", "csv")


@api.get("", strict_slashes=False)
@api.get("/")
@require(Permission.SLICE)
def index() -> Response:
    """A page that says what is here."""
    return index_page(models.info(), models.cubes())


@api.get("/version")
@require(Permission.SLICE)
def version() -> Response:
    """Whose API this is, and which."""
    return as_json(models.versions())


@api.get("/info")
@require(Permission.SLICE)
def info() -> Response:
    """What the server says of itself."""
    return as_json(models.info())


@api.get("/cubes")
@require(Permission.SLICE)
def cubes() -> Response:
    """The cubes that whoever asks may see."""
    return as_json(models.cubes())


@api.get("/logout")
@require(Permission.SLICE)
def logout() -> Response:
    """A token is kept by its program alone: there is nothing to end."""
    return Response("logged out", content_type="text/html; charset=utf-8")


@api.get("/cube/<name>/model")
@require(Permission.SLICE)
def model(name: str) -> Response:
    """Dimensions, measures, aggregates and details of a cube."""
    return as_json(models.model(open_cube(name)))


@api.get("/cube/<name>/aggregate")
@require(Permission.SLICE)
def aggregate(name: str) -> Response:
    """The figures of a cell."""
    browser = open_cube(name)
    asked = asked_in_address(browser)
    form, header = word("format", ("json", "csv"), "json"), word("header", _HEADERS, "labels")
    if form == "csv":
        return aggregate_csv(browser, asked, header)
    return _kept(browser, lambda: aggregated(browser, asked))


@api.get("/cube/<name>/members/<dimension>")
@require(Permission.SLICE)
def members(name: str, dimension: str) -> Response:
    """The members of a dimension that have facts in a cell."""
    browser = open_cube(name)
    asked = asked_in_address(browser)
    form, header = word("format", _FORMATS, "json"), word("header", _HEADERS, "labels")
    if form == "csv":
        return members_csv(browser, dimension, asked, request.args, header)
    if form == "json_lines":
        return members_lines(browser, dimension, asked, request.args)
    return _kept(browser, lambda: some_members(browser, dimension, asked, request.args))


@api.get("/cube/<name>/facts")
@require(Permission.SLICE)
def facts(name: str) -> Response:
    """The facts of a cell."""
    browser = open_cube(name)
    asked = asked_in_address(browser)
    form, header = word("format", _FORMATS, "json"), word("header", _HEADERS, "labels")
    if form == "csv":
        return facts_csv(browser, asked, header)
    if form == "json_lines":
        return facts_lines(browser, asked)
    return _kept(browser, lambda: some_facts(browser, asked))


@api.get("/cube/<name>/fact/<path:key>")
@require(Permission.SLICE)
def fact(name: str, key: str) -> Response:
    """One fact."""
    return as_json(one_fact(open_cube(name), key))


@api.get("/cube/<name>/cell")
@require(Permission.SLICE)
def cell(name: str) -> Response:
    """The cuts of a cell, with what is known of the members that they name."""
    browser = open_cube(name)
    asked = asked_in_address(browser)
    return _kept(browser, lambda: cell_words(browser, browser.cell(asked.cell)))


@api.post("/cube/<name>/report")
@only_asks
@require(Permission.SLICE)
def report(name: str) -> Response:
    """Several questions about one cell."""
    return as_json(reported(open_cube(name)))


def _kept(browser: ClickHouseBrowser, ask: Callable[[], object]) -> Response:
    """The JSON answer to the address, kept as long as nothing has changed that it depends on."""
    pairs = [list(pair) for pair in request.args.items(multi=True)]
    question = [request.path, pairs, record_limit()]
    reading = Reading(cubes=(browser.model.name,), has_definitions=False)
    return given(Named(question, reading, at=browser.snapshot), lambda: as_json(ask()))
