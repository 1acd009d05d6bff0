"""The parts of a cube model as frozen values: labels, attributes, levels, dimensions, measures."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Literal

from server.store.tables import ColumnSpec, DimensionTableSpec

LANGUAGES = ("en", "zh")
UNKNOWN_KEY = "unknown"  # the upper levels' key of a member that its dimension table lacks
# Of dated dimensions: where a member belonged on the day of each fact, or where it belongs now.
Membership = Literal["as_was", "as_is"]
AS_WAS: Membership = "as_was"
AS_IS: Membership = "as_is"
MEMBERSHIPS: tuple[Membership, ...] = (AS_WAS, AS_IS)


@dataclass(frozen=True)
class Labels:
    """One text in every language of the product."""

    en: str
    zh: str

    def in_language(self, language: str) -> str:
        """The text in a language; English for a language that is not ours."""
        return self.zh if language == "zh" else self.en


class ValueType(StrEnum):
    """What kind of value a key, a measure or a fact column holds."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    DATE = "date"


class DimensionKind(StrEnum):
    """Where a dimension's members come from."""

    TIME = "time"  # parts of a date column
    TABLE = "table"  # a dimension table, looked up by the fact column
    PLAIN = "plain"  # the fact column itself, or several of them


@dataclass(frozen=True)
class Attribute:
    """One property of a level's members; `ref` is its name in answers."""

    name: str
    ref: str
    labels: Labels
    value_type: ValueType
    column: str = ""  # of the dimension table, or of the facts for a plain dimension
    part: str = ""  # of the date, for time: year, quarter, month, day, iso_week …
    localized: Mapping[str, str] = field(default_factory=dict)  # language -> other column
    is_number: bool = False  # a text that names a whole number: 9 comes before 10
    depth: int = 0  # of whom it is: the member's ancestor at this depth; 0: the member itself

    def column_in(self, language: str) -> str:
        """The column that holds the text in a language."""
        return self.localized.get(language, self.column)


@dataclass(frozen=True)
class Level:
    """One step of a hierarchy: its key, its label and all their attributes."""

    name: str
    labels: Labels
    attributes: tuple[Attribute, ...]
    key: Attribute
    label: Attribute
    order_by: Attribute
    is_descending: bool = False
    role: str = ""
    is_high: bool = False  # many members: asked by pages or within a cut on the level


@dataclass(frozen=True)
class Hierarchy:
    """Levels from the top down."""

    name: str
    labels: Labels
    levels: tuple[Level, ...]

    def depth_of(self, level: str) -> int:
        """The number of levels from the top down to this one; 0 when it is not here."""
        names = [each.name for each in self.levels]
        return names.index(level) + 1 if level in names else 0


@dataclass(frozen=True)
class Dimension:
    """A dimension as one cube uses it: its levels, and the fact column that it hangs on."""

    name: str
    labels: Labels
    kind: DimensionKind
    levels: tuple[Level, ...]
    hierarchies: tuple[Hierarchy, ...]  # the default one first
    unknown: Labels
    fact_column: ColumnSpec | None = None  # None only before a cube links it
    table: DimensionTableSpec | None = None  # for the kind `table`
    role: str = ""
    description: Labels = Labels("", "")
    info: Mapping[str, Any] = field(default_factory=dict)

    @property
    def default_hierarchy(self) -> Hierarchy:
        """The hierarchy that is meant when none is named."""
        return self.hierarchies[0]

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """All attributes of all levels, in the order of the model."""
        return tuple(attribute for level in self.levels for attribute in level.attributes)

    @property
    def is_dated(self) -> bool:
        """Whether its members belong elsewhere at other times."""
        return self.table is not None and self.table.dated is not None

    @property
    def is_spread(self) -> bool:
        """Whether its levels and labels are columns of the facts themselves."""
        return self.kind is DimensionKind.PLAIN and len(self.attributes) > 1

    @property
    def is_flat(self) -> bool:
        """Whether there is one level only."""
        return len(self.levels) == 1

    def typed_by(self, columns: Mapping[str, ColumnSpec]) -> "Dimension":
        """A spread dimension over these fact columns, its values of their types."""
        levels = {level.name: _typed(level, columns) for level in self.levels}
        hierarchies = tuple(
            replace(each, levels=tuple(levels[level.name] for level in each.levels))
            for each in self.hierarchies
        )
        lowest = hierarchies[0].levels[-1].key.column if hierarchies[0].levels else ""
        return replace(
            self,
            levels=tuple(levels.values()),
            hierarchies=hierarchies,
            fact_column=columns.get(lowest),
        )

    def hierarchy(self, name: str) -> Hierarchy | None:
        """The hierarchy of that name; a flat dimension's only one is also called `default`."""
        for hierarchy in self.hierarchies:
            if hierarchy.name == name:
                return hierarchy
        is_only = self.is_flat and len(self.hierarchies) == 1
        return self.hierarchies[0] if name == "default" and is_only else None


@dataclass(frozen=True)
class Factor:
    """One number of a fact: a fact column, or an attribute of a dimension's member."""

    column: ColumnSpec
    dimension: str = ""  # empty: a fact column


@dataclass(frozen=True)
class Measure:
    """A number of every fact: a product of factors, or 1 where a dimension knows the member."""

    name: str
    labels: Labels
    value_type: ValueType
    unit: str
    factors: tuple[Factor, ...] = ()
    known: str = ""  # dimension whose table must have the member; then there are no factors
    bits: int = 64  # of the widest product, for integers
    is_approximate: bool = False


class Function(StrEnum):
    """The aggregate functions; each exact unless said otherwise, each leaving NULL out."""

    COUNT = "count"
    COUNT_NONEMPTY = "count_nonempty"
    COUNT_DISTINCT = "count_distinct"
    SUM = "sum"
    MIN = "min"
    MAX = "max"
    AVG = "avg"
    WEIGHTED_AVG = "weighted_avg"
    RATIO = "ratio"
    MEDIAN = "median"
    QUANTILE = "quantile"


class PartFunction(StrEnum):
    """What only parts of derived aggregates are."""

    SUM_OF_SOME = "sum_of_some"  # the sum, and NULL where there is nothing to add
    LOWER_MIDDLE = "lower_middle"  # of the values in order; of an even number the lower one
    UPPER_MIDDLE = "upper_middle"
    DATES = "dates"  # on how many dates of the span of time the cube has facts


class OverTime(StrEnum):
    """What a sum takes along time, where adding up would count a stock again every day."""

    LAST = "last"
    LAST_NON_EMPTY = "last_non_empty"
    FIRST = "first"
    AVERAGE = "average"
    MIN = "min"
    MAX = "max"


@dataclass(frozen=True)
class Aggregate:
    """A figure of a cell: a function over a measure or over fact columns.

    A simple aggregate is one expression of SQL. A derived one has parts, which SQL answers, and is
    worked out from them exactly: the first over the second, or the middle of the two.
    """

    name: str
    labels: Labels
    function: Function | PartFunction
    value_type: ValueType
    measure: Measure | None = None
    columns: tuple[ColumnSpec, ...] = ()  # instead of a measure, for the counts
    where: str = ""  # 0/1 fact column that a fact must have set to be counted
    unit: str = ""
    filter: str = ""  # cuts that a fact must be within to be counted
    given: Measure | None = None  # a fact is counted where this measure has a number
    level: Fraction | None = None  # of a quantile
    is_approximate: bool = False  # of a distinct count: its answer may be a little off
    over_time: OverTime | None = None
    carry: int = 0  # how many periods a stock last known is looked for before its own
    parts: tuple["Aggregate", ...] = ()

    @property
    def is_derived(self) -> bool:
        """Whether it is worked out from parts, after SQL."""
        return bool(self.parts)

    @property
    def is_semi_additive(self) -> bool:
        """Whether its values add up but along time."""
        return self.over_time is not None

    @property
    def is_additive(self) -> bool:
        """Whether the values of parts add up to the value of the whole."""
        adds = (Function.COUNT, Function.COUNT_NONEMPTY, Function.SUM)
        return self.function in adds and not self.is_semi_additive

    @property
    def is_zero_of_nothing(self) -> bool:
        """Whether it is 0 where there is nothing to count or to add up; else there is no figure."""
        adds = (Function.COUNT, Function.COUNT_NONEMPTY, Function.COUNT_DISTINCT, Function.SUM)
        return self.function in adds and not self.is_semi_additive

    @property
    def simple(self) -> tuple["Aggregate", ...]:
        """The simple aggregates that SQL answers for it: itself, or those of its parts."""
        if not self.parts:
            return (self,)
        return tuple(simple for part in self.parts for simple in part.simple)


def _typed(level: Level, columns: Mapping[str, ColumnSpec]) -> Level:
    typed = {
        each.name: replace(each, value_type=value_type_of(columns[each.column].plain_type))
        if each.column in columns
        else each
        for each in level.attributes
    }
    return replace(
        level,
        attributes=tuple(typed.values()),
        key=typed[level.key.name],
        label=typed[level.label.name],
        order_by=typed[level.order_by.name],
    )


def frozen(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """A read-only copy of a mapping."""
    return MappingProxyType(dict(values))


def value_type_of(column_type: str) -> ValueType:
    """The kind of value of a plain column type."""
    if column_type == "String":
        return ValueType.TEXT
    if column_type.startswith("Decimal"):
        return ValueType.DECIMAL
    if column_type.startswith("Float"):
        return ValueType.FLOAT
    if column_type.startswith("Date"):
        return ValueType.DATE
    return ValueType.INTEGER
