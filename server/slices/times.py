"""PURE: time in a slice: the days that cuts and paths span, and the periods that paths are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from server.cube.calendar_parts import CalendarPart
from server.cube.cube_model import CubeModel
from server.cube.cuts import Cut, path_text
from server.cube.elements import Dimension, DimensionKind, Hierarchy
from server.cube.key_values import parts_of
from server.cube.time_paths import path_of, span
from server.periods import Kind, Period
from server.slices.result import Path

_KINDS: dict[str, Kind] = {
    "year": "year",
    "quarter": "quarter",
    "month": "month",
    "day": "day",
    "date": "day",
    "iso_week": "week",
    "iso_weekday": "day",
}


@dataclass(frozen=True)
class Days:
    """A run of days, both ends included; an end may be open."""

    first: date | None = None
    last: date | None = None

    def within(self, other: "Days") -> "Days":
        """The days that are in both; it may turn out that its first comes after its last."""
        firsts = [one for one in (self.first, other.first) if one]
        lasts = [one for one in (self.last, other.last) if one]
        return Days(max(firsts, default=None), min(lasts, default=None))

    def holds(self, period: Period) -> bool:
        """Whether the whole period is inside."""
        return (self.first is None or self.first <= period.first_day) and (
            self.last is None or period.last_day <= self.last
        )


ALL_DAYS = Days()


def days_of(cube: CubeModel, cuts: Iterable[Cut]) -> Days:
    """The days that the cuts of time leave in, without regard to gaps between them."""
    days = ALL_DAYS
    for cut in cuts:
        if is_time(cube, cut.dimension) and not cut.is_negated:
            days = days.within(_days_of_cut(cube, cut))
    return days


def is_time(cube: CubeModel, dimension: str) -> bool:
    """Whether a dimension is one of time."""
    return cube.dimension(dimension).kind is DimensionKind.TIME


def days_at(hierarchy: Hierarchy, path: Path) -> Days:
    """The days of a path of time."""
    if not path or None in path:
        return ALL_DAYS
    return Days(*span(parts_of(hierarchy)[: len(path)], path))


def period_at(hierarchy: Hierarchy, path: Path) -> Period | None:
    """The period that a path of time is; None where it is none, such as an ISO year."""
    if not path or None in path:
        return None
    kind = _KINDS.get(parts_of(hierarchy)[len(path) - 1])
    days = days_at(hierarchy, path)
    if kind is None or days.first is None:
        return None
    period = Period.containing(days.first, kind)
    return period if Days(period.first_day, period.last_day) == days else None


def calendar_label(hierarchy: Hierarchy, path: Path, language: str) -> str | None:
    """What a calendar of the model calls the period at a path; None where it is of none."""
    day = days_at(hierarchy, path).first
    part = parts_of(hierarchy)[len(path) - 1]
    if day is None or not isinstance(part, CalendarPart):
        return None
    period = part.calendar.containing(day, part.grain)
    return period.names.in_language(language) if period else None


def path_at(hierarchy: Hierarchy, depth: int, day: date) -> Path:
    """The path, so many levels deep, of the member of time that holds a day."""
    return path_of(parts_of(hierarchy), day)[:depth]


def cut_to(dimension: Dimension, days: Days) -> str:
    """The cut that leaves these days in, as text."""
    hierarchy = dimension.default_hierarchy
    parts = parts_of(hierarchy)
    ends = [path_text(path_of(parts, day)) if day else "" for day in (days.first, days.last)]
    return f"{dimension.name}@{hierarchy.name}:{'-'.join(ends)}"


def single_period(cube: CubeModel, cuts: Iterable[Cut]) -> Period | None:
    """The one period to which the cuts of time confine a slice, if it is one."""
    timed = [cut for cut in cuts if is_time(cube, cut.dimension)]
    if len(timed) != 1 or timed[0].is_negated:
        return None
    cut = timed[0]
    if cut.kind == "range":
        return _as_period(_days_of_cut(cube, cut))
    hierarchy = cube.dimension(cut.dimension).hierarchy(cut.hierarchy)
    return period_at(hierarchy, cut.paths[0]) if hierarchy and len(cut.paths) == 1 else None


def _as_period(days: Days) -> Period | None:
    if days.first is None or days.last is None:
        return None
    kinds: tuple[Kind, ...] = ("day", "week", "month", "quarter", "year")
    found = (Period.containing(days.first, kind) for kind in kinds)
    return next((one for one in found if Days(one.first_day, one.last_day) == days), None)


def _days_of_cut(cube: CubeModel, cut: Cut) -> Days:
    hierarchy = cube.dimension(cut.dimension).hierarchy(cut.hierarchy)
    if hierarchy is None:
        return ALL_DAYS
    each = [days_at(hierarchy, path) for path in cut.paths]
    if cut.kind == "range":
        return Days(each[0].first, each[1].last)
    if ALL_DAYS in each:
        return ALL_DAYS
    return Days(
        min(one.first for one in each if one.first), max(one.last for one in each if one.last)
    )
