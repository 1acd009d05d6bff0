"""What frames every screen: the slice in words, the pickers, what the figures are based on."""

from server.access import Person
from server.cube.browser import Cubes
from server.errors import NotFound
from server.periods import Period, last_full_period
from server.runtime import Runtime
from server.scorecards.slicing import Cuts
from server.scorecards.views import Filter, Frame, Member, Picker, Slice
from server.snapshot import Snapshot

PICKED = ("organisation", "region")


def default_period(runtime: Runtime, snapshot: Snapshot, table: str) -> Period:
    """The last full month of a fact table; this month of the clock when nothing is loaded."""
    watermark = snapshot.watermarks.get(table)
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
) -> Frame:
    """Put together what a screen of one leading cube says about its figures."""
    cube = runtime.cubes.model.cubes[cube_name]
    table = cube.fact_table
    pickers = tuple(
        _picker(runtime.cubes, cube_name, name, cuts, person, language, snapshot)
        for name in PICKED
        if name in cube.dimension_names
    )
    return Frame(
        slice=Slice(period, _filters(pickers, cuts)),
        periods=_periods(period, snapshot, table),
        pickers=pickers,
        snapshot=snapshot,
        data_to=snapshot.watermarks.get(table),
        model_version=runtime.cubes.model.version,
    )


def _picker(
    cubes: Cubes,
    cube_name: str,
    dimension: str,
    cuts: Cuts,
    person: Person,
    language: str,
    snapshot: Snapshot,
) -> Picker:
    browser = cubes.browser(cube_name, snapshot, person.scope, language)
    spec = cubes.model.cubes[cube_name].dimension(dimension)
    members = browser.tree(dimension)
    return Picker(
        dimension,
        spec.labels.in_language(language),
        tuple(Member(dimension, one.path, one.label, one.has_children) for one in members),
        cuts.path(dimension),
    )


def _filters(pickers: tuple[Picker, ...], cuts: Cuts) -> tuple[Filter, ...]:
    by_dimension = {picker.dimension: picker for picker in pickers}
    return tuple(
        Filter(name, by_dimension[name].label, _trail(by_dimension[name], path))
        for name, path in cuts.paths
        if name in by_dimension
    )


def _trail(picker: Picker, path: tuple[str | None, ...]) -> tuple[Member, ...]:
    known = {member.path: member for member in picker.members}
    steps = [path[: depth + 1] for depth in range(len(path))]
    if path not in known:
        raise NotFound(
            f"{picker.label} has no member {','.join(map(str, path))!r} that you may see.",
            field=picker.dimension,
            allowed=[",".join(map(str, one)) for one in known if len(one) == 1],
        )
    return tuple(known[step] for step in steps if step in known)


def _periods(period: Period, snapshot: Snapshot, table: str) -> tuple[Period, ...]:
    first, last = snapshot.first_dates.get(table), snapshot.watermarks.get(table)
    if first is None or last is None:
        return ()
    found = [Period.containing(first, period.kind)]
    while found[-1].last_day < last:
        found.append(found[-1].next())
    return tuple(found)
