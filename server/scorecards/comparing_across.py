"""Comparisons of an indicator over several cubes: the same part of both periods, of every cube.

Where cubes differ in what part of both they have, days are cut to the fewest; anything else that
differs leaves nothing to compare: the change is `partial`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from server.indicators.absence import Absence, Figure
from server.indicators.operands import Operand
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.asking import Asked
from server.scorecards.comparing import Compared, Comparing, Days, Part
from server.scorecards.gathering import cuts_of
from server.snapshot import Snapshot


@dataclass(frozen=True)
class Side:
    """One of the cubes, asked under its own cuts, and what the formula takes from it."""

    comparing: Comparing
    operands: tuple[Operand, ...]


@dataclass(frozen=True)
class ComparingAcross:
    """Finds the comparable part of periods of several cubes, and asks for it."""

    sides: tuple[Side, ...]

    def compared(self, period: Period) -> Mapping[Period, Compared | Absence]:
        """What stands for the comparison with earlier periods; those that need nothing lack."""
        earlier = dict.fromkeys((period.previous(), period.year_earlier()))
        parts = {other: self.part(period, other) for other in earlier}
        return {
            other: part if isinstance(part, Absence) else self._operands(part)
            for other, part in parts.items()
            if part is not None
        }

    def part(self, period: Period, other: Period) -> Part | Absence | None:
        """The part of two periods that can be compared in all cubes; None: the whole of both."""
        found = [side.comparing.part(period, other) for side in self.sides]
        absent = [one for one in found if isinstance(one, Absence)]
        if absent:
            return absent[0]
        parts = [one for one in found if isinstance(one, Part)]
        if not parts:
            return None
        shortest = min(parts, key=lambda one: one.basis.days)
        if any(one != shortest for one in parts) and {one.basis.kind for one in parts} != {"days"}:
            return Absence.PARTIAL
        if not all(side.comparing.can_ask(shortest) for side in self.sides):
            return Absence.NOT_APPLICABLE
        return shortest

    def _operands(self, part: Part) -> Compared:
        now, before = (self._figures(part, days) for days in (part.now, part.before))
        return Compared(now, before, part.basis)

    def _figures(self, part: Part, days: Days) -> dict[str, Figure]:
        found: dict[str, Figure] = {}
        for side in self.sides:
            names = sorted({one.aggregate for one in side.operands})
            known = side.comparing.side(part, days, names) if names else {}
            found |= {one.name: known[one.aggregate] for one in side.operands}
        return found


def sides_of(
    runtime: Runtime, asked: Asked, snapshot: Snapshot, own: str, operands: Sequence[Operand]
) -> tuple[Side, ...] | None:
    """The cubes of a formula, its own first; None when one has nothing to say under the cuts."""
    model, sides = runtime.cubes.model, []
    for name in dict.fromkeys((own, *(one.cube for one in operands))):
        cuts = cuts_of(model, asked.cuts, own, name)
        if cuts is None:
            return None
        comparing = Comparing(runtime, replace(asked, cuts=cuts), model.cube(name), snapshot)
        sides.append(Side(comparing, tuple(one for one in operands if one.cube == name)))
    return tuple(sides)
