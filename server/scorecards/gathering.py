"""What the formulas of indicators take from the cubes: each cube is asked once for all of them.

The cube that an indicator is of must have every dimension that is cut; a further one of its formula
is asked under those cuts that it has, if its model is open to the others.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from server.cube.model import Model
from server.indicators.definition import Indicator
from server.indicators.operands import Operand
from server.periods import Period
from server.scorecards.figures import Operands, not_applicable
from server.scorecards.slicing import Cuts

ByPeriod = Mapping[Period, Operands]
Ask = Callable[[str, tuple[str, ...], Cuts], ByPeriod]  # aggregates of a cube under cuts
_Key = tuple[str, Cuts | None]  # a cube, and what it is asked under; None: it has nothing to say


@dataclass(frozen=True)
class Gathered:
    """The answers of the cubes, period by period."""

    model: Model
    cuts: Cuts
    answers: Mapping[_Key, ByPeriod]

    def of(self, indicator: Indicator) -> ByPeriod:
        """The operands of one indicator, by the names that its formula has for them."""
        if not any("." in one.name for one in indicator.operands):
            return self.answers[_key(self.model, self.cuts, indicator, indicator.cube)]
        sides = [(one, self._answer(indicator, one)) for one in indicator.operands]
        _, first = sides[0]
        return {
            period: {one.name: answer[period][one.aggregate] for one, answer in sides}
            for period in first
        }

    def _answer(self, indicator: Indicator, operand: Operand) -> ByPeriod:
        return self.answers[_key(self.model, self.cuts, indicator, operand.cube)]


def gather(
    indicators: Iterable[Indicator],
    periods: tuple[Period, ...],
    cuts: Cuts,
    model: Model,
    ask: Ask,
) -> Gathered:
    """Ask every cube for what some indicators need of it."""
    names: dict[_Key, set[str]] = {}
    for indicator in indicators:
        if not indicator.operands:  # a constant: its periods are those of its cube
            names.setdefault(_key(model, cuts, indicator, indicator.cube), set())
        for one in indicator.operands:
            names.setdefault(_key(model, cuts, indicator, one.cube), set()).add(one.aggregate)
    answers: dict[_Key, ByPeriod] = {}
    for (cube, own), needed in names.items():
        aggregates = tuple(sorted(needed))
        answers[cube, own] = (
            not_applicable(aggregates, periods) if own is None else ask(cube, aggregates, own)
        )
    return Gathered(model, cuts, answers)


def cuts_of(model: Model, cuts: Cuts, own: str, cube: str) -> Cuts | None:
    """What a cube of a formula of a cube is asked under; None when it has nothing to say."""
    known = model.cube(cube)
    if cube != own:
        return cuts.beside(known)
    return cuts if cuts.fit(known) else None


def _key(model: Model, cuts: Cuts, indicator: Indicator, cube: str) -> _Key:
    return cube, cuts_of(model, cuts, indicator.cube, cube)
