"""PURE: figures worked out of those of several cubes: by formula, along time, compared.

A formula is worked out of the figures of one run of days. What it is to date, or was a year
earlier, is the same formula over the figures of those days; a difference or a change is of two such
results, never a formula over differences.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from server.cube.modifiers import Comparison, Modifier
from server.indicators.absence import Absence, Figure, strongest
from server.indicators.formula import Formula


@dataclass(frozen=True)
class Worked:
    """A formula with a name; names in it without a cube are of its own cube.

    Where it has no cube of its own, they are of formulas that were worked out before.
    """

    name: str
    formula: Formula
    cube: str = ""
    is_rate: bool = False  # changes by percentage points

    @property
    def operands(self) -> frozenset[str]:
        """The aggregates that it needs, each with its cube."""
        return frozenset(name for name in map(self._full, self.formula.names) if "." in name)

    @property
    def formulas(self) -> frozenset[str]:
        """The other formulas that it needs."""
        return frozenset(name for name in map(self._full, self.formula.names) if "." not in name)

    def figure(self, operands: Mapping[str, Figure], suffix: str = "") -> Figure:
        """What it is for figures by their full names; of modified ones with their suffix."""
        known = {name: operands[f"{self._full(name)}{suffix}"] for name in self.formula.names}
        return self.formula.evaluate(known)

    def _full(self, name: str) -> str:
        return name if "." in name or not self.cube else f"{self.cube}.{name}"


@dataclass(frozen=True)
class Along:
    """The modifiers of time of a question, and what it compares with."""

    modifiers: tuple[Modifier, ...] = ()
    comparisons: tuple[Comparison, ...] = ()

    @cached_property
    def suffixes(self) -> tuple[str, ...]:
        """What is added to a figure's name, in the order of the outputs; first nothing."""
        return tuple(suffix(modifier, comparison) for modifier, comparison in self._pairs)

    def words(self, *, is_worked_out: bool) -> dict[str, list[str]]:
        """What is asked of each cube; a formula needs the figures that others only differ from."""
        compare = [one.text for one in self.comparisons]
        if is_worked_out:
            compare += [one.against for one in self.comparisons]
        words = {
            "time": [one.text for one in self.modifiers],
            "compare": list(dict.fromkeys(compare)),
        }
        return {word: texts for word, texts in words.items() if texts}

    def figures(
        self, worked: Iterable[Worked], operands: Mapping[str, Figure]
    ) -> dict[str, Figure]:
        """Formulas' figures by name: as they are, by each modifier, each with every comparison."""
        known, found = dict(operands), {}
        for one in worked:
            known |= {f"{one.name}{each}": one.figure(known, each) for each in self._values}
            for modifier, comparison in self._pairs:
                name = f"{one.name}{suffix(modifier, comparison)}"
                found[name] = _figure(one, known, modifier, comparison)
        return found

    @property
    def _values(self) -> list[str]:
        """The suffixes of all figures that a difference or a change is of."""
        against = dict.fromkeys(Comparison(one.against) for one in self.comparisons)
        modifiers = (None, *self.modifiers)
        return [suffix(modifier, one) for modifier in modifiers for one in (None, *against)]

    @property
    def _pairs(self) -> Sequence[tuple[Modifier | None, Comparison | None]]:
        return [
            (modifier, comparison)
            for modifier in (None, *self.modifiers)
            for comparison in (None, *self.comparisons)
        ]


PLAIN = Along()


def suffix(modifier: Modifier | None, comparison: Comparison | None) -> str:
    """What a modifier and a comparison add to the name of a figure."""
    return "".join(f"__{one.name}" for one in (modifier, comparison) if one)


def operands_of(worked: Iterable[Worked]) -> tuple[str, ...]:
    """All aggregates that some formulas need, each once."""
    return tuple(sorted({name for one in worked for name in one.operands}))


def _figure(
    worked: Worked,
    known: Mapping[str, Figure],
    modifier: Modifier | None,
    comparison: Comparison | None,
) -> Figure:
    now = known[f"{worked.name}{suffix(modifier, None)}"]
    if comparison is None:
        return now
    before = known[f"{worked.name}{suffix(modifier, Comparison(comparison.against))}"]
    if comparison.form == "value":
        return before
    if isinstance(now, Absence) or isinstance(before, Absence):
        absent = [each for each in (now, before) if isinstance(each, Absence)]
        return strongest(absent) or Absence.NOT_APPLICABLE
    return now - before if comparison.form == "difference" else _change(worked, now, before)


def _change(worked: Worked, now: Fraction, before: Fraction) -> Figure:
    if worked.is_rate:
        return (now - before) * 100
    if before == 0:
        return Absence.ZERO_DENOMINATOR
    return (now - before) / before if before > 0 else Absence.NOT_APPLICABLE
