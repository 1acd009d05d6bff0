"""Links and forms of the slicer: the question is the URL, so every click is another question."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from flask import request, url_for

from server.cube.cube_model import CubeModel
from server.cube.cuts import parse_cuts
from server.cube.elements import AS_IS, AS_WAS, Dimension, Hierarchy
from server.errors import InvalidInput
from server.periods import Period
from server.scorecards.catalogue import read_catalogue
from server.slices import moves
from server.slices.question import (
    Axis,
    Show,
    SliceQuestion,
    Value,
    write_moment,
    write_question,
)
from server.slices.result import AxisHead, FilterWords, SliceResult
from server.snapshot import Snapshot
from web.figures import whole
from web.frame import Link
from web.known import Clocks, Known, known_at
from web.phrases import gettext, named
from web.place import with_query
from web.visitor import runtime
from web.words import language, period_words

TOPS = (5, 10, 20, 50)


@dataclass(frozen=True)
class Choice:
    """One option of a form that is sent when it changes."""

    url: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class LevelField:
    """A level that can be put on the rows or the columns."""

    label: str
    rows: Link
    columns: Link


@dataclass(frozen=True)
class DimensionField:
    """A dimension of the field list."""

    name: str
    label: str
    levels: tuple[LevelField, ...]
    cut: str
    is_used: bool
    is_cut: bool


@dataclass(frozen=True)
class AxisChip:
    """An axis in force, with what can be done to it."""

    label: str
    up: str | None
    down: str | None
    remove: str
    other_side: str
    across: tuple[Choice, ...]
    key: str


@dataclass(frozen=True)
class ValueLinks:
    """A value, and what else can be shown of it."""

    label: str
    links: tuple[Link, ...]

    @property
    def is_used(self) -> bool:
        """Whether any of it is shown."""
        return any(link.is_current for link in self.links)


@dataclass(frozen=True)
class CutChip:
    """A cut in force: the way down to its member, how to change it and how to lift it."""

    dimension: str
    trail: tuple[Link, ...]
    is_negated: bool
    edit: str
    lift: str
    counted: str = ""  # as it is written, where it counts days from today


@dataclass(frozen=True)
class Clicks:
    """Makes the links of one slicer."""

    question: SliceQuestion
    cube: CubeModel
    definitions: int | None = None  # the number of those by which it is asked; None: of now

    def to(self, question: SliceQuestion, *more: tuple[str, str]) -> str:
        """The address of a question."""
        return address(question, *more)

    def fields(self) -> tuple[DimensionField, ...]:
        """Every dimension with its levels."""
        cut = {one.dimension for one in parse_cuts(self.cube, self.question.cuts)}
        used = {one.dimension for one in self.question.axes}
        return tuple(
            DimensionField(
                one.name,
                one.labels.in_language(language()),
                tuple(self._levels(one)),
                cut_address(self.question, one.name),
                one.name in used,
                one.name in cut,
            )
            for one in self.cube.dimensions
        )

    def aggregates(self) -> tuple[Link, ...]:
        """Every aggregate, to add or to take away."""
        return tuple(
            self._value(Value(one.name), one.labels.in_language(language()))
            for one in self.cube.aggregates
        )

    def indicators(self) -> tuple[Link, ...]:
        """Every indicator of the cube, to add or to take away."""
        found = read_catalogue(runtime().metadata, self.definitions).indicators.values()
        return tuple(
            self._value(Value(one.code, "indicator"), one.name.in_language(language()))
            for one in found
            if one.cubes == (self.cube.name,)
        )

    def shows(self) -> tuple[Link, ...]:
        """What is shown beside the values."""
        words: tuple[tuple[Show, str], ...] = (
            ("share", gettext("Share of parent")),
            ("change", gettext("Change on previous period")),
            ("growth", gettext("Change in %")),
        )
        return tuple(self._show(show, label) for show, label in words)

    def along_time(self) -> tuple[ValueLinks, ...]:
        """What is shown of each value along time; nothing where the cube has no time."""
        if self.cube.time is None:
            return ()
        words: tuple[tuple[Show, str], ...] = (
            ("mtd", gettext("Month to date")),
            ("qtd", gettext("Quarter to date")),
            ("ytd", gettext("Year to date")),
            ("rolling_3", gettext("Last 3 periods")),
            ("rolling_12", gettext("Last 12 periods")),
            ("last_year", gettext("Same period last year")),
            ("year_change", gettext("Change on last year")),
            ("year_growth", gettext("Change on last year in %")),
            ("ytd_last_year", gettext("Year to date, last year")),
            ("ytd_growth", gettext("Change of year to date in %")),
        )
        return tuple(
            ValueLinks(
                self._label_of(value),
                tuple(self._show_of(value, show, label) for show, label in words),
            )
            for value in self.question.values
        )

    def memberships(self) -> tuple[Link, ...]:
        """Where members of dated dimensions are shown; nothing where none ever moves."""
        if not self.cube.is_dated:
            return ()
        now = self.question.membership
        words = ((AS_WAS, gettext("as it was")), (AS_IS, gettext("as it is now")))
        return tuple(
            Link(label, self.to(replace(self.question, membership=one)), one == now)
            for one, label in words
        )

    def sorted_by(self, result: SliceResult) -> Link | None:
        """The value of all columns together that sorts the rows, where no column shows it."""
        first = self.question.order[0] if self.question.order else None
        is_seen = any(one.kind == "total" or not one.paths for one in result.columns)
        head = next((h for h in result.values if first and h.value.reference == first.by), None)
        if first is None or head is None or first.column or is_seen:
            return None
        arrow = "▼" if first.is_descending else "▲"
        found = moves.ordered_by(self.question, first.by)
        return Link(f"{head.label} {arrow}", self.to(found), True)

    def axes(self, heads: Iterable[AxisHead], other: moves.Side) -> tuple[AxisChip, ...]:
        """The axes of one side; `other` is the side to which each can be moved."""
        return tuple(self._axis(head, other) for head in heads)

    def tops(self) -> tuple[Link, ...]:
        """All members, or so many of the greatest."""
        top = self.question.top
        chosen = top.number if top else None
        every = Link(gettext("All"), self.to(moves.with_top(self.question, None)), top is None)
        numbers = sorted({*TOPS, *([chosen] if chosen else [])})
        return (
            every,
            *(
                Link(whole(n), self.to(moves.with_top(self.question, n)), n == chosen)
                for n in numbers
            ),
        )

    def chips(self, result: SliceResult) -> tuple[CutChip, ...]:
        """The cuts in force, each with its breadcrumbs."""
        return tuple(self._chip(one) for one in result.filters)

    def _levels(self, dimension: Dimension) -> Iterable[LevelField]:
        for hierarchy in dimension.hierarchies:
            for level in hierarchy.levels:
                axis = Axis(dimension.name, hierarchy.name, level.name)
                label = level.labels.in_language(language())
                if hierarchy != dimension.default_hierarchy:
                    label = named(hierarchy.labels.in_language(language()), label)
                yield LevelField(label, self._side(axis, "rows"), self._side(axis, "columns"))

    def _side(self, axis: Axis, side: moves.Side) -> Link:
        is_there = axis in (self.question.rows if side == "rows" else self.question.columns)
        found = (
            moves.without_axis(self.question, axis)
            if is_there
            else moves.with_axis(self.question, side, axis)
        )
        label = gettext("On the rows") if side == "rows" else gettext("On the columns")
        return Link(label, self.to(found), is_there)

    def _value(self, value: Value, label: str) -> Link:
        is_on = self.question.value(value.reference) is not None
        shown = Value(value.name, value.kind, self.question.values[0].show)
        return Link(label, self.to(moves.with_value(self.question, shown)), is_on)

    def _show(self, show: Show, label: str) -> Link:
        is_on = any(show in one.show for one in self.question.values)
        return Link(label, self.to(moves.with_show(self.question, show, is_shown=not is_on)), is_on)

    def _show_of(self, value: Value, show: Show, label: str) -> Link:
        found = moves.with_show_of(self.question, value.reference, show)
        return Link(label, self.to(found), show in value.show)

    def _label_of(self, value: Value) -> str:
        if value.kind == "aggregate":
            return self.cube.aggregate(value.name).labels.in_language(language())
        indicators = read_catalogue(runtime().metadata, self.definitions).indicators
        return indicators[value.name].name.in_language(language())

    def _axis(self, head: AxisHead, other: moves.Side) -> AxisChip:
        hierarchy = self._hierarchy(head.axis)
        above = moves.level_above(hierarchy, head.axis)
        below = moves.level_below(hierarchy, head.axis)
        return AxisChip(
            label=_axis_words(self._along(head, hierarchy), head.level_label),
            up=self._other(head.axis, above),
            down=self._other(head.axis, below),
            remove=self.to(moves.without_axis(self.question, head.axis)),
            other_side=self.to(moves.with_axis(self.question, other, head.axis)),
            across=tuple(self._across(head.axis)),
            key=f"{head.axis.dimension}-{head.axis.hierarchy}-{head.axis.level}",
        )

    def _along(self, head: AxisHead, hierarchy: Hierarchy) -> str:
        """What an axis goes along: its dimension, or another hierarchy of it than the usual one."""
        usual = self.cube.dimension(head.axis.dimension).default_hierarchy
        return (
            head.dimension_label if hierarchy == usual else hierarchy.labels.in_language(language())
        )

    def _other(self, axis: Axis, other: Axis | None) -> str | None:
        if other is None:
            return None
        return self.to(moves.with_other_axis(self.question, axis, other))

    def _across(self, axis: Axis) -> Iterable[Choice]:
        for dimension in self.cube.dimensions:
            for level in dimension.default_hierarchy.levels:
                other = Axis(dimension.name, dimension.default_hierarchy.name, level.name)
                if other in self.question.axes and other != axis:
                    continue
                label = _axis_words(
                    dimension.labels.in_language(language()), level.labels.in_language(language())
                )
                found = moves.with_other_axis(self.question, axis, other)
                yield Choice(self.to(found), label, other == axis)

    def _hierarchy(self, axis: Axis) -> Hierarchy:
        found = self.cube.dimension(axis.dimension).hierarchy(axis.hierarchy)
        return found or self.cube.dimension(axis.dimension).default_hierarchy

    def _chip(self, words: FilterWords) -> CutChip:
        return CutChip(
            dimension=words.dimension_label,
            trail=self._trail(words),
            is_negated=words.is_negated,
            edit=cut_address(self.question, words.dimension),
            lift=self.to(moves.without_cut(self.question, words.cut)),
            counted=dict(self.question.counted).get(words.cut, "").partition(":")[2],
        )

    def _trail(self, words: FilterWords) -> tuple[Link, ...]:
        """The way down to the one member of a cut; other cuts are words alone."""
        if words.kind != "point" or words.is_negated:
            return (Link(_readable(words), "", True),)
        (cut,) = parse_cuts(self.cube, words.cut)
        steps = [Link(gettext("All"), self.to(moves.raised(self.question, self.cube, cut, 0)))]
        for depth in range(1, len(cut.paths[0])):
            found = moves.raised(self.question, self.cube, cut, depth)
            steps.append(Link(readable(words.trail[depth - 1]), self.to(found)))
        return (*steps, Link(_readable(words), "", True))


def address(question: SliceQuestion, *more: tuple[str, str]) -> str:
    """The address of a question, in the language that the page was asked in."""
    return with_query(
        url_for("slicer.show", name=question.cube), (*write_question(question), *kept(), *more)
    )


def cut_address(question: SliceQuestion, dimension: str) -> str:
    """The address of the screen that cuts a dimension."""
    path = url_for("slicer_cut.cut", name=question.cube, dimension=dimension)
    return with_query(path, (*write_question(question), *kept()))


def pinned(question: SliceQuestion) -> tuple[tuple[str, str], ...]:
    """What keeps an address at the moment of a question, with its members where it has them."""
    return (*belonging(question), *write_moment(question))


def belonging(question: SliceQuestion) -> tuple[tuple[str, str], ...]:
    """Where members are looked up; nothing when that is where they were."""
    return (("membership", question.membership),) if question.membership != AS_WAS else ()


def known_slice(question: SliceQuestion, snapshot: Snapshot) -> Known:
    """The picker of an earlier state of the facts, which keeps the question."""
    path = url_for("slicer.show", name=question.cube)
    pairs = (*write_question(replace(question, as_of=None, as_of_model=None)), *kept())
    return known_at(path, pairs, clocks_of(question), snapshot)


def clocks_of(question: SliceQuestion) -> Clocks:
    """By which facts and definitions a question is asked."""
    return Clocks(question.as_of, question.as_of_model)


def kept() -> tuple[tuple[str, str], ...]:
    """What every link carries along beside the question."""
    asked = request.args.get("lang")
    return (("lang", asked),) if asked else ()


def _axis_words(dimension: str, level: str) -> str:
    return level if dimension == level else f"{dimension} › {level}"


def _readable(words: FilterWords) -> str:
    """The members of a cut; periods in words, everything else as it is."""
    joiner = " – " if words.kind == "range" else gettext(", ")
    return joiner.join(readable(one) for one in words.names)


def filter_words(words: FilterWords) -> str:
    """A cut in one phrase."""
    without = f"{gettext('without')} " if words.is_negated else ""
    return named(words.dimension_label, f"{without}{_readable(words)}")


def readable(text: str) -> str:
    """A period in words; any other text as it is."""
    if not text[:4].isdigit():
        return text
    try:
        return period_words(Period.parse(text))
    except InvalidInput:
        return text
