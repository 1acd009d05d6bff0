"""Cuts as Cubes writes them, and what is known of the members that they name."""

from collections.abc import Iterable, Mapping
from typing import Any

from server.cube.browser import ClickHouseBrowser
from server.cube.cell import ScopedCell
from server.cube.cuts import Cut, Path
from server.cube.elements import Hierarchy, Level
from server.cube.key_values import key_text
from server.cube.statement import Page

_Found = Mapping[Path, dict[str, Any]]


def cut_words(cut: Cut) -> dict[str, Any]:
    """A cut; the values of its paths are texts, as they stand in an address."""
    paths: dict[str, Any] = {"paths": [_texts(path) for path in cut.paths]}
    if cut.kind == "point":
        paths = {"path": _texts(cut.paths[0])}
    if cut.kind == "range":
        paths = {"from": _texts(cut.paths[0]), "to": _texts(cut.paths[1])}
    return {
        "type": cut.kind,
        "dimension": cut.dimension,
        **({"attribute": cut.attribute} if cut.attribute else {}),
        "hierarchy": cut.hierarchy or None,
        "level_depth": cut.depth,
        "invert": cut.is_negated,
        "hidden": False,
        **paths,
    }


def cell_words(browser: ClickHouseBrowser, cell: ScopedCell) -> dict[str, Any]:
    """The cuts of a cell, each with the details of the members that it names."""
    cuts = [{**cut_words(cut), "details": details(browser, cut)} for cut in cell.cuts]
    return {"cube": browser.model.name, "cuts": cuts}


def details(browser: ClickHouseBrowser, cut: Cut) -> Any:
    """What is known of each path of a cut, level by level; None of one that no fact has."""
    if cut.attribute:
        return None
    hierarchy = browser.model.dimension(cut.dimension).hierarchy(cut.hierarchy)
    assert hierarchy is not None  # noqa: S101  the cut has been read
    found = _members(browser, cut, hierarchy)
    told = [_levels(path, hierarchy, found) for path in cut.paths]
    if cut.kind == "range":
        return {"from": told[0], "to": told[1]}
    return told[0] if cut.kind == "point" else told


def _members(browser: ClickHouseBrowser, cut: Cut, hierarchy: Hierarchy) -> _Found:
    """The members that the paths name, asked for once for each depth."""
    by_depth: dict[int, list[Path]] = {}
    for path in dict.fromkeys(cut.paths):
        by_depth.setdefault(len(path), []).append(path)
    found: dict[Path, dict[str, Any]] = {}
    for depth, paths in by_depth.items():
        if depth:
            named = Cut(cut.dimension, cut.hierarchy, "set", tuple(paths))
            keys = [level.key.ref for level in hierarchy.levels[:depth]]
            for row in _asked(browser, named, depth, len(paths)):
                found[tuple(row[ref] for ref in keys)] = row
    return found


def _asked(
    browser: ClickHouseBrowser, named: Cut, depth: int, number: int
) -> Iterable[dict[str, Any]]:
    return browser.members(
        [named],
        named.dimension,
        depth=depth,
        hierarchy=named.hierarchy,
        page=Page(number + 1),
    )


def _levels(path: Path, hierarchy: Hierarchy, found: _Found) -> list[dict[str, Any]] | None:
    row = found.get(path)
    if row is None:
        return None
    return [_level(level, row) for level in hierarchy.levels[: len(path)]]


def _level(level: Level, row: Mapping[str, Any]) -> dict[str, Any]:
    told = {attribute.ref: row[attribute.ref] for attribute in level.attributes}
    return {**told, "_key": row[level.key.ref], "_label": row[level.label.ref]}


def _texts(path: Path) -> list[str | None]:
    return [None if key is None else key_text(key) for key in path]
