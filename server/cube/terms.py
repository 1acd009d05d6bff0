"""SQL expressions over the facts of a cube, and the parameters that they name.

Facts are always `fact`, so that no output name can be taken for a column; an expression that a
statement needs more than once gets a name of its own, which begins with `_`. Values become typed
parameters; every other word comes from the model.
"""

import re
from collections.abc import Sequence
from copy import copy
from datetime import date
from zoneinfo import ZoneInfo

from server.cube.calendar_parts import CalendarPart
from server.cube.calendar_sql import FIRST_DAY, LAST_DAY, first_day_sql, part_sql
from server.cube.cube_model import CubeModel
from server.cube.elements import (
    AS_IS,
    AS_WAS,
    UNKNOWN_KEY,
    Attribute,
    Dimension,
    Level,
    Measure,
    ValueType,
)
from server.cube.rollups import FACTS, RollUp, Threads, threads_over
from server.cube.statement_hidden import hidden_in_mirror
from server.errors import StoreAway
from server.snapshot import Snapshot
from server.store.tables import LOAD_COLUMN, ORIGIN_COLUMN, ROW_COLUMN, ColumnSpec, is_name

_DAYS = ("day", "date", "iso_weekday")
_OTHER = re.compile(r"[^\x00-\x7f]")
_BUCKETS = {
    "year": "toStartOfYear({})",
    "quarter": "toStartOfQuarter({})",
    "month": "toStartOfMonth({})",
    "iso_year": "toStartOfISOYear({})",
    "iso_week": "toMonday({})",
    **dict.fromkeys(_DAYS, "{}"),
}
_PARTS = {
    "year": "toYear({})",
    "quarter": "toQuarter({})",
    "month": "toMonth({})",
    "day": "toDayOfMonth({})",
    "date": "{}",
    "iso_year": "toISOYear({})",
    "iso_week": "toISOWeek({})",
    "iso_weekday": "toDayOfWeek({})",
}
_ROWS_BITS = 31  # sums are exact for two thousand million facts


class Terms:
    """Expressions for one statement; it gathers their parameters."""

    def __init__(
        self,
        cube: CubeModel,
        snapshot: Snapshot,
        language: str,
        today: date | None = None,
        roll_up: RollUp | None = None,
    ) -> None:
        self.cube = cube
        self.language = language
        self.parameters: dict[str, object] = {}
        self.named: dict[str, str] = {}  # name -> expression, in the order of their need
        self._is_inline = False
        self._snapshot = snapshot
        self._roll_up = roll_up  # whose keys stand for the facts' own days
        self._today = today or today_of(cube, snapshot)  # on which members belong as they do now

    @property
    def threads(self) -> Threads:
        """How many threads of the engine what is read is worth, where that can be told."""
        return threads_over(self._roll_up, self._snapshot.rollups)

    @property
    def served_by(self) -> str:
        """What answers the statement: the facts, or a roll-up by its name."""
        return self._roll_up.name if self._roll_up else FACTS

    def as_it_is(self) -> "Terms":
        """The same statement's expressions with members where they belong now."""
        terms = copy(self)  # what is gathered goes into the same statement
        terms.cube = self.cube.by_membership(AS_IS)
        return terms

    def inline(self) -> "Terms":
        """The same statement's expressions without names, for a SELECT within it."""
        terms = copy(self)
        terms._is_inline = True
        return terms

    def is_as_was(self, dimension: Dimension) -> bool:
        """Whether a fact's member is looked up on the fact's own day."""
        return dimension.is_dated and self.cube.membership == AS_WAS

    def day(self) -> str:
        """The day of a fact."""
        if self.cube.time is None:
            raise ValueError(f"Cube {self.cube.name} has no time.")
        return self.fact_column(self.cube.time)

    def days(self) -> tuple[date, date]:
        """The first and the last day that a visible fact can have."""
        table = self.cube.fact.name
        first = self._snapshot.first_dates.get(table, FIRST_DAY)
        return first, self._snapshot.watermarks.get(table, LAST_DAY)

    def parameter(self, name: str, column_type: str, value: object) -> str:
        """A typed parameter; the same name always holds the same value."""
        name = in_ascii(name)
        if self.parameters.setdefault(name, value) != value:
            raise ValueError(f"Parameter {name} has two values.")
        return f"{{{name}:{column_type}}}"

    def name(self, wish: str, sql: str) -> str:
        """A name for an expression, in the statement's WITH; the same expression once."""
        if self._is_inline:
            return sql
        wish = _checked(in_ascii(wish.lower()))  # imported dimensions may be called otherwise
        name, number = f"_{wish}", 1
        while self.named.setdefault(name, sql) != sql:
            number += 1
            name = f"_{wish}_{number}"
        return name

    def visible(self) -> list[str]:
        """The conditions that leave exactly the batches that the snapshot shows."""
        self._refuse_closed(self.cube.fact.name)
        load = self.column(LOAD_COLUMN)
        shown = f"{load} <= {self.parameter('top', 'UInt32', self._snapshot.top)}"
        if not self._snapshot.hides(self.cube.fact.name):
            return [shown]  # an empty list would be read for every fact all the same
        return [shown, f"{load} NOT IN {self._hidden()}"]

    def column(self, name: str) -> str:
        """A fact column."""
        return f"fact.{_checked(name)}"

    def version(self, table: str) -> str:
        """The batch that holds the dimension table's visible version."""
        self._refuse_closed(table)
        value = self._snapshot.version_of(table)
        return self.parameter(f"version_{_checked(table)}", "UInt32", value)

    def unknown(self, dimension: Dimension) -> str:
        """The word for members that the dimension's table lacks."""
        word = dimension.unknown.in_language(self.language)
        return self.parameter(f"unknown_{dimension.name}", "String", word)

    def fact_column(self, dimension: Dimension) -> str:
        """The fact column that a dimension hangs on; of a roll-up's time its span's first day."""
        column = self.column(column_of(dimension).name)
        part = self._roll_up.part_of(dimension.name) if self._roll_up else ""
        return span_of(column, part) if part else column

    def key(self, dimension: Dimension, level: Level) -> str:
        """The key of a fact's member at a level; empty below the own depth of a tree's member."""
        member = self.fact_column(dimension)
        if level.key.depth:
            return self._ancestor(dimension, level.key.depth, member, "")
        return self.attribute(dimension, level, level.key, member)

    def attribute(
        self, dimension: Dimension, level: Level, attribute: Attribute, member: str, day: str = ""
    ) -> str:
        """An attribute of the member, on a day where that matters; for time, `member` is a day."""
        if isinstance(attribute.part, CalendarPart):
            return part_sql(self, attribute.part, member)
        if attribute.part:
            return _PARTS[attribute.part].format(member)
        if dimension.is_spread:
            return self.spread(attribute)
        if dimension.table is None:
            return member
        if attribute.depth:
            keys = self._ancestors(dimension, attribute.depth, member, day)
            return self.of_ancestor(dimension, level, attribute, keys, day)
        if attribute.column == dimension.table.key:
            is_label = attribute == level.label and attribute != level.key
            return f"ifNull({member}, {self.unknown(dimension)})" if is_label else member
        if attribute == level.key:
            return self._upper_key(dimension, attribute, member, day)
        words = [self.looked_up(dimension, attribute.column, member, day)]
        if attribute.column_in(self.language) != attribute.column:
            column = attribute.column_in(self.language)
            words.insert(0, self.looked_up(dimension, column, member, day))
        if attribute == level.label and attribute.value_type is ValueType.TEXT:
            is_lowest = level.key.column == dimension.table.key
            words += [member, self.unknown(dimension)] if is_lowest else [self.unknown(dimension)]
        return words[0] if len(words) == 1 else f"coalesce({', '.join(words)})"

    def spread(self, attribute: Attribute, form: str = "{}") -> str:
        """An attribute that is a column of the facts, or what the form makes of the column."""
        columns = dict.fromkeys((attribute.column_in(self.language), attribute.column))
        words = [form.format(self.column(column)) for column in columns]
        return words[0] if len(words) == 1 else f"coalesce({', '.join(words)})"

    def of_ancestor(
        self,
        dimension: Dimension,
        level: Level,
        attribute: Attribute,
        keys: Sequence[str],
        day: str = "",
    ) -> str:
        """An attribute of the ancestor that the last of these keys names, the root's key first.

        Where the path has ended above, the key is NULL and the other attributes are the member's.
        """
        if attribute == level.key:
            return keys[0] if len(keys) == 1 else f"nullIf({keys[-1]}, '')"
        speaker = _deepest(keys)
        columns = dict.fromkeys((attribute.column_in(self.language), attribute.column))
        found = [self._lookup(dimension, column, speaker, day) for column in columns]
        if attribute == level.label and attribute.value_type is ValueType.TEXT:
            found += [f"nullIf({speaker}, '{UNKNOWN_KEY}')", self.unknown(dimension)]
        return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"

    def bucket(self, dimension: Dimension, part: str) -> str:
        """The first day of the span of time that a fact's day is in."""
        if isinstance(part, CalendarPart):
            day = first_day_sql(self, part, self.fact_column(dimension))
            return day if part.grain == "day" else self.name(f"{dimension.name}_{part}", day)
        column = self.fact_column(dimension)
        is_begun = self._roll_up is not None and self._roll_up.part_of(dimension.name) == part
        sql = column if is_begun else span_of(column, part)
        return sql if part in _DAYS else self.name(f"{dimension.name}_{part}", sql)

    def looked_up(self, dimension: Dimension, column: str, member: str, day: str = "") -> str:
        """A column of the member's row in the dimension's table; NULL when there is no row."""
        sql = self._lookup(dimension, column, member, day)
        return self.name(f"{dimension.name}_{column}", sql)

    def amount(self, measure: Measure) -> str:
        """The measure's number of one fact, wide enough to be summed exactly."""
        if measure.known:
            dimension = self.cube.dimension(measure.known)
            key = self._table_key(dimension, self.fact_column(dimension), "")
            return f"dictHas('{_dictionary(dimension)}', {key})"
        columns = sorted(measure.factors, key=lambda factor: _rank(factor.column))
        factors = [self._factor(factor.dimension, factor.column) for factor in columns]
        if len(factors) > 1 or measure.bits + _ROWS_BITS > 63:
            factors[0] = _widened(measure, columns[0].column, factors[0])
        return " * ".join(factors)

    def is_known(self, dimension: Dimension, day: str) -> str:
        """Whether the table of a dated dimension has a fact's member on a day."""
        if dimension.table is None:
            raise ValueError(f"Dimension {dimension.name} has no table.")
        key = f"({self.version(dimension.table.name)}, {self.fact_column(dimension)})"
        return f"dictHas('{_dictionary(dimension)}', {key}, {day})"

    def is_nullable(self, measure: Measure) -> bool:
        """Whether some fact may have no number."""
        return any(factor.dimension or factor.column.is_nullable for factor in measure.factors)

    def _refuse_closed(self, table: str) -> None:
        if table in self._snapshot.closed:
            raise StoreAway(
                f"rows of {table} were found damaged and are being put back from their sources; "
                "its figures come back by themselves, or `indicube verify` says what is missing",
                code="under_repair",
            )

    def _hidden(self) -> str:
        """The batches that the snapshot does not show: sent along, or asked of the mirror."""
        table = self.cube.fact.name
        if not self._snapshot.is_mirrored:
            hidden = list(self._snapshot.hidden_in(table))
            return self.parameter("hidden", "Array(UInt32)", hidden)
        return hidden_in_mirror(
            self.parameter("fact_table", "String", table),
            self.parameter("snapshot", "UInt64", self._snapshot.number),
        )

    def _factor(self, dimension_name: str, column: ColumnSpec) -> str:
        if not dimension_name:
            return self.column(column.name)
        dimension = self.cube.dimension(dimension_name)
        return self.looked_up(dimension, column.name, self.fact_column(dimension))

    def of_ancestor_in_table(self, dimension: Dimension, attribute: Attribute) -> str:
        """An attribute of the ancestor as its table has it; NULL where there is none at its depth.

        Nobody's words stand for what the table lacks.
        """
        member = self.fact_column(dimension)
        keys = self._ancestors(dimension, attribute.depth, member, "")
        key = f"nullIf({keys[-1]}, '')"
        if dimension.table is not None and attribute.column in dimension.table.ancestors:
            return key
        found = self._lookup(dimension, attribute.column, _deepest(keys), "")
        return f"if(isNull({key}), NULL, {found})"

    def _upper_key(self, dimension: Dimension, attribute: Attribute, member: str, day: str) -> str:
        """The key of a level above the members; of a number there is none for unknown members."""
        if attribute.value_type is not ValueType.TEXT:
            return self.looked_up(dimension, attribute.column, member, day)
        found = self._lookup(dimension, attribute.column, member, day)
        wish = f"{dimension.name}_{attribute.column}"
        return self.name(wish, f"ifNull({found}, '{UNKNOWN_KEY}')")

    def _ancestors(self, dimension: Dimension, depth: int, member: str, day: str) -> list[str]:
        """The keys of the ancestors down to a depth, the root's first."""
        return [self._ancestor(dimension, each, member, day) for each in range(1, depth + 1)]

    def _ancestor(self, dimension: Dimension, depth: int, member: str, day: str) -> str:
        """The key of the ancestor at a depth; a member that nobody knows stands below `unknown`."""
        found = self._lookup(dimension, f"level{depth}", member, day)
        below = f"ifNull({member}, '')" if column_of(dimension).is_nullable else member
        otherwise = {1: f"'{UNKNOWN_KEY}'", 2: below}.get(depth, "''")
        return self.name(f"{dimension.name}_level{depth}", f"ifNull({found}, {otherwise})")

    def _lookup(self, dimension: Dimension, column: str, member: str, day: str) -> str:
        key = self._table_key(dimension, member, day)
        return f"dictGet('{_dictionary(dimension)}', '{_checked(column)}', {key})"

    def _table_key(self, dimension: Dimension, member: str, day: str) -> str:
        """What the dictionary is asked by: version and member, and a day of a dated dimension."""
        table = dimension.table
        if table is None:
            raise ValueError(f"Dimension {dimension.name} has no table.")
        given = f"ifNull({member}, '')" if column_of(dimension).is_nullable else member
        word = "key" if member == self.fact_column(dimension) else "least"
        key = self.name(f"{dimension.name}_{word}", f"({self.version(table.name)}, {given})")
        if not dimension.is_dated:
            return key
        if not self.is_as_was(dimension):
            return f"{key}, {self.parameter('today', 'Date', self._today)}"
        return f"{key}, {day or self.day()}"


def in_ascii(name: str) -> str:
    """The name as a statement may have it without quotes: other letters by their numbers."""
    return name if name.isascii() else _OTHER.sub(lambda one: f"u{ord(one[0]):x}_", name)


def _deepest(keys: Sequence[str]) -> str:
    """The last of the keys that names somebody."""
    words = [f"nullIf({key}, '')" for key in reversed(keys[1:])]
    return f"coalesce({', '.join([*words, keys[0]])})" if words else keys[0]


def is_wide(measure: Measure | None) -> bool:
    """Whether the measure's number is an Int128."""
    is_integer = measure is not None and measure.value_type is ValueType.INTEGER
    return is_integer and measure is not None and measure.bits + _ROWS_BITS > 63


def today_of(cube: CubeModel, snapshot: Snapshot) -> date:
    """The day that counts as now: the last one of the cube's facts, else that of publication.

    Days of facts and of publication are those of the cube's own time zone.
    """
    watermark = snapshot.watermarks.get(cube.fact.name)
    if watermark or not snapshot.published_at:
        return watermark or date(1970, 1, 1)
    return snapshot.published_at.astimezone(ZoneInfo(cube.time_zone)).date()


def span_of(day: str, part: str) -> str:
    """The first day of the span of time that a day is in, as SQL."""
    return _BUCKETS[part].format(day)


def column_of(dimension: Dimension) -> ColumnSpec:
    """The fact column that a linked dimension hangs on."""
    if dimension.fact_column is None:
        raise ValueError(f"Dimension {dimension.name} is not linked to a cube.")
    return dimension.fact_column


def _dictionary(dimension: Dimension) -> str:
    return _checked(dimension.table.dictionary) if dimension.table else ""


def _rank(column: ColumnSpec) -> int:
    """Floats before decimals before integers: the first factor decides the type of a product."""
    return {"Float64": 0}.get(column.plain_type, 1 if "Decimal" in column.plain_type else 2)


def _widened(measure: Measure, column: ColumnSpec, factor: str) -> str:
    if measure.value_type is ValueType.FLOAT:
        return f"toFloat64({factor})"
    if measure.value_type is ValueType.DECIMAL:
        scale = column.plain_type.rpartition(",")[2].strip(" )")
        return f"toDecimal128({factor}, {scale})"
    return f"{'toInt64' if measure.bits + _ROWS_BITS <= 63 else 'toInt128'}({factor})"


def _checked(name: str) -> str:
    if name in (LOAD_COLUMN, ROW_COLUMN, ORIGIN_COLUMN) or is_name(name):
        return name
    raise ValueError(f"{name!r} is not a name of the model.")
