"""The figures of a slice, from the cells that were asked: values, shares, changes, growth."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from server.cube.cube_model import CubeModel
from server.cube.cuts import Cut
from server.cube.marks import share
from server.cube.modified import CARRIED
from server.indicators.absence import Absence, Figure
from server.indicators.trend import Change, change
from server.periods import Period
from server.scorecards.arrival import Arrival, Within, absence_of, arrival, arrival_between
from server.scorecards.figures import figures_in
from server.slices.along_time import ALONG, operand, output_of
from server.slices.explained import within_cuts
from server.slices.grains import Cell, Grains
from server.slices.measures import Measured
from server.slices.question import GROWTHS, Axis, Show, SliceQuestion
from server.slices.result import Kind, Path, Paths
from server.slices.times import Days, days_at, days_of, is_time, path_at, period_at
from server.slices.times import single_period as _single_period
from server.snapshot import Snapshot

Depths = tuple[int, int]  # how many row axes and column axes a grain names


@dataclass(frozen=True)
class Spot:
    """A place in the table: members of the first row axes and of the first column axes."""

    rows: Paths
    columns: Paths
    kind: Kind = "cell"  # `others` is everything outside the top, with no row paths

    @property
    def depths(self) -> Depths:
        """The grain at which it is asked."""
        return len(self.rows), len(self.columns)

    @property
    def key(self) -> Paths:
        """Its members in the order of the axes."""
        return self.rows + self.columns


@dataclass
class Known:
    """What has been asked so far; figures are worked out of it exactly."""

    question: SliceQuestion
    cube: CubeModel
    cuts: tuple[Cut, ...]
    snapshot: Snapshot
    grains: Grains
    values: tuple[Measured, ...]
    cells: dict[Depths, dict[Paths, Cell]] = field(default_factory=dict)
    before: dict[Depths, dict[Paths, Cell]] = field(default_factory=dict)
    others: dict[int, dict[Paths, Cell]] = field(default_factory=dict)
    others_before: dict[int, dict[Paths, Cell]] = field(default_factory=dict)

    @cached_property
    def aggregates(self) -> tuple[str, ...]:
        """Every aggregate that any value needs."""
        return tuple(sorted({name for one in self.values for name in one.aggregates}))

    @cached_property
    def days(self) -> Days:
        """The days that the cuts leave in."""
        return days_of(self.cube, self.cuts)

    @cached_property
    def single_period(self) -> Period | None:
        """The one period to which the cuts confine the slice."""
        return _single_period(self.cube, self.cuts)

    def value(self, measured: Measured, spot: Spot) -> Figure:
        """The figure of a value at a spot."""
        return self._figure(measured, self._cell(spot), self.days_at(spot), self.within(spot))

    def share(self, measured: Measured, spot: Spot) -> Figure:
        """The part of the parent: of the row above in the tree, in the same column."""
        if not measured.is_additive:
            return Absence.NOT_APPLICABLE
        return share(self.value(measured, spot), self.value(measured, parent(spot)))

    def change(self, measured: Measured, spot: Spot) -> Change:
        """The change on the period before."""
        now, earlier = self._compared(measured, spot)
        return change(now, earlier, measured.unit, measured.direction)

    def along(self, measured: Measured, show: Show, spot: Spot) -> Figure:
        """A figure along time: to date, of a year earlier, or the change since then."""
        cell, words = self._cell(spot), ALONG[show]
        now, earlier = (
            measured.figure(
                {
                    name: operand(cell, name, words, is_earlier=is_earlier)
                    for name in measured.aggregates
                }
            )
            for is_earlier in (False, True)
        )
        if not words.is_change:
            return earlier if words.is_earlier else now
        told = change(now, earlier, measured.unit, measured.direction)
        return told.relative if show in GROWTHS else told.absolute

    def carried(self, measured: Measured, show: Show, spot: Spot) -> date | None:
        """The oldest day of a stock in a figure that was carried on from before its own days."""
        days = [
            day
            for name in measured.aggregates
            for cell, output in self._sources(name, show, spot)
            if (day := cell.get(CARRIED, {}).get(output))
        ]
        return min(days, default=None)

    @cached_property
    def may_carry(self) -> bool:
        """Whether any stock here is carried on from earlier periods."""
        return any(self.cube.aggregate(name).carry for name in self.aggregates)

    def _sources(self, name: str, show: Show, spot: Spot) -> Iterator[tuple[Cell, str]]:
        """The cells that a figure is worked out of, and what they call an aggregate."""
        cell = self._cell(spot)
        if show in ALONG:
            along = ALONG[show]
            sides = (False, True) if along.is_change else (along.is_earlier,)
            for is_earlier in sides:
                yield cell, output_of(name, along, is_earlier=is_earlier)
            return
        yield cell, name
        if show == "share":
            yield self._cell(parent(spot)), name
        elif show != "value" and (period := self.period(spot)) is not None:
            yield self._cell_before(spot, period.previous()), name

    def days_at(self, spot: Spot) -> Days:
        """The days that a spot is about."""
        days = self.days
        for axis, path in self.timed(spot):
            days = days.within(days_at(self.grains.hierarchy(axis), path))
        return days

    def within(self, spot: Spot) -> Within:
        """Whose facts a spot is about, as far as it says it along default hierarchies."""
        asked = self._asked
        for axis, path in zip(self.axes(spot.depths), spot.key, strict=False):
            dimension = self.cube.dimension(axis.dimension)
            is_default = axis.hierarchy == dimension.default_hierarchy.name
            if is_default and path and not is_time(self.cube, axis.dimension):
                told = tuple(None if key is None else str(key) for key in path)
                asked = asked.and_also(axis.dimension, [told])
        return asked

    @cached_property
    def _asked(self) -> Within:
        return within_cuts(self.grains.browser.cell(self.question.cuts))

    def timed(self, spot: Spot) -> list[tuple[Axis, Path]]:
        """The axes of time that a spot names, with its members of them."""
        return [
            (axis, path)
            for axis, path in zip(self.axes(spot.depths), spot.key, strict=False)
            if is_time(self.cube, axis.dimension)
        ]

    def axes(self, depths: Depths) -> tuple[Axis, ...]:
        """The axes of a grain."""
        return self.question.rows[: depths[0]] + self.question.columns[: depths[1]]

    def period(self, spot: Spot) -> Period | None:
        """The period whose change can be told: of the axis of time, else of the cut."""
        timed = self.timed(spot)
        if not timed:
            return self.single_period
        if len({(axis.dimension, axis.hierarchy) for axis, _ in timed}) > 1:
            return None
        periods = [period_at(self.grains.hierarchy(axis), path) for axis, path in timed]
        found = [one for one in periods if one]
        return min(found, key=lambda one: one.days) if len(found) == len(periods) else None

    def moved(self, spot: Spot, period: Period) -> Paths:
        """The key of the spot with its axes of time moved to another period."""
        key = list(spot.key)
        for index, axis in enumerate(self.axes(spot.depths)):
            if index < len(key) and is_time(self.cube, axis.dimension):
                hierarchy = self.grains.hierarchy(axis)
                key[index] = path_at(hierarchy, len(key[index]), period.first_day)
        return tuple(key)

    def _compared(self, measured: Measured, spot: Spot) -> tuple[Figure, Figure]:
        period = self.period(spot)
        if period is None or (spot.kind == "others" and self._is_top_of_time()):
            return Absence.NOT_APPLICABLE, Absence.NOT_APPLICABLE
        now: Figure = self.value(measured, spot)
        if not isinstance(now, Absence) and not self._is_whole(period, spot):
            now = Absence.PARTIAL
        earlier = period.previous()
        cell = self._cell_before(spot, earlier)
        days = Days(earlier.first_day, earlier.last_day)
        before = self._figure(measured, cell, days, self.within(spot))
        return now, before

    def _cell(self, spot: Spot) -> Cell:
        """What was answered of a spot; nothing where it has no facts."""
        if spot.kind == "others":
            cells = self.others.get(len(spot.columns), {})
        else:
            cells = self.cells.get(spot.depths, {})
        return cells.get(spot.key, {})

    def _cell_before(self, spot: Spot, earlier: Period) -> Cell:
        """What was answered of a spot in an earlier period."""
        if spot.kind == "others":
            cells = self.others_before.get(len(spot.columns), {})
        else:
            cells = self.before.get(spot.depths, {})
        return cells.get(self.moved(spot, earlier), {})

    def _is_top_of_time(self) -> bool:
        """Whether the others are periods themselves: then none comes before all of them."""
        return is_time(self.cube, self.question.rows[0].dimension)

    def _is_whole(self, period: Period, spot: Spot) -> bool:
        arrived = arrival(period, self.snapshot, self.cube.fact.name, self.within(spot))
        return self.days.holds(period) and arrived is Arrival.WHOLE

    def _figure(self, measured: Measured, cell: Cell, days: Days, asked: Within) -> Figure:
        if days.first and days.last and days.first > days.last:
            return Absence.NOT_APPLICABLE  # a member of time that the cuts leave out
        absent = self._absent(days, asked)
        if absent is not None:
            return measured.figure(dict.fromkeys(measured.aggregates, absent))
        return measured.figure(figures_in(cell, self.cube, measured.aggregates))

    def _absent(self, days: Days, asked: Within) -> Absence | None:
        """Why there are no figures of some days; of those that are loaded, if any is."""
        table = self.cube.fact.name
        loaded = Days(self.snapshot.first_dates.get(table), self.snapshot.watermarks.get(table))
        both = days.within(loaded)
        found = both if both.first and both.last and both.first <= both.last else days
        begin = found.first or found.last or date(1970, 1, 1)
        arrived = arrival_between(begin, found.last or begin, self.snapshot, table, asked)
        return absence_of(arrived)


def parent(spot: Spot) -> Spot:
    """The spot of which another is a part; the whole is its own parent."""
    if spot.kind == "others":
        return Spot((), spot.columns)
    if spot.rows:
        return Spot(spot.rows[:-1], spot.columns)
    return Spot((), spot.columns[:-1])
