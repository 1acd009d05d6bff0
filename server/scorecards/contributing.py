"""The change between two sides of a formula, asked by the members of a dimension and split exactly.

A side is a set of cuts: a period, or the part of it that can be compared. Both are asked at the
grain of the members; what they add up to is the whole, for nothing is split that does not add up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from server.cube.across_reading import shared_dimensions
from server.cube.browser import ClickHouseBrowser
from server.cube.cube_model import CubeModel
from server.cube.drilldown import Drill, parse_drilldown
from server.cube.elements import Aggregate, DimensionKind, Function, OverTime, PartFunction
from server.errors import IndicubeError, InvalidInput
from server.indicators.absence import Absence, Figure
from server.indicators.contribution import Presence
from server.indicators.formula import Formula
from server.indicators.formula_tree import Coalesce, If, Name, Negative, Node, Operation
from server.indicators.operands import operands_of
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
class Source:
    """One cube of a formula: what it is asked under, on both sides and on each."""

    browser: ClickHouseBrowser
    cuts: tuple[str, ...]
    now: tuple[str, ...]
    before: tuple[str, ...]

    @property
    def cube(self) -> CubeModel:
        """The cube that is asked."""
        return self.browser.model


@dataclass(frozen=True)
class Contributing:
    """Splits the change of one formula between two sides, by members that all its cubes share."""

    sources: tuple[Source, ...]  # the formula's own cube first
    formula: Formula  # over aggregates that add up over members, see `splittable`
    per: str | None  # the aggregate of the own cube that says how much of something there is

    @property
    def own(self) -> Source:
        """The cube that names of the formula are of unless they say another."""
        return self.sources[0]

    def candidates(self) -> tuple[str, ...]:
        """The dimensions by which it can be split: those with a level below that is no long list.

        Time is none of them: both sides are periods.
        """
        return tuple(
            one.name
            for one in self.own.cube.dimensions
            if one.kind is not DimensionKind.TIME
            and one.name in self._shared
            and self._can_drill(one.name)
        )

    def branch(self, drilldown: str) -> Branch | Absence:
        """The change by the members of a drill-down, such as `region` or `organisation:carrier`."""
        drill = self._drill(drilldown)
        labels: dict[Path, str] = {}
        now = self._side([one.now for one in self.sources], drill, labels)
        before = self._side([one.before for one in self.sources], drill, labels)
        split = split_change(self.formula, now, before, self.per)
        if isinstance(split, Absence):
            return split
        level, language = drill.levels[-1], self.own.browser.language
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
        drills = parse_drilldown(self.own.browser.cell(self.own.cuts), text)
        if (
            len(drills) != 1
            or drills[0].dimension.kind is DimensionKind.TIME
            or drills[0].dimension.name not in self._shared
        ):
            raise InvalidInput(
                f"{text[:60]!r} is not one dimension to split by.",
                field="by",
                allowed=self.candidates(),
            )
        return drills[0]

    @cached_property
    def _shared(self) -> tuple[str, ...]:
        """The dimensions that all cubes share."""
        return shared_dimensions([one.cube for one in self.sources])

    def _side(self, cuts: Sequence[tuple[str, ...]], drill: Drill, labels: dict[Path, str]) -> Side:
        """The operands of every member that any of the cubes has facts of."""
        found = [
            self._rows(source, own, drill, labels)
            for source, own in zip(self.sources, cuts, strict=True)
        ]
        side: dict[Path, dict[str, Figure]] = {}
        for path in dict.fromkeys(path for rows in found for path in rows):
            side[path] = {}
            for source, rows in zip(self.sources, found, strict=True):
                side[path] |= self._figures(source, rows.get(path, {}))
        return dict(side)

    def _rows(
        self, source: Source, cuts: tuple[str, ...], drill: Drill, labels: dict[Path, str]
    ) -> dict[Path, Mapping[str, Any]]:
        result = source.browser.aggregate(
            (*cuts, *source.cuts),
            aggregates=tuple(sorted(set(self._names(source).values()))),
            drilldown=[drill.text],
            summary=False,
        )
        rows: dict[Path, Mapping[str, Any]] = {}
        for cell in result.cells:
            path = tuple(_key(cell[level.key.ref]) for level in drill.levels)
            rows[path] = dict(cell)
            label = cell.get(drill.levels[-1].label.ref)
            labels.setdefault(path, str(label if label is not None else path[-1] or "—"))
        return rows

    def _names(self, source: Source) -> dict[str, str]:
        """What is taken from a cube: the formula's names and the aggregates that they are."""
        own = self.own.cube.name
        names = {
            one.name: one.aggregate
            for one in operands_of(self.formula, own)
            if one.cube == source.cube.name
        }
        return {**names, self.per: self.per} if self.per and source is self.own else names

    def _figures(self, source: Source, cell: Mapping[str, Any]) -> Mapping[str, Figure]:
        """The operands of a member; a stock of which nothing is left adds nothing."""
        names = self._names(source)
        figures = figures_in(cell, source.cube, set(names.values()))
        return {
            name: Fraction(0)
            if cell.get(aggregate) is None and _is_stock(source.cube, aggregate)
            else figures[aggregate]
            for name, aggregate in names.items()
        }


def _is_stock(cube: CubeModel, name: str) -> bool:
    return name.startswith("__") or cube.aggregate(name).is_semi_additive


def splittable(
    browsers: Sequence[ClickHouseBrowser], formula: Formula
) -> tuple[tuple[ClickHouseBrowser, ...], Formula] | None:
    """The formula over aggregates that add up over members, and browsers that know them.

    The first browser is of the formula's own cube. An average or a ratio becomes the quotient of
    its parts; None when a name cannot be split.
    """
    own, known = browsers[0].model.name, {one.model.name: one for one in browsers}
    parts: dict[str, dict[str, Aggregate]] = {name: {} for name in known}
    replaced: dict[str, Node] = {}
    for one in operands_of(formula, own):
        aggregate = known[one.cube].model.aggregate(one.aggregate)
        node = _quotient(aggregate, parts[one.cube], one.cube, own)
        if node is None:
            return None
        replaced[one.name] = node
    found = tuple(_knowing(one, parts[one.model.name]) for one in browsers)
    return found, Formula(_with(formula.root, replaced))


def _knowing(browser: ClickHouseBrowser, parts: Mapping[str, Aggregate]) -> ClickHouseBrowser:
    known = {one.name for one in browser.model.aggregates}
    more = tuple(one for name, one in parts.items() if name not in known)
    return browser.knowing(more) if more else browser


def _quotient(
    aggregate: Aggregate, parts: dict[str, Aggregate], cube: str, own: str
) -> Node | None:
    if aggregate.function in _QUOTIENTS and len(aggregate.parts) == 2:
        first, second = (_quotient(one, parts, cube, own) for one in aggregate.parts)
        return Operation("/", first, second) if first and second else None
    adds = aggregate.function in _SUMS and aggregate.over_time in (None, *_STOCKS)
    if not adds or aggregate.is_derived:
        return None
    parts[aggregate.name] = aggregate
    return Name(_name_in_formula(aggregate.name, cube, own))


def _name_in_formula(aggregate: str, cube: str, own: str) -> str:
    """Names of hidden parts have dots: what stands before the first one is taken for a cube."""
    return aggregate if cube == own and "." not in aggregate else f"{cube}.{aggregate}"


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
