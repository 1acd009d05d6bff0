"""Reads the aggregates of a cube: functions over measures and columns, and what is made of them."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from server.cube.cube_model import CubeModel
from server.cube.cuts import parse_cuts
from server.cube.derived import PART
from server.cube.document import Section
from server.cube.elements import (
    Aggregate,
    DimensionKind,
    Function,
    Measure,
    OverTime,
    PartFunction,
    ValueType,
)
from server.cube.measure_reading import CubeParts, product_of
from server.errors import IndicubeError
from server.store.tables import ColumnSpec

_INTEGER = ValueType.INTEGER
_COUNTS = (Function.COUNT, Function.COUNT_NONEMPTY, Function.COUNT_DISTINCT)
_KEYS = ("name", "label", "labels", "function", "where", "filter", "unit")
_OWN_KEYS: Mapping[Function, tuple[str, ...]] = {
    Function.COUNT_NONEMPTY: ("columns",),
    Function.COUNT_DISTINCT: ("columns", "approximate"),
    Function.SUM: ("over_time", "carry"),
    Function.WEIGHTED_AVG: ("weight",),
    Function.RATIO: ("numerator", "denominator"),
    Function.QUANTILE: ("quantile",),
}
_MOST_CARRIED = 1_000
_MOST_PLACES = 6  # of a quantile


def read_aggregates(
    section: Section, parts: CubeParts, measures: Mapping[str, Measure]
) -> dict[str, Aggregate]:
    """The aggregates of a cube by name, in the order of the model."""
    sections: dict[str, Section] = {}
    found: dict[str, Aggregate] = {}
    for each in section.sections("aggregates", "aggregate"):
        aggregate = _read_aggregate(each, parts, measures)
        if aggregate is None:
            continue
        if aggregate.name in found:
            each.wrong("there are two aggregates of this name.")
        found[aggregate.name], sections[aggregate.name] = aggregate, each
    if not found:
        section.wrong("there are no aggregates.")
    return {
        name: _ratio(sections[name], each, found) if each.function is Function.RATIO else each
        for name, each in found.items()
    }


def check_aggregates(section: Section, cube: CubeModel) -> None:
    """Note what only a whole cube can tell: filters, and what stocks need."""
    for aggregate in cube.aggregates:
        place = Section({}, f"{section.where}: aggregate {aggregate.name}", section.mistakes)
        if aggregate.filter:
            _check_filter(place, aggregate, cube)
        if aggregate.is_semi_additive and not cube.grain:
            place.wrong("over_time needs the grain of the facts: fact has no grain.")
        if aggregate.is_semi_additive and cube.time is None:
            place.wrong("over_time needs a dimension of time.")


def check_grain(section: Section, cube: CubeModel) -> None:
    """Note the columns of a grain that cannot tell leaves apart."""
    columns = {column.name: column for column in cube.fact.columns}
    for name in cube.grain:
        if name not in columns:
            section.wrong(f"grain names an unknown column {name!r}.", columns)
        elif columns[name].is_nullable:
            section.wrong(f"grain column {name} may be NULL.")
        elif columns[name].type.startswith("Float"):
            section.wrong(f"grain column {name} is {columns[name].type}, which is inexact.")
        elif cube.time is not None and cube.time.fact_column == columns[name]:
            section.wrong(f"grain names {name}, the day: it is what tells facts apart besides it.")


def _check_filter(section: Section, aggregate: Aggregate, cube: CubeModel) -> None:
    try:
        cuts = parse_cuts(cube, aggregate.filter)
    except IndicubeError as error:
        section.wrong(f"filter: {error}")
        return
    kinds = {each.name: each.kind for each in cube.dimensions}
    times = [cut.dimension for cut in cuts if kinds[cut.dimension] is DimensionKind.TIME]
    if times and aggregate.is_semi_additive:
        section.wrong("a filter on time does not go with over_time: cut the cell instead.")


def _read_aggregate(
    section: Section, parts: CubeParts, measures: Mapping[str, Measure]
) -> Aggregate | None:
    if section.text("function") not in tuple(Function):
        section.wrong(f"unknown function {section.text('function')!r}.", tuple(Function))
        return None
    function = Function(section.text("function"))
    section.allow(*_KEYS, "measure", "columns", *_OWN_KEYS.get(function, ()))
    name, labels = section.name(), section.labels()
    columns = _columns(section, function, parts)
    measure = _measure(section, function, measures, bool(columns))
    counts = function in _COUNTS
    aggregate = Aggregate(
        name=name,
        labels=labels,
        function=function,
        value_type=ValueType.INTEGER if counts or measure is None else measure.value_type,
        measure=measure,
        columns=columns,
        where=_where(section, parts),
        unit=section.text("unit") or (measure.unit if measure and not counts else ""),
        filter=section.text("filter"),
        level=_level(section) if function is Function.QUANTILE else None,
        is_approximate=function is Function.COUNT_DISTINCT and section.flag("approximate"),
        over_time=_over_time(section) if function is Function.SUM else None,
        carry=_carry(section) if function is Function.SUM else 0,
    )
    return _with_parts(section, aggregate, parts, measures)


def _with_parts(
    section: Section, whole: Aggregate, parts: CubeParts, measures: Mapping[str, Measure]
) -> Aggregate:
    """A derived aggregate with what it is worked out from; the parts of a ratio come later."""
    if whole.function is Function.WEIGHTED_AVG:
        return _weighted(section, whole, parts, measures)
    if whole.measure is None:
        return whole
    if whole.function is Function.AVG:
        count = replace(_part(whole, "count", Function.COUNT_NONEMPTY), value_type=_INTEGER)
        return _derived(whole, _part(whole, "sum", Function.SUM), count)
    if whole.function is Function.MEDIAN:
        lower = _part(whole, "lower", PartFunction.LOWER_MIDDLE)
        return _derived(whole, lower, _part(whole, "upper", PartFunction.UPPER_MIDDLE))
    if whole.over_time is OverTime.AVERAGE:
        dates = _part(whole, "dates", PartFunction.DATES)
        dates = replace(dates, value_type=_INTEGER, measure=None, where="", filter="")
        return _derived(whole, _part(whole, "sum", PartFunction.SUM_OF_SOME), dates)
    return whole


def _weighted(
    section: Section, whole: Aggregate, parts: CubeParts, measures: Mapping[str, Measure]
) -> Aggregate:
    """Σ(measure · weight) over Σ(weight), both over the facts that have the two."""
    weight = measures.get(section.text("weight"))
    if weight is None:
        section.wrong(f"unknown weight {section.text('weight')!r}.", measures)
    if whole.measure is None or weight is None:
        return whole
    for each in (whole.measure, weight):
        if each.known:
            section.wrong(f"{each.name} only says whether a member is known: it has no product.")
            return whole
    product = product_of(section, f"{whole.name}_weighted", (whole.measure, weight), parts)
    top = replace(_part(whole, "sum", Function.SUM), measure=product, value_type=product.value_type)
    below = replace(
        _part(whole, "weight", Function.SUM),
        measure=weight,
        value_type=weight.value_type,
        given=whole.measure,
    )
    return _derived(whole, top, below)


def _ratio(section: Section, whole: Aggregate, found: Mapping[str, Aggregate]) -> Aggregate:
    """One aggregate over another, each added up (or whatever it is) first."""
    for key in ("measure", "columns", "where", "filter"):
        if key in section.values:
            section.wrong(f"a ratio takes no {key}: its numerator and denominator have their own.")
    operands = []
    allowed = [
        name
        for name, each in found.items()
        if each.function is not Function.RATIO and not each.carry
    ]
    for key in ("numerator", "denominator"):
        if section.text(key) not in allowed:
            section.wrong(f"{key} is {section.text(key)!r}.", allowed)
        else:
            operands.append(_hidden(found[section.text(key)]))
    return _derived(whole, *operands) if len(operands) == 2 else whole


def _hidden(aggregate: Aggregate) -> Aggregate:
    """An aggregate under the name of a part; its own parts have such names already."""
    return aggregate if aggregate.parts else replace(aggregate, name=f"{PART}.{aggregate.name}")


def _part(whole: Aggregate, word: str, function: Function | PartFunction) -> Aggregate:
    name = f"{PART}.{whole.name}.{word}"
    return replace(whole, name=name, function=function, over_time=None, parts=())


def _derived(whole: Aggregate, *parts: Aggregate) -> Aggregate:
    is_float = any(part.value_type is ValueType.FLOAT for part in parts)
    value_type = ValueType.FLOAT if is_float else ValueType.DECIMAL
    return replace(whole, parts=parts, value_type=value_type)


def _where(section: Section, parts: CubeParts) -> str:
    where = section.text("where")
    if where and where not in parts.flags:
        section.wrong(f"where names {where!r}, not a 0/1 column.", sorted(parts.flags))
    return where


def _level(section: Section) -> Fraction | None:
    text = section.text("quantile")
    try:
        level = Decimal(text)
    except InvalidOperation:
        level = Decimal(0)
    places = level.as_tuple().exponent
    if not (level.is_finite() and 0 < level < 1 and isinstance(places, int)) or (
        -places > _MOST_PLACES
    ):
        section.wrong(
            f"quantile is {text!r}, not a text between 0 and 1 with at most {_MOST_PLACES} "
            'decimal places, such as "0.9".'
        )
        return None
    return Fraction(level)


def _over_time(section: Section) -> OverTime | None:
    text = section.text("over_time")
    if text and text not in tuple(OverTime):
        section.wrong(f"over_time is {text!r}.", tuple(OverTime))
        return None
    return OverTime(text) if text else None


def _carry(section: Section) -> int:
    periods = section.values.get("carry", 0)
    if type(periods) is not int or not 0 <= periods <= _MOST_CARRIED:
        section.wrong(f"carry is {periods!r}, not a number of periods up to {_MOST_CARRIED}.")
        return 0
    if periods and section.text("over_time") != OverTime.LAST_NON_EMPTY:
        section.wrong("carry goes with over_time last_non_empty alone.")
    return periods


def _columns(section: Section, function: Function, parts: CubeParts) -> tuple[ColumnSpec, ...]:
    names = section.names("columns")
    if names and function not in (Function.COUNT_NONEMPTY, Function.COUNT_DISTINCT):
        section.wrong(f"{function} takes a measure, not columns.")
    if len(names) > 1 and function is Function.COUNT_NONEMPTY:
        section.wrong("count_nonempty takes one column.")
    if function is Function.COUNT_DISTINCT and not names:
        section.wrong("count_distinct needs columns.", parts.columns)
    for name in names:
        if name not in parts.columns:
            section.wrong(f"the facts have no column {name!r}.", parts.columns)
    return tuple(parts.columns[name] for name in names if name in parts.columns)


def _measure(
    section: Section, function: Function, measures: Mapping[str, Measure], has_columns: bool
) -> Measure | None:
    name = section.text("measure")
    if function is Function.RATIO:
        return None
    if function in (Function.COUNT, Function.COUNT_DISTINCT) or has_columns:
        if name:
            section.wrong(f"{function} takes no measure here.")
        return None
    if name not in measures:
        section.wrong(f"unknown measure {name!r}.", measures)
    return measures.get(name)
