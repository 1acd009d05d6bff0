"""Comparisons with an earlier period where one of the two is not whole: the same part of both.

1. Where a contract says who has sent, those who have sent all of both sides are compared.
2. Else an unfinished period is compared over its elapsed days with as many of the earlier one.
3. On request (like for like) only the units that are on both sides are compared.

Where no part is on both sides nothing is compared: the change is `partial`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal

from server.arrivals.coverage import Arrivals, Coverage, Path
from server.cube.browser import ClickHouseBrowser
from server.cube.cube_model import CubeModel
from server.cube.cuts import MOST_PATHS
from server.indicators.absence import Absence
from server.periods import Period, equal_elapsed
from server.runtime import Runtime
from server.scorecards.arrival import (
    Arrival,
    Within,
    absence_of,
    arrival,
    coverage_of,
    within,
)
from server.scorecards.asking import Asked
from server.scorecards.figures import Operands, days_cut, figures_in, period_cut
from server.scorecards.slicing import path_text
from server.snapshot import Snapshot

LIKE_DIMENSION = "organisation"  # whose members like for like looks at

Days = tuple[date, date]


@dataclass(frozen=True)
class Basis:
    """Of what part of two periods their comparison is made."""

    kind: Literal["units", "days", "like_for_like"]
    units: int = 0  # that are compared
    of: int = 0  # units that are expected, or that are on either side
    days: int = 0  # of each period


@dataclass(frozen=True)
class Part:
    """The part of two periods that is compared: cuts that both take, and the days of each."""

    basis: Basis
    cuts: tuple[str, ...]
    now: Days
    before: Days
    dimension: str = ""  # that the cuts are on


@dataclass(frozen=True)
class Compared:
    """The operands of both sides, and of what part they are."""

    now: Operands
    before: Operands
    basis: Basis


@dataclass(frozen=True)
class Comparing:
    """Finds the comparable part of periods of one cube, and asks for it."""

    runtime: Runtime
    asked: Asked
    cube: CubeModel
    snapshot: Snapshot

    def compared(
        self, aggregates: Sequence[str], period: Period
    ) -> Mapping[Period, Compared | Absence]:
        """What stands for the comparison with earlier periods; those that need nothing lack."""
        earlier = dict.fromkeys((period.previous(), period.year_earlier()))
        parts = {other: self.part(period, other) for other in earlier}
        return {
            other: part if isinstance(part, Absence) else self._operands(part, aggregates)
            for other, part in parts.items()
            if part is not None
        }

    def part(self, period: Period, other: Period) -> Part | Absence | None:
        """The part of two periods that can be compared; None: the whole of both."""
        states = [arrival(one, self.snapshot, self.table, self._asks) for one in (period, other)]
        absent = [absence_of(one) for one in states]
        if any(absent):
            return None  # a side that is absent says so itself
        if self.asked.like_for_like and self.cube.has_dimension(LIKE_DIMENSION):
            return self._alike(period, other)
        if Arrival.PART not in states:
            return None
        coverage = [self._coverage(one) for one in (period, other)]
        if any(coverage):
            return self._covered(period, other, coverage)
        return self._elapsed(period, other, is_whole=states[1] is Arrival.WHOLE)

    def can_ask(self, part: Part) -> bool:
        """Whether the cube has something to say of a part that was found in another one."""
        lacks = part.dimension and not self.cube.has_dimension(part.dimension)
        return not lacks or part.dimension in self.cube.open_to

    def cuts_of(self, part: Part) -> tuple[str, ...]:
        """The cuts of a part that narrow the cube."""
        return part.cuts if not part.dimension or self.cube.has_dimension(part.dimension) else ()

    def side(self, part: Part, days: Days, aggregates: Sequence[str]) -> Operands:
        """The aggregates of the days of one side."""
        cuts = (days_cut(*days), *self.cuts_of(part), *self.asked.cuts.texts())
        result = self.browser.aggregate(cuts, aggregates=tuple(aggregates))
        return figures_in(dict(result.summary), self.cube, aggregates)

    @property
    def table(self) -> str:
        """The fact table of the cube."""
        return self.cube.fact.name

    @cached_property
    def browser(self) -> ClickHouseBrowser:
        """Asks the cube for whoever asks."""
        return self.runtime.cubes.browser(
            self.cube.name, self.snapshot, self.asked.person.scope, self.asked.language
        )

    @cached_property
    def _asks(self) -> Within:
        return within(self.asked.cuts, self.asked.person.scope)

    def _coverage(self, period: Period) -> Coverage | None:
        days = period.first_day, period.last_day
        return coverage_of(self.snapshot, self.table, *days, self._asks)

    def _covered(
        self, period: Period, other: Period, coverage: Sequence[Coverage | None]
    ) -> Part | Absence:
        """Those who have sent all of both periods."""
        sides = [one for one in coverage if one is not None]
        common = frozenset.intersection(*(one.whole for one in sides))
        expected = frozenset().union(*(one.units for one in sides))
        arrivals = self._by_unit()
        if not common or arrivals is None:
            return Absence.PARTIAL
        paths = [arrivals.path_of(unit) for unit in sorted(common)]
        basis = Basis("units", len(common), len(expected))
        return self._of(basis, arrivals.dimension, paths, period, other)

    def _by_unit(self) -> Arrivals | None:
        """The one source whose units are members of a dimension; None of several."""
        found = self.snapshot.arrivals_of(self.table)
        return found[0] if len(found) == 1 and found[0].dimension else None

    def _alike(self, period: Period, other: Period) -> Part | Absence | None:
        """The units that have facts on both sides, and have sent all of both."""
        sides = [self._present(one) for one in (period, other)]
        common, either = sides[0] & sides[1], sides[0] | sides[1]
        for one in (self._coverage(period), self._coverage(other)):
            arrivals = self._by_unit()
            if one is not None and arrivals is not None and arrivals.dimension == LIKE_DIMENSION:
                whole = {arrivals.path_of(unit) for unit in one.whole}
                common = {path for path in common if path in whole}
        if not common:
            return Absence.NOT_APPLICABLE
        basis = Basis("like_for_like", len(common), len(either))
        return self._of(basis, LIKE_DIMENSION, sorted(common, key=str), period, other)

    def _present(self, period: Period) -> set[Path]:
        levels = self.cube.dimension(LIKE_DIMENSION).default_hierarchy.levels
        cuts = (period_cut(period, period), *self.asked.cuts.texts())
        rows: Iterable[Mapping[str, Any]] = self.browser.members(cuts, LIKE_DIMENSION)
        return {tuple(_text(row[level.key.ref]) for level in levels) for row in rows}

    def _of(
        self, basis: Basis, dimension: str, paths: Sequence[Path], period: Period, other: Period
    ) -> Part | Absence:
        if len(paths) > MOST_PATHS:
            return Absence.PARTIAL
        cut = f"{dimension}:{';'.join(path_text(path) for path in paths)}"
        return Part(basis, (cut,), _days(period), _days(other), dimension)

    def _elapsed(self, period: Period, other: Period, *, is_whole: bool) -> Part | Absence:
        """As many days of each as the unfinished one has."""
        last, first = self.snapshot.today(self.table), self.snapshot.first_dates.get(self.table)
        if not is_whole or last is None or first is None or first > period.first_day:
            return Absence.PARTIAL
        now, before = equal_elapsed(period, other, last)
        days = (now - period.first_day).days + 1
        return Part(
            Basis("days", days=days), (), (period.first_day, now), (other.first_day, before)
        )

    def _operands(self, part: Part, aggregates: Sequence[str]) -> Compared:
        return Compared(
            self.side(part, part.now, aggregates),
            self.side(part, part.before, aggregates),
            part.basis,
        )


def _days(period: Period) -> Days:
    return period.first_day, period.last_day


def _text(key: object) -> str | None:
    return None if key is None else str(key)
