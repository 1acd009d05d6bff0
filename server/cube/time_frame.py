"""What a question says of time: the calendar of its hierarchy, and the days that its cuts leave."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from typing import Any

from server.calendars.calendar import Calendar
from server.calendars.months import gregorian
from server.calendars.period import CalendarPeriod, Grain, Names
from server.calendars.weeks import iso_weeks
from server.cube.calendar_parts import CalendarPart, calendar_of, grains_of
from server.cube.calendar_sql import FIRST_DAY, LAST_DAY
from server.cube.cell import Cut, ScopedCell
from server.cube.drilldown import Drill
from server.cube.elements import Attribute, Dimension, Hierarchy
from server.cube.key_values import parts_of
from server.cube.time_paths import path_of, span
from server.errors import InvalidInput

Days = tuple[date, date]

GREGORIAN = gregorian("gregorian", Names("Calendar", "日历"))
ISO = iso_weeks("iso", Names("ISO weeks", "ISO 周历"))
_GRAINS: Mapping[str, tuple[Calendar, Grain]] = {
    "year": (GREGORIAN, "year"),
    "quarter": (GREGORIAN, "quarter"),
    "month": (GREGORIAN, "month"),
    "day": (GREGORIAN, "day"),
    "date": (GREGORIAN, "day"),
    "iso_year": (ISO, "year"),
    "iso_week": (ISO, "week"),
    "iso_weekday": (ISO, "day"),
}
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class TimeFrame:
    """The time of a question: by which calendar, drilled how deep, which days its cuts leave."""

    dimension: Dimension
    calendar: Calendar
    drill: Drill | None
    grain: Grain | None  # of the drill-down
    runs: tuple[Days, ...]
    cell: ScopedCell  # without the cuts that the runs tell
    others: tuple[Drill, ...]  # the drill-downs of other dimensions


def time_frame(cell: ScopedCell, drills: Iterable[Drill]) -> TimeFrame:
    """The time of a cell and its drill-downs.

    Raises:
        InvalidInput: the cube has no time, or is drilled along two hierarchies of it.
    """
    time = cell.cube.time
    if time is None:
        raise InvalidInput(
            f"Cube {cell.cube.name} has no time to modify.", code="invalid_modifier", field="time"
        )
    timed = [drill for drill in drills if drill.dimension.name == time.name]
    if len(timed) > 1:
        raise InvalidInput(
            "Modifiers and comparisons go along one hierarchy of time; the drill-down has "
            f"{len(timed)}.",
            code="invalid_modifier",
            field="drilldown",
        )
    drill = next(iter(timed), None)
    cuts = [cut for cut in cell.cuts if cut.dimension == time.name and not cut.attribute]
    calendar, grains = calendar_along(drill.hierarchy if drill else _hierarchy_cut(time, cuts))
    return TimeFrame(
        time,
        calendar,
        drill,
        grains[drill.depth - 1] if drill else None,
        runs_left(time, cuts),
        cell.apart_from(cuts),
        tuple(each for each in drills if each is not drill),
    )


def calendar_along(hierarchy: Hierarchy) -> tuple[Calendar, tuple[Grain, ...]]:
    """The calendar that a hierarchy of time follows, and the grain of each of its levels."""
    parts = parts_of(hierarchy)
    calendar = calendar_of(parts)
    if calendar is not None:
        return calendar, grains_of(parts)
    return _GRAINS[parts[0]][0], tuple(_GRAINS[part][1] for part in parts)


def runs_left(time: Dimension, cuts: Iterable[Cut]) -> tuple[Days, ...]:
    """The runs of days that cuts of time leave in, in time; runs that touch are one."""
    return reduce(_both, (_runs_of(time, cut) for cut in cuts), ((FIRST_DAY, LAST_DAY),))


def attributes_at(drill: Drill, period: CalendarPeriod, language: str) -> dict[str, Any]:
    """What a drill-down of time answers of a period, by the names of its outputs."""
    return {
        attribute.ref: _attribute_at(attribute, period.first, language)
        for level in drill.levels
        for attribute in level.attributes
    }


def _attribute_at(attribute: Attribute, day: date, language: str) -> Any:
    part = attribute.part
    if not isinstance(part, CalendarPart):
        return path_of((part,), day)[0]
    period = part.calendar.containing(day, part.grain)
    if period is None:
        return None
    return period.names.in_language(language) if part.is_label else period.number


def _hierarchy_cut(time: Dimension, cuts: Iterable[Cut]) -> Hierarchy:
    names = {cut.hierarchy for cut in cuts}
    hierarchy = time.hierarchy(names.pop()) if len(names) == 1 else None
    return hierarchy or time.default_hierarchy


def _runs_of(time: Dimension, cut: Cut) -> tuple[Days, ...]:
    hierarchy = time.hierarchy(cut.hierarchy)
    parts = parts_of(hierarchy) if hierarchy else ()
    if cut.kind == "range":
        first = span(parts, cut.paths[0])[0] if cut.paths[0] else FIRST_DAY
        last = span(parts, cut.paths[1])[1] if cut.paths[1] else LAST_DAY
        found = [(first, last)] if first <= last else []
    else:
        paths = [path for path in cut.paths if None not in path]
        found = [span(parts, path) if path else (FIRST_DAY, LAST_DAY) for path in paths]
    merged = _merged(found)
    return _complement(merged) if cut.is_negated else merged


def _merged(runs: Iterable[Days]) -> tuple[Days, ...]:
    merged: list[Days] = []
    for first, last in sorted(runs):
        if merged and first <= merged[-1][1] + _DAY:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, last))
    return tuple(merged)


def _complement(runs: Iterable[Days]) -> tuple[Days, ...]:
    left: list[Days] = []
    begin = FIRST_DAY
    for first, last in runs:
        if begin < first:
            left.append((begin, first - _DAY))
        begin = max(begin, last + _DAY)
    return (*left, (begin, LAST_DAY)) if begin <= LAST_DAY else tuple(left)


def _both(ones: Iterable[Days], others: Iterable[Days]) -> tuple[Days, ...]:
    found = (
        (max(one[0], other[0]), min(one[1], other[1])) for one in ones for other in list(others)
    )
    return _merged(run for run in found if run[0] <= run[1])
