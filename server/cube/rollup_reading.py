"""Reads the roll-ups of a cube: their keys, and what they keep of which aggregates."""

from dataclasses import replace

from server.access import EVERYTHING
from server.cube.calendar_parts import CalendarPart
from server.cube.cell import scoped_cell
from server.cube.cube_model import CubeModel
from server.cube.document import Section
from server.cube.elements import (
    Aggregate,
    Dimension,
    DimensionKind,
    Function,
    PartFunction,
    ValueType,
)
from server.cube.rollups import PARTS, RollUp, RollUpKey, kept_form
from server.cube.statement_figures import aggregate_sql
from server.cube.statement_stocks import Spans
from server.cube.terms import Terms, column_of, span_of
from server.snapshot import Snapshot
from server.store.projections import MOST_LETTERS, ProjectionSpec

_OFTEN = (Function.COUNT, Function.COUNT_NONEMPTY, Function.SUM, Function.MIN, Function.MAX)


def with_roll_ups(section: Section, cube: CubeModel) -> CubeModel:
    """The cube with the roll-ups that its document declares, and its table with their projections.

    Without `aggregates` a roll-up keeps every one that costs a number a row: counts, sums,
    extremes. Distinct counts and quantiles keep all their values and are kept only when named.
    """
    found: dict[str, RollUp] = {}
    for each in section.sections("rollups", "roll-up"):
        roll_up = _read(each, cube)
        if roll_up is None:
            continue
        if roll_up.name in found:
            each.wrong("there are two roll-ups of this name.")
        found[roll_up.name] = roll_up
    if not found:
        return cube
    projections = tuple(each.projection for each in found.values())
    fact = replace(cube.fact, projections=projections)
    return replace(cube, fact=fact, roll_ups=tuple(found.values()))


def make_roll_up(
    cube: CubeModel, name: str, keys: tuple[RollUpKey, ...], aggregates: tuple[Aggregate, ...]
) -> RollUp:
    """The roll-up of these keys that keeps these aggregates."""
    terms = _terms(cube)
    figures = (_figure(terms, part) for each in aggregates for part in each.simple)
    members = (_least(terms, cube.dimension(key.dimension)) for key in keys if not key.part)
    kept = [kept_form(each) for each in (*figures, *members) if each]
    projection = ProjectionSpec(
        name,
        tuple(dict.fromkeys(_key_sql(cube.dimension(key.dimension), key) for key in keys)),
        tuple(dict.fromkeys(each for each in kept if each and each != "count()")),
    )
    names = tuple(each.name for each in aggregates)
    return RollUp(name, cube.fact.name, keys, names, projection)


def can_be_kept(cube: CubeModel, aggregate: Aggregate) -> bool:
    """Whether a roll-up can keep what an aggregate is worked out from."""
    terms = _terms(cube)
    return all(
        kept_form(_figure(terms, part)) and not _depends_on_order(part) for part in aggregate.simple
    )


def usually_kept(cube: CubeModel) -> tuple[Aggregate, ...]:
    """The aggregates that a roll-up keeps unless it names others."""
    return tuple(
        each
        for each in cube.aggregates
        if all(part.function in _OFTEN for part in each.simple) and can_be_kept(cube, each)
    )


def _read(section: Section, cube: CubeModel) -> RollUp | None:
    section.allow("name", "keys", "aggregates")
    name = section.name()
    if len(name) > MOST_LETTERS:
        section.wrong(f"its name is longer than {MOST_LETTERS} letters.")
    keys = tuple(_key(section, text, cube) for text in section.names("keys"))
    if not keys:
        section.wrong("there are no keys.")
    listed = [each.dimension for each in keys if each]
    if len(set(listed)) < len(listed):
        section.wrong("a dimension is named twice.")
    aggregates = _aggregates(section, cube)
    if not keys or None in keys or len(name) > MOST_LETTERS:
        return None
    return make_roll_up(cube, name, tuple(each for each in keys if each), aggregates)


def _key(section: Section, text: str, cube: CubeModel) -> RollUpKey | None:
    name, _, level_name = text.partition(":")
    if not cube.has_dimension(name):
        section.wrong(f"unknown dimension {name!r}.", (each.name for each in cube.dimensions))
        return None
    dimension = cube.dimension(name)
    if dimension.kind is not DimensionKind.TIME:
        if level_name:
            section.wrong(
                f"{text!r}: a roll-up keeps members, their upper levels are looked up; "
                f"write {name!r}."
            )
        return RollUpKey(name)
    levels = {
        level.name: _part(level.key.part)
        for level in dimension.levels
        if level.key.part and not isinstance(level.key.part, CalendarPart)
    }
    if levels.get(level_name) not in PARTS:
        allowed = [f"{name}:{level}" for level, part in levels.items() if part in PARTS]
        section.wrong(f"{text!r} is no span of time.", allowed)
        return None
    return RollUpKey(name, levels[level_name])


def _part(part: str) -> str:
    return "day" if part in ("date", "iso_weekday") else part


def _aggregates(section: Section, cube: CubeModel) -> tuple[Aggregate, ...]:
    if "aggregates" not in section.values:
        return usually_kept(cube)
    known = {each.name: each for each in cube.aggregates}
    chosen: list[Aggregate] = []
    for name in section.names("aggregates"):
        if name not in known:
            section.wrong(f"unknown aggregate {name!r}.", known)
        elif not can_be_kept(cube, known[name]):
            section.wrong(
                f"{name} needs more than a fact's own columns, or is inexact: it cannot be kept."
            )
        else:
            chosen.append(known[name])
    return tuple(chosen)


def _terms(cube: CubeModel) -> Terms:
    return Terms(cube, Snapshot(0, 0), "en")


def _depends_on_order(aggregate: Aggregate) -> bool:
    """Whether it is a sum of binary floats: that of parts is not quite that of the whole."""
    adds = (Function.SUM, PartFunction.SUM_OF_SOME)
    return aggregate.function in adds and aggregate.value_type is ValueType.FLOAT


def _figure(terms: Terms, aggregate: Aggregate) -> str:
    return aggregate_sql(terms, aggregate, Spans(scoped_cell(terms.cube, (), EVERYTHING)))


def _key_sql(dimension: Dimension, key: RollUpKey) -> str:
    column = f"`{column_of(dimension).name}`"
    return span_of(column, key.part) if key.part else column


def _least(terms: Terms, dimension: Dimension) -> str:
    """The member that speaks for a group of members, where they have upper levels."""
    return f"min({terms.fact_column(dimension)})" if dimension.table is not None else ""
