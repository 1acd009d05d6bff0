"""All facts of a cell, page by page, however many there are.

The cell is walked along its days, each page a question of its own at the same snapshot: neither
the engine nor this process ever holds more than a page.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from server.cube.browser import ClickHouseBrowser
from server.cube.cube_model import CubeModel
from server.cube.elements import Aggregate, Function, Hierarchy

PAGE = 10_000
Row = dict[str, Any]


def fact_pages(
    browser: ClickHouseBrowser, cuts: Sequence[str], fields: Sequence[str]
) -> Iterator[list[Row]]:
    """The facts in the order of time; within a stretch of days in that of loads and rows."""
    for stretch in _stretches(browser, cuts):
        number = 0
        while True:
            rows = browser.facts(
                [*cuts, *stretch], fields=fields, page=number, page_size=_page_size(browser)
            )
            page = [dict(row) for row in rows]
            if page:
                yield page
            if len(page) < _page_size(browser):
                break
            number += 1


def _page_size(browser: ClickHouseBrowser) -> int:
    return min(PAGE, browser.limits.facts)


def _stretches(browser: ClickHouseBrowser, cuts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Cuts to successive days that hold about a page; no cut at all for a cube without time."""
    time, count = browser.model.time, _count(browser.model)
    if time is None or count is None:
        yield ()
        return
    along = time.default_hierarchy
    found = browser.aggregate(
        list(cuts),
        aggregates=[count.name],
        drilldown=f"{time.name}@{along.name}:{along.levels[-1].name}",
        summary=False,
    )
    first = last = ""
    held = 0
    for cell in found.cells:
        path, facts = _path(along, cell), cell[count.name]
        if first and held + facts > _page_size(browser):
            yield (f"{time.name}@{along.name}:{first}-{last}",)
            first, held = "", 0
        first, last, held = first or path, path, held + facts
    if first:
        yield (f"{time.name}@{along.name}:{first}-{last}",)


def _count(cube: CubeModel) -> Aggregate | None:
    """The aggregate that counts every fact."""
    counts = (one for one in cube.aggregates if one.function is Function.COUNT and not one.where)
    return next(counts, None)


def _path(along: Hierarchy, cell: Row) -> str:
    return ",".join(str(cell[level.key.ref]) for level in along.levels)
