"""What a client of Cubes asks, from the parameters of an address or from a query of a report.

Whatever is not known is left unread, as Cubes leaves it. Names may be joined by `|` or by `,`:
some clients send the one, some the other, and no name holds either.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from server.cube.browser import ClickHouseBrowser
from server.cube.cuts import Cut, cuts_from_objects
from server.cube.statement import Page
from server.errors import InvalidInput, NotFound
from server.snapshot import parse_as_of
from web.slicer.empty_keys import without_empty_keys
from web.slicer.mistakes import bad_request
from web.visitor import person, runtime, snapshot
from web.words import language

# Only so much of a drill-down is read: whatever follows is dropped, as in Cubes.
_DRILL = re.compile(r"(\w+)(@\w+)?(:\w+)?")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_MOST_ROWS = 2**62

Cell = tuple[str | Cut, ...]


@dataclass(frozen=True)
class Asked:
    """A question to one cube; nothing in it has been checked against the model."""

    cell: Cell = ()
    split: tuple[str, ...] = ()
    drilldown: tuple[str, ...] = ()
    aggregates: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    order: tuple[Any, ...] = ()
    page: Page | None = None  # None: everything

    def rows(self, most: int) -> Page:
        """The rows to answer where no answer has more than so many."""
        if self.page is None:
            return Page(most)
        return Page(min(self.page.size, most), self.page.skip)


def open_cube(name: str) -> ClickHouseBrowser:
    """The cube for whoever asks; NotAllowed when nothing of it is within their scope."""
    as_of = request.args.get("as_of")
    published = snapshot(parse_as_of(as_of) if as_of else None)
    browser = runtime().cubes.browser(name, published, person().scope, language())
    browser.cell()
    return browser


def asked_in_address(browser: ClickHouseBrowser) -> Asked:
    """The question that an address puts to a cube."""
    given, model = request.args, browser.model
    return Asked(
        cell=without_empty_keys(model, _texts(given, "cut")),
        split=without_empty_keys(model, _texts(given, "split")),
        drilldown=_drills(given.getlist("drilldown")),
        aggregates=_names(given.getlist("aggregates")),
        fields=_names(given.getlist("fields")),
        order=_names(given.getlist("order")),
        page=_page(given, ("pagesize", "page_size")),
    )


def asked_in_query(query: Mapping[str, Any], cell: Cell) -> Asked:
    """The question that one query of a report puts about a cell."""
    return Asked(
        cell=cell,
        split=_listed(query, "split"),
        drilldown=_drills(_listed(query, "drilldown")),
        aggregates=_names(_listed(query, "aggregates")),
        fields=_names(_listed(query, "fields")),
        order=_orders(query),
        page=_page(query, ("page_size", "pagesize")),
    )


def cell_of_objects(browser: ClickHouseBrowser, objects: Any) -> Cell:
    """The cuts that a report writes as objects."""
    if not isinstance(objects, list) or not all(isinstance(each, dict) for each in objects):
        raise bad_request("'cell' should be a list of cuts, each an object.")
    return cuts_from_objects(browser.model, objects, browser.today)


def word(name: str, allowed: Sequence[str], usual: str) -> str:
    """One of a few words of the address, whatever its case."""
    said = (request.args.get(name) or usual).lower()
    if said not in allowed:
        raise bad_request(f"Parameter '{name}' should be one of: {', '.join(allowed)}")
    return said


def depth_of(
    browser: ClickHouseBrowser, dimension: str, given: Mapping[str, Any]
) -> tuple[str, int]:
    """The hierarchy and the number of levels whose members are asked for; 0 stands for all."""
    found = browser.model.dimension(dimension)
    hierarchy = found.hierarchy(str(given.get("hierarchy") or found.default_hierarchy.name))
    if hierarchy is None:
        names = ", ".join(each.name for each in found.hierarchies)
        told = f"Dimension {dimension} has no hierarchy {given['hierarchy']!r}. It has: {names}."
        raise NotFound(told, code="unknown_hierarchy", field="hierarchy")
    level, depth = given.get("level"), given.get("depth")
    if level and depth:
        raise bad_request("Both depth and level provided, use only one (preferably level)")
    levels = tuple(each.name for each in hierarchy.levels)
    number = _whole(depth, "'depth' should be an integer") if depth else 0
    number = hierarchy.depth_of(str(level)) if level else number or len(levels)
    if not 0 < number <= len(levels):
        what = f"level {str(level)!r}" if level else f"depth {depth}"
        told = f"Hierarchy {hierarchy.name} of {dimension} has no {what}."
        raise InvalidInput(f"{told} It has: {', '.join(levels)}.", code="hierarchy")
    return hierarchy.name, number


def _texts(given: MultiDict[str, str], name: str) -> tuple[str, ...]:
    return tuple(text for text in given.getlist(name) if text)


def _listed(query: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The texts under a name of a query; one text stands for a list of one."""
    value = query.get(name) or ()
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list | tuple) or not all(isinstance(one, str) for one in listed):
        raise bad_request(f"{name!r} should be a list of texts.")
    return tuple(text for text in listed if text)


def _orders(query: Mapping[str, Any]) -> tuple[Any, ...]:
    """What to sort by: texts, or pairs of a name and a direction."""
    value = query.get("order") or []
    if isinstance(value, str):
        return _names([value])
    if not isinstance(value, list):
        raise bad_request("'order' should be a list.")
    pairs = [tuple(one) if isinstance(one, list) else one for one in value]
    if not all(one and isinstance(one, str | tuple) for one in pairs):
        raise bad_request("'order' should be a list of texts, or of pairs of name and direction.")
    return tuple(pairs)


def _drills(texts: Iterable[str]) -> tuple[str, ...]:
    found = ((_DRILL.match(text), text) for text in _names(texts))
    return tuple(match.group() if match else text for match, text in found)


def _names(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for text in texts for name in re.split(r"[|,]", text) if name)


def _page(given: Mapping[str, Any], sizes: Iterable[str]) -> Page | None:
    """The page, counted from 0; none unless number and size are both given."""
    number = _whole(given["page"], "'page' should be a number") if _has(given, "page") else None
    name = next((one for one in sizes if _has(given, one)), None)
    size = _whole(given[name], f"'{name}' should be a number") if name else None
    if number is None or size is None:
        return None
    if number < 0 or size < 1 or number * size >= _MOST_ROWS:
        raise bad_request("'page' counts from 0, and a page has 1 row or more.")
    return Page(size, number * size)


def _has(given: Mapping[str, Any], name: str) -> bool:
    return given.get(name) is not None


def _whole(value: Any, told: str) -> int:
    if not isinstance(value, bool) and _NUMBER.fullmatch(str(value)):
        return int(value)
    raise bad_request(told)
