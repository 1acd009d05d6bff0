"""PURE: the scores of a scorecard that two states answer differently, month by month.

A score is made of the indicators of every perspective, of all cubes: those whose facts did not
change are the same on both sides. Both sides are judged by the same definitions and targets.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from server.indicators.absence import Figure
from server.indicators.definition import Indicator
from server.indicators.scorecard import Scorecard, score_card
from server.periods import Period
from server.scorecards.gathering import Gathered
from server.scorecards.slicing import Cuts
from server.scorecards.standing import score_in


@dataclass(frozen=True)
class ScorePair:
    """A score before and after; of the whole scorecard, or of one perspective."""

    perspective: str  # its code; empty for the whole
    period: Period
    before: Figure
    after: Figure


@dataclass(frozen=True)
class ScoreSides:
    """What the scores of a scorecard are made of, in both states."""

    scorecard: Scorecard
    indicators: Sequence[Indicator]
    cuts: Cuts
    before: Gathered
    after: Gathered

    def moved(self, periods: Sequence[Period]) -> Iterator[ScorePair]:
        """The scores of these months that differ: the whole one first."""
        for period in periods:
            before, after = self._scores(self.before, period), self._scores(self.after, period)
            for code, was in before.items():
                if was != after[code]:
                    yield ScorePair(code, period, was, after[code])

    def _scores(self, operands: Gathered, period: Period) -> Mapping[str, Figure]:
        scores = {
            one.code: score_in(one, period, operands.of(one), self.cuts) for one in self.indicators
        }
        found = score_card(self.scorecard, scores)
        return {
            "": found.total.score,
            **{
                perspective.code: rolled.score
                for perspective, rolled in zip(
                    self.scorecard.perspectives, found.perspectives, strict=True
                )
            },
        }
