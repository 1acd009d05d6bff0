"""Reads the roll-ups of a cube: their keys, and what they keep of which aggregates."""

from dataclasses import replace

from server.access import EVERYTHING
from server.cube.calendar_parts import CalendarPart
from server.cube.cell import scoped_cell
from server.cube.cube_model import CubeModel
from server.cube.cuts import Cut, parse_cuts
from server.cube.document import Section
from server.cube.elements import (
    Aggregate,
    Dimension,
    DimensionKind,
    Function,
    PartFunction,
    ValueType,
)
from server.cube.rollup_serving import has_days, key_columns, tells
from server.cube.rollups import PARTS, RollUp, RollUpKey, kept_form
from server.cube.statement_figures import aggregate_sql
from server.cube.statement_parts import can_be_folded, part_of
from server.cube.statement_stocks import Spans
from server.cube.terms import Terms, span_of
from server.errors import IndicubeError
from server.snapshot import Snapshot
from server.store.projections import MOST_LETTERS, ProjectionSpec

_OFTEN = (Function.COUNT, Function.COUNT_NONEMPTY, Function.SUM, Function.MIN, Function.MAX)


def with_roll_ups(section: Section, cube: CubeModel) -> CubeModel:
    """The cube with the roll-ups that its document declares, and its table with their projections.

    Without `aggregates` a roll-up keeps every one that costs a number a row: counts, sums,
    extremes. Distinct counts and quantiles keep all their values and are kept only when named.
    What it can keep is told of a model that has no other mistake; names and keys of any.
    """
    found: dict[str, RollUp] = {}
    is_sound = not section.mistakes.has_any
    for each in section.sections("rollups", "roll-up"):
        roll_up = _read(each, cube, is_sound=is_sound)
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
    figures = (_figure(terms, part) for each in aggregates for part in _parts(each))
    members = (
        one for key in keys if not key.part for one in _least(terms, cube.dimension(key.dimension))
    )
    kept = [kept_form(each) for each in (*figures, *members) if each]
    listed = (one for key in keys for one in _key_sql(cube.dimension(key.dimension), key))
    projection = ProjectionSpec(
        name,
        tuple(dict.fromkeys(listed)),
        tuple(dict.fromkeys(each for each in kept if each and each != "count()")),
    )
    names = tuple(each.name for each in aggregates)
    return RollUp(name, cube.fact.name, keys, names, projection)


def can_be_kept(cube: CubeModel, aggregate: Aggregate) -> bool:
    """Whether a roll-up can keep what an aggregate is worked out from.

    Of a filtered one that is its figure without the filter, which must be told by the keys.
    """
    terms = _terms(cube)
    if any(_is_part_alone(part) and not can_be_folded(part) for part in aggregate.simple):
        return False
    return all(
        kept_form(_figure(terms, part)) and not _depends_on_order(part)
        for part in _parts(aggregate)
    )


def filters_of(cube: CubeModel, aggregate: Aggregate) -> tuple[Cut, ...]:
    """The cuts of the filters of whatever an aggregate is worked out from; none where one is wrong.

    What is wrong with it is told where aggregates are checked.
    """
    texts = dict.fromkeys(part.filter for part in aggregate.simple if part.filter)
    try:
        return tuple(cut for text in texts for cut in parse_cuts(cube, text))
    except IndicubeError:
        return ()


def _usually_kept(cube: CubeModel, keys: tuple[RollUpKey, ...]) -> tuple[Aggregate, ...]:
    """The aggregates that a roll-up of these keys keeps unless it names others."""
    return tuple(
        each
        for each in cube.aggregates
        if all(part.function in _OFTEN for part in each.simple)
        and can_be_kept(cube, each)
        and _told(cube, keys, each)
    )


def _read(section: Section, cube: CubeModel, *, is_sound: bool) -> RollUp | None:
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
    found = tuple(each for each in keys if each)
    named = _named(section, cube)
    if not is_sound:
        return None
    aggregates = _usually_kept(cube, found) if named is None else _kept(section, cube, found, named)
    if len(found) < max(1, len(keys)) or len(name) > MOST_LETTERS:
        return None
    return make_roll_up(cube, name, found, aggregates)


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


def _named(section: Section, cube: CubeModel) -> list[Aggregate] | None:
    """The aggregates that it names; None when it leaves that to us."""
    if "aggregates" not in section.values:
        return None
    known = {each.name: each for each in cube.aggregates}
    names = section.names("aggregates")
    for name in names:
        if name not in known:
            section.wrong(f"unknown aggregate {name!r}.", known)
    return [known[name] for name in names if name in known]


def _kept(
    section: Section, cube: CubeModel, keys: tuple[RollUpKey, ...], named: list[Aggregate]
) -> tuple[Aggregate, ...]:
    chosen: list[Aggregate] = []
    for each in named:
        if not can_be_kept(cube, each):
            section.wrong(
                f"{each.name} needs more than a fact's own columns, or is inexact: "
                "it cannot be kept."
            )
        elif not _told(cube, keys, each):
            section.wrong(
                f"{each.name} needs more keys: those of its filter, and the day of a stock."
            )
        else:
            chosen.append(each)
    return tuple(chosen)


def _terms(cube: CubeModel) -> Terms:
    return Terms(cube, Snapshot(0, 0), "en")


def _depends_on_order(aggregate: Aggregate) -> bool:
    """Whether it is a sum of binary floats: that of parts is not quite that of the whole."""
    adds = (Function.SUM, PartFunction.SUM_OF_SOME)
    return aggregate.function in adds and aggregate.value_type is ValueType.FLOAT


def _parts(aggregate: Aggregate) -> list[Aggregate]:
    """What is kept of an aggregate: what its simple ones are folded from."""
    return [part_of(each) for each in aggregate.simple]


def _is_part_alone(simple: Aggregate) -> bool:
    """Whether what is kept of it is not yet its figure."""
    return bool(simple.filter) or simple.is_semi_additive


def _told(cube: CubeModel, keys: tuple[RollUpKey, ...], aggregate: Aggregate) -> bool:
    """Whether keys tell what decides which parts count."""
    if any(part.is_semi_additive for part in aggregate.simple) and not has_days(cube, keys):
        return False
    return tells(cube, keys, filters_of(cube, aggregate))


def _figure(terms: Terms, aggregate: Aggregate) -> str:
    return aggregate_sql(terms, aggregate, Spans(scoped_cell(terms.cube, (), EVERYTHING)))


def _key_sql(dimension: Dimension, key: RollUpKey) -> list[str]:
    columns = [f"`{name}`" for name in key_columns(dimension)]
    return [span_of(column, key.part) if key.part else column for column in columns]


def _least(terms: Terms, dimension: Dimension) -> list[str]:
    """What speaks for a group of members: the least one of a table, the least labels otherwise."""
    if dimension.table is not None:
        return [f"min({terms.fact_column(dimension)})"]
    if not dimension.is_spread:
        return []
    columns = (
        column
        for each in dimension.attributes
        for column in (each.column, *each.localized.values())
        if column not in key_columns(dimension)
    )
    return [f"min({terms.column(column)})" for column in dict.fromkeys(columns)]
