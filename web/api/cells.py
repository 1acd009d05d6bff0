"""A cell in words: its cuts as they were understood, and who the members in them are."""

from collections.abc import Iterable, Mapping
from typing import Any

from server.cube.browser import ClickHouseBrowser
from server.cube.cuts import Cut, Path
from server.cube.elements import Hierarchy

Member = list[dict[str, Any]]


def cut_details(browser: ClickHouseBrowser, cut: Cut) -> object:
    """What is known of a cut's members, level by level; null for one without facts in sight.

    Of a point its member, of a set a list of them, of a range `from` and `to`; of a cut on an
    attribute nothing.
    """
    if cut.attribute:
        return None
    known = _members(browser, cut)
    told = [known.get(path) for path in cut.paths]
    if cut.kind == "range":
        return {"from": told[0], "to": told[1]}
    return told if cut.kind == "set" else told[0]


def _members(browser: ClickHouseBrowser, cut: Cut) -> Mapping[Path, Member]:
    """The members at the cut's paths, one question for each depth of them."""
    hierarchy = browser.model.dimension(cut.dimension).hierarchy(cut.hierarchy)
    found: dict[Path, Member] = {}
    for depth in sorted({len(path) for path in cut.paths} - {0}):
        paths = tuple(path for path in cut.paths if len(path) == depth)
        cell = [Cut(cut.dimension, cut.hierarchy, "set", paths)]
        rows = browser.members(cell, cut.dimension, depth=depth, hierarchy=cut.hierarchy)
        if hierarchy is not None:
            found |= _by_path(hierarchy, depth, rows)
    return found


def _by_path(
    hierarchy: Hierarchy, depth: int, rows: Iterable[Mapping[str, Any]]
) -> dict[Path, Member]:
    levels = hierarchy.levels[:depth]
    return {
        tuple(row[level.key.ref] for level in levels): [
            {
                **{one.ref: row[one.ref] for one in level.attributes},
                "_key": row[level.key.ref],
                "_label": row[level.label.ref],
            }
            for level in levels
        ]
        for row in rows
    }
