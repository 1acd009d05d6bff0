"""Random questions over two cubes: an outer join on what they share, formulas, marks and totals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from server.cube.across_reading import read_across
from tests.truth.answers import in_order
from tests.truth.asking import browser_for
from tests.truth.calendars import path_of, spans
from tests.truth.grains import Grain, Key, Row, Source, is_zero_of_nothing, source_of
from tests.truth.other_engine import OtherEngine
from tests.truth.our_engine import OurEngine
from tests.truth.parts import World
from tests.truth.questions import Cut, Question, Relative, questions_of, some_aggregates
from tests.truth.tables import TableAnswer, TableWords, table_of, table_words, told

SIGNS = ("+", "-", "*", "/")
Days = tuple[date, date]


@dataclass(frozen=True)
class AcrossQuestion:
    """A table over both cubes; the aggregates of the base have the name of their cube."""

    base: Question
    formulas: tuple[tuple[str, str, str, str], ...]  # name, left, sign, right
    words: TableWords

    @property
    def names(self) -> tuple[str, ...]:
        """The figures of a row."""
        return (*self.base.aggregates, *(name for name, *_ in self.formulas))


@st.composite
def across_questions(draw: st.DrawFn, world: World) -> AcrossQuestion:
    """Any table over the two cubes of a world."""
    visits = world.others[0]
    shared = replace(world, dimensions=visits.dimensions)
    chosen = [
        *(f"facts.{name}" for name in draw(some_aggregates(world, 2))),
        *(f"visits.{name}" for name in draw(some_aggregates(visits, 2))),
    ]
    base = draw(questions_of(shared, 0, 2, tuple(chosen), most_cuts=1))
    further = st.sampled_from([each for each in world.dimensions if each not in visits.dimensions])
    if draw(st.integers(0, 4)) == 0:
        dimension = draw(further)
        own = replace(world, dimensions=(dimension,))
        asked = draw(questions_of(own, 0, 0, ("facts",)))
        base = replace(base, cuts=(*base.cuts, *asked.cuts))
    formulas = draw(
        st.lists(
            st.tuples(st.sampled_from(chosen), st.sampled_from(SIGNS), st.sampled_from(chosen)),
            max_size=2,
        )
    )
    named = tuple((f"formula{place}", *each) for place, each in enumerate(formulas))
    base = replace(base, split=(), order=())
    names = (*chosen, *(name for name, *_ in named))
    words = TableWords()
    if base.drills:
        words = draw(table_words(shared, base.drills, names))
    return AcrossQuestion(base, named, words)


def ask_across(ours: OurEngine, question: AcrossQuestion) -> TableAnswer:
    """The table of our cubes."""
    base = question.base
    number, size = base.page or (None, None)
    texts = {name: f"{left} {sign} {right}" for name, left, sign, right in question.formulas}
    across = read_across(
        lambda cube: browser_for(ours, base, cube=cube),
        base.aggregates,
        cut=[cut.text for cut in base.cuts],
        formulas=texts,
        drilldown=[drill.text for drill in base.drills],
        page=number,
        page_size=size,
        **question.words.as_written,
    )
    return told(across.table(), question.names)


def expect_across(other: OtherEngine, question: AcrossQuestion) -> TableAnswer:
    """The table that must come."""
    base = _with_days(other, question.base)
    sides = [
        _side(engine, base, name) for name, engine in (("facts", other), *other.others.items())
    ]
    source = _joined([side for side in sides if side.names], question)
    return table_of(source, base.drills, question.words, base.page)


@dataclass(frozen=True)
class _Side:
    """One of the cubes, its figures with its name before them."""

    engine: OtherEngine
    names: tuple[str, ...]
    source: Source
    is_applicable: bool
    loaded: tuple[date, ...]  # the days up to the last of its facts that the cuts leave in

    def renamed(self, rows: Sequence[Row]) -> list[Row]:
        """Rows with the cube's name before each figure."""
        own = {name.partition(".")[2]: name for name in self.names}
        return [{own.get(ref, ref): value for ref, value in row.items()} for row in rows]

    def of_no_row(self, days: Days | None) -> Row:
        """What the cube says where it has no facts."""
        begun, ended = days or (date.min, date.max)
        is_loaded = any(begun <= day <= ended for day in self.loaded)
        found = self.engine.world.chosen(tuple(name.partition(".")[2] for name in self.names))
        says = is_loaded and self.is_applicable
        return {
            name: 0 if says and is_zero_of_nothing(aggregate) else None
            for name, aggregate in zip(self.names, found, strict=True)
        }


def _side(engine: OtherEngine, base: Question, cube: str) -> _Side:
    names = tuple(name for name in base.aggregates if name.startswith(f"{cube}."))
    world = engine.world
    own = tuple(cut for cut in base.cuts if world.has_dimension(cut.dimension))
    aggregates = tuple(name.partition(".")[2] for name in names)
    moment = next(each for each in world.moments if each.number == base.moment.number)
    asked = replace(base, cuts=own, aggregates=aggregates, moment=moment)
    days = world.days(moment)
    return _Side(
        engine,
        names,
        source_of(engine, asked),
        len(own) == len(base.cuts),
        tuple(_left(own, min(days), max(days))) if days else (),
    )


def _left(cuts: tuple[Cut, ...], first: date, last: date) -> Iterator[date]:
    """The days from the first to the last that all cuts of time leave in."""
    timed = [cut for cut in cuts if cut.dimension == "time"]
    for step in range((last - first).days + 1):
        day = first + timedelta(days=step)
        if all(_is_within(cut, path_of(day, cut.hierarchy)) for cut in timed):
            yield day


def _is_within(cut: Cut, path: tuple[Any, ...]) -> bool:
    if cut.kind == "range":
        begin, end = cut.paths
        is_in = path[: len(begin)] >= begin and path[: len(end)] <= end
    else:
        is_in = any(path[: len(one)] == one for one in cut.paths)
    return is_in != cut.is_negated


def _joined(sides: list[_Side], question: AcrossQuestion) -> Source:
    """Both cubes as one source."""
    first = sides[0].source

    def rows(grain: Grain) -> list[Row]:
        return join(grain, [side.source.rows(grain) for side in sides])

    def outside(grain: Grain, cut: Cut) -> list[Row]:
        return join(grain, [side.source.outside(grain, cut) for side in sides])

    def join(grain: Grain, parts: list[list[Row]]) -> list[Row]:
        found: dict[Key, Row] = {} if grain else {(): {}}
        for side, part in zip(sides, parts, strict=True):
            for row in side.renamed(part) if side.is_applicable else ():
                there = found.setdefault(first.key(grain, row), {})
                there.update({ref: value for ref, value in row.items() if ref not in there})
        for row in found.values():
            for side in sides:
                row.update(side.of_no_row(_days_of(grain, row, first)) | row)
            _work_out(row, question)
        levels = [(level.key, level.is_descending) for level in first.levels(grain)]
        return in_order(found.values(), levels)

    def adds_up(name: str, over: Grain) -> bool:
        return any(
            name in side.names and side.source.adds_up(name.partition(".")[2], over)
            for side in sides
        )

    return Source(first.world, question.names, rows, outside, adds_up)


def _work_out(row: Row, question: AcrossQuestion) -> None:
    for name, left, sign, right in question.formulas:
        one, other = (None if row[each] is None else Fraction(row[each]) for each in (left, right))
        row[name] = None
        if one is None or other is None or (sign == "/" and not other):
            continue
        row[name] = {
            "+": lambda a, b: a + b,
            "-": lambda a, b: a - b,
            "*": lambda a, b: a * b,
            "/": lambda a, b: a / b,
        }[sign](one, other)


def _days_of(grain: Grain, row: Row, source: Source) -> Days | None:
    """The days that a row is about, if it says."""
    found: Days | None = None
    for drill in grain:
        if drill.dimension == "time":
            first, last = spans(drill.hierarchy)[source.key((drill,), row)]
            found = (max(first, found[0]), min(last, found[1])) if found else (first, last)
    return found


def _with_days(other: OtherEngine, base: Question) -> Question:
    """Days counted from today as plain ones: today is the last day on which both have facts."""
    today = min(engine.today(base.moment) for engine in (other, *other.others.values()))

    def plain(path: tuple[Any, ...], hierarchy: str) -> tuple[Any, ...]:
        if path and isinstance(path[0], Relative):
            ((day,),) = other.rows(f"SELECT ({path[0].sql(today)})::DATE")
            return path_of(day, hierarchy)
        return path

    cuts = tuple(
        replace(cut, paths=tuple(plain(path, cut.hierarchy) for path in cut.paths))
        for cut in base.cuts
    )
    return replace(base, cuts=cuts)
