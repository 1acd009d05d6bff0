"""Columns made from others, as the specification says: flags, dates, lookups, differences."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.days import days_of
from loaders.specification import Condition, DateOf, Derived, Flag, Lookup, Minus, TextOf, Value
from loaders.values import Parsed, refused, whole_numbers_in

Columns = Mapping[str, Any]  # name -> pyarrow array

_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": pc.equal,
    "!=": pc.not_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}


def derive(derived: Derived, columns: Columns, kind: Any) -> Parsed:
    """The column's values in its pyarrow type, and the rows where it cannot be made."""
    match derived:
        case Flag():
            return Parsed(_flag(derived, columns).cast(kind), ())
        case DateOf():
            return _date_of(derived, columns)
        case Lookup():
            return _look_up(derived, columns)
        case Minus():
            return _subtract(derived, columns, kind)
        case TextOf():
            return Parsed(text_of(columns[derived.column]), ())


def columns_of(derived: Derived) -> tuple[str, ...]:
    """The columns that it is made from."""
    match derived:
        case Flag():
            return tuple(condition.column for condition in derived.when)
        case DateOf():
            return derived.year, derived.month, derived.day
        case Lookup() | TextOf():
            return (derived.column,)
        case Minus():
            return tuple(side for side in (derived.left, derived.right) if isinstance(side, str))


def text_of(values: Any) -> Any:
    """Each value in the one way in which it is written as text: 7, -0.5, 2013-12-31."""
    kind = values.type
    if pa.types.is_timestamp(kind):
        return pc.strftime(values, format="%Y-%m-%dT%H:%M:%SZ").cast(pa.string())
    texts = values.cast(pa.string())
    if pa.types.is_decimal(kind) and kind.scale > 0:
        return pc.replace_substring_regex(texts, r"\.?0+$", "")
    return texts


def _flag(flag: Flag, columns: Columns) -> Any:
    holds = [_holds(condition, columns[condition.column]) for condition in flag.when]
    every = holds[0]
    for more in holds[1:]:
        every = pc.and_(every, more)
    return every.cast(pa.uint8())


def _holds(condition: Condition, values: Any) -> Any:
    if condition.op == "is_null":
        return pc.is_null(values)
    if condition.op == "is_given":
        return pc.is_valid(values)
    compared = _COMPARISONS[condition.op](*_comparable(values, condition.value))
    return pc.fill_null(compared, False)


def _comparable(values: Any, value: Value | None) -> tuple[Any, Any]:
    if pa.types.is_integer(values.type):
        return pc.cast(values, pa.int64()), pa.scalar(int(str(value)), pa.int64())
    if pa.types.is_decimal(values.type):
        return values, pa.scalar(Decimal(str(value)), pa.decimal128(38, values.type.scale))
    return values, pa.scalar(str(value), pa.string())


def _date_of(derived: DateOf, columns: Columns) -> Parsed:
    parts = [columns[name] for name in (derived.year, derived.month, derived.day)]
    values, known = days_of(*parts)
    given = np.ones(len(values), dtype=bool)
    for part in parts:
        given &= pc.is_valid(part).to_numpy(zero_copy_only=False)
    sentence = f"{derived.year}, {derived.month} and {derived.day} name a day that no calendar has"
    refusal = refused(given & ~known, "no_such_day", sentence)
    return Parsed(values, (refusal,) if len(refusal.rows) else ())


def _look_up(lookup: Lookup, columns: Columns) -> Parsed:
    keys = columns[lookup.column]
    places = pc.index_in(keys, value_set=pa.array(list(lookup.values), pa.string()))
    values = pc.take(pa.array(list(lookup.values.values()), pa.string()), places)
    if lookup.otherwise == "empty":
        return Parsed(values, ())
    unknown = pc.and_(pc.is_valid(keys), pc.is_null(places)).to_numpy(zero_copy_only=False)
    listed = ", ".join(list(lookup.values)[:30])
    sentence = f"{lookup.column} is not in the list for {lookup.name}: {listed}"
    refusal = refused(unknown, "unknown_member", sentence)
    return Parsed(values, (refusal,) if len(refusal.rows) else ())


def _subtract(minus: Minus, columns: Columns, kind: Any) -> Parsed:
    left, right = (_side(side, columns) for side in (minus.left, minus.right))
    wide = pc.subtract_checked(left, right)
    low, high = whole_numbers_in(kind)
    inside = pc.and_(
        pc.greater_equal(wide, pa.scalar(max(low, -(2**63)), pa.int64())),
        pc.less_equal(wide, pa.scalar(min(high, 2**63 - 1), pa.int64())),
    )
    outside = pc.fill_null(pc.invert(inside), False).to_numpy(zero_copy_only=False)
    values = pc.cast(pc.if_else(inside, wide, pa.scalar(None, pa.int64())), kind)
    sentence = f"{minus.left} less {minus.right} must be {low} to {high}"
    refusal = refused(outside, "out_of_range", sentence)
    return Parsed(values, (refusal,) if len(refusal.rows) else ())


def _side(side: str | int, columns: Columns) -> Any:
    if isinstance(side, int):
        return pa.scalar(side, pa.int64())
    return pc.cast(columns[side], pa.int64())
