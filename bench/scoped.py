"""What a rule costs a question: beside the same cut without a rule, and beside no rule at all."""

from dataclasses import dataclass
from functools import partial

from bench.aggregates import ask
from bench.filling import CUBE
from bench.questions import QUESTIONS, Question
from bench.turns import geometric_mean, in_turns, ratio
from server.access import Scope, ScopeRule
from server.cube.browser import ClickHouseBrowser
from server.runtime import Runtime

DIMENSION = "supplier_region"  # the organisation of the order lines
REGION = "ASIA"


@dataclass(frozen=True)
class ScopeCosts:
    """How many times longer questions take, as geometric means."""

    as_a_cut: float  # under a rule, to the same cut without one: equal rows, equal conditions
    of_everything: float  # under rules that together leave every row, to none


def scope_costs(runtime: Runtime, turns: int) -> ScopeCosts:
    """Ask every question in turns; AssertionError when answers of equal rows differ."""
    snapshot, cubes = runtime.snapshot(), runtime.cubes
    regions = [row[DIMENSION] for row in cubes.browser(CUBE, snapshot).members((), DIMENSION)]
    own, all_ = (
        cubes.browser(CUBE, snapshot, Scope(tuple(ScopeRule(DIMENSION, (one,)) for one in names)))
        for names in ([REGION], regions)
    )
    free = cubes.browser(CUBE, snapshot)
    as_a_cut, of_everything = [], []
    for question in QUESTIONS:
        cut = _with_cut(question)
        as_a_cut.append(_ratio((own, question), (free, cut), turns))
        of_everything.append(_ratio((all_, question), (free, question), turns))
    return ScopeCosts(geometric_mean(as_a_cut), geometric_mean(of_everything))


def _with_cut(question: Question) -> Question:
    more = f"{DIMENSION}:{REGION}"
    return Question(
        question.name,
        f"{more}|{question.cuts}" if question.cuts else more,  # where the rule stands too
        question.drilldown,
        question.aggregates,
        question.keys,
        question.figure,
        question.where,
    )


def _ratio(
    one: tuple[ClickHouseBrowser, Question], other: tuple[ClickHouseBrowser, Question], turns: int
) -> float:
    works = [partial(ask, *one), partial(ask, *other)]
    first, second = (work() for work in works)
    assert (first.summary, first.cells) == (second.summary, second.cells)
    ours, theirs = in_turns(works, turns)
    return ratio(ours, theirs)
