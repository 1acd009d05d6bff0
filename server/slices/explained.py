"""Why a figure of a cube's cell is not a number, for rows as the browser answers them.

A cell that holds no fact counts 0 only where its days have arrived; else its figures are absent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from server.arrivals.coverage import Coverage
from server.cube.browser import ClickHouseBrowser
from server.cube.cell import ScopedCell
from server.cube.drilldown import Drill, parse_drilldown
from server.cube.elements import Aggregate, DimensionKind
from server.cube.marked import ABSENCES
from server.indicators.absence import Absence
from server.scorecards.arrival import (
    ALL,
    Within,
    absence_of,
    arrival_between,
    coverage_of,
)
from server.scorecards.figures import of_nothing
from server.slices.times import Days, days_at, days_of

Row = Mapping[str, Any]

_FIRST, _LAST = date(1900, 1, 1), date(2299, 12, 31)


@dataclass(frozen=True)
class Explained:
    """Tells of each row of one answer which figures are absent, and why."""

    browser: ClickHouseBrowser
    cell: ScopedCell
    drilldown: Sequence[str] = ()

    def row(self, row: Row) -> dict[str, Any]:
        """The row; where figures are absent they are null, and `absences` says why."""
        absences = self.absences(row)
        if not absences:
            return dict(row)
        told = {name: None if name in absences else value for name, value in row.items()}
        known = row.get(ABSENCES, {})  # of what is worked out from several cells
        return {**told, ABSENCES: {**known, **{n: str(one) for n, one in absences.items()}}}

    def absences(self, row: Row) -> dict[str, Absence]:
        """The reason for each aggregate of a row that is no number."""
        names = [name for name in row if name in self._aggregates]
        figures = [row[name] for name in names]
        has_facts = any(figures)
        if has_facts and None not in figures:
            return {}  # nearly every row
        reason = None if has_facts else self._not_arrived(row)
        if reason is not None:
            return dict.fromkeys(names, reason)
        lacking = [name for name, figure in zip(names, figures, strict=True) if figure is None]
        return {name: _of_nothing(self._aggregates[name]) for name in lacking}

    def coverage(self) -> Coverage | None:
        """How much has arrived of what the contracts expect of the whole cell."""
        days = days_of(self.browser.model, self.cell.cuts).within(self._loaded)
        if days.first is None or days.last is None:
            return None
        return coverage_of(self.browser.snapshot, self._table, days.first, days.last, self._within)

    def _not_arrived(self, row: Row) -> Absence | None:
        days = days_of(self.browser.model, self.cell.cuts)
        for drill in self._timed:
            path = tuple(row.get(level.key.ref) for level in drill.levels)
            days = days.within(days_at(drill.hierarchy, path))
        snapshot, begin, end = self.browser.snapshot, days.first or _FIRST, days.last or _LAST
        if begin > end:
            return Absence.NOT_APPLICABLE
        return absence_of(arrival_between(begin, end, snapshot, self._table, self._within))

    @property
    def _table(self) -> str:
        return self.browser.model.fact.name

    @property
    def _loaded(self) -> Days:
        snapshot = self.browser.snapshot
        last = snapshot.watermarks.get(self._table)
        return Days(snapshot.first_dates.get(self._table), last)

    @cached_property
    def _aggregates(self) -> Mapping[str, Aggregate]:
        return {one.name: one for one in self.browser.model.aggregates}

    @cached_property
    def _timed(self) -> tuple[Drill, ...]:
        drills = parse_drilldown(self.cell, list(self.drilldown))
        return tuple(one for one in drills if one.dimension.kind is DimensionKind.TIME)

    @cached_property
    def _within(self) -> Within:
        return within_cuts(self.cell)


def within_cuts(cell: ScopedCell) -> Within:
    """Whose facts a cell asks for, as far as its cuts say it along default hierarchies."""
    asked = ALL
    for cut in (*cell.cuts, *cell.scope_cuts):
        dimension = cell.cube.dimension(cut.dimension)
        if cut.kind == "range" or cut.is_negated or dimension.kind is DimensionKind.TIME:
            continue
        if cut.hierarchy == dimension.default_hierarchy.name:
            paths = [tuple(None if k is None else str(k) for k in path) for path in cut.paths]
            asked = asked.and_also(cut.dimension, paths)
    return asked


def _of_nothing(aggregate: Aggregate) -> Absence:
    found = of_nothing(aggregate)
    return found if isinstance(found, Absence) else Absence.NOT_APPLICABLE
