"""Random questions: what is asked, as a person writes it and as values."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from server.access import EVERYTHING, Scope, ScopeRule
from server.cube.elements import Membership
from tests.truth.calendars import path_of
from tests.truth.parts import Dimension, Level, Moment, World
from tests.truth.rows import DAYS, FIRST, MEMBERS, UPPERS

Path = tuple[Any, ...]


@dataclass(frozen=True)
class Relative:
    """A day counted from today, as it is written."""

    number: int
    unit: str
    is_past: bool
    is_whole: bool  # from the first day of today's unit

    def __str__(self) -> str:
        if self.is_whole:
            return f"{'last' if self.is_past else 'next'}{self.number}{self.unit}s"
        return f"{self.number}{self.unit}{'ago' if self.is_past else 'forward'}"

    def sql(self, today: date) -> str:
        """The day as the other engine works it out."""
        start = f"date_trunc('{self.unit}', DATE '{today}')" if self.is_whole else f"DATE '{today}'"
        return f"{start} {'-' if self.is_past else '+'} INTERVAL {self.number} {self.unit}"


@dataclass(frozen=True)
class Cut:
    """A cut: paths of values along a hierarchy."""

    dimension: str
    hierarchy: str
    kind: str  # point, set, range
    paths: tuple[Path, ...]
    is_negated: bool = False
    attribute: str = ""  # instead of a hierarchy

    @property
    def text(self) -> str:
        """The cut as it is written."""
        joiner = "-" if self.kind == "range" else ";"
        paths = joiner.join(",".join(written(key) for key in path) for path in self.paths)
        place = f".{self.attribute}" if self.attribute else f"@{self.hierarchy}"
        return f"{'!' if self.is_negated else ''}{self.dimension}{place}:{paths}"


@dataclass(frozen=True)
class Drill:
    """A breakdown along a hierarchy, down to a depth."""

    dimension: str
    hierarchy: str
    level: str
    depth: int

    @property
    def text(self) -> str:
        """The drill-down as it is written."""
        return f"{self.dimension}@{self.hierarchy}:{self.level}"


@dataclass(frozen=True)
class Question:
    """Everything that can be asked at once."""

    moment: Moment
    membership: Membership = "as_was"
    language: str = "en"
    cuts: tuple[Cut, ...] = ()
    drills: tuple[Drill, ...] = ()
    split: tuple[Cut, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()  # output, whether from the greatest down
    page: tuple[int, int] | None = None  # number and size
    scope: Scope = field(default=EVERYTHING)
    aggregates: tuple[str, ...] = ("facts",)
    is_rolled: bool = False  # whether roll-ups may serve it


def written(key: Any) -> str:
    """A key as it stands in a cut."""
    if key is None:
        return "__null__"
    text = key.isoformat() if isinstance(key, date) else str(key)
    return "".join(f"\\{letter}" if letter in "\\!|:;,-" else letter for letter in text)


def questions(world: World) -> st.SearchStrategy[Question]:
    """Any question to the cube of a world."""
    names = some_aggregates(world, 4)
    return names.flatmap(lambda drawn: questions_of(world, 0, 3, tuple(drawn)))


def some_aggregates(world: World, most: int) -> st.SearchStrategy[list[str]]:
    """Names of one or several aggregates of a world."""
    names = [each.name for each in world.aggregates]
    return st.lists(st.sampled_from(names), min_size=1, max_size=most, unique=True)


def questions_of(
    world: World, least: int, most: int, aggregates: tuple[str, ...], most_cuts: int = 3
) -> st.SearchStrategy[Question]:
    """Any question for some aggregates with so many drill-downs."""
    drills = st.lists(
        st.sampled_from(drills_of(world)), min_size=least, max_size=most, unique_by=_along
    )
    return drills.flatmap(lambda drawn: _of(world, tuple(drawn), aggregates, most_cuts))


def cuts(world: World) -> st.SearchStrategy[Cut]:
    """Any cut of the cube of a world."""
    return st.sampled_from(world.dimensions).flatmap(lambda one: cuts_along(world, one))


def cuts_along(world: World, dimension: Dimension) -> st.SearchStrategy[Cut]:
    """Any cut of one dimension."""
    along = st.sampled_from([name for name, _ in dimension.hierarchies]).flatmap(
        lambda name: _cut(world, dimension, name)
    )
    if not dimension.attributes:
        return along
    return st.one_of(along, along, _attribute_cut(dimension))


def drills_of(world: World) -> list[Drill]:
    """Every breakdown along one hierarchy."""
    return [
        Drill(dimension.name, name, level.name, depth)
        for dimension in world.dimensions
        for name, levels in dimension.hierarchies
        for depth, level in enumerate(levels, start=1)
    ]


def levels_of(world: World, drill: Drill) -> tuple[Level, ...]:
    """The levels that a drill-down goes through."""
    return world.dimension(drill.dimension).levels(drill.hierarchy)[: drill.depth]


def _of(
    world: World, drills: tuple[Drill, ...], aggregates: tuple[str, ...], most_cuts: int
) -> st.SearchStrategy[Question]:
    refs = [ref for drill in drills for level in levels_of(world, drill) for ref in level.refs]
    orders = st.tuples(st.sampled_from([*refs, *aggregates]), st.booleans())
    pages = st.tuples(st.integers(0, 3), st.integers(1, 9))
    return st.builds(
        Question,
        moment=_moments(world),
        membership=st.sampled_from(("as_was", "as_is")),
        language=st.sampled_from(("en", "zh")),
        cuts=st.lists(cuts(world), max_size=most_cuts).map(tuple),
        drills=st.just(drills),
        split=st.one_of(st.just(()), st.lists(cuts(world), min_size=1, max_size=2).map(tuple)),
        order=st.lists(orders, max_size=2, unique_by=lambda each: each[0]).map(tuple),
        page=st.one_of(st.none(), pages),
        scope=st.one_of(st.just(EVERYTHING), st.just(EVERYTHING), _scopes(world)),
        aggregates=st.just(aggregates),
        is_rolled=st.booleans(),
    )


def _moments(world: World) -> st.SearchStrategy[Moment]:
    """Any moment; more often than not one at which facts are seen."""
    full = [each for each in world.moments[::-1] if world.days(each)]
    return st.one_of(st.sampled_from(full), st.sampled_from(full), st.sampled_from(world.moments))


def _along(drill: Drill) -> tuple[str, str]:
    return drill.dimension, drill.hierarchy


@st.composite
def _cut(draw: st.DrawFn, world: World, dimension: Dimension, hierarchy: str) -> Cut:
    kind = draw(st.sampled_from(("point", "set", "range")))
    path = _paths(world, dimension, hierarchy, kind == "range")
    if kind == "range":
        paths = [draw(st.one_of(st.just(()), path)) for _ in range(2)]
    else:
        paths = [draw(path) for _ in range(1 if kind == "point" else draw(st.integers(2, 6)))]
    return Cut(dimension.name, hierarchy, kind, tuple(paths), draw(st.booleans()))


@st.composite
def _attribute_cut(draw: st.DrawFn, dimension: Dimension) -> Cut:
    name, kind = draw(st.sampled_from(dimension.attributes))
    values: dict[str, list[Any]] = {
        "integer": [-2, 3, 7, 9],
        "decimal": [Decimal("12.34"), Decimal("12.345")],
    }
    texts = ["big", "small"] if name == "kind" else list(UPPERS)
    value = st.sampled_from([*values.get(kind, texts), None])
    cut_kind = draw(st.sampled_from(("point", "set", "range")))
    paths: list[Path]
    if cut_kind == "range":
        ends = [each for each in (draw(value), draw(value)) if each is not None]
        paths = [(ends[0],), ()] if len(ends) == 1 else [(each,) for each in ends] or [(), ()]
    else:
        paths = [(draw(value),) for _ in range(1 if cut_kind == "point" else 3)]
    return Cut(dimension.name, "", cut_kind, tuple(paths), draw(st.booleans()), name)


@st.composite
def _paths(
    draw: st.DrawFn, world: World, dimension: Dimension, hierarchy: str, is_end: bool
) -> Path:
    levels = dimension.levels(hierarchy)
    depth = draw(st.integers(1, len(levels)))
    if dimension.is_time:
        if draw(st.integers(0, 9)) == 0:
            return (draw(_RELATIVE),)
        return path_of(draw(days_of_cuts()), hierarchy)[:depth]
    keys = [draw(st.sampled_from(_keys(world, dimension, level.name))) for level in levels[:depth]]
    return tuple(key for key in keys if key is not None) if is_end else tuple(keys)


def days_of_cuts() -> st.SearchStrategy[date]:
    """Days of the facts, and some before and after them."""
    margin = timedelta(days=30)
    return st.dates(FIRST - margin, FIRST + timedelta(days=DAYS) + margin)


_RELATIVE = st.builds(
    Relative,
    number=st.integers(0, 14),
    unit=st.sampled_from(("day", "week", "month", "quarter", "year")),
    is_past=st.sampled_from((True, True, False)),
    is_whole=st.booleans(),
)


def _keys(world: World, dimension: Dimension, level: str) -> list[Any]:
    """Values of the level that some facts have, some that none has, and the absent one."""
    if not dimension.table:
        others: dict[str, list[Any]] = {
            "String": ["none"],
            "Decimal": [Decimal("0.005")],
            "Date": [FIRST],
        }
        kind = next((kind for kind in others if kind in dimension.column_type), "")
        return [*_writable(world.values(dimension.column)), *others.get(kind, [70_000]), None]
    if dimension.is_tree:
        return [*MEMBERS, "gone", "unknown", "nowhere", None]
    if level == "member":
        return [*world.values(dimension.column), "nowhere", None]
    return [*(("big", "small") if level == "kind" else UPPERS), "unknown", None]


def _writable(values: list[Any]) -> list[Any]:
    """What any cut can say: an empty text cannot stand at the end of a range."""
    return [each for each in values if each != ""]


def _scopes(world: World) -> st.SearchStrategy[Scope]:
    rules = [
        ScopeRule(each.name, path)
        for each in world.dimensions
        if each.table
        for path in (("north",), ("south",), ("unknown",), ("nowhere",))
    ]
    rules += [
        ScopeRule(each.name, (member,))
        for each in world.dimensions
        if each.is_tree
        for member in MEMBERS[:2]
    ]
    words = [each for each in world.dimensions if each.name == "word"]
    rules += [ScopeRule(each.name, (text,)) for each in words for text in ("a", "x'y", "苹果")]
    if not rules:
        return st.just(EVERYTHING)
    return st.lists(st.sampled_from(rules), min_size=1, max_size=3).map(
        lambda chosen: Scope(tuple(chosen))
    )
