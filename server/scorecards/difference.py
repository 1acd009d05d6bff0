"""Which figures moved between two snapshots, by how much, and through which loads.

Only cells that can have moved are asked: of the cubes whose tables changed, the months that the
changed batches cover; both snapshots answer them by the same statements. What is equal is left out.

`indicube load diff` and every screen call `difference`, `difference_of_load` or `foreseen`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
from server.scorecards.arrival import within
from server.scorecards.asking import Asked
from server.scorecards.catalogue import Catalogue, read_catalogue
from server.scorecards.figures import Operands, Question, operands_by_period
from server.scorecards.gathering import ByPeriod, Gathered, gather
from server.scorecards.moved_scores import ScoreSides
from server.scorecards.slicing import Cuts
from server.scorecards.standing import value_in
from server.scorecards.touched import Touched, runs_of, touched
from server.snapshot import Snapshot

Kind = Literal["indicator", "aggregate", "score"]
Sides = tuple[ByPeriod, ByPeriod]  # before and after


@dataclass(frozen=True)
class Moved:
    """One figure of one month that the two snapshots answer differently."""

    kind: Kind
    code: str  # of the indicator, of the aggregate in its cube, or of the perspective
    label: str
    cube: str  # empty for a score, which can be made of several
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
    scores: tuple[Moved, ...]  # of the scorecard and its perspectives
    compared: int  # figures that were asked of both; scores are made of them
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
        scorecard: whose indicators are compared; when left out the first one with an indicator of
            a cube that changed, or else the first of all.

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
        changed = tuple(self._touched())
        card = _card(catalogue, scorecard, {cube.name for cube, _cells in changed})
        codes = card.indicator_codes if card else ()
        indicators = [catalogue.indicator(code) for code in codes]
        moved: list[Moved] = []
        asked: dict[str, tuple[Touched, Sides]] = {}
        compared, is_cut_short = 0, False
        for cube, cells in changed:
            own = [one for one in indicators if one.cubes == (cube.name,)]
            sides = (
                self._operands(cube, cells.runs, self.before, self.asked.cuts),
                self._operands(cube, cells.runs, self.after, self.asked.cuts),
            )
            asked[cube.name] = cells, sides
            moved += self._compare(cube, cells, own, sides)
            compared += len(cells.periods) * (len(cube.aggregates) + len(own))
            is_cut_short |= cells.is_cut_short
        for one in indicators:
            if one.is_across:
                moved += self._across(one, asked)
                compared += len(_months(one, asked))
        return Difference(
            before=self.before,
            after=self.after,
            ledger=self.ledger,
            scorecard=card,
            indicators=tuple(one for one in moved if one.kind == "indicator"),
            aggregates=tuple(one for one in moved if one.kind == "aggregate"),
            scores=tuple(self._scores(card, indicators, asked)) if card else (),
            compared=compared,
            is_cut_short=is_cut_short,
            is_foreseen=is_foreseen,
        )

    def _scores(
        self,
        card: Scorecard,
        indicators: Sequence[Indicator],
        asked: Mapping[str, tuple[Touched, Sides]],
    ) -> Iterator[Moved]:
        cubes = {name for one in indicators for name in one.cubes}
        touched_cubes = {name: cells for name, (cells, _sides) in asked.items() if name in cubes}
        months = tuple(sorted({month for one in touched_cubes.values() for month in one.periods}))
        models = [self.runtime.cubes.model.cube(name) for name in cubes]
        if not months or not all(self._may_see(cube) for cube in models):
            return  # somebody who does not see every cube has no score
        before, after = self._gathered(indicators, months, asked)
        both = ScoreSides(card, indicators, self.asked.cuts, before, after)
        for one in both.moved(months):
            yield Moved(
                kind="score",
                code=one.perspective,
                label=_label(card, one.perspective, self.asked.language),
                cube="",
                period=one.period,
                before=one.before,
                after=one.after,
                loads=_loads(touched_cubes.values(), one.period),
            )

    def _across(
        self, indicator: Indicator, asked: Mapping[str, tuple[Touched, Sides]]
    ) -> Iterator[Moved]:
        """The months in which an indicator over several cubes moved, through whichever of them."""
        months = _months(indicator, asked)
        models = [self.runtime.cubes.model.cube(name) for name in indicator.cubes]
        if not months or not all(self._may_see(cube) for cube in models):
            return
        before, after = (one.of(indicator) for one in self._gathered([indicator], months, asked))
        cells = [asked[name][0] for name in indicator.cubes if name in asked]
        for period in months:
            was, now = value_in(indicator, period, before), value_in(indicator, period, after)
            if was != now:
                label = indicator.name.in_language(self.asked.language)
                loads = _loads(cells, period)
                yield Moved(
                    "indicator",
                    indicator.code,
                    label,
                    indicator.cube,
                    period,
                    was,
                    now,
                    loads,
                    indicator,
                )

    def _gathered(
        self,
        indicators: Sequence[Indicator],
        months: tuple[Period, ...],
        asked: Mapping[str, tuple[Touched, Sides]],
    ) -> tuple[Gathered, Gathered]:
        """What indicators are made of in these months, before and after."""
        model, cuts = self.runtime.cubes.model, self.asked.cuts

        def ask(side: int) -> Gathered:
            def one(name: str, _needed: tuple[str, ...], own: Cuts) -> ByPeriod:
                return self._sides(model.cube(name), months, asked, own)[side]

            return gather(indicators, months, cuts, model, one)

        return ask(0), ask(1)

    def _sides(
        self,
        cube: CubeModel,
        months: tuple[Period, ...],
        asked: Mapping[str, tuple[Touched, Sides]],
        cuts: Cuts,
    ) -> Sides:
        """A cube's operands in these months; where its facts are the same they are asked once."""
        cells, (before, after) = asked.get(cube.name, (None, ({}, {})))
        if cells is not None and cuts != self.asked.cuts:  # a further cube, under fewer cuts
            before = self._operands(cube, cells.runs, self.before, cuts)
            after = self._operands(cube, cells.runs, self.after, cuts)
        rest = tuple(month for month in months if month not in after)
        same = self._operands(cube, runs_of(rest), self.after, cuts) if rest else {}
        return {**same, **before}, {**same, **after}

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
        self, cube: CubeModel, cells: Touched, indicators: Sequence[Indicator], sides: Sides
    ) -> Iterator[Moved]:
        before, after = sides
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

    def _operands(
        self,
        cube: CubeModel,
        runs: Sequence[tuple[Period, ...]],
        snapshot: Snapshot,
        cuts: Cuts,
    ) -> ByPeriod:
        browser = self.runtime.cubes.browser(
            cube.name, snapshot, self.asked.person.scope, self.asked.language
        )
        names = tuple(one.name for one in cube.aggregates)
        found: dict[Period, Operands] = {}
        for run in runs:
            asks = within(cuts, self.asked.person.scope)
            question = Question(names, run, cuts.texts(), within=asks)
            found |= operands_by_period(browser, cube, question, snapshot)
        return found


def _label(card: Scorecard, perspective: str, language: str) -> str:
    names = {one.code: one.name for one in card.perspectives}
    return names.get(perspective, card.name).in_language(language)


def _months(indicator: Indicator, asked: Mapping[str, tuple[Touched, Sides]]) -> tuple[Period, ...]:
    """The months in which any of an indicator's cubes can have moved."""
    cells = [asked[name][0] for name in indicator.cubes if name in asked]
    return tuple(sorted({month for one in cells for month in one.periods}))


def _loads(touched_cubes: Iterable[Touched], period: Period) -> tuple[int, ...]:
    return tuple(sorted({load for one in touched_cubes for load in one.loads_in(period)}))


def _card(catalogue: Catalogue, code: str | None, changed: Collection[str]) -> Scorecard | None:
    if code is not None:
        return catalogue.scorecard(code)
    every = tuple(catalogue.scorecards.values())
    concerned = (one for one in every if _looks_at(catalogue, one, changed))
    return next(concerned, next(iter(every), None))


def _looks_at(catalogue: Catalogue, card: Scorecard, cubes: Collection[str]) -> bool:
    indicators = (catalogue.indicator(code) for code in card.indicator_codes)
    return any(cube in cubes for one in indicators for cube in one.cubes)
