"""Why a figure changed: its change on an earlier period, or its gap to the target, by members.

The change is split by one dimension in full; of the other dimensions it is told how much of it is
the work of few members, and the one in which it is most is suggested.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal

from server.cube.browser import ClickHouseBrowser
from server.cube.cube_model import CubeModel
from server.errors import InvalidInput
from server.indicators.absence import Absence, Figure, strongest
from server.indicators.definition import Indicator
from server.indicators.formula import Formula
from server.indicators.formula_tree import Name
from server.indicators.operands import operands_of
from server.indicators.splitting import most_concentrated, split_change
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.arrival import absence_of, arrival, within
from server.scorecards.asking import Asked
from server.scorecards.comparing import Basis, Comparing, Part
from server.scorecards.comparing_across import ComparingAcross, Side, sides_of
from server.scorecards.contributing import (
    Branch,
    Contributing,
    Path,
    Row,
    Source,
    splittable,
)
from server.scorecards.figures import count_name, days_cut, period_cut
from server.scorecards.standing import target_in
from server.scorecards.views import Member
from server.snapshot import Snapshot

Against = Literal["previous", "last_year", "target"]
AGAINST: tuple[Against, ...] = ("previous", "last_year", "target")
UNALLOCATED: Path = ("",)  # the part of a target that no member has


@dataclass(frozen=True)
class Subject:
    """What is asked about: a formula over one cube, and the indicator if it is one's."""

    cube: CubeModel
    formula: Formula
    indicator: Indicator | None = None
    cuts: tuple[str, ...] = ()  # beside those of the slice


@dataclass(frozen=True)
class Leaning:
    """How much of a change is the work of few members of a dimension, 0 to 1."""

    dimension: str
    label: str
    concentration: Fraction


@dataclass(frozen=True)
class Why:
    """A change with its parts, or why there are none."""

    period: Period
    other: Period | None  # None: the target
    now: Figure
    before: Figure
    change: Figure
    basis: Basis | None  # the part of both periods that is compared; None: the whole
    branch: Branch | Absence
    leanings: tuple[Leaning, ...]  # the most concentrated first
    suggested: str | None  # the dimension to look at next


def why(
    runtime: Runtime,
    asked: Asked,
    subject: Subject,
    period: Period,
    against: str,
    snapshot: Snapshot,
    by: str | None = None,
) -> Why:
    """Split a change; without `by`, by the dimension in which the fewest did the most.

    Raises:
        InvalidInput: `against` or `by` name nothing that can be compared or split by.
    """
    other = _other(period, against)
    asking = _Asking(runtime, asked, subject, period, other, snapshot)
    if other is None:
        return asking.against_target()
    return asking.against_period(other, by)


@dataclass(frozen=True)
class _Asking:
    runtime: Runtime
    asked: Asked
    subject: Subject
    period: Period
    other: Period | None
    snapshot: Snapshot

    def against_period(self, other: Period, by: str | None) -> Why:
        """The change from an earlier period."""
        part = self._part(other)
        if isinstance(part, Absence):
            return self._absent(part)
        basis = part.basis if part else None
        contributing = self._contributing(part, other)
        if contributing is None:
            return self._absent(Absence.NOT_APPLICABLE, basis)
        if by is not None:
            contributing.branch(by)  # tells what is wrong before the others are asked
        found = {name: contributing.branch(name) for name in contributing.candidates()}
        splits = [(n, one.split) for n, one in found.items() if isinstance(one, Branch)]
        suggested = most_concentrated(splits)
        chosen = by or suggested or next(iter(found), None)
        if chosen is None:
            return self._absent(Absence.NOT_APPLICABLE, basis)
        branch = found.get(chosen) or contributing.branch(chosen)
        if isinstance(branch, Absence):
            return self._absent(branch, basis)
        return Why(
            self.period,
            self.other,
            branch.split.now,
            branch.split.before,
            branch.split.change,
            basis,
            branch,
            _leanings(found),
            suggested,
        )

    def against_target(self) -> Why:
        """The gap to the target by organisation, as far as the target is shared out."""
        indicator, cuts = self.subject.indicator, self.asked.cuts
        whole = target_in(indicator, self.period, cuts) if indicator else Absence.NO_TARGET
        contributing = self._contributing(None, self.period)
        absent = self._absence((self.period,))
        if absent or not isinstance(whole, Fraction) or indicator is None:
            return self._absent(strongest((absent or whole, whole)) or Absence.NO_TARGET)
        is_shared_out = all(cube.has_dimension("organisation") for cube in self._cubes)
        if contributing is None or not is_shared_out or indicator.inherits_target:
            return self._absent(Absence.NOT_APPLICABLE)
        found = contributing.branch("organisation")
        if isinstance(found, Absence):
            return self._absent(found)
        branch = self._gap(indicator, whole, found)
        if isinstance(branch, Absence):
            return self._absent(branch)
        split = branch.split
        return Why(self.period, None, split.now, split.before, split.change, None, branch, (), None)

    def _gap(self, indicator: Indicator, whole: Fraction, found: Branch) -> Branch | Absence:
        names = {row.member.path: row.member for row in found.rows}
        actual = {row.member.path: row.now for row in found.rows}
        plan: dict[Path, Figure] = {}
        for path in names:
            target = target_in(
                indicator, self.period, self.asked.cuts.and_also("organisation", path)
            )
            if isinstance(target, Fraction):
                plan[path] = target
        if not plan:
            return Absence.NO_TARGET
        rest = whole - sum((one for one in plan.values() if isinstance(one, Fraction)), Fraction(0))
        if rest:
            plan[UNALLOCATED] = rest
            names[UNALLOCATED] = Member("organisation", UNALLOCATED, "", has_children=False)
        split = split_change(
            Formula(Name("amount")),
            {path: {"amount": figure} for path, figure in actual.items()},
            {path: {"amount": figure} for path, figure in plan.items()},
        )
        if isinstance(split, Absence):
            return split
        return Branch(
            found.dimension,
            found.dimension_label,
            found.level,
            found.level_label,
            split,
            tuple(
                Row(
                    names[one.member],
                    one,
                    actual.get(one.member, Absence.NOT_APPLICABLE),
                    plan.get(one.member, Absence.NO_TARGET),
                )
                for one in split.ranked
            ),
        )

    def _part(self, other: Period) -> Part | Absence | None:
        """The part of both periods that can be compared; None: the whole."""
        periods = self.period, other
        absent = self._absence(periods)
        if absent or self._sides is None:
            return absent or Absence.NOT_APPLICABLE
        return ComparingAcross(self._sides).part(*periods)

    def _contributing(self, part: Part | None, other: Period) -> Contributing | None:
        if self._sides is None:
            return None
        found = splittable([one.comparing.browser for one in self._sides], self.subject.formula)
        if found is None:
            return None
        browsers, formula = found
        count = count_name(self.subject.cube)
        per = count if formula.names and formula.names != {count} else None
        sources = tuple(
            self._source(browser, side.comparing, part, other)
            for browser, side in zip(browsers, self._sides, strict=True)
        )
        return Contributing(sources, formula, per)

    def _source(
        self, browser: ClickHouseBrowser, comparing: Comparing, part: Part | None, other: Period
    ) -> Source:
        own = self.subject.cuts if comparing.cube.name == self.subject.cube.name else ()
        cuts = (*comparing.asked.cuts.texts(), *own)
        if part is None:
            whole = [(period_cut(one, one),) for one in (self.period, other)]
            return Source(browser, cuts, *whole)
        narrowed = comparing.cuts_of(part)
        now, before = (days_cut(*part.now), *narrowed), (days_cut(*part.before), *narrowed)
        return Source(browser, cuts, now, before)

    @cached_property
    def _sides(self) -> tuple[Side, ...] | None:
        subject = self.subject
        operands = operands_of(subject.formula, subject.cube.name)
        return sides_of(self.runtime, self.asked, self.snapshot, subject.cube.name, operands)

    @property
    def _cubes(self) -> tuple[CubeModel, ...]:
        subject, model = self.subject, self.runtime.cubes.model
        names = {one.cube for one in operands_of(subject.formula, subject.cube.name)}
        others = sorted(names - {subject.cube.name})
        return (subject.cube, *(model.cube(name) for name in others))

    def _absence(self, periods: Iterable[Period]) -> Absence | None:
        """Why one of the cubes has no facts at all of one of the periods."""
        asks = within(self.asked.cuts, self.asked.person.scope)
        found = [
            absence_of(arrival(period, self.snapshot, cube.fact.name, asks))
            for cube in self._cubes
            for period in periods
        ]
        return strongest(one for one in found if one)

    def _absent(self, reason: Absence, basis: Basis | None = None) -> Why:
        return Why(self.period, self.other, reason, reason, reason, basis, reason, (), None)


def _other(period: Period, against: str) -> Period | None:
    if against == "target":
        return None
    if against == "previous":
        return period.previous()
    if against == "last_year":
        return period.year_earlier()
    try:
        other = Period.parse(against)
    except InvalidInput:
        other = period
    if other.kind != period.kind or other == period:
        raise InvalidInput(
            f"{against[:40]!r} is nothing to compare {period} with: it is {', '.join(AGAINST)}, "
            f"or another {period.kind}.",
            field="against",
            allowed=AGAINST,
        )
    return other


def _leanings(found: Mapping[str, Branch | Absence]) -> tuple[Leaning, ...]:
    known = [
        Leaning(name, one.dimension_label, one.split.concentration)
        for name, one in found.items()
        if isinstance(one, Branch)
    ]
    return tuple(sorted(known, key=lambda one: (-one.concentration, one.dimension)))
