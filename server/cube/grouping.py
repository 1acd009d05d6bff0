"""Drill-downs as SQL: what to group by, which attributes to answer, in which order.

Facts are grouped by as little as decides a member: the span of time, the fact column itself where
the drill-down reaches the lowest level, else the keys of the upper levels. All attributes are then
looked up once for each group, not for each fact.
"""

from dataclasses import dataclass

from server.cube.drilldown import Drill
from server.cube.elements import Attribute, DimensionKind, Level
from server.cube.terms import Terms


@dataclass(frozen=True)
class Output:
    """One column of an answer: its name and what it is."""

    ref: str
    sql: str


@dataclass(frozen=True)
class Grouping:
    """A drill-down in SQL."""

    keys: tuple[str, ...]
    outputs: tuple[Output, ...]
    order: tuple[str, ...]  # output names, each with DESC where the level says so


def grouping_of(terms: Terms, drill: Drill) -> Grouping:
    """The grouping of one drill-down."""
    kind = drill.dimension.kind
    if kind is DimensionKind.TIME:
        bucket = terms.bucket(drill.dimension, drill.levels[-1].key.part)
        return _grouping(terms, drill, (bucket,), bucket)
    is_lowest = kind is DimensionKind.PLAIN or _reaches_table_key(drill)
    member = terms.fact_column(drill.dimension)
    if is_lowest:
        return _grouping(terms, drill, (member,), member)
    keys = tuple(terms.key(drill.dimension, level) for level in drill.levels)
    # Any member of the group knows its upper levels; the least one is always the same.
    return _grouping(terms, drill, keys, f"min({member})")


def output_name(ref: str) -> str:
    """An output's name in SQL."""
    if not all(part.isidentifier() for part in ref.split(".")):
        raise ValueError(f"{ref!r} is not a name of the model.")
    return f"`{ref}`"


def _grouping(terms: Terms, drill: Drill, keys: tuple[str, ...], member: str) -> Grouping:
    is_upper = member.startswith("min(")
    outputs = []
    for depth, level in enumerate(drill.levels):
        for attribute in level.attributes:
            if is_upper and attribute == level.key:
                sql = keys[depth]
            else:
                sql = terms.attribute(drill.dimension, level, attribute, member)
            outputs.append(Output(attribute.ref, sql))
    order = [item for level in drill.levels for item in _order_of(level)]
    return Grouping(keys, tuple(outputs), tuple(order))


def _reaches_table_key(drill: Drill) -> bool:
    table = drill.dimension.table
    return table is not None and any(level.key.column == table.key for level in drill.levels)


def _order_of(level: Level) -> list[str]:
    direction = " DESC" if level.is_descending else ""
    attributes: list[Attribute] = [level.order_by]
    if level.key != level.order_by:
        attributes.append(level.key)
    return [f"{output_name(attribute.ref)}{direction}" for attribute in attributes]
