"""Cuts as SQL conditions on a fact; values only as typed parameters.

Conditions follow SQL's three-valued logic: a fact without a member is in no cut and in no negated
cut, unless the cut names the absent member itself.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from server.cube.cell import ScopedCell
from server.cube.cuts import Cut, Path, along_attribute
from server.cube.elements import (
    Attribute,
    Dimension,
    DimensionKind,
    Hierarchy,
    Level,
    ValueType,
)
from server.cube.key_values import Key, is_whole, parts_of
from server.cube.terms import Terms
from server.cube.time_paths import span

_FIRST_DAY, _LAST_DAY = date(1970, 1, 1), date(2149, 6, 6)  # of the engine's type Date

Span = tuple[date, date]
_TYPES = {
    ValueType.TEXT: "String",
    ValueType.INTEGER: "Int64",
    ValueType.FLOAT: "Float64",
    ValueType.DATE: "Date32",
}


def cell_conditions(terms: Terms, cell: ScopedCell) -> list[str]:
    """What a fact must meet: visible, within the scope, within every cut."""
    return [*terms.visible(), *narrowing_conditions(terms, cell)]


def narrowing_conditions(terms: Terms, cell: ScopedCell) -> list[str]:
    """The scope and the cuts of a cell, one condition each.

    Who may see a fact is decided by where its member belongs now, whatever membership is asked.
    """
    within = [
        *_each(terms.as_it_is(), cell.scope_cuts, "scope"),
        *_each(terms, cell.cuts, "cut"),
    ]
    if not cell.outside:
        return within
    return [*within, f"NOT ifNull({all_of(_each(terms, cell.outside, 'outside'))}, false)"]


def _each(terms: Terms, cuts: Iterable[Cut], word: str) -> list[str]:
    return [
        cut_condition(terms, cut, f"{word}_{number}") for number, cut in enumerate(cuts, start=1)
    ]


def cut_condition(terms: Terms, cut: Cut, name: str) -> str:
    """One cut as a condition; its parameters begin with the name."""
    dimension = terms.cube.dimension(cut.dimension)
    hierarchy = dimension.hierarchy(cut.hierarchy)
    if cut.attribute:
        level = along_attribute(dimension, cut.attribute).levels[0]
        keys = [(_attribute_value(terms, dimension, level.key), level)]
        condition = _path_condition(terms, keys, cut, name)
    elif hierarchy is None:
        raise ValueError(f"Cut on unknown hierarchy {cut.hierarchy}.")
    elif dimension.kind is DimensionKind.TIME:
        condition = _time_condition(terms, dimension, hierarchy, cut, name)
    else:
        keys = [(terms.key(dimension, level), level) for level in hierarchy.levels[: cut.depth]]
        condition = _path_condition(terms, keys, cut, name)
    return f"NOT ({condition})" if cut.is_negated else condition


def any_of(conditions: list[str]) -> str:
    """The alternatives, in brackets where there are several."""
    return conditions[0] if len(conditions) == 1 else f"({' OR '.join(conditions)})"


def as_number(text: str) -> str:
    """The whole number that a text names, as SQL; NULL where it names none."""
    return f"toInt128OrNull({text})"


def all_of(conditions: list[str]) -> str:
    """All of the conditions, in brackets where there are several; none: true."""
    if not conditions:
        return "true"
    return conditions[0] if len(conditions) == 1 else f"({' AND '.join(conditions)})"


def _attribute_value(terms: Terms, dimension: Dimension, attribute: Attribute) -> str:
    """The value of an attribute, as it stands in the dimension's table: NULL where there is none.

    So a member that the table lacks is in no cut; the words for it are nobody's value.
    """
    member, table = terms.fact_column(dimension), dimension.table
    if attribute.depth:
        return terms.of_ancestor_in_table(dimension, attribute)
    if attribute.part or table is None:
        return terms.attribute(dimension, dimension.levels[0], attribute, member)
    if attribute.column == table.key:
        return member
    return terms.looked_up(dimension, attribute.column, member)


def _time_condition(
    terms: Terms, dimension: Dimension, hierarchy: Hierarchy, cut: Cut, name: str
) -> str:
    """Paths of time are spans of days, so that the sort key of the facts serves them."""
    parts, day = parts_of(hierarchy), terms.fact_column(dimension)
    if cut.kind == "range":
        first = span(parts, cut.paths[0])[0] if cut.paths[0] else None
        last = span(parts, cut.paths[1])[1] if cut.paths[1] else None
        return _days(terms, day, first, last, name)
    if () in cut.paths:
        return "true"
    spans = _merged(span(parts, path) for path in cut.paths if None not in path)
    names = [name if len(spans) == 1 else f"{name}_{number}" for number in range(1, len(spans) + 1)]
    conditions = [
        _days(terms, day, first, last, each)
        for (first, last), each in zip(spans, names, strict=True)
    ]
    return any_of(conditions or ["false"])  # every fact has a day


def _merged(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, those that touch or overlap as one: fewer conditions on every fact."""
    merged: list[Span] = []
    for first, last in sorted(spans):
        if merged and first.toordinal() <= merged[-1][1].toordinal() + 1:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, last))
    return merged


def _days(terms: Terms, day: str, first: date | None, last: date | None, name: str) -> str:
    if (first and first > _LAST_DAY) or (last and last < _FIRST_DAY):
        return "false"
    conditions = []
    if first:
        conditions.append(since(terms, day, max(first, _FIRST_DAY), name))
    if last:
        value = min(last, _LAST_DAY)
        conditions.append(f"{day} <= {terms.parameter(f'{name}_to', 'Date', value)}")
    return all_of(conditions)


def since(terms: Terms, day: str, first: date, name: str) -> str:
    """On a day or later; of spans of a roll-up, after the day before.

    The engine would put a condition on the day itself where a span is compared with its own first
    day, and then read no roll-up.
    """
    if day.endswith(")") and first > _FIRST_DAY:
        before = first - timedelta(days=1)
        return f"{day} > {terms.parameter(f'{name}_after', 'Date', before)}"
    return f"{day} >= {terms.parameter(f'{name}_from', 'Date', first)}"


def _path_condition(terms: Terms, keys: list[tuple[str, Level]], cut: Cut, name: str) -> str:
    if cut.kind == "range":
        ends = (("from", ">"), ("to", "<"))
        return all_of(
            [
                _beyond(terms, keys, path, sign, f"{name}_{word}")
                for path, (word, sign) in zip(cut.paths, ends, strict=True)
                if path
            ]
        )
    return _set_condition(terms, keys, cut.paths, name)


def _set_condition(
    terms: Terms, keys: list[tuple[str, Level]], paths: tuple[Path, ...], name: str
) -> str:
    values = [path[0] for path in paths if len(path) == 1 and path[0] is not None]
    is_great = any(isinstance(value, int) and value >= 2**63 for value in values)
    is_listed = keys[0][1].key.value_type in (ValueType.TEXT, ValueType.INTEGER)
    if len(values) > 1 and is_listed and not is_great:
        key, level = keys[0]
        column_type = f"Array({_TYPES[level.key.value_type]})"
        listed = [f"{key} IN {terms.parameter(name, column_type, values)}"]
        paths = tuple(path for path in paths if len(path) != 1 or path[0] is None)
    else:
        listed = []
    for number, path in enumerate(paths, start=1):
        each = name if len(paths) == 1 and not listed else f"{name}_{number}"
        listed.append(_point(terms, keys, path, each))
    return any_of(listed)


def _point(terms: Terms, keys: list[tuple[str, Level]], path: Path, name: str) -> str:
    return all_of(
        [
            f"{key} = {_value(terms, level, value, f'{name}_{level.name}')}"
            if value is not None
            else _absent(key, level)
            for (key, level), value in zip(keys, path, strict=False)
        ]
    )


def _absent(key: str, level: Level) -> str:
    """Nobody at this level: no value, or of a tree a member whose path has ended above."""
    return f"{key} = ''" if level.key.depth else f"isNull({key})"


def _beyond(terms: Terms, keys: list[tuple[str, Level]], path: Path, sign: str, name: str) -> str:
    """At or past one end of a range: the first key that differs decides."""
    alternatives = []
    same: list[str] = []
    for depth, ((key, level), value) in enumerate(zip(keys, path, strict=False), start=1):
        key, parameter = _compared(terms, key, level, value, f"{name}_{level.name}")
        last = "=" if depth == len(path) else ""
        alternatives.append(all_of([*same, f"{key} {sign}{last} {parameter}"]))
        same.append(f"{key} = {parameter}")
    return any_of(alternatives)


def _compared(terms: Terms, key: str, level: Level, value: Key, name: str) -> tuple[str, str]:
    """A key and a value as they are compared: those that are numbers by their size."""
    if level.key.is_number and is_whole(value):
        return as_number(key), terms.parameter(name, "Int128", int(str(value)))
    return key, _value(terms, level, value, name)


def _value(terms: Terms, level: Level, value: Key, name: str) -> str:
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        scale = -exponent if isinstance(exponent, int) and exponent < 0 else 0
        return terms.parameter(name, f"Decimal(38, {scale})", value)
    is_great = isinstance(value, int) and value >= 2**63
    return terms.parameter(name, "UInt64" if is_great else _TYPES[level.key.value_type], value)
