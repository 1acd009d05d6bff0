"""A scored scorecard: definitions and targets, with numbers from the cubes, judged and rolled up.

Steps: which aggregates the indicators need, by cube; one statement per cube for the whole window
of periods; each indicator judged; scores rolled up level by level (docs/scoring.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from server.arrivals.coverage import Arrival, Coverage
from server.cube.cube_model import CubeModel
from server.indicators.absence import Absence
from server.indicators.definition import Indicator
from server.indicators.scorecard import Scorecard
from server.indicators.scoring import Bands
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.arrival import arrival, coverage_of, within
from server.scorecards.asking import Asked
from server.scorecards.catalogue import read_catalogue
from server.scorecards.comparing import Compared, Comparing
from server.scorecards.figures import Operands, Question, not_applicable, operands_by_period
from server.scorecards.frame import default_period, frame
from server.scorecards.rolling import perspective_views, whole_score
from server.scorecards.standing import TREND_LENGTH, score_in, stand, window
from server.scorecards.views import PeriodScore, ScorecardView, Standing
from server.snapshot import Snapshot


def evaluate_scorecard(
    runtime: Runtime, asked: Asked, code: str, snapshot: Snapshot | None = None
) -> ScorecardView:
    """Evaluate a scorecard as of what is asked, or at a snapshot; NotFound when it is unknown."""
    snapshot = snapshot or runtime.snapshot(asked.as_of, asked.as_of_model)
    catalogue = read_catalogue(runtime.metadata, snapshot.definitions)
    scorecard = catalogue.scorecard(code)
    indicators = [catalogue.indicator(one) for one in scorecard.indicator_codes]
    leading = indicators[0].cube
    period = asked.period or default_period(
        runtime, snapshot, runtime.cubes.model.cube(leading).fact.name
    )
    framed = frame(runtime, asked.person, leading, period, asked.cuts, asked.language, snapshot)
    operands = all_operands(runtime, asked, indicators, period, snapshot)
    standings = standings_in(
        runtime, asked, indicators, period, operands, snapshot, scorecard.bands
    )
    return ScorecardView(
        frame=framed,
        scorecard=scorecard,
        rolled=whole_score(
            scorecard,
            {code: one.score for code, one in standings.items()},
            [code for code, one in standings.items() if one.is_partial],
        ),
        perspectives=perspective_views(scorecard, standings),
        strip=_strip(runtime, asked, scorecard, indicators, operands, period, snapshot),
    )


def all_operands(
    runtime: Runtime,
    asked: Asked,
    indicators: Iterable[Indicator],
    period: Period,
    snapshot: Snapshot,
) -> dict[str, Mapping[Period, Operands]]:
    """Cube name to the operands of all its indicators, for the window of a period."""
    names: dict[str, set[str]] = {}
    for indicator in indicators:
        names.setdefault(indicator.cube, set()).update(indicator.formula.names)
    return {
        cube: _ask(runtime, asked, cube, tuple(sorted(needed)), window(period), snapshot)
        for cube, needed in names.items()
    }


def _ask(
    runtime: Runtime,
    asked: Asked,
    cube_name: str,
    aggregates: tuple[str, ...],
    periods: tuple[Period, ...],
    snapshot: Snapshot,
) -> Mapping[Period, Operands]:
    cube = runtime.cubes.model.cube(cube_name)
    if not asked.cuts.fit(cube):
        return not_applicable(aggregates, periods)
    browser = runtime.cubes.browser(cube_name, snapshot, asked.person.scope, asked.language)
    asks = within(asked.cuts, asked.person.scope)
    question = Question(aggregates, periods, asked.cuts.texts(), within=asks)
    return operands_by_period(browser, cube, question, snapshot)


def standings_in(
    runtime: Runtime,
    asked: Asked,
    indicators: Iterable[Indicator],
    period: Period,
    operands: Mapping[str, Mapping[Period, Operands]],
    snapshot: Snapshot,
    bands: Bands,
) -> dict[str, Standing]:
    """Indicator code to standing in one period."""
    listed = tuple(indicators)
    cubes = {name: _Judging(runtime, asked, name, period, snapshot) for name in operands}
    return {
        one.code: stand(
            one,
            period,
            operands[one.cube],
            asked.cuts,
            cubes[one.cube].arrived,
            bands,
            cubes[one.cube].compared(listed),
            cubes[one.cube].coverage,
        )
        for one in listed
    }


@dataclass
class _Judging:
    """What all indicators of one cube are judged by in a period."""

    runtime: Runtime
    asked: Asked
    name: str
    period: Period
    snapshot: Snapshot
    _compared: Mapping[Period, Compared | Absence] | None = None

    @cached_property
    def cube(self) -> CubeModel:
        return self.runtime.cubes.model.cube(self.name)

    @cached_property
    def arrived(self) -> Arrival:
        asks = within(self.asked.cuts, self.asked.person.scope)
        return arrival(self.period, self.snapshot, self.cube.fact.name, asks)

    @cached_property
    def coverage(self) -> Coverage | None:
        days = self.period.first_day, self.period.last_day
        asks = within(self.asked.cuts, self.asked.person.scope)
        return coverage_of(self.snapshot, self.cube.fact.name, *days, asks)

    def compared(self, indicators: Iterable[Indicator]) -> Mapping[Period, Compared | Absence]:
        """The comparable part of earlier periods, asked once for all indicators of the cube."""
        if not self.asked.cuts.fit(self.cube):
            return {}
        if self._compared is None:
            own = (one for one in indicators if one.cube == self.name)
            names = sorted({name for one in own for name in one.formula.names})
            comparing = Comparing(self.runtime, self.asked, self.cube, self.snapshot)
            self._compared = comparing.compared(names, self.period)
        return self._compared


def _strip(
    runtime: Runtime,
    asked: Asked,
    scorecard: Scorecard,
    indicators: Sequence[Indicator],
    operands: Mapping[str, Mapping[Period, Operands]],
    period: Period,
    snapshot: Snapshot,
) -> tuple[PeriodScore, ...]:
    """The score of each period of the trend; periods without any score are left out."""
    scored = []
    for one in (p for p in window(period) if p > period.shift(-TREND_LENGTH)):
        scores = {i.code: score_in(i, one, operands[i.cube], asked.cuts) for i in indicators}
        judging = {cube: _Judging(runtime, asked, cube, one, snapshot) for cube in operands}
        partial = [
            i.code
            for i in indicators
            if judging[i.cube].arrived is Arrival.PART and isinstance(scores[i.code], Fraction)
        ]
        scored.append(PeriodScore(one, whole_score(scorecard, scores, partial)))
    return tuple(one for one in scored if one.rolled.coverage)
