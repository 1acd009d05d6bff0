"""Statements as values, and the lines that every SELECT of a cube is written in."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from server.cube.conditions import all_of, as_number, cut_condition
from server.cube.cuts import Cut
from server.cube.drilldown import Drill
from server.cube.elements import Attribute
from server.cube.grouping import Grouping, Output, grouping_of, output_name
from server.cube.key_values import is_whole
from server.cube.noted import About
from server.cube.rollups import FACTS, Threads
from server.cube.terms import Terms

SPLIT = "__within_split__"


@dataclass(frozen=True)
class Statement:
    """One SELECT: its text, its parameters, and the names of the columns that it answers."""

    sql: str
    parameters: Mapping[str, object]
    columns: tuple[str, ...]
    served_by: str = FACTS  # what is read: the facts, or the roll-up of that name
    about: Callable[[], About] | None = None  # for the log of questions, worked out there
    threads: Threads = None  # of the engine, where more would only cost


@dataclass(frozen=True)
class Page:
    """The rows to answer: at most `size`, after the first `skip`."""

    size: int
    skip: int = 0


@dataclass(frozen=True)
class Breakdown:
    """How a cell is broken down: by levels, and by whether a fact is within other cuts."""

    drills: tuple[Drill, ...] = ()
    split: tuple[Cut, ...] | None = None


NO_BREAKDOWN = Breakdown()


@dataclass(frozen=True)
class Order:
    """One thing to sort by: the name of an output and the direction."""

    ref: str
    is_descending: bool = False
    is_number: bool = False  # a text that names a whole number: 9 comes before 10

    @classmethod
    def of(cls, attribute: Attribute, *, is_descending: bool = False) -> "Order":
        """By an attribute, as its values are compared."""
        return cls(attribute.ref, is_descending, attribute.is_number)

    def sorted(self, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """The same of rows that are here; what is absent is last, ties keep their order."""
        listed = list(rows)
        known = [row for row in listed if row[self.ref] is not None]
        known.sort(key=lambda row: self._compared(row[self.ref]), reverse=self.is_descending)
        return [*known, *(row for row in listed if row[self.ref] is None)]

    def sql(self, name: str) -> str:
        """The same as SQL, of what is called so."""
        names = [as_number(name), name] if self.is_number else [name]
        return ", ".join(f"{each}{' DESC' if self.is_descending else ''}" for each in names)

    def _compared(self, value: Any) -> Any:
        if not self.is_number:
            return value
        number = int(value) if is_whole(value) else None  # what names no number comes last
        return (number is None) != self.is_descending, number or 0, value


def with_lines(terms: Terms) -> list[str]:
    """The WITH that says what the names mean, one a line; nothing when there are none."""
    listed = [f"    {sql} AS {name}" for name, sql in terms.named.items()]
    return ["WITH", *(f"{line}," for line in listed[:-1]), listed[-1]] if listed else []


def select_lines(outputs: Iterable[Output]) -> list[str]:
    """The SELECT with one output a line."""
    listed = [f"    {each.sql} AS {output_name(each.ref)}" for each in outputs]
    return ["SELECT", *(f"{line}," for line in listed[:-1]), listed[-1]]


def from_lines(table: str, conditions: Iterable[str]) -> list[str]:
    """The FROM and the WHERE with one condition a line."""
    first, *others = conditions
    return [
        f"FROM {output_name(table)} AS fact",
        f"WHERE {first}",
        *(f"    AND {condition}" for condition in others),
    ]


def from_inner_lines(inner: Iterable[str]) -> list[str]:
    """The FROM of a SELECT over another one."""
    return ["FROM", "(", *(f"    {line}" for line in inner), ")"]


def group_lines(keys: Iterable[str]) -> list[str]:
    """The GROUP BY, each key once; none without keys."""
    once = list(dict.fromkeys(keys))
    return [f"GROUP BY {', '.join(once)}"] if once else []


def order_items(order: Iterable[Order]) -> list[str]:
    """What was asked to sort by, as SQL."""
    return [each.sql(output_name(each.ref)) for each in order]


def order_lines(items: Iterable[str]) -> list[str]:
    """The ORDER BY, each name once, the first mention counting; NULL is always last."""
    named: dict[str, str] = {}
    for item in items:
        named.setdefault(item.removesuffix(" DESC"), item)
    return [f"ORDER BY {', '.join(named.values())}"] if named else []


def page_lines(terms: Terms, page: Page | None) -> list[str]:
    """The LIMIT, with an OFFSET where rows are skipped."""
    if page is None:
        return []
    limit = f"LIMIT {terms.parameter('limit', 'UInt64', page.size)}"
    if not page.skip:
        return [limit]
    return [f"{limit} OFFSET {terms.parameter('offset', 'UInt64', page.skip)}"]


def statement(
    lines: Iterable[str],
    terms: Terms,
    outputs: Iterable[Output],
    asked: Callable[[], About] | None = None,
) -> Statement:
    """The lines as a statement with the parameters that its terms gathered."""
    return statement_of([*with_lines(terms), *lines], terms, outputs, asked)


def statement_of(
    lines: Iterable[str],
    terms: Terms,
    outputs: Iterable[Output],
    asked: Callable[[], About] | None = None,
) -> Statement:
    """The same where the names stand in a SELECT within."""
    columns = tuple(output.ref for output in outputs)
    parameters = MappingProxyType(terms.parameters)
    text, served_by = "\n".join(lines), terms.served_by
    return Statement(text, parameters, columns, served_by, asked, terms.threads)


def groupings_of(terms: Terms, breakdown: Breakdown) -> list[Grouping]:
    """What a breakdown groups by, the split first."""
    groupings = [grouping_of(terms, drill) for drill in breakdown.drills]
    if breakdown.split is not None:
        within = split_sql(terms, breakdown.split)
        order = (f"{output_name(SPLIT)}",)
        groupings.insert(0, Grouping((within,), (Output(SPLIT, within),), order))
    return groupings


def split_sql(terms: Terms, cuts: Iterable[Cut]) -> str:
    """Whether a fact is within the cuts of a split."""
    conditions = [
        cut_condition(terms, cut, f"split_{number}") for number, cut in enumerate(cuts, start=1)
    ]
    return f"ifNull({all_of(conditions)}, false)"
