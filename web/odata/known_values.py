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
_FIRST, _LAST = date(1900, 1, 2), date(2299, 12, 30)


def day_cut(
    dimension: Dimension, properties: Mapping[str, Property], part: Expression
) -> str | None:
    """The span of days of `day ge 2013-04-01` and its like."""
    compared = _compared(part)
    if compared is None or dimension.kind is not DimensionKind.TIME:
        return None
    name, operator, day = compared
    if not isinstance(day, date) or not _FIRST <= day <= _LAST or operator not in _FLIPPED:
        return None
    along = next(
        (
            one
            for one in dimension.hierarchies
            if one.levels[-1].name == properties[name].level and _is_day(one.levels[-1].key.part)
        ),
        None,
    )
    if along is None:
        return None
    day += timedelta(days={"gt": 1, "lt": -1}.get(operator, 0))
    path = path_text(path_of(parts_of(along), day))
    first, last = operator not in ("le", "lt"), operator not in ("ge", "gt")
    return f"{dimension.name}@{along.name}:{path if first else ''}-{path if last else ''}"


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
