"""Filters that name their values, as cuts at once: nobody has to be asked for members."""

from collections.abc import Mapping
from datetime import date, timedelta

from server.cube.cuts import Path, path_text
from server.cube.elements import Dimension, DimensionKind
from server.cube.key_values import parts_of
from server.cube.time_paths import path_of
from web.odata.sets import Property
from web.odata.tree import Any, Compare, Expression, In, Literal, Name, Scalar

_FLIPPED = {"eq": "eq", "ge": "le", "gt": "lt", "le": "ge", "lt": "gt"}
_STEPS = {"gt": 1, "lt": -1}
_FIRST, _LAST = date(1900, 1, 2), date(2299, 12, 30)


def span_cut(
    dimension: Dimension, properties: Mapping[str, Property], part: Expression
) -> str | None:
    """The span of `day ge 2013-04-01`, of `year lt 2013` and their like."""
    compared = _compared(part)
    if compared is None or dimension.kind is not DimensionKind.TIME:
        return None
    name, operator, value = compared
    if operator not in _FLIPPED:
        return None
    path = _year(dimension, properties[name], operator, value)
    return path or _day(dimension, properties[name], operator, value)


def key_cut(
    dimension: Dimension, properties: Mapping[str, Property], part: Expression
) -> str | None:
    """The members whose key is one of some that are named."""
    named = _named(part)
    if named is None or dimension.kind is DimensionKind.TIME or dimension.is_spread:
        return None
    name, values = named
    levels, ref = dimension.default_hierarchy.levels, properties[name].ref
    kinds = {type(value) for value in values}
    if not kinds <= {str} and not kinds <= {int}:
        return None
    paths: list[Path] = [(value,) for value in dict.fromkeys(values)]
    text = ";".join(path_text(path) for path in paths)
    if ref == levels[0].key.ref and not levels[0].key.depth:
        return f"{dimension.name}@{dimension.default_hierarchy.name}:{text}"
    lowest, table = levels[-1].key, dimension.table
    if ref == lowest.ref and table is not None and lowest.column == table.key and not lowest.depth:
        return f"{dimension.name}.{lowest.name}:{text}"
    return None


def _year(dimension: Dimension, one: Property, operator: str, value: Scalar) -> str | None:
    along = dimension.default_hierarchy
    is_year = one.ref == along.levels[0].key.ref and along.levels[0].key.part == "year"
    if not is_year or type(value) is not int or not _FIRST.year < value < _LAST.year:
        return None
    return _span(f"{dimension.name}@{along.name}", operator, str(value + _STEPS.get(operator, 0)))


def _day(dimension: Dimension, one: Property, operator: str, value: Scalar) -> str | None:
    if not isinstance(value, date) or not _FIRST <= value <= _LAST:
        return None
    for along in dimension.hierarchies:
        lowest = along.levels[-1]
        if lowest.name == one.level and _is_day(lowest.key.part):
            day = value + timedelta(days=_STEPS.get(operator, 0))
            path = path_text(path_of(parts_of(along), day))
            return _span(f"{dimension.name}@{along.name}", operator, path)
    return None


def _span(head: str, operator: str, path: str) -> str:
    is_first, is_last = operator not in ("le", "lt"), operator not in ("ge", "gt")
    return f"{head}:{path if is_first else ''}-{path if is_last else ''}"


def _is_day(part: str) -> bool:
    return part in ("day", "iso_weekday", "date")


def _compared(part: Expression) -> tuple[str, str, Scalar] | None:
    match part:
        case Compare(operator, Name(name), Literal(value)):
            return name, operator, value
        case Compare(operator, Literal(value), Name(name)):
            return name, _FLIPPED.get(operator, operator), value
        case _:
            return None


def _named(part: Expression) -> tuple[str, list[str | int]] | None:
    """A property, and the values of which it is to be one."""
    match part:
        case In(Name(name), options):
            found = [one.value for one in options if isinstance(one, Literal)]
            names, values = {name}, found if len(found) == len(options) else None
        case Any(parts):
            inner = [_named(one) for one in parts]
            known = [one for one in inner if one is not None]
            names = {one[0] for one in known}
            values = [value for one in known for value in one[1]]
            values = values if len(known) == len(parts) else None
        case _:
            compared = _compared(part)
            if compared is None or compared[1] != "eq":
                return None
            names, values = {compared[0]}, [compared[2]]
    if values is None or len(names) != 1:
        return None
    plain = [one for one in values if isinstance(one, str | int) and not isinstance(one, bool)]
    return (names.pop(), plain) if len(plain) == len(values) else None
