"""Random questions along time: modifiers and comparisons of any figure, by any calendar."""

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from tests.truth.asking import browser_for
from tests.truth.calendars import UNITS, path_of
from tests.truth.figures import exact
from tests.truth.our_engine import OurEngine
from tests.truth.parts import Aggregate, Level, World
from tests.truth.questions import (
    Cut,
    Drill,
    Question,
    days_of_cuts,
    drills_of,
    levels_of,
    questions_of,
    some_aggregates,
)

Row = dict[str, Any]
TO_DATE = {"wtd": "week", "mtd": "month", "qtd": "quarter", "ytd": "year"}
ROLLING = ("rolling-1", "rolling-3", "rolling-12")
FORMS = ("", ":difference", ":change")


@dataclass(frozen=True)
class ModifiedQuestion:
    """A question along time; at most one drill-down and one cut of the base are of time."""

    base: Question
    modifiers: tuple[str, ...]
    comparisons: tuple[str, ...]

    @property
    def time_drill(self) -> Drill | None:
        """The drill-down along time."""
        return next((each for each in self.base.drills if each.dimension == "time"), None)

    @property
    def time_cut(self) -> Cut | None:
        """The cut of time."""
        return next((each for each in self.base.cuts if each.dimension == "time"), None)

    @property
    def hierarchy(self) -> str:
        """The hierarchy whose calendar is followed."""
        either = self.time_drill or self.time_cut
        return either.hierarchy if either else "ymd"

    @property
    def outputs(self) -> list[tuple[str, str, str, str]]:
        """Every figure: its name, and of which aggregate, by which modifier, against what."""
        return [
            (named(name, one, other), name, one, other)
            for name in self.base.aggregates
            for one in ("", *self.modifiers)
            for other in ("", *self.comparisons)
        ]


@dataclass(frozen=True)
class ModifiedAnswer:
    """The rows of the page by the keys of their members, how many there are, and the whole."""

    rows: list[Row]
    count: int
    summary: Row


def named(*words: str) -> str:
    """The name of a figure from that of its aggregate, a modifier and a comparison."""
    name = "__".join(word for word in words if word)
    return name.replace("rolling-", "rolling_").replace(":", "__")


@st.composite
def modified_questions(draw: st.DrawFn, world: World) -> ModifiedQuestion:
    """Any question along time of the cube of a world, with days that the cuts leave in a run."""
    chosen = draw(some_aggregates(world, 3))
    base = draw(questions_of(world, 0, 2, tuple(chosen), most_cuts=1))
    time = next(each for each in world.dimensions if each.is_time)
    drills = tuple(each for each in base.drills if each.dimension != "time")[:1]
    cuts = tuple(each for each in base.cuts if each.dimension != "time")
    along = [each for each in drills_of(world) if each.dimension == "time"]
    drill = draw(st.sampled_from(along)) if draw(st.integers(0, 4)) else None
    is_fine = drill is not None and drill.level.endswith(("day", "week"))
    cut = _run_of_days(time.hierarchies, draw, is_short=is_fine)
    hierarchy = drill.hierarchy if drill else cut.hierarchy if cut else "ymd"
    known = [word for word, unit in TO_DATE.items() if unit in UNITS[hierarchy]]
    modifiers = st.lists(st.sampled_from([*known, *ROLLING]), max_size=2, unique=True)
    against = st.builds(
        "{}{}".format, st.sampled_from(("previous", "last_year")), st.sampled_from(FORMS)
    )
    question = ModifiedQuestion(
        replace(
            base,
            drills=((drill, *drills) if draw(st.booleans()) else (*drills, drill))
            if drill
            else drills,
            cuts=(*cuts, cut) if cut else cuts,
            split=(),
            order=(),
            moment=draw(st.sampled_from([each for each in world.moments if world.days(each)])),
        ),
        tuple(draw(modifiers)),
        tuple(draw(st.lists(against, max_size=2, unique=True))),
    )
    if not question.modifiers and not question.comparisons:
        question = replace(question, modifiers=("ytd",))
    return replace(question, base=replace(question.base, order=_order(draw, world, question)))


def ask_modified(ours: OurEngine, question: ModifiedQuestion) -> ModifiedAnswer:
    """The browser's answer."""
    base = question.base
    number, size = base.page or (None, None)
    answer = browser_for(ours, base).aggregate(
        [cut.text for cut in base.cuts],
        aggregates=base.aggregates,
        drilldown=[drill.text for drill in base.drills],
        order=[f"{ref}:{'desc' if down else 'asc'}" for ref, down in base.order],
        page=number,
        page_size=size,
        time=question.modifiers,
        compare=question.comparisons,
    )
    refs = [ref for level in levels_in(ours.world, base.drills) for ref in level.refs]
    rows = [_told(row, refs, question) for row in answer.cells or ()]
    return ModifiedAnswer(rows, answer.total_cell_count or 0, _told(answer.summary, [], question))


def levels_in(world: World, drills: tuple[Drill, ...]) -> list[Level]:
    """The levels of some drill-downs."""
    return [level for drill in drills for level in levels_of(world, drill)]


def is_rate(world: World, aggregate: Aggregate) -> bool:
    """Whether it is a part of a whole: here a count over a count."""
    document = aggregate.document
    if document["function"] != "ratio":
        return False
    parts = world.chosen((document["numerator"], document["denominator"]))
    return all(each.document["function"] == "count" for each in parts)


def _told(row: Row, refs: list[str], question: ModifiedQuestion) -> Row:
    names = [name for name, *_ in question.outputs]
    absences = row.get("absences", {})
    for name in names:
        assert (row[name] is None) == (name in absences), (name, row)
    return {ref: row[ref] for ref in refs} | {name: rounded(row[name]) for name in names}


def rounded(value: Any) -> Fraction | float | None:
    """A figure as it is compared: exact, but for quotients of binary floats."""
    found = exact(value)
    return round(found, 9) if isinstance(found, float) else found


def _order(
    draw: st.DrawFn, world: World, question: ModifiedQuestion
) -> tuple[tuple[str, bool], ...]:
    if not question.base.drills:
        return ()
    keys = [level.key for level in levels_in(world, question.base.drills)]
    names = [name for name, *_ in question.outputs]
    orders = st.tuples(st.sampled_from([*keys, *names]), st.booleans())
    return tuple(draw(st.lists(orders, max_size=2, unique_by=lambda one: one[0])))


def _run_of_days(hierarchies: Any, draw: st.DrawFn, *, is_short: bool) -> Cut | None:
    """A point or a range of time, or nothing: the days that it leaves have no hole."""
    kind = draw(st.sampled_from(("point", "range") if is_short else ("point", "range", "none")))
    if kind == "none":
        return None
    hierarchy = draw(st.sampled_from([name for name, _ in hierarchies]))
    deepest = len(UNITS[hierarchy])
    first = draw(days_of_cuts())
    if kind == "point":
        depth = draw(st.integers(2 if is_short else 1, deepest))
        return Cut("time", hierarchy, "point", (path_of(first, hierarchy)[:depth],))
    last = date.fromordinal(first.toordinal() + draw(st.integers(0, 45 if is_short else 500)))
    paths = [
        path_of(day, hierarchy)[: draw(st.integers(deepest if is_short else 1, deepest))]
        for day in (first, last)
    ]
    if not is_short and draw(st.integers(0, 3)) == 0:
        paths[draw(st.integers(0, 1))] = ()
    return Cut("time", hierarchy, "range", tuple(paths))
