"""Values that arrive typed, as in Parquet: taken if the column's type holds them exactly.

A kind of value that could only be guessed (a float for a decimal, a moment without its zone) is a
mistake of the whole file; a single value that does not fit is refused like one of a text.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.values import (
    Parsed,
    ReadColumn,
    Refusal,
    in_order,
    limits_in_words,
    mask,
    parse_column,
    refused,
    where,
    whole_numbers_in,
    within_limits,
)

_Result = tuple[Any, list[Refusal]]


def parse_values(column: ReadColumn, values: Any) -> Parsed:
    """The column's values in its own type; texts are parsed as those of a text file are."""
    if is_text(values.type):
        return parse_column(column, values.cast(pa.string()))
    missing = mask(pc.is_null(values))
    taken, refusals = _taker_of(column.type)(column, values, missing)
    return in_order(column, taken, missing, refusals)


def reason_against(column: ReadColumn, given: Any) -> str | None:
    """Why a column of this Arrow type cannot be read as the column's; None when it can."""
    if is_text(given):
        return None
    for is_kind, allowed, words in _READABLE:
        if is_kind(column.type):
            if any(is_allowed(given) for is_allowed in allowed):
                return None
            return f"{column.source} is {given}; it must be {words}, or text"
    return f"{column.source} is {given}; it must be text"


def is_text(kind: Any) -> bool:
    """Whether an Arrow type holds texts, in whatever way they are kept."""
    if pa.types.is_dictionary(kind):
        return is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_zoned(kind: Any) -> bool:
    return bool(pa.types.is_timestamp(kind) and kind.tz is not None)


def _is_local(kind: Any) -> bool:
    return bool(pa.types.is_timestamp(kind) and kind.tz is None)


_READABLE: tuple[tuple[Callable[[Any], bool], tuple[Callable[[Any], bool], ...], str], ...] = (
    (pa.types.is_integer, (pa.types.is_integer,), "of whole numbers"),
    (
        pa.types.is_decimal,
        (pa.types.is_decimal128, pa.types.is_integer),
        "of decimals or whole numbers",
    ),
    (pa.types.is_floating, (pa.types.is_float32, pa.types.is_float64), "of float or double"),
    (pa.types.is_date, (pa.types.is_date32, _is_local), "of dates"),
    (pa.types.is_timestamp, (_is_zoned,), "of moments with a time zone"),
)


def _taker_of(kind: Any) -> Callable[[ReadColumn, Any, Any], _Result]:
    if pa.types.is_integer(kind):
        return _take_integers
    if pa.types.is_decimal(kind):
        return _take_decimals
    if pa.types.is_floating(kind):
        return _take_floats
    return _take_dates if pa.types.is_date(kind) else _take_moments


def _take_integers(column: ReadColumn, values: Any, missing: Any) -> _Result:
    low, high = whole_numbers_in(column.type)
    least = low if column.least is None else max(low, column.least)
    most = high if column.most is None else min(high, column.most)
    fitting = _between(values, least, most)
    return pc.cast(where(fitting, values), column.type), [
        refused(~fitting & ~missing, "out_of_range", f"{column.source} must be {least} to {most}")
    ]


def _between(values: Any, least: int, most: int) -> Any:
    low, high = whole_numbers_in(values.type)
    if least > high or most < low:
        return np.zeros(len(values), dtype=bool)
    first, last = (pa.scalar(limit, values.type) for limit in (max(least, low), min(most, high)))
    return mask(pc.and_(pc.greater_equal(values, first), pc.less_equal(values, last)))


def _take_decimals(column: ReadColumn, values: Any, missing: Any) -> _Result:
    scale, before = column.type.scale, column.type.precision - column.type.scale
    if pa.types.is_integer(values.type):
        values = pc.cast(values, pa.decimal128(20, 0))
    rounded = values
    if values.type.scale > scale:
        rounded = pc.round(values, scale).cast(values.type)
    exact = mask(pc.equal(rounded, values)) & _has_digits(rounded, before)
    taken = pc.cast(where(exact, rounded), column.type)
    fitting = exact & within_limits(taken, column)
    sentence = f"{column.source} has at most {before} digits before the point and {scale} after it"
    return where(fitting, taken), [
        refused(~exact & ~missing, "too_many_digits", sentence),
        refused(exact & ~fitting, "out_of_range", limits_in_words(column)),
    ]


def _has_digits(values: Any, before: int) -> Any:
    """A mask of the values with at most so many digits before the point."""
    kind = values.type
    if kind.precision - kind.scale <= before:
        return np.ones(len(values), dtype=bool)
    edge = Decimal(10) ** before
    above, below = (pa.scalar(limit, kind) for limit in (edge, -edge))
    return mask(pc.and_(pc.less(values, above), pc.greater(values, below)))


def _take_floats(column: ReadColumn, values: Any, missing: Any) -> _Result:
    wide = pc.cast(values, pa.float64())
    finite = mask(pc.is_finite(wide))
    fitting = finite & within_limits(wide, column)
    return where(fitting, wide), [
        refused(~finite & ~missing, "not_number", f"{column.source} must be a number"),
        refused(finite & ~fitting, "out_of_range", limits_in_words(column)),
    ]


def _take_dates(column: ReadColumn, values: Any, missing: Any) -> _Result:
    whole = ~missing
    if pa.types.is_timestamp(values.type):
        days = pc.floor_temporal(values, unit="day")
        whole = mask(pc.equal(days, values))
        values = pc.cast(where(whole, values), pa.date32())
    fitting = whole & within_limits(values, column)
    return where(fitting, values), [
        refused(~whole & ~missing, "not_date", f"{column.source} must be a day without a time"),
        refused(whole & ~fitting, "out_of_range", limits_in_words(column)),
    ]


def _take_moments(column: ReadColumn, values: Any, missing: Any) -> _Result:
    wanted = pa.timestamp("ms", tz="UTC")
    rounded = pc.cast(values, wanted, safe=False)
    exact = mask(pc.equal(pc.cast(rounded, values.type, safe=False), values))
    fitting = exact & within_limits(rounded, column)
    return where(fitting, rounded), [
        refused(~exact & ~missing, "too_many_digits", f"{column.source} has whole milliseconds"),
        refused(exact & ~fitting, "out_of_range", limits_in_words(column)),
    ]
