"""What indicators are judged by in a period: what has arrived, and the part that is compared.

Of an indicator over several cubes all of them count: it is partial when one of them is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce

from server.arrivals.coverage import Arrival, Coverage
from server.indicators.absence import Absence
from server.indicators.definition import Indicator
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.arrival import arrival, coverage_of, within
from server.scorecards.asking import Asked
from server.scorecards.comparing import Compared, Comparing
from server.scorecards.comparing_across import ComparingAcross, sides_of
from server.scorecards.gathering import cuts_of
from server.snapshot import Snapshot

_Parts = Mapping[Period, Compared | Absence]


@dataclass
class Judging:
    """The arrivals and comparisons of some indicators, each cube looked at once."""

    runtime: Runtime
    asked: Asked
    period: Period
    snapshot: Snapshot
    indicators: tuple[Indicator, ...]
    _arrived: dict[str, Arrival] = field(default_factory=dict)
    _compared: dict[str, _Parts] = field(default_factory=dict)

    def arrived(self, indicator: Indicator) -> Arrival:
        """How much has arrived of the facts of an indicator; in part, if any is."""
        found = [self._arrived_in(name) for name in indicator.cubes]
        return Arrival.PART if Arrival.PART in found else found[0]

    def coverage(self, indicator: Indicator) -> Coverage | None:
        """How much has arrived of what contracts expect of all its cubes."""
        days = self.period.first_day, self.period.last_day
        asks = within(self.asked.cuts, self.asked.person.scope)
        found = [
            coverage_of(self.snapshot, self._table(name), *days, asks) for name in indicator.cubes
        ]
        expected = [one for one in found if one is not None]
        return reduce(Coverage.plus, expected) if expected else None

    def compared(self, indicator: Indicator) -> _Parts:
        """The comparable part of earlier periods; those that are compared whole lack."""
        return self._across(indicator) if indicator.is_across else self._alone(indicator)

    def _alone(self, indicator: Indicator) -> _Parts:
        """Asked once for all indicators of the cube alone."""
        model = self.runtime.cubes.model
        if cuts_of(model, self.asked.cuts, indicator.cube, indicator.cube) is None:
            return {}
        if indicator.cube not in self._compared:
            own = (one for one in self.indicators if one.cubes == indicator.cubes)
            names = sorted({each.aggregate for one in own for each in one.operands})
            cube = model.cube(indicator.cube)
            comparing = Comparing(self.runtime, self.asked, cube, self.snapshot)
            self._compared[indicator.cube] = comparing.compared(names, self.period)
        return {
            other: part if isinstance(part, Absence) else _named(part, indicator)
            for other, part in self._compared[indicator.cube].items()
        }

    def _across(self, indicator: Indicator) -> _Parts:
        own, operands = indicator.cube, indicator.operands
        sides = sides_of(self.runtime, self.asked, self.snapshot, own, operands)
        return ComparingAcross(sides).compared(self.period) if sides else {}

    def _arrived_in(self, cube: str) -> Arrival:
        if cube not in self._arrived:
            asks = within(self.asked.cuts, self.asked.person.scope)
            found = arrival(self.period, self.snapshot, self._table(cube), asks)
            self._arrived[cube] = found
        return self._arrived[cube]

    def _table(self, cube: str) -> str:
        return self.runtime.cubes.model.cube(cube).fact.name


def _named(part: Compared, indicator: Indicator) -> Compared:
    """The same by the names that the indicator's formula has for its aggregates."""
    if all(one.name == one.aggregate for one in indicator.operands):
        return part
    now, before = (
        {one.name: side[one.aggregate] for one in indicator.operands}
        for side in (part.now, part.before)
    )
    return Compared(now, before, part.basis)
