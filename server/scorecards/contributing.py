"""The change between two sides of a cube, asked by the members of a dimension and split exactly.

A side is a set of cuts: a period, or the part of it that can be compared. Both are asked at the
grain of the members; what they add up to is the whole, for nothing is split that does not add up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from server.cube.browser import ClickHouseBrowser
from server.cube.cube_model import CubeModel
from server.cube.drilldown import Drill, parse_drilldown
from server.cube.elements import Aggregate, DimensionKind, Function, OverTime, PartFunction
from server.errors import IndicubeError, InvalidInput
from server.indicators.absence import Absence, Figure
from server.indicators.contribution import Presence
from server.indicators.formula import Formula
from server.indicators.formula_tree import Coalesce, If, Name, Negative, Node, Operation
from server.indicators.splitting import Part, Split, split_change
from server.scorecards.figures import figures_in
from server.scorecards.views import Member

Path = tuple[str | None, ...]
Side = dict[Path, Mapping[str, Figure]]

_QUOTIENTS = (Function.AVG, Function.WEIGHTED_AVG, Function.RATIO)
_STOCKS = (OverTime.LAST, OverTime.LAST_NON_EMPTY, OverTime.FIRST)
_SUMS = (Function.COUNT, Function.COUNT_NONEMPTY, Function.SUM, PartFunction.SUM_OF_SOME)


@dataclass(frozen=True)
class Row:
    """One member's part of a change, with its own figure on both sides."""

    member: Member
    part: Part[Path]
    now: Figure
    before: Figure


@dataclass(frozen=True)
class Branch:
    """A change by the members of one dimension, those that weigh most first."""

    dimension: str
    dimension_label: str
    level: str
    level_label: str
    split: Split[Path]
    rows: tuple[Row, ...]

    def first(self, count: int) -> tuple[tuple[Row, ...], Part[Path] | None]:
        """The rows that weigh most, and all others as one part; None when none is left."""
        kept, rest = self.rows[:count], self.rows[count:]
        if not rest:
            return kept, None
        return kept, Part(
            (),
            Presence.BOTH,
            sum((one.part.volume for one in rest), Fraction(0)),
            sum((one.part.mix for one in rest), Fraction(0)),
            sum((one.part.rate for one in rest), Fraction(0)),
        )


@dataclass(frozen=True)
class Contributing:
    """Splits the change of one formula between two sides of a cube."""

    browser: ClickHouseBrowser
    formula: Formula  # over aggregates that add up over members, see `splittable`
    per: str | None  # the aggregate that says how much of something there is
    cuts: tuple[str, ...]
    now: tuple[str, ...]
    before: tuple[str, ...]

    @property
    def cube(self) -> CubeModel:
        """The cube that is asked."""
        return self.browser.model

    def candidates(self) -> tuple[str, ...]:
        """The dimensions by which it can be split: those with a level below that is no long list.

        Time is none of them: both sides are periods.
        """
        return tuple(
            one.name
            for one in self.cube.dimensions
            if one.kind is not DimensionKind.TIME and self._can_drill(one.name)
        )

    def branch(self, drilldown: str) -> Branch | Absence:
        """The change by the members of a drill-down, such as `region` or `organisation:carrier`."""
        drill = self._drill(drilldown)
        labels: dict[Path, str] = {}
        now, before = (self._side(one, drill, labels) for one in (self.now, self.before))
        split = split_change(self.formula, now, before, self.per)
        if isinstance(split, Absence):
            return split
        level, language = drill.levels[-1], self.browser.language
        has_children = drill.depth < len(drill.hierarchy.levels) and drill.is_default
        return Branch(
            dimension=drill.dimension.name,
            dimension_label=drill.dimension.labels.in_language(language),
            level=level.name,
            level_label=level.labels.in_language(language),
            split=split,
            rows=tuple(
                Row(
                    Member(drill.dimension.name, one.member, labels[one.member], has_children),
                    one,
                    self._own(now, one.member),
                    self._own(before, one.member),
                )
                for one in split.ranked
            ),
        )

    def _own(self, side: Side, member: Path) -> Figure:
        known = side.get(member)
        return self.formula.evaluate(known) if known is not None else Absence.NOT_APPLICABLE

    def _can_drill(self, dimension: str) -> bool:
        try:
            return not self._drill(dimension).levels[-1].is_high
        except IndicubeError:  # cut at its lowest level
            return False

    def _drill(self, text: str) -> Drill:
        drills = parse_drilldown(self.browser.cell(self.cuts), text)
        if len(drills) != 1 or drills[0].dimension.kind is DimensionKind.TIME:
            raise InvalidInput(
                f"{text[:60]!r} is not one dimension to split by.",
                field="by",
                allowed=self.candidates(),
            )
        return drills[0]

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(sorted({*self.formula.names, *([self.per] if self.per else [])}))

    def _side(self, cuts: tuple[str, ...], drill: Drill, labels: dict[Path, str]) -> Side:
        result = self.browser.aggregate(
            (*cuts, *self.cuts), aggregates=self._names, drilldown=[drill.text], summary=False
        )
        side: Side = {}
        for cell in result.cells:
            path = tuple(_key(cell[level.key.ref]) for level in drill.levels)
            side[path] = self._figures(dict(cell))
            label = cell.get(drill.levels[-1].label.ref)
            labels.setdefault(path, str(label if label is not None else path[-1] or "—"))
        return side

    def _figures(self, cell: Mapping[str, Any]) -> Mapping[str, Figure]:
        """The operands of a member; a stock of which nothing is left adds nothing."""
        figures = figures_in(cell, self.cube, self._names)
        return {
            name: Fraction(0) if cell.get(name) is None and name in self._stocks else one
            for name, one in figures.items()
        }

    @cached_property
    def _stocks(self) -> frozenset[str]:
        return frozenset(
            name
            for name in self._names
            if self.cube.aggregate(name).is_semi_additive or name.startswith("__")
        )


def splittable(
    browser: ClickHouseBrowser, formula: Formula
) -> tuple[ClickHouseBrowser, Formula] | None:
    """The formula over aggregates that add up over members, and a browser that knows them.

    An average or a ratio becomes the quotient of its parts; None when a name cannot be split.
    """
    parts: dict[str, Aggregate] = {}
    replaced: dict[str, Node] = {}
    for name in formula.names:
        node = _quotient(browser.model.aggregate(name), parts)
        if node is None:
            return None
        replaced[name] = node
    known = {one.name for one in browser.model.aggregates}
    more = tuple(one for name, one in parts.items() if name not in known)
    if more:
        browser = browser.knowing(more)
    return browser, Formula(_with(formula.root, replaced))


def _quotient(aggregate: Aggregate, parts: dict[str, Aggregate]) -> Node | None:
    if aggregate.function in _QUOTIENTS and len(aggregate.parts) == 2:
        first, second = (_quotient(one, parts) for one in aggregate.parts)
        return Operation("/", first, second) if first and second else None
    adds = aggregate.function in _SUMS and aggregate.over_time in (None, *_STOCKS)
    if not adds or aggregate.is_derived:
        return None
    parts[aggregate.name] = aggregate
    return Name(aggregate.name)


def _with(node: Node, replaced: Mapping[str, Node]) -> Node:
    match node:
        case Name(name):
            return replaced[name]
        case Negative(term):
            return Negative(_with(term, replaced))
        case Operation(operator, left, right):
            return Operation(operator, _with(left, replaced), _with(right, replaced))
        case If() | Coalesce():
            return node  # it is split by nobody
    return node


def _key(value: object) -> str | None:
    return None if value is None else str(value)
