"""Strict parsing of columns of text, vectorised: a value is exactly what the text says, or refused.

Nothing is trimmed, rounded, guessed or wrapped. What a column allows is in `ReadColumn`; every
refusal has a rule's name and a sentence that says what is allowed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.days import parse_dates, parse_moments

_SAMPLE = 4096  # texts that tell whether a column repeats itself


@dataclass(frozen=True)
class ReadColumn:
    """A column of the source as it must be parsed."""

    source: str
    name: str
    type: Any  # the pyarrow type
    nullable: bool
    null: tuple[str, ...]  # texts that mean: no value
    least: Any = None  # inclusive, of the type's own kind
    most: Any = None
    one_of: tuple[str, ...] = ()
    exponent: bool = False


@dataclass(frozen=True)
class Refusal:
    """The rows whose value broke one rule."""

    rows: Any  # numpy array of row positions
    rule: str
    message: str


@dataclass(frozen=True)
class Parsed:
    """A column's values, null where there is none or where it was refused."""

    values: Any  # pyarrow array
    refusals: tuple[Refusal, ...]


def parse_column(column: ReadColumn, texts: Any) -> Parsed:
    """Parse one column of text; where texts come again and again each is parsed once."""
    if pc.count_distinct(texts.slice(0, _SAMPLE)).as_py() * 4 > min(len(texts), _SAMPLE):
        return _parse(column, texts)
    encoded = texts.dictionary_encode(null_encoding="encode")
    each = _parse(column, encoded.dictionary)
    places = encoded.indices.to_numpy(zero_copy_only=False)
    refusals = []
    for refusal in each.refusals:
        bad = np.zeros(len(encoded.dictionary), dtype=bool)
        bad[refusal.rows] = True
        refusals.append(refused(bad[places], refusal.rule, refusal.message))
    return Parsed(each.values.take(encoded.indices), tuple(refusals))


def refused(mask: Any, rule: str, message: str) -> Refusal:
    """A refusal of the rows that the mask marks."""
    return Refusal(np.flatnonzero(mask), rule, message)


def whole_numbers_in(kind: Any) -> tuple[int, int]:
    """The least and the most that an integer type holds."""
    bits = kind.bit_width
    if pa.types.is_unsigned_integer(kind):
        return 0, 2**bits - 1
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1


def in_order(column: ReadColumn, values: Any, missing: Any, refusals: list[Refusal]) -> Parsed:
    """The parsed column, with a refusal of missing values where there must be one."""
    if not column.nullable and missing.any():
        empty = refused(missing, "empty", f"{column.source} must have a value")
        refusals = [empty, *refusals]
    return Parsed(values, tuple(refusal for refusal in refusals if len(refusal.rows)))


# No control character, and neither its first nor its last letter is a space.
_USUAL_TEXT = (
    r"^[^\x00-\x20\x7f\x{a0}\x{3000}](?:[^\x00-\x1f\x7f]*[^\x00-\x20\x7f\x{a0}\x{3000}])?$"
)

_Result = tuple[Any, list[Refusal]]
_ParserOf = Callable[[ReadColumn, Any, Any], _Result]


def _parse(column: ReadColumn, texts: Any) -> Parsed:
    absent = pc.is_in(texts, value_set=pa.array(column.null, pa.string()))
    missing = mask(pc.or_(absent, pc.is_null(texts)))
    values, refusals = _parser_of(column.type)(column, texts, missing)
    return in_order(column, values, missing, refusals)


def _parser_of(kind: Any) -> _ParserOf:
    if pa.types.is_integer(kind):
        return _parse_integers
    if pa.types.is_decimal(kind):
        return _parse_decimals
    if pa.types.is_floating(kind):
        return _parse_floats
    if pa.types.is_date(kind):
        return _parse_dates
    if pa.types.is_timestamp(kind):
        return _parse_moments
    return _parse_texts


def _parse_integers(column: ReadColumn, texts: Any, missing: Any) -> _Result:
    # 18 digits always fit into the 64 bits that are parsed into.
    shaped = _matches(texts, r"^-?[0-9]{1,18}$") & ~missing
    wide = pc.cast(where(shaped, texts), pa.int64())
    low, high = whole_numbers_in(column.type)
    least = low if column.least is None else max(low, column.least)
    most = high if column.most is None else min(high, column.most)
    outside = shaped & ~_between(wide, least, most)
    values = pc.cast(where(shaped & ~outside, wide), column.type)
    return values, [
        refused(~shaped & ~missing, "not_integer", f"{column.source} must be a whole number"),
        refused(outside, "out_of_range", f"{column.source} must be {least} to {most}"),
    ]


def _parse_decimals(column: ReadColumn, texts: Any, missing: Any) -> _Result:
    scale, before = column.type.scale, column.type.precision - column.type.scale
    plain = _without_exponents(texts) if column.exponent else texts
    right = _matches(plain, _usual_decimal(before, scale)) & ~missing
    if (right | missing).all() and column.least is None and column.most is None:
        return pc.cast(where(right, plain), column.type), []
    shaped = _matches(plain, r"^-?[0-9]{1,150}(\.[0-9]{1,150})?$") & ~missing
    exact = rf"^-?0*[0-9]{{0,{before}}}(\.[0-9]{{0,{scale}}}0*)?$"
    fitting = shaped & _matches(plain, exact)
    values = pc.cast(_shortened(where(fitting, plain)), column.type)
    outside = fitting & ~within_limits(values, column)
    return where(fitting & ~outside, values), [
        refused(~shaped & ~missing, "not_decimal", f"{column.source} must be a decimal number"),
        refused(
            shaped & ~fitting,
            "too_many_digits",
            f"{column.source} has at most {before} digits before the point and {scale} after it",
        ),
        refused(outside, "out_of_range", limits_in_words(column)),
    ]


def _usual_decimal(before: int, scale: int) -> str:
    """The shape of a decimal whose digits the type holds as they are written."""
    after = rf"(?:\.[0-9]{{1,{scale}}})?" if scale else ""
    return rf"^-?[0-9]{{1,{before}}}{after}$" if before else "^$"


def _parse_floats(column: ReadColumn, texts: Any, missing: Any) -> _Result:
    shaped = _matches(texts, r"^-?[0-9]{1,60}(\.[0-9]{1,60})?([eE][-+]?[0-9]{1,3})?$") & ~missing
    values = pc.cast(where(shaped, texts), pa.float64())
    fitting = mask(pc.is_finite(values)) & within_limits(values, column)
    return where(shaped & fitting, values), [
        refused(~shaped & ~missing, "not_number", f"{column.source} must be a number"),
        refused(shaped & ~fitting, "out_of_range", limits_in_words(column)),
    ]


def _parse_texts(column: ReadColumn, texts: Any, missing: Any) -> _Result:
    if not column.one_of and (_matches(texts, _USUAL_TEXT) | missing).all():
        return where(~missing, texts), []
    blank = _matches(texts, "^$") & ~missing
    control = _matches(texts, r"[\x00-\x1f\x7f]") & ~missing
    edge = _matches(texts, r"^[ \x{a0}\x{3000}]|[ \x{a0}\x{3000}]$") & ~missing & ~control
    unknown = np.zeros(len(texts), dtype=bool)
    if column.one_of:
        allowed = pa.array(column.one_of, pa.string())
        unknown = ~mask(pc.is_in(texts, value_set=allowed)) & ~missing
    values = where(~(missing | blank | control | edge | unknown), texts)
    return values, [
        refused(blank, "empty", f"{column.source} must have a value"),
        refused(control, "control_character", f"{column.source} holds a control character"),
        refused(edge, "edge_space", f"{column.source} begins or ends with a space"),
        refused(
            unknown & ~(blank | control | edge),
            "not_allowed",
            f"{column.source} must be one of {', '.join(column.one_of)}",
        ),
    ]


def _parse_dates(column: ReadColumn, texts: Any, missing: Any) -> _Result:
    shaped = _matches(texts, r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$") & ~missing
    values, known = parse_dates(where(shaped, texts))
    return _in_calendar(column, values, shaped, known, missing, "a date like 2013-12-31")


def _parse_moments(column: ReadColumn, texts: Any, missing: Any) -> _Result:
    shape = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?Z$"
    shaped = _matches(texts, shape) & ~missing
    values, known = parse_moments(where(shaped, texts))
    return _in_calendar(
        column, values, shaped, known, missing, "a moment like 2013-12-31T23:59:00Z"
    )


def _in_calendar(
    column: ReadColumn, values: Any, shaped: Any, known: Any, missing: Any, example: str
) -> _Result:
    fitting = shaped & known & within_limits(values, column)
    return where(fitting, values), [
        refused(~shaped & ~missing, "not_date", f"{column.source} must be {example}"),
        refused(shaped & ~known, "no_such_day", f"{column.source} is a day that no calendar has"),
        refused(shaped & known & ~fitting, "out_of_range", limits_in_words(column)),
    ]


def _without_exponents(texts: Any) -> Any:
    """Texts like 1e3 written out; there are few of them, so one by one."""
    pattern = r"^-?[0-9]{1,30}(\.[0-9]{1,30})?[eE][-+]?[0-9]{1,2}$"
    positions = np.flatnonzero(_matches(texts, pattern))
    if not len(positions):
        return texts
    written: Mapping[int, str] = {
        int(position): format(Decimal(texts[int(position)].as_py()), "f") for position in positions
    }
    return pa.array(
        [written.get(position, text) for position, text in enumerate(texts.to_pylist())],
        pa.string(),
    )


def _shortened(texts: Any) -> Any:
    """Without leading and trailing zeros that would overflow the reader of decimals."""
    texts = pc.replace_substring_regex(texts, r"^(-?)0+([0-9])", r"\1\2")
    return pc.replace_substring_regex(texts, r"(\.[0-9]*?)0+$", r"\1")


def within_limits(values: Any, column: ReadColumn) -> Any:
    """A mask of the values within the column's limits."""
    inside = np.ones(len(values), dtype=bool)
    if column.least is not None:
        inside &= mask(pc.greater_equal(values, pa.scalar(column.least, values.type)))
    if column.most is not None:
        inside &= mask(pc.less_equal(values, pa.scalar(column.most, values.type)))
    return inside


def limits_in_words(column: ReadColumn) -> str:
    """What the column's limits allow."""
    if column.least is None and column.most is None:
        return f"{column.source} is too large"
    if column.most is None:
        return f"{column.source} must be {column.least} or more"
    if column.least is None:
        return f"{column.source} must be {column.most} or less"
    return f"{column.source} must be {column.least} to {column.most}"


def _between(values: Any, least: int, most: int) -> Any:
    kind = pa.int64()
    low = pc.greater_equal(values, pa.scalar(max(least, -(2**63)), kind))
    high = pc.less_equal(values, pa.scalar(min(most, 2**63 - 1), kind))
    return mask(pc.and_(low, high))


def _matches(texts: Any, pattern: str) -> Any:
    return mask(pc.match_substring_regex(texts, pattern))


def where(mask: Any, values: Any) -> Any:
    """The values that the mask marks, null in place of the others."""
    return pc.if_else(pa.array(mask), values, pa.scalar(None, values.type))


def mask(values: Any) -> Any:
    """A boolean column as a numpy mask; no value is False."""
    return pc.fill_null(values, False).to_numpy(zero_copy_only=False)
