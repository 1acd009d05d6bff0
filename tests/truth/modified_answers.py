"""What the answer to a question along time must be.

Which days each figure is over is worked out with Python's dates; all runs of days are then asked of
the other engine in one SELECT, which knows nothing of calendars.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from tests.truth.answers import in_order, pieces_over
from tests.truth.calendars import UNITS, path_of, spans
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
from tests.truth.parts import Aggregate
from tests.truth.periods import DAY, Days, Grain, Span

Key = tuple[Any, ...]
Figure = Fraction | float | None
FIRST_KNOWN = date(2004, 2, 1)
EVER = date(1970, 1, 1), date(2149, 6, 6)


def expect_modified(other: OtherEngine, question: ModifiedQuestion) -> ModifiedAnswer:
    """The answer that must come."""
    answering = _Answering(other, question)
    drills = question.base.drills
    levels = levels_in(other.world, drills)
    rows = list(answering.rows()) if drills else []
    natural = [(level.key, level.is_descending) for level in levels]
    ordered = in_order(rows, [*question.base.order, *natural])
    number, size = question.base.page or (0, len(ordered) or 1)
    shown = ordered[number * size : (number + 1) * size]
    return ModifiedAnswer(shown, len(ordered), answering.summary())


@dataclass
class _Answering:
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
        members = dict.fromkeys(key for _, key in found)
        for span in moments:
            runs = self._runs(span, is_whole=False)
            for member in members:
                if any((days, member) in found for days in runs):
                    figures = self._figures(span, member, found, is_whole=False)
                    yield dict(zip(keys, member, strict=True)) | self._period(span) | figures

    def summary(self) -> Row:
        """The figures of the whole cell."""
        is_whole = self.question.time_drill is not None
        span = self._whole()
        if span is None:
            return dict.fromkeys(name for name, *_ in self.question.outputs)
        found = self._ask(sorted(self._runs(span, is_whole)), [])
        return self._figures(span, (), found, is_whole)

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
        other, base = self.other, self.question.base
        flat = other.flat(base.moment, base.membership, base.language)
        listed = ", ".join(
            f"({place}, DATE '{first}', DATE '{last}')" for place, (first, last) in enumerate(runs)
        )
        table = (
            f"(SELECT flat.*, runs.run FROM {flat} flat JOIN (VALUES {listed}) "
            "runs(run, first, last) ON flat.day BETWEEN runs.first AND runs.last)"
        )
        names = ["run", *(f'"{key}"' for key in keys)]
        where = condition_without_time(other, base)
        chosen = list(self.aggregates.values())
        return {
            (runs[row.pop("run")], tuple(row.pop(name) for name in keys)): row
            for row in pieces_over(other, chosen, table, where, names)
        }

    def _figures(
        self, span: Span, member: Key, found: dict[tuple[Days, Key], Row], is_whole: bool
    ) -> Row:
        figures: Row = {}
        for output, name, modifier, against in self.question.outputs:
            word, _, form = against.partition(":")
            value = self._figure(self._days(span, modifier, "", is_whole), name, member, found)
            if word:
                days = self._days(span, modifier, word, is_whole)
                base = self._figure(days, name, member, found)
                value = self._compared(self.aggregates[name], value, base, form)
            figures[output] = rounded(value)
        return figures

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
        drill = self.question.time_drill
        if drill is None:
            return {}
        first = span.period[0] if span.period else span.days[0]
        path = path_of(first, drill.hierarchy)
        levels = levels_in(self.other.world, (drill,))
        return {level.key: number for level, number in zip(levels, path, strict=False)}


def _run_of(question: ModifiedQuestion) -> Days | None:
    """The days that the cut of time leaves; none where its ends are the wrong way round."""
    cut = question.time_cut
    if cut is None:
        return EVER
    known = spans(cut.hierarchy)
    first = known[cut.paths[0]][0] if cut.paths[0] else EVER[0]
    last = known[cut.paths[-1]][1] if cut.paths[-1] else EVER[1]
    return (first, last) if first <= last else None
