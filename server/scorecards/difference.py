"""Which figures moved between two snapshots, by how much, and through which loads.

Only cells that can have moved are asked: of the cubes whose tables changed, the months that the
changed batches cover; both snapshots answer them by the same statements. What is equal is left out.

`indicube load diff` and every screen call `difference`, `difference_of_load` or `foreseen`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from server.cube.model import CubeModel
from server.errors import InvalidInput, NotAllowed
from server.indicators.absence import Absence, Figure, strongest
from server.indicators.definition import Indicator
from server.indicators.scorecard import Scorecard
from server.ledger.building import Builder
from server.ledger.changes import LedgerDifference, ledger_difference
from server.ledger.foreseeing import Change, foresee
from server.metadata.loads import find_load
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.asking import Asked
from server.scorecards.catalogue import Catalogue, read_catalogue
from server.scorecards.figures import Operands, Question, operands_by_period
from server.scorecards.standing import value_in
from server.scorecards.touched import Touched, touched
from server.snapshot import Snapshot

Kind = Literal["indicator", "aggregate"]
ByPeriod = Mapping[Period, Operands]


@dataclass(frozen=True)
class Moved:
    """One figure of one month that the two snapshots answer differently."""

    kind: Kind
    code: str  # of the indicator, or of the aggregate in its cube
    label: str
    cube: str
    period: Period
    before: Figure
    after: Figure
    loads: tuple[int, ...]  # that brought it about
    indicator: Indicator | None = None

    @property
    def difference(self) -> Figure:
        """After less before; absent when one of them is."""
        if isinstance(self.before, Fraction) and isinstance(self.after, Fraction):
            return self.after - self.before
        return strongest((self.before, self.after)) or Absence.NOT_APPLICABLE


@dataclass(frozen=True)
class Difference:
    """What two snapshots do not share: in the ledger, and in the figures."""

    before: Snapshot
    after: Snapshot
    ledger: LedgerDifference
    scorecard: Scorecard | None
    indicators: tuple[Moved, ...]
    aggregates: tuple[Moved, ...]
    compared: int  # figures that were asked of both
    is_cut_short: bool  # more months are concerned than are compared
    is_foreseen: bool = False  # the later one does not exist (yet)


def difference(
    runtime: Runtime, asked: Asked, first: int, last: int, scorecard: str | None = None
) -> Difference:
    """The difference between two published snapshots, in a person's scope and slice.

    Args:
        runtime: what answers.
        asked: who asks, under which cuts, in which language; its period is not looked at.
        first: the earlier snapshot's number; 0 stands for what was before the first.
        last: the later one's.
        scorecard: whose indicators are compared; the first one when left out.

    Raises:
        InvalidInput: the second snapshot is not later than the first.
        NotFound: one of them, or the scorecard, does not exist.
        Gone: rows that one of them showed are purged.
    """
    ledger = ledger_difference(runtime.metadata, first, last)
    before, after = runtime.snapshot(first), runtime.snapshot(last)
    return _Comparing(runtime, asked, before, after, ledger).difference(scorecard)


def difference_of_load(
    runtime: Runtime, asked: Asked, load_id: int, scorecard: str | None = None
) -> Difference:
    """What the first publication of a load moved; InvalidInput when it was never published."""
    with runtime.metadata.read() as session:
        load = find_load(session, load_id)
    if load.first_snapshot is None:
        raise InvalidInput(f"Load {load_id} was never published: it moved nothing.", field="load")
    number = load.first_snapshot
    return difference(runtime, asked, number - 1, number, scorecard)


def foreseen(
    runtime: Runtime,
    asked: Asked,
    load_id: int,
    change: Change,
    scorecard: str | None = None,
    builder: Builder | None = None,
) -> Difference:
    """What withdrawing, restoring or publishing a load would move; nothing is changed by asking.

    A job brings a builder; without one nothing is written.

    Raises:
        Conflict: the load cannot be withdrawn or restored as it is.
        NotForeseen: batches would have to be built first, and there is no builder.
    """
    found = foresee(runtime.metadata, load_id, change, runtime.clock(), builder)
    before = runtime.snapshot(found.before)
    comparing = _Comparing(runtime, asked, before, found.snapshot, found.ledger)
    return comparing.difference(scorecard, is_foreseen=True)


@dataclass(frozen=True)
class _Comparing:
    """One comparison of two states."""

    runtime: Runtime
    asked: Asked
    before: Snapshot
    after: Snapshot
    ledger: LedgerDifference

    def difference(self, scorecard: str | None, *, is_foreseen: bool = False) -> Difference:
        catalogue = read_catalogue(self.runtime.metadata, self.after.definitions)
        card = _card(catalogue, scorecard)
        codes = card.indicator_codes if card else ()
        indicators = [catalogue.indicator(code) for code in codes]
        moved: list[Moved] = []
        compared, is_cut_short = 0, False
        for cube, cells in self._touched():
            own = [one for one in indicators if one.cube == cube.name]
            moved += self._compare(cube, cells, own)
            compared += len(cells.periods) * (len(cube.aggregates) + len(own))
            is_cut_short |= cells.is_cut_short
        return Difference(
            before=self.before,
            after=self.after,
            ledger=self.ledger,
            scorecard=card,
            indicators=tuple(one for one in moved if one.kind == "indicator"),
            aggregates=tuple(one for one in moved if one.kind == "aggregate"),
            compared=compared,
            is_cut_short=is_cut_short,
            is_foreseen=is_foreseen,
        )

    def _touched(self) -> Iterator[tuple[CubeModel, Touched]]:
        for cube in self.runtime.cubes.model.cubes.values():
            cells = touched(cube, self.ledger, self.before, self.after)
            if cells.periods and self.asked.cuts.fit(cube) and self._may_see(cube):
                yield cube, cells

    def _may_see(self, cube: CubeModel) -> bool:
        try:
            self.runtime.cubes.browser(cube.name, self.after, self.asked.person.scope).cell()
        except NotAllowed:
            return False
        return True

    def _compare(
        self, cube: CubeModel, cells: Touched, indicators: Sequence[Indicator]
    ) -> Iterator[Moved]:
        before = self._operands(cube, cells, self.before)
        after = self._operands(cube, cells, self.after)
        for period in cells.periods:
            loads = cells.loads_in(period)
            for one in indicators:
                was, now = value_in(one, period, before), value_in(one, period, after)
                if was != now:
                    label = one.name.in_language(self.asked.language)
                    yield Moved(
                        "indicator", one.code, label, cube.name, period, was, now, loads, one
                    )
            for each in cube.aggregates:
                was, now = before[period][each.name], after[period][each.name]
                if was != now:
                    label = each.labels.in_language(self.asked.language)
                    yield Moved("aggregate", each.name, label, cube.name, period, was, now, loads)

    def _operands(self, cube: CubeModel, cells: Touched, snapshot: Snapshot) -> ByPeriod:
        browser = self.runtime.cubes.browser(
            cube.name, snapshot, self.asked.person.scope, self.asked.language
        )
        names = tuple(one.name for one in cube.aggregates)
        found: dict[Period, Operands] = {}
        for run in cells.runs:
            question = Question(names, run, self.asked.cuts.texts())
            found |= operands_by_period(browser, cube, question, snapshot)
        return found


def _card(catalogue: Catalogue, code: str | None) -> Scorecard | None:
    if code is not None:
        return catalogue.scorecard(code)
    return next(iter(catalogue.scorecards.values()), None)
