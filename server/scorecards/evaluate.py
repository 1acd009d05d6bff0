"""A scored scorecard: definitions and targets, with numbers from the cubes, judged and rolled up.

Steps: which aggregates the indicators need, by cube; one statement per cube for the whole window
of periods; each indicator judged; scores rolled up level by level (docs/scoring.md).
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from server.arrivals.coverage import Arrival
from server.indicators.definition import Indicator
from server.indicators.scorecard import Scorecard
from server.indicators.scoring import Bands
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.arrival import within
from server.scorecards.asking import Asked
from server.scorecards.catalogue import read_catalogue
from server.scorecards.figures import Question, operands_by_period
from server.scorecards.frame import default_period, frame, tables_of
from server.scorecards.gathering import ByPeriod, Gathered, gather
from server.scorecards.judging import Judging
from server.scorecards.rolling import perspective_views, whole_score
from server.scorecards.slicing import Cuts
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
    tables = tables_of(runtime, indicators)
    period = asked.period or default_period(runtime, snapshot, *tables)
    framed = frame(
        runtime, asked.person, leading, period, asked.cuts, asked.language, snapshot, tables
    )
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
) -> Gathered:
    """The operands of all indicators, for the window of a period."""
    periods = window(period)

    def ask(name: str, aggregates: tuple[str, ...], cuts: Cuts) -> ByPeriod:
        cube, scope = runtime.cubes.model.cube(name), asked.person.scope
        browser = runtime.cubes.browser(name, snapshot, scope, asked.language)
        question = Question(aggregates, periods, cuts.texts(), within=within(cuts, scope))
        return operands_by_period(browser, cube, question, snapshot)

    return gather(indicators, periods, asked.cuts, runtime.cubes.model, ask)


def standings_in(
    runtime: Runtime,
    asked: Asked,
    indicators: Iterable[Indicator],
    period: Period,
    operands: Gathered,
    snapshot: Snapshot,
    bands: Bands,
) -> dict[str, Standing]:
    """Indicator code to standing in one period."""
    listed = tuple(indicators)
    judging = Judging(runtime, asked, period, snapshot, listed)
    return {
        one.code: stand(
            one,
            period,
            operands.of(one),
            asked.cuts,
            judging.arrived(one),
            bands,
            judging.compared(one),
            judging.coverage(one),
        )
        for one in listed
    }


def _strip(
    runtime: Runtime,
    asked: Asked,
    scorecard: Scorecard,
    indicators: Sequence[Indicator],
    operands: Gathered,
    period: Period,
    snapshot: Snapshot,
) -> tuple[PeriodScore, ...]:
    """The score of each period of the trend; periods without any score are left out."""
    scored = []
    for one in (p for p in window(period) if p > period.shift(-TREND_LENGTH)):
        scores = {i.code: score_in(i, one, operands.of(i), asked.cuts) for i in indicators}
        judging = Judging(runtime, asked, one, snapshot, tuple(indicators))
        partial = [
            i.code
            for i in indicators
            if judging.arrived(i) is Arrival.PART and isinstance(scores[i.code], Fraction)
        ]
        scored.append(PeriodScore(one, whole_score(scorecard, scores, partial)))
    return tuple(one for one in scored if one.rolled.coverage)
