"""What frames every screen: the slice in words, the pickers, what the figures are based on."""

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any

from server.access import Person
from server.arrivals.coverage import Coverage
from server.cube.browser import Cubes
from server.cube.elements import Dimension
from server.cube.model import Model
from server.errors import NotFound
from server.indicators.definition import Indicator
from server.periods import Period, last_full_period
from server.runtime import Runtime
from server.scorecards.arrival import Within, coverage_of, within
from server.scorecards.asking import Asked
from server.scorecards.slicing import Cuts, path_text
from server.scorecards.views import Filter, Frame, Member, Picker, Slice
from server.snapshot import Snapshot

PICKED = ("organisation", "region")

Path = tuple[str | None, ...]


def default_period(runtime: Runtime, snapshot: Snapshot, *tables: str) -> Period:
    """The last month that is full in all fact tables; that of the clock when nothing is loaded.

    Full is what the sources promised to send; without a contract, what the last event date ended.
    """
    watermark = min((day for one in tables if (day := snapshot.today(one))), default=None)
    if watermark is None:
        return Period.containing(runtime.clock().date(), "month")
    return last_full_period("month", watermark)


def frame(
    runtime: Runtime,
    person: Person,
    cube_name: str,
    period: Period,
    cuts: Cuts,
    language: str,
    snapshot: Snapshot,
    beside: Iterable[str] = (),
) -> Frame:
    """Put together what a screen says of its figures: of a leading cube, and of tables beside."""
    cube = runtime.cubes.model.cube(cube_name)
    table = cube.fact.name
    tables = tuple(dict.fromkeys((table, *beside)))
    known = [day for one in tables if (day := snapshot.watermarks.get(one))]
    pickers = tuple(
        _picker(runtime.cubes, cube_name, name, cuts, person, language, snapshot)
        for name in PICKED
        if cube.has_dimension(name)
    )
    return Frame(
        slice=Slice(period, _filters(runtime, pickers, cuts, language)),
        periods=_periods(period, snapshot, table),
        pickers=pickers,
        snapshot=snapshot,
        data_to=min(known) if len(known) == len(tables) else None,
        model_version=runtime.cubes.model.version,
        coverage=_coverage(snapshot, tables, period, within(cuts, person.scope)),
    )


def tables_of(runtime: Runtime, indicators: Iterable[Indicator]) -> tuple[str, ...]:
    """The fact tables that indicators are made of, each once."""
    cubes = (name for one in indicators for name in one.cubes)
    return tuple(dict.fromkeys(runtime.cubes.model.cube(name).fact.name for name in cubes))


def _coverage(
    snapshot: Snapshot, tables: Iterable[str], period: Period, asked: Within
) -> Coverage | None:
    days = period.first_day, period.last_day
    found = (coverage_of(snapshot, table, *days, asked) for table in tables)
    expected = [one for one in found if one is not None]
    return reduce(Coverage.plus, expected) if expected else None


def slice_of(
    runtime: Runtime, asked: Asked, cube_name: str, period: Period, snapshot: Snapshot
) -> Slice:
    """The slice of an answer without pickers: only the members that it is within are asked for."""
    cube = runtime.cubes.model.cube(cube_name)
    pickers = tuple(
        _picker_within(runtime.cubes, cube_name, name, asked, snapshot)
        for name in PICKED
        if cube.has_dimension(name) and asked.cuts.path(name)
    )
    return Slice(period, _filters(runtime, pickers, asked.cuts, asked.language))


def _picker_within(
    cubes: Cubes, cube_name: str, name: str, asked: Asked, snapshot: Snapshot
) -> Picker:
    """The members within the cut; all of them, to be named, when there are none."""
    cut = f"{name}:{path_text(asked.cuts.path(name))}"
    about = cubes, cube_name, name, asked.cuts, asked.person, asked.language, snapshot
    found = _picker(*about, within=cut)
    return found if found.members else _picker(*about)


def _picker(
    cubes: Cubes,
    cube_name: str,
    dimension: str,
    cuts: Cuts,
    person: Person,
    language: str,
    snapshot: Snapshot,
    *,
    within: str | None = None,
) -> Picker:
    browser = cubes.browser(cube_name, snapshot, person.scope, language)
    spec = cubes.model.cube(cube_name).dimension(dimension)
    return Picker(
        dimension,
        spec.labels.in_language(language),
        _tree(spec, browser.members(within, dimension)),
        cuts.path(dimension),
    )


def _tree(dimension: Dimension, leaves: Iterable[Mapping[str, Any]]) -> tuple[Member, ...]:
    """Every member above or at the leaves, each below its parent, in the order of the leaves."""
    levels = dimension.default_hierarchy.levels
    members: dict[Path, Member] = {}
    for leaf in leaves:
        path = tuple(leaf[level.key.ref] for level in levels)
        for depth, level in enumerate(levels, 1):
            key = path[:depth]
            label = leaf[level.label.ref]
            members.setdefault(
                key, Member(dimension.name, key, str(label), has_children=depth < len(levels))
            )
    return tuple(members.values())


def _filters(
    runtime: Runtime, pickers: tuple[Picker, ...], cuts: Cuts, language: str
) -> tuple[Filter, ...]:
    by_dimension = {picker.dimension: picker for picker in pickers}
    return tuple(
        _picked_filter(by_dimension[name], path)
        if name in by_dimension
        else _other_filter(runtime.cubes.model, name, path, language)
        for name, path in cuts.paths
    )


def _picked_filter(picker: Picker, path: Path) -> Filter:
    known = {member.path: member for member in picker.members}
    if path not in known:
        raise NotFound(
            f"{picker.label} has no member {path_text(path)!r} that you may see.",
            field=picker.dimension,
            allowed=[path_text(one) for one in known if len(one) == 1],
        )
    steps = [path[: depth + 1] for depth in range(len(path))]
    return Filter(
        picker.dimension, picker.label, tuple(known[step] for step in steps if step in known)
    )


def _other_filter(model: Model, dimension: str, path: Path, language: str) -> Filter:
    """A filter on a dimension without a picker; its members are named by their keys."""
    holders = [cube for cube in model.cubes.values() if cube.has_dimension(dimension)]
    if not holders:
        raise NotFound(
            f"There is no dimension {dimension!r}.",
            field="cut",
            allowed=sorted({one.name for cube in model.cubes.values() for one in cube.dimensions}),
        )
    label = holders[0].dimension(dimension).labels.in_language(language)
    trail = tuple(
        Member(dimension, path[: depth + 1], str(key) if key is not None else "—")
        for depth, key in enumerate(path)
    )
    return Filter(dimension, label, trail)


def _periods(period: Period, snapshot: Snapshot, table: str) -> tuple[Period, ...]:
    first, last = snapshot.first_dates.get(table), snapshot.watermarks.get(table)
    if first is None or last is None:
        return ()
    found = [Period.containing(first, period.kind)]
    while found[-1].last_day < last:
        found.append(found[-1].next())
    return tuple(found)
