"""Drill-downs as SQL: what to group by, which attributes to answer, in which order.

Facts are grouped by as little as decides a member: the span of time, the fact column itself where
the drill-down reaches the lowest level, else the keys of the upper levels. All attributes are then
looked up once for each group, not for each fact. A dated dimension that is asked as it was has a
group for each place that a member belonged to; a group is described as on its last day.
"""

from dataclasses import dataclass

from server.cube.conditions import as_number
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
    keys = group_keys(terms, drill)
    member = _member(terms, drill, keys)
    outputs = tuple(
        Output(attribute.ref, _output_sql(terms, drill, depth, attribute, keys, member))
        for depth, level in enumerate(drill.levels)
        for attribute in level.attributes
    )
    order = tuple(item for level in drill.levels for item in _order_of(level))
    return Grouping(keys, outputs, order)


def group_keys(terms: Terms, drill: Drill) -> tuple[str, ...]:
    """What the facts are grouped by."""
    if drill.dimension.kind is DimensionKind.TIME:
        return (terms.bucket(drill.dimension, drill.levels[-1].key.part),)
    if _is_upper(drill) or drill.dimension.is_spread:
        return tuple(terms.key(drill.dimension, level) for level in drill.levels)
    member = terms.fact_column(drill.dimension)
    if not terms.is_as_was(drill.dimension):
        return (member,)
    return (*(terms.key(drill.dimension, level) for level in drill.levels[:-1]), member)


def output_name(ref: str) -> str:
    """An output's name in SQL."""
    if not all(part.isidentifier() for part in ref.split(".")):
        raise ValueError(f"{ref!r} is not a name of the model.")
    return f"`{ref}`"


def _is_upper(drill: Drill) -> bool:
    """Whether the drill-down ends above the members that the dimension's table lists."""
    table = drill.dimension.table
    return table is not None and all(level.key.column != table.key for level in drill.levels)


@dataclass(frozen=True)
class _Member:
    """Who speaks for a group, and on which day."""

    sql: str
    day: str = ""  # empty: any day will do


def _member(terms: Terms, drill: Drill, keys: tuple[str, ...]) -> _Member:
    """Any member of a group knows its upper levels; the least one is always the same."""
    column = terms.fact_column(drill.dimension)
    if not terms.is_as_was(drill.dimension):
        return _Member(f"min({column})" if _is_upper(drill) else keys[-1])
    if not _is_upper(drill):
        return _Member(keys[-1], f"max({terms.day()})")
    # The last day of whichever member was there then: on it that member belonged to the group.
    last = f"max(({terms.day()}, {column}))"
    return _Member(f"tupleElement({last}, 2)", f"tupleElement({last}, 1)")


def _output_sql(
    terms: Terms,
    drill: Drill,
    depth: int,
    attribute: Attribute,
    keys: tuple[str, ...],
    member: _Member,
) -> str:
    level = drill.levels[depth]
    if drill.dimension.is_spread:
        # Facts of one key may be labelled differently; the least label is always the same.
        return keys[depth] if attribute == level.key else terms.spread(attribute, "min({})")
    if attribute.depth:
        above = keys[: attribute.depth]
        return terms.of_ancestor(drill.dimension, level, attribute, above, member.day)
    is_grouped = _is_upper(drill) or (
        terms.is_as_was(drill.dimension) and depth < len(drill.levels) - 1
    )
    if is_grouped and attribute == level.key:
        return keys[depth]
    return terms.attribute(drill.dimension, level, attribute, member.sql, member.day)


def _order_of(level: Level) -> list[str]:
    direction = " DESC" if level.is_descending else ""
    attributes: list[Attribute] = [level.order_by]
    if level.key != level.order_by:
        attributes.append(level.key)
    items: list[str] = []
    for attribute in attributes:
        name = output_name(attribute.ref)
        items += [f"{as_number(name)}{direction}"] if attribute.is_number else []
        items.append(f"{name}{direction}")
    return items
