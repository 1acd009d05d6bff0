"""Strict parsing: for any text the stored value is the reference's, or the row is refused."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.values import ReadColumn, parse_column

ASCII_DIGITS = re.compile(r"-?[0-9]+", re.ASCII)


def column(kind: Any, **options: Any) -> ReadColumn:
    return ReadColumn("x", "x", kind, **{"nullable": True, "null": ("NA",), **options})


def outcomes(read: ReadColumn, texts: list[str]) -> list[Any]:
    """Each text's value, or the name of the rule that it broke."""
    parsed = parse_column(read, pa.array(texts, pa.string()))
    found: list[Any] = parsed.values.to_pylist()
    for refusal in parsed.refusals:
        for row in refusal.rows:
            assert found[row] is None, "a refused value must not be there as well"
            found[row] = refusal.rule
    return found


def outcome(read: ReadColumn, text: str) -> Any:
    return outcomes(read, [text])[0]


numbers = st.from_regex(r"-?[0-9]{1,22}(\.[0-9]{0,20})?", fullmatch=True)
NASTIES = [
    "", " ", "-", "--1", "+1", "1 ", " 1", "1,234.50", "1.234,50", "(1,200)", "12%", "1e5", "1E+15",
    "１２３", "٣", "￥1,200", "—", "N/A", "na", "#DIV/0!", "\u00a01", "1\u00a0", "\u22121", "123-",
    "0x1F", "1_000", "1.", ".5", "NaN", "inf", "-0", "007", "2013-02-30", "2026/1/5", "20260105",
    "5-Jan-26", "2026年1月5日", "46027", "1900-02-29", "2000-02-29", "true", "1\t", "1\n", "0.0",
    "99999999999999999999", "-129", "255", "256", "1.250", "1.2500000001", "1.255",
]  # fmt: skip
any_text = st.one_of(numbers, st.sampled_from(NASTIES), st.text(max_size=12))


def whole_number(text: str, least: int, most: int) -> Any:
    if text == "NA":
        return None
    if not ASCII_DIGITS.fullmatch(text) or len(text.lstrip("-")) > 18:
        return "not_integer"
    return int(text) if least <= int(text) <= most else "out_of_range"


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [
        (pa.uint8(), 0, 255),
        (pa.int16(), -(2**15), 2**15 - 1),
        (pa.uint32(), 0, 2**32 - 1),
        (pa.int64(), -(2**63), 2**63 - 1),
        (pa.uint64(), 0, 2**64 - 1),
    ],
    ids=str,
)
@given(texts=st.lists(any_text, max_size=8))
@settings(max_examples=150, deadline=None)
def test_a_whole_number_is_exact_or_refused(
    kind: Any, least: int, most: int, texts: list[str]
) -> None:
    expected = [whole_number(text, least, most) for text in texts]

    assert outcomes(column(kind), texts) == expected


def decimal_number(text: str, precision: int, scale: int) -> Any:
    if text == "NA":
        return None
    if not re.fullmatch(r"-?[0-9]{1,150}(\.[0-9]{1,150})?", text, re.ASCII):
        return "not_decimal"
    value = Decimal(text)
    fits = abs(value) < Decimal(10) ** (precision - scale) and value == round(value, scale)
    return value if fits else "too_many_digits"


@pytest.mark.parametrize(("precision", "scale"), [(9, 2), (20, 16), (38, 0), (18, 4)])
@given(texts=st.lists(any_text, max_size=8))
@settings(max_examples=150, deadline=None)
def test_a_decimal_is_exact_or_refused(precision: int, scale: int, texts: list[str]) -> None:
    expected = [decimal_number(text, precision, scale) for text in texts]

    assert outcomes(column(pa.decimal128(precision, scale)), texts) == expected


def iso_date(text: str) -> Any:
    if text == "NA":
        return None
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
        return "not_date"
    try:
        return date.fromisoformat(text)
    except ValueError:
        return "no_such_day"


dates = st.one_of(
    st.dates().map(date.isoformat),
    st.from_regex(r"[0-9]{4}-[01][0-9]-[0-3][0-9]", fullmatch=True),
    any_text,
)


@given(texts=st.lists(dates, max_size=8))
@settings(max_examples=300, deadline=None)
def test_a_date_is_one_of_the_calendar_or_refused(texts: list[str]) -> None:
    assert outcomes(column(pa.date32()), texts) == [iso_date(text) for text in texts]


def test_every_day_of_four_centuries_is_read_right() -> None:
    days = [date(1800, 1, 1) + timedelta(days=number) for number in range(0, 146_097, 7)]
    days += [date(year, 2, 28) + timedelta(days=1) for year in range(1800, 2200)]

    assert outcomes(column(pa.date32()), [day.isoformat() for day in days]) == days


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2013-01-01T10:00:00Z", datetime(2013, 1, 1, 10, tzinfo=UTC)),
        ("2013-12-31T23:59:59.999Z", datetime(2013, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)),
        ("1969-12-31T23:59:59.001Z", datetime(1969, 12, 31, 23, 59, 59, 1000, tzinfo=UTC)),
        ("2013-02-30T10:00:00Z", "no_such_day"),
        ("2013-01-01T24:00:00Z", "no_such_day"),
        ("2013-01-01T10:60:00Z", "no_such_day"),
        ("2013-01-01T10:00:00", "not_date"),
        ("2013-01-01T10:00:00+01:00", "not_date"),
        ("2013-01-01 10:00:00Z", "not_date"),
        ("NA", None),
    ],
)
def test_a_moment_is_utc_and_exact_or_refused(text: str, expected: Any) -> None:
    assert outcome(column(pa.timestamp("ms", tz="UTC")), text) == expected


@given(texts=st.lists(st.one_of(st.floats().map(repr), any_text), max_size=8))
@settings(max_examples=300, deadline=None)
def test_a_float_is_the_nearest_one_or_refused(texts: list[str]) -> None:
    def reference(text: str) -> Any:
        if text == "NA":
            return None
        shape = r"-?[0-9]{1,60}(\.[0-9]{1,60})?([eE][-+]?[0-9]{1,3})?"
        if not re.fullmatch(shape, text, re.ASCII):
            return "not_number"
        return float(text) if abs(float(text)) < float("inf") else "out_of_range"

    assert outcomes(column(pa.float64()), texts) == [reference(text) for text in texts]


@given(texts=st.lists(st.text(max_size=10), max_size=8))
@settings(max_examples=300, deadline=None)
def test_a_text_is_kept_letter_for_letter_or_refused(texts: list[str]) -> None:
    def reference(text: str) -> Any:
        if text == "NA":
            return None
        if text == "":
            return "empty"
        if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
            return "control_character"
        edges = " \u00a0\u3000"
        return "edge_space" if text[0] in edges or text[-1] in edges else text

    assert outcomes(column(pa.string()), texts) == [reference(text) for text in texts]


@pytest.mark.parametrize(
    ("read", "text", "expected"),
    [
        (column(pa.uint16(), least=1, most=2400), "2400", 2400),
        (column(pa.uint16(), least=1, most=2400), "0", "out_of_range"),
        (column(pa.uint16(), least=1, most=2400), "2401", "out_of_range"),
        (column(pa.decimal128(9, 2), most=Decimal(100)), "100.01", "out_of_range"),
        (column(pa.decimal128(9, 2), least=Decimal(0)), "-0.01", "out_of_range"),
        (column(pa.float64(), least=-90.0, most=90.0), "90.0000001", "out_of_range"),
        (column(pa.date32(), least=date(1970, 1, 1)), "1969-12-31", "out_of_range"),
        (column(pa.string(), one_of=("EWR", "JFK")), "LGA", "not_allowed"),
        (column(pa.string(), one_of=("EWR", "JFK")), "JFK", "JFK"),
        (column(pa.string(), one_of=("EWR", "JFK")), "NA", None),
        (column(pa.string(), null=("",)), "", None),
        (column(pa.uint8(), nullable=False), "NA", "empty"),
        (column(pa.string(), nullable=False), "NA", "empty"),
        (column(pa.decimal128(9, 1), exponent=True), "1e3", Decimal(1000)),
        (column(pa.decimal128(9, 1), exponent=True), "1.25e1", Decimal("12.5")),
        (column(pa.decimal128(9, 1), exponent=True), "1.25e0", "too_many_digits"),
        (column(pa.decimal128(9, 1), exponent=True), "1e99", "too_many_digits"),
        (column(pa.decimal128(9, 1)), "1e3", "not_decimal"),
    ],
)
def test_what_a_column_allows_is_allowed(read: ReadColumn, text: str, expected: Any) -> None:
    assert outcome(read, text) == expected


@pytest.mark.parametrize(
    ("read", "text", "sentence"),
    [
        (column(pa.uint8()), "300", "x must be 0 to 255"),
        (column(pa.uint8()), "-", "x must be a whole number"),
        (column(pa.decimal128(9, 2)), "1.999", "at most 7 digits before the point and 2 after"),
        (column(pa.date32()), "2013-02-30", "a day that no calendar has"),
        (column(pa.string(), one_of=("EWR", "JFK")), "LGA", "must be one of EWR, JFK"),
    ],
)
def test_a_refusal_says_what_is_allowed(read: ReadColumn, text: str, sentence: str) -> None:
    (refusal,) = parse_column(read, pa.array([text])).refusals

    assert sentence in refusal.message


@pytest.mark.parametrize("kind", [pa.uint8(), pa.decimal128(9, 2), pa.string(), pa.date32()])
def test_a_column_of_nothing_is_no_trouble(kind: Any) -> None:
    assert outcomes(column(kind), []) == []
    assert outcomes(column(kind), ["NA"] * 3) == [None] * 3
