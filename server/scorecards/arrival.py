"""Whether the facts of a period have arrived, as far as the snapshot knows.

Where a source has a contract of arrival, it says so; else the first and the last event date do.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import reduce

from server.access import EVERYTHING, Scope
from server.arrivals.coverage import Arrival, Arrivals, Coverage, Path, Units
from server.indicators.absence import Absence
from server.periods import Period
from server.scorecards.slicing import NO_CUTS, Cuts
from server.snapshot import Snapshot

__all__ = ["ALL", "Arrival", "Within", "absence_of", "arrival", "coverage_of", "within"]


@dataclass(frozen=True)
class Within:
    """Whose facts are asked: those below one of some members, in each dimension that is named."""

    paths: tuple[tuple[str, tuple[Path, ...]], ...] = ()

    def units(self, arrivals: Arrivals) -> Units:
        """The units of a source that are asked."""
        found = arrivals.units
        for dimension, paths in self.paths:
            if dimension == arrivals.dimension:
                found &= frozenset().union(*(arrivals.units_within(path) for path in paths))
        return found

    def and_also(self, dimension: str, paths: Collection[Path]) -> "Within":
        """The same, and below one of these members."""
        return Within((*self.paths, (dimension, tuple(paths))))


ALL = Within()


def within(cuts: Cuts = NO_CUTS, scope: Scope = EVERYTHING) -> Within:
    """Whose facts are asked under cuts, by somebody of a scope."""
    chosen = tuple((name, (path,)) for name, path in cuts.paths)
    return Within((*chosen, *((name, scope.paths(name)) for name in scope.dimensions)))


def coverage_of(
    snapshot: Snapshot, table: str, first: date, last: date, asked: Within = ALL
) -> Coverage | None:
    """How much has arrived of what the contracts of a table expect; None where none expects."""
    found = [
        one.coverage(first, last, asked.units(one) if asked.paths else None)
        for one in snapshot.arrivals_of(table)
    ]
    expected = [one for one in found if one.expected]
    return reduce(Coverage.plus, expected) if expected else None


def arrival(period: Period, snapshot: Snapshot, table: str, asked: Within = ALL) -> Arrival:
    """How much of a period has arrived."""
    return arrival_between(period.first_day, period.last_day, snapshot, table, asked)


def arrival_between(
    begin: date, end: date, snapshot: Snapshot, table: str, asked: Within = ALL
) -> Arrival:
    """How much of some days has arrived."""
    coverage = coverage_of(snapshot, table, begin, end, asked)
    if coverage is not None:
        return coverage.state
    first, last = snapshot.first_dates.get(table), snapshot.watermarks.get(table)
    if first is None or last is None or end < first or begin > last:
        return Arrival.NONE
    if begin < first or end > last:
        return Arrival.PART
    return Arrival.WHOLE


def absence_of(arrived: Arrival) -> Absence | None:
    """Why there is no figure at all; None when something has arrived."""
    return {Arrival.NONE: Absence.NOT_LOADED, Arrival.LATE: Absence.LATE}.get(arrived)
