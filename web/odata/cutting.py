"""Filters as cuts of the cube.

A part of a filter that is about one dimension becomes a cut: known keys and days at once, anything
else by asking which members of the dimension are as it says. What is left is judged row by row,
where the rows show what it is about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from server.cube.browser import ClickHouseBrowser
from server.cube.cube_model import CubeModel
from server.cube.cuts import MOST_PATHS, Path, path_text
from server.cube.elements import Dimension, DimensionKind, Hierarchy
from server.errors import LimitReached
from web.odata.judging import is_so
from web.odata.known_members import all_members
from web.odata.known_values import key_cut, span_cut
from web.odata.sets import EntitySet, Property
from web.odata.tree import Call, Expression, Name, conjuncts, mapped, names_in

_NEVER = 2299  # the last year that facts can be of


@dataclass(frozen=True)
class Narrowed:
    """A filter as cuts, and what is left of it for the rows."""

    cuts: tuple[str, ...] = ()
    left: tuple[Expression, ...] = ()


def narrowed(browser: ClickHouseBrowser, asked: EntitySet, filters: Expression | None) -> Narrowed:
    """The cuts that a filter over attributes comes to; parts about several dimensions are left."""
    cuts: list[str] = []
    left: list[Expression] = []
    for part in conjuncts(filters):
        known = {name: attribute_of(name, asked, browser.model) for name in names_in(part)}
        found = _cuts(browser, known, part)
        if found is None:
            left.append(part)
        else:
            cuts += found
    return Narrowed(tuple(cuts), tuple(left))


def attribute_of(name: str, asked: EntitySet, cube: CubeModel) -> Property | None:
    """The attribute of a dimension that a property is, or that a fact column holds the key of."""
    found = asked.by_name[name]
    if found.role == "attribute":
        return found
    for dimension in cube.dimensions if found.role == "field" else ():
        column, lowest = dimension.fact_column, dimension.default_hierarchy.levels[-1]
        if column is None or column.name != found.ref or dimension.is_spread:
            continue
        ref = lowest.key.ref
        if dimension.kind is DimensionKind.TIME:
            ref = next((one.ref for one in lowest.attributes if one.part == "date"), "")
        return replace(found, ref=ref, dimension=dimension.name, level=lowest.name) if ref else None
    return None


def _cuts(
    browser: ClickHouseBrowser, known: Mapping[str, Property | None], part: Expression
) -> list[str] | None:
    properties = {name: one for name, one in known.items() if one is not None}
    names = {one.dimension for one in properties.values()}
    if len(properties) < len(known) or len(names) != 1:
        return None
    dimension = browser.model.dimension(names.pop())
    part, shown = _by_parts_of_days(dimension, part, properties)
    quick = span_cut(dimension, shown, part) or key_cut(dimension, shown, part)
    if quick is not None:
        return [quick]
    along = _along(dimension, shown)
    return None if along is None else _of_members(browser, dimension, *along, shown, part)


def _by_parts_of_days(
    dimension: Dimension, part: Expression, properties: Mapping[str, Property]
) -> tuple[Expression, Mapping[str, Property]]:
    """The year of a day is a level of its own, which has far fewer members than there are days."""
    levels = {
        attribute.part: (level, attribute)
        for level in reversed(dimension.default_hierarchy.levels)
        for attribute in level.attributes
        if dimension.kind is DimensionKind.TIME
    }
    found = dict(properties)

    def change(one: Expression) -> Expression:
        match one:
            case Call(function, (Name(name),)) if function in levels and name in properties:
                level, attribute = levels[function]
                named = f"{function} of {name}"
                found[named] = replace(properties[name], ref=attribute.ref, level=level.name)
                return Name(named)
            case _:
                return one

    changed = mapped(part, change)
    named = set(names_in(changed))
    return changed, {name: one for name, one in found.items() if name in named}


def _along(
    dimension: Dimension, properties: Mapping[str, Property]
) -> tuple[Hierarchy, int] | None:
    """The hierarchy that shows all of the properties, and how deep."""
    levels = {one.level for one in properties.values()}
    for hierarchy in dimension.hierarchies:
        depths = [hierarchy.depth_of(level) for level in levels]
        if all(depths):
            return hierarchy, max(depths)
    return None


def _of_members(
    browser: ClickHouseBrowser,
    dimension: Dimension,
    hierarchy: Hierarchy,
    depth: int,
    properties: Mapping[str, Property],
    part: Expression,
) -> list[str]:
    """Cuts to the members that are as the part says."""
    rows = all_members(browser, dimension, hierarchy, depth)
    refs = [level.key.ref for level in hierarchy.levels[:depth]]
    paths = [tuple(row[ref] for ref in refs) for row in rows]
    chosen = [
        place
        for place, row in enumerate(rows)
        if is_so(part, {name: row[one.ref] for name, one in properties.items()})
    ]
    head = f"{dimension.name}@{hierarchy.name}"
    if len(chosen) == len(rows):
        return []
    if not chosen:
        return _nothing(hierarchy, head, paths[0])
    return [f"{head}:{_paths_text(dimension, paths, chosen)}"]


def _nothing(hierarchy: Hierarchy, head: str, path: Path) -> list[str]:
    """Cuts that leave nothing: a time that has not come, or within a member and outside it."""
    if hierarchy.levels[0].key.part in ("year", "iso_year"):
        return [f"{head}:{_NEVER}-"]
    return [f"{head}:{path_text(path)}", f"!{head}:{path_text(path)}"]


def _paths_text(dimension: Dimension, paths: Sequence[Path], chosen: Sequence[int]) -> str:
    first, last = chosen[0], chosen[-1]
    is_run = last - first + 1 == len(chosen) > 1
    if is_run and dimension.kind is DimensionKind.TIME:  # members of time come in order
        return f"{path_text(paths[first])}-{path_text(paths[last])}"
    once = list(dict.fromkeys(paths[place] for place in chosen))
    if len(once) > MOST_PATHS:
        raise LimitReached(
            f"The filter names more than {MOST_PATHS:,} members of {dimension.name}; filter more "
            "closely, or by a level above.",
            field="$filter",
        )
    return ";".join(path_text(path) for path in once)
