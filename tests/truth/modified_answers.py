"""What the answer to a question along time must be.

Which days each figure is over is worked out with Python's dates; all runs of days are then asked of
the other engine in one SELECT, which knows nothing of calendars.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from operator import itemgetter
from typing import Any

from tests.truth.answers import in_order, pieces_over
from tests.truth.calendars import UNITS, label_of, path_of, spans
from tests.truth.conditions import condition_without_time
from tests.truth.figures import exact
from tests.truth.grains import of_nothing
from tests.truth.modified import (
    ModifiedAnswer,
    ModifiedQuestion,
    Row,
    is_rate,
    levels_in,
    rounded,
)
from tests.truth.other_engine import OtherEngine
from tests.truth.parts import Aggregate, Level
from tests.truth.periods import DAY, Days, Grain, Span

Key = tuple[Any, ...]
Figure = Fraction | float | None
FIRST_KNOWN = date(2004, 2, 1)
EVER = date(1970, 1, 1), date(2149, 6, 6)


def expect_modified(other: OtherEngine, question: ModifiedQuestion) -> ModifiedAnswer:
    """The answer that must come."""
    answering = Answering(other, question)
    drills = question.base.drills
    levels = levels_in(other.world, drills)
    rows = list(answering.rows()) if drills else []
    natural = [(level.key, level.is_descending) for level in levels]
    ordered = in_order(rows, [*question.base.order, *natural])
    number, size = question.base.page or (0, len(ordered) or 1)
    shown = ordered[number * size : (number + 1) * size]
    return ModifiedAnswer(shown, len(ordered), answering.summary())


@dataclass
class Answering:
    """One question, and the figures of every run of days that it needs."""

    other: OtherEngine
    question: ModifiedQuestion

    def __post_init__(self) -> None:
        days = self.other.world.days(self.question.base.moment)
        self.loaded = min(days), max(days)
        self.run = _run_of(self.question)
        self.aggregates = {
            each.name: each for each in self.other.world.chosen(self.question.base.aggregates)
        }

    def rows(self) -> Iterator[Row]:
        """A row for each member that has facts in any run of days of a period."""
        drill, base = self.question.time_drill, self.question.base
        others = tuple(each for each in base.drills if each is not drill)
        keys = [level.key for level in levels_in(self.other.world, others)]
        moments = self._moments()
        needed = {days for span in moments for days in self._runs(span, is_whole=False)}
        found = self._ask(sorted(needed), keys)
        described = self._described(sorted(needed), levels_in(self.other.world, others))
        members = dict.fromkeys(member for _, member in described)
        for span in moments:
            runs = self._runs(span, is_whole=False)
            for member in members:
                there = [described[days, member] for days in runs if (days, member) in described]
                if there:
                    _, labels = max(there, key=itemgetter(0))
                    figures = self._figures(span, member, found, is_whole=False)
                    yield labels | self._period(span) | figures

    def summary(self) -> Row:
        """The figures of the whole cell."""
        is_whole = self.question.time_drill is not None
        span = self._whole()
        if span is None:
            return dict.fromkeys(name for name, *_ in self.question.outputs)
        found = self._ask(sorted(self._runs(span, is_whole)), [])
        return self._figures(span, (), found, is_whole)

    def of_nobody(self, row: Row) -> Row:
        """The figures of a member without facts, at the period of a row."""
        drill = self.question.time_drill
        keys = [level.key for level in levels_in(self.other.world, (drill,))] if drill else []
        for span in self._moments():
            period = self._period(span)
            if all(period[key] == row[key] for key in keys):
                return self._figures(span, ("nobody",), {}, is_whole=False)
        return dict.fromkeys(name for name, *_ in self.question.outputs)

    def _moments(self) -> list[Span]:
        drill = self.question.time_drill
        if drill is None:
            whole = self._whole()
            return [whole] if whole else []
        grain = Grain(UNITS[drill.hierarchy][drill.depth - 1], drill.hierarchy)
        found: list[Span] = []
        if self.run is None:
            return found
        day, end = max(self.run[0], self.loaded[0]), min(self.run[1], self.loaded[1])
        while day <= end:
            period = grain.containing(day)
            days = max(period[0], self.run[0]), min(period[1], end)
            found.append(Span(grain, days, period))
            day = period[1] + DAY
        return found

    def _whole(self) -> Span | None:
        """All days of the cell: a period where they are one."""
        if self.run is None or self.run[0] > self.loaded[1] or self.run[1] < self.loaded[0]:
            return None
        hierarchy = self.question.hierarchy
        end = min(self.run[1], self.loaded[1])
        for unit in UNITS[hierarchy]:
            grain = Grain(unit, hierarchy)
            if self.run[0] >= FIRST_KNOWN and grain.containing(self.run[0]) == self.run:
                return Span(grain, (self.run[0], end), self.run)
        begin = max(self.run[0], self.loaded[0])
        return Span(Grain("day", hierarchy), (begin, end), None)

    def _runs(self, span: Span, is_whole: bool) -> set[Days]:
        return {
            days
            for _, _, modifier, against in self.question.outputs
            for word in dict.fromkeys(("", against.partition(":")[0]))
            if (days := self._days(span, modifier, word, is_whole)) is not None
            and days[0] <= self.loaded[1]
            and days[1] >= self.loaded[0]
        }

    def _days(self, span: Span, modifier: str, against: str, is_whole: bool) -> Days | None:
        """The days of a figure; none where periods cannot be counted."""
        moved = span.against(against) if against else span
        if modifier.startswith("rolling") and (is_whole or moved.period is None):
            return None
        return moved.by(modifier)

    def _ask(self, runs: list[Days], keys: list[str]) -> dict[tuple[Days, Key], Row]:
        """The figures of every run and member that has facts there."""
        if not runs:
            return {}
        other = self.other
        names = ["run", *(f'"{key}"' for key in keys)]
        where = condition_without_time(other, self.question.base)
        chosen = list(self.aggregates.values())
        return {
            (runs[row.pop("run")], tuple(row.pop(name) for name in keys)): row
            for row in pieces_over(other, chosen, self._over(runs), where, names)
        }

    def _described(
        self, runs: list[Days], levels: list[Level]
    ) -> dict[tuple[Days, Key], tuple[date, Row]]:
        """Every member in every run: the last day of its facts, and its labels of that day."""
        if not runs:
            return {}
        keys = [level.key for level in levels]
        labels = [ref for level in levels for ref in level.refs[1:]]
        listed = ["run", *(f'"{key}"' for key in keys)]
        told = [f'last("{ref}" ORDER BY day)' for ref in labels]
        where = condition_without_time(self.other, self.question.base)
        rows = self.other.rows(
            f"SELECT {', '.join([*listed, 'max(day)', *told])} FROM {self._over(runs)} "
            f"WHERE {where} GROUP BY {', '.join(listed)}"
        )
        refs, number = [*keys, *labels], len(keys)
        return {
            (runs[run], tuple(row[:number])): (
                row[number],
                dict(zip(refs, [*row[:number], *row[number + 1 :]], strict=True)),
            )
            for run, *row in rows
        }

    def _over(self, runs: list[Days]) -> str:
        """The facts of every run, with its number."""
        base = self.question.base
        flat = self.other.flat(base.moment, base.membership, base.language)
        listed = ", ".join(
            f"({place}, DATE '{first}', DATE '{last}')" for place, (first, last) in enumerate(runs)
        )
        return (
            f"(SELECT flat.*, runs.run FROM {flat} flat JOIN (VALUES {listed}) "
            "runs(run, first, last) ON flat.day BETWEEN runs.first AND runs.last)"
        )

    def _figures(
        self, span: Span, member: Key, found: dict[tuple[Days, Key], Row], is_whole: bool
    ) -> Row:
        figures: Row = {}
        for output, name, modifier, against in self.question.outputs:
            word, _, form = against.partition(":")
            value = self._figure(self._days(span, modifier, "", is_whole), name, member, found)
            if word:
                days = self._days(span, modifier, word, is_whole)
                is_short = self._is_short(span, modifier, name)
                base = None if is_short else self._figure(days, name, member, found)
                value = self._compared(self.aggregates[name], value, base, form)
            figures[output] = rounded(value)
        return figures

    def _is_short(self, span: Span, modifier: str, name: str) -> bool:
        """Whether a run from the first facts on is compared with days that begin before them."""
        is_at_end = self.aggregates[name].document.get("over_time") in ("last", "last_non_empty")
        is_first = span.period is None and span.days[0] == self.loaded[0]
        return is_first and not modifier and not is_at_end

    def _figure(
        self, days: Days | None, name: str, member: Key, found: dict[tuple[Days, Key], Row]
    ) -> Figure:
        if days is None or days[0] > self.loaded[1] or days[1] < self.loaded[0]:
            return None
        row = found.get((days, member)) or of_nothing(self.other.world, (name,))
        return exact(row[name])

    def _compared(self, aggregate: Aggregate, value: Figure, base: Figure, form: str) -> Figure:
        if not form:
            return base
        if value is None or base is None:
            return None
        if form == "difference":
            return value - base
        if is_rate(self.other.world, aggregate):
            return (value - base) * 100
        return (value - base) / base if base > 0 else None

    def _period(self, span: Span) -> Row:
        """What is said of a period."""
        drill = self.question.time_drill
        if drill is None:
            return {}
        first = span.period[0] if span.period else span.days[0]
        path, language = path_of(first, drill.hierarchy), self.question.base.language
        row: Row = {}
        units = UNITS[drill.hierarchy]
        for level, unit, number in zip(
            levels_in(self.other.world, (drill,)), units, path, strict=False
        ):
            row[level.key] = number
            for ref in level.refs[1:]:
                is_day = unit == "day"
                row[ref] = first if is_day else label_of(first, drill.hierarchy, unit, language)
        return row


def _run_of(question: ModifiedQuestion) -> Days | None:
    """The days that the cut of time leaves; none where its ends are the wrong way round."""
    cut = question.time_cut
    if cut is None:
        return EVER
    known = spans(cut.hierarchy)
    first = known[cut.paths[0]][0] if cut.paths[0] else EVER[0]
    last = known[cut.paths[-1]][1] if cut.paths[-1] else EVER[1]
    return (first, last) if first <= last else None
