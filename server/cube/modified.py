"""Figures with modifiers of time: each run of days is asked once, then rows are put together.

A row is there where any of its figures has facts: a member that sold only last year has one. What
is missing is told in the row's `absences`; of a count or a sum nothing is 0 where facts of those
days are loaded. What stands on a stock from before its own days is told in `carried`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from operator import itemgetter
from typing import Any

from server.cube.cell import Cut, ScopedCell
from server.cube.derived import work_out
from server.cube.drilldown import Drill
from server.cube.elements import Aggregate, OverTime
from server.cube.modified_figures import Told, Value, of_nothing, told
from server.cube.modifiers import Against, Comparison, Modifier, Output, outputs_of
from server.cube.noted import about
from server.cube.statement import SPLIT, Breakdown, Order, Page, Statement
from server.cube.statement_pieces import follows_from_pieces, pieces_statement, rolled_pieces
from server.cube.statement_stocks import RUN
from server.cube.statement_time import Runs, oldest_name, runs_of, runs_statement
from server.cube.time_frame import Days, TimeFrame, attributes_at, time_frame
from server.cube.time_windows import (
    Moment,
    carried,
    compared,
    knows,
    moments_of,
    whole_moment,
    window,
)
from server.errors import LimitReached
from server.indicators.absence import Absence
from server.snapshot import Snapshot
from server.store.asking import still_asked

ABSENCES, WORDS, CARRIED = "absences", "words", "carried"
_IN_THE_END = (OverTime.LAST, OverTime.LAST_NON_EMPTY)
BESIDE = (ABSENCES, WORDS, CARRIED)  # of a row: what is said of its figures, by their names

Row = dict[str, Any]
Key = tuple[Any, ...]
Ask = Callable[[Statement], list[Row]]


@dataclass(frozen=True)
class Question:
    """A question for aggregates with modifiers or comparisons, free of mistakes."""

    cell: ScopedCell
    snapshot: Snapshot
    aggregates: tuple[Aggregate, ...]
    drills: tuple[Drill, ...]
    split: tuple[Cut, ...] | None
    modifiers: tuple[Modifier, ...]
    comparisons: tuple[Comparison, ...]
    loaded: Days  # the first and the last day that facts are loaded of
    most: int
    language: str = "en"
    is_beside: bool = False  # other rows are along time: what this calendar lacks is told as absent

    @property
    def fact_days(self) -> Days:
        """The first and the last day that a visible fact can have."""
        table, (first, last) = self.cell.cube.fact.name, self.loaded
        snapshot = self.snapshot
        return snapshot.first_dates.get(table, first), snapshot.watermarks.get(table, last)

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The figures of each row."""
        return outputs_of(self.aggregates, self.modifiers, self.comparisons)


def check(question: Question) -> None:
    """Raise what keeps a question from being answered, before anything is asked."""
    frame = time_frame(question.cell, question.drills)
    for moment in _moments(question, frame)[:1]:
        for modifier in (one for one in question.modifiers if not question.is_beside):
            if modifier.to_date:
                window(frame.calendar, moment, modifier)


def modified_cells(question: Question, ask: Ask) -> list[Row]:
    """The rows of a drill-down or a split, in its natural order."""
    frame = time_frame(question.cell, question.drills)
    answer = _Answer(question, frame, _moments(question, frame))
    answer.ask(ask, Breakdown(frame.others, question.split), question.drills)
    rows = [row for moment in answer.moments for row in answer.rows(moment)]
    if len(rows) > question.most:
        raise _too_many(question.most)
    natural = natural_order(question)
    return ordered(rows, natural)


def of_nobody(question: Question) -> dict[Key, Row]:
    """What a member without any fact has, by the keys of the answer's periods; nothing is asked.

    Without a drill-down along time all days are one period, without a key.
    """
    frame = time_frame(question.cell, question.drills)
    answer = _Answer(question, frame, _moments(question, frame))
    levels = frame.drill.levels if frame.drill else ()
    found: dict[Key, Row] = {}
    for moment in answer.moments:
        period = moment.period
        told = attributes_at(frame.drill, period, "en") if frame.drill and period else {}
        found[tuple(told[level.key.ref] for level in levels)] = answer.figures((), moment)
    return found


def modified_summary(question: Question, ask: Ask) -> Row | None:
    """The same figures of the whole cell, asked at their own grain; none of several runs of days.

    A number of periods has no meaning for the whole of several: those figures are not applicable.
    """
    frame = time_frame(question.cell, question.drills)
    if frame.drill is not None and len(frame.runs) > 1:
        return None
    moment = whole_moment(frame.calendar, frame.runs, question.loaded)
    answer = _Answer(question, frame, (moment,) if moment else (), is_whole=frame.drill is not None)
    answer.ask(ask, Breakdown())
    return answer.row((), moment)


def without_modifiers(question: Question, plain: Row) -> Row:
    """The plain figures of a cell in which no modifier has a meaning."""
    names = [output.name for output in question.outputs]
    absent = {name: str(Absence.NOT_APPLICABLE) for name in names if name not in plain}
    return {**dict.fromkeys(names), **plain, ABSENCES: absent}


def unfinished(question: Question) -> list[Row]:
    """The periods of the answer of which facts are loaded in part, each with its last such day."""
    frame = time_frame(question.cell, question.drills)
    return [
        {
            "period": moment.period.key,
            "label": moment.period.names.in_language(question.language),
            "until": moment.days[1],
        }
        for moment in _moments(question, frame)
        if moment.period and moment.days[1] == question.loaded[1] < moment.period.last
    ]


def natural_order(question: Question) -> list[Order]:
    """The order of the levels of the drill-downs, the split first."""
    split = [Order(SPLIT)] if question.split is not None else []
    levels = (level for drill in question.drills for level in drill.levels)
    return [
        *split,
        *(Order.of(level.order_by, is_descending=level.is_descending) for level in levels),
    ]


def ordered(rows: list[Row], order: Iterable[Order]) -> list[Row]:
    """The rows by what was asked to sort by; what is absent is last, ties keep their order."""
    for each in reversed(list(order)):
        rows = each.sorted(rows)
    return rows


class _Answer:
    """The moments of an answer, the runs of days that their figures need, and those figures."""

    def __init__(
        self,
        question: Question,
        frame: TimeFrame,
        moments: tuple[Moment, ...],
        *,
        is_whole: bool = False,
    ) -> None:
        self.moments = moments
        self._question = question
        self._frame = frame
        self._is_whole = is_whole
        self._numbers: dict[Days, int] = {}
        self._begun: dict[tuple[Moment, Modifier | None, Against | None], date] = {}
        self._found: dict[tuple[int, Key], Row] = {}
        self._members: dict[Key, Row] = {}
        self._runs: dict[tuple[Moment, Modifier | None, Against | None, int], Days | Absence] = {
            (moment, modifier, against, carry): self._run(moment, modifier, against, carry)
            for moment in moments
            for modifier in (None, *question.modifiers)
            for against in (None, *dict.fromkeys(one.against for one in question.comparisons))
            for carry in dict.fromkeys((0, *(one.carry for one in question.aggregates)))
        }
        self._latest: dict[Moment, dict[Days, None]] = {moment: {} for moment in moments}
        for (moment, *_), run in self._runs.items():
            if not isinstance(run, Absence):
                self._latest[moment][run] = None

    def ask(self, ask: Ask, breakdown: Breakdown, drills: tuple[Drill, ...] = ()) -> None:
        """Ask every run at once; the drill-downs are what the log of questions is told of."""
        if not self._numbers:
            return
        question = self._question
        carries = len({0, *(one.carry for one in question.aggregates)})
        most = question.most * carries
        most *= (1 + len(question.modifiers)) * (1 + len(question.comparisons))
        cell, runs = self._frame.cell, runs_of(list(self._numbers))
        pieced = [a for a in question.aggregates if follows_from_pieces(cell, a, breakdown)]
        others = [one for one in question.aggregates if one not in pieced]
        for asked in (one for one in (pieced, others) if one):
            noted = partial(about, "aggregate", question.cell, drills, asked, breakdown.split)
            found = self._statement(asked, runs, breakdown, Page(most + 1), asked is pieced)
            rows = ask(replace(found, about=noted))
            if len(rows) > most:
                raise _too_many(question.most)
            work_out(rows, asked)
            self._keep(rows, breakdown)

    def _statement(
        self,
        aggregates: Sequence[Aggregate],
        runs: Runs,
        breakdown: Breakdown,
        page: Page,
        is_pieced: bool,
    ) -> Statement:
        """What asks for some aggregates over all runs: of a roll-up, by pieces, or as they are."""
        question, cell = self._question, self._frame.cell
        given = (cell, question.snapshot, aggregates)
        roll_up = rolled_pieces(*given, runs, breakdown, question.fact_days)
        if roll_up is not None:
            opened = runs.opened(question.fact_days)
            return pieces_statement(
                *given, opened, breakdown, page=page, language=question.language, roll_up=roll_up
            )
        statement_over = pieces_statement if is_pieced else runs_statement
        return statement_over(*given, runs, breakdown, page=page, language=question.language)

    def _keep(self, rows: Iterable[Row], breakdown: Breakdown) -> None:
        levels = [level for drill in breakdown.drills for level in drill.levels]
        keys = [level.key.ref for level in levels]
        keys += [SPLIT] if breakdown.split is not None else []
        refs = [attribute.ref for level in levels for attribute in level.attributes]
        refs += [SPLIT] if breakdown.split is not None else []
        for row in rows:
            key = tuple(row[ref] for ref in keys)
            self._found.setdefault((row[RUN], key), {}).update(row)
            self._members.setdefault(key, {ref: row[ref] for ref in refs})

    def rows(self, moment: Moment) -> Iterator[Row]:
        """A row for each member that has facts, or a stock carried on, in any run of the moment."""
        numbers = {
            (self._numbers[run], carry)
            for (each, _, _, carry), run in self._runs.items()
            if each is moment and not isinstance(run, Absence)
        }
        for key in self._members:
            still_asked()
            if any(self._has(number, key, carry) for number, carry in numbers):
                yield self.row(key, moment)

    def _has(self, number: int, key: Key, carry: int) -> bool:
        row = self._found.get((number, key))
        if row is None or not carry:
            return row is not None
        carried = (one.name for one in self._question.aggregates if one.carry == carry)
        return any(row[name] is not None for name in carried)

    def row(self, key: Key, moment: Moment | None) -> Row:
        """What is answered of a member at a moment, in the order of the drill-downs."""
        return self._attributes(key, moment) | self.figures(key, moment)

    def figures(self, key: Key, moment: Moment | None) -> Row:
        """The figures of a member at a moment, and what is said of them."""
        row: Row = {}
        absent, words, carried = {}, {}, {}
        for output in self._question.outputs:
            found = self._told(output, key, moment)
            is_absent = isinstance(found.value, Absence)
            row[output.name] = None if is_absent else found.value
            if is_absent:
                absent[output.name] = str(found.value)
            if found.word:
                words[output.name] = found.word
            if not is_absent and (oldest := self._carried_from(output, key, moment)):
                carried[output.name] = oldest
        beside = zip(BESIDE, (absent, words, carried), strict=True)
        return row | {name: told_by for name, told_by in beside if told_by}

    def _attributes(self, key: Key, moment: Moment | None) -> Row:
        named = self._named(key, moment)
        row: Row = {SPLIT: named[SPLIT]} if SPLIT in named else {}
        if self._is_whole or (not key and self._frame.drill is None):
            return row
        for drill in self._question.drills:
            if drill is self._frame.drill and moment and moment.period:
                row |= attributes_at(drill, moment.period, self._question.language)
            else:
                refs = (one.ref for level in drill.levels for one in level.attributes)
                row |= {ref: named[ref] for ref in refs}
        return row

    def _named(self, key: Key, moment: Moment | None) -> Row:
        """What the member is called on the last day of its facts in any run of the moment."""
        runs = self._latest.get(moment, {}) if moment else {}
        found = [
            (run[1], row) for run in runs if (row := self._found.get((self._numbers[run], key)))
        ]
        _, latest = max(found, key=itemgetter(0), default=(None, None))
        return dict(latest or self._members.get(key, {}))

    def _told(self, output: Output, key: Key, moment: Moment | None) -> Told:
        if moment is None:
            return Told(Absence.NOT_LOADED)
        against = output.comparison.against if output.comparison else None
        carry = output.aggregate.carry
        value = self._value(output, key, self._runs[moment, output.modifier, None, carry])
        other = self._runs[moment, output.modifier, against, carry]
        if self._lacks_days(output, moment) and not isinstance(other, Absence):
            other = Absence.PARTIAL
        return told(output, value, lambda: self._value(output, key, other))

    def _lacks_days(self, output: Output, moment: Moment) -> bool:
        """Whether a run that begins with the first facts is compared with fewer days than it has.

        What a stock is in the end it is also where the beginning is missing.
        """
        is_first = moment.period is None and moment.days[0] == self._question.loaded[0]
        return (
            is_first and output.modifier is None and output.aggregate.over_time not in _IN_THE_END
        )

    def _carried_from(self, output: Output, key: Key, moment: Moment | None) -> date | None:
        """The oldest day of a stock in the figure, where that is before the figure's own days."""
        if moment is None or not output.aggregate.carry:
            return None
        found = (self._oldest(output, key, moment, one) for one in _sides(output))
        return min((day for day in found if day), default=None)

    def _oldest(
        self, output: Output, key: Key, moment: Moment, against: Against | None
    ) -> date | None:
        run = self._runs[moment, output.modifier, against, output.aggregate.carry]
        row = None if isinstance(run, Absence) else self._found.get((self._numbers[run], key))
        day: date | None = row[oldest_name(output.aggregate)] if row else None
        return day if day and day < self._begun[moment, output.modifier, against] else None

    def _value(self, output: Output, key: Key, run: Days | Absence) -> Value:
        if isinstance(run, Absence):
            return run
        row = self._found.get((self._numbers[run], key))
        value: Value | None = row[output.aggregate.name] if row else None
        return of_nothing(output.aggregate) if value is None else value

    def _run(
        self, moment: Moment, modifier: Modifier | None, against: Against | None, carry: int
    ) -> Days | Absence:
        calendar, (first, last) = self._frame.calendar, self._question.loaded
        other = compared(calendar, moment, against) if against else moment
        is_count = modifier is not None and modifier.rolling > 0
        if other is None or (is_count and (self._is_whole or other.period is None)):
            return Absence.NOT_APPLICABLE
        if self._question.is_beside and not knows(calendar, modifier):
            return Absence.NOT_APPLICABLE
        run = window(calendar, other, modifier)
        if run[1] < first or run[0] > last:
            return Absence.NOT_LOADED
        self._begun[moment, modifier, against] = run[0]
        run = carried(calendar, other, run, carry) if carry else run
        self._numbers.setdefault(run, len(self._numbers))
        return run


def _sides(output: Output) -> tuple[Against | None, ...]:
    """The periods whose figures an output is made of; None is its own."""
    if output.comparison is None:
        return (None,)
    against = output.comparison.against
    return (against,) if output.comparison.form == "value" else (None, against)


def _moments(question: Question, frame: TimeFrame) -> tuple[Moment, ...]:
    if frame.grain is not None:
        return moments_of(frame.calendar, frame.grain, frame.runs, question.loaded)
    whole = whole_moment(frame.calendar, frame.runs, question.loaded)
    return (whole,) if whole else ()


def _too_many(most: int) -> LimitReached:
    return LimitReached(
        f"The answer has more than {most:,} cells: cut, or drill less, to see them.", field="page"
    )
