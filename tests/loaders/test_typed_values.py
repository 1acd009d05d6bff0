"""Typed values, as Parquet holds them: taken exactly or refused, never rounded or guessed."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.typed_values import parse_values, reason_against
from loaders.values import ReadColumn, parse_column

INT16, MONEY, FLOAT = pa.int16(), pa.decimal128(9, 2), pa.float64()
DATE, MOMENT, TEXT = pa.date32(), pa.timestamp("ms", tz="UTC"), pa.string()


def column(kind: Any, **more: Any) -> ReadColumn:
    return ReadColumn("a", "a", kind, nullable=True, null=("NA",), **more)


def taken(kind: Any, given: Any, **more: Any) -> tuple[list[Any], dict[int, str]]:
    parsed = parse_values(column(kind, **more), given)
    assert parsed.values.type == kind
    refused = {int(row): each.rule for each in parsed.refusals for row in each.rows}
    return parsed.values.to_pylist(), refused


def test_whole_numbers_are_taken_as_far_as_the_type_holds_them() -> None:
    values = pa.array([1, -32768, 32767, 32768, None], pa.int64())

    assert taken(INT16, values) == ([1, -32768, 32767, None, None], {3: "out_of_range"})
    assert taken(pa.uint8(), values)[1] == dict.fromkeys((1, 2, 3), "out_of_range")
    assert taken(pa.uint64(), pa.array([-1, 5], pa.int8())) == ([None, 5], {0: "out_of_range"})
    assert taken(pa.int64(), pa.array([2**63, 7], pa.uint64())) == ([None, 7], {0: "out_of_range"})
    assert taken(INT16, values, least=0, most=1)[0] == [1, None, None, None, None]


def test_decimals_are_taken_with_every_digit_or_not() -> None:
    values = pa.array([Decimal(text) for text in ("1.100", "1.105", "-9999999.990", "10000000.0")],
                      pa.decimal128(12, 3))  # fmt: skip

    assert taken(MONEY, values) == (
        [Decimal("1.10"), None, Decimal("-9999999.99"), None],
        {1: "too_many_digits", 3: "too_many_digits"},
    )
    assert taken(MONEY, pa.array([7, 10**7], pa.int64())) == (
        [Decimal("7.00"), None],
        {1: "too_many_digits"},
    )
    assert taken(MONEY, pa.array([Decimal(3), Decimal(5)], pa.decimal128(38, 0)), most=Decimal(4))[
        1
    ] == {1: "out_of_range"}


def test_a_float_that_is_no_number_is_refused() -> None:
    values = pa.array([0.1, float("nan"), float("inf"), None])

    assert taken(FLOAT, values) == ([0.1, None, None, None], {1: "not_number", 2: "not_number"})


def test_a_day_may_come_as_a_midnight_without_a_zone() -> None:
    midnight = 20458 * 86_400  # 5 January 2026, in seconds
    noon = pa.array([midnight, midnight + 43_200, None], pa.timestamp("s")).cast("timestamp[ns]")

    assert taken(DATE, noon) == ([date(2026, 1, 5), None, None], {1: "not_date"})
    assert taken(DATE, pa.array([date(2026, 1, 5)]), least=date(2026, 2, 1))[1] == {
        0: "out_of_range"
    }


def test_a_moment_is_an_instant_in_whole_milliseconds() -> None:
    berlin = pa.array([1_000_000, 1_000_500], pa.timestamp("us", tz="Europe/Berlin"))

    assert taken(MOMENT, berlin) == (
        [datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), None],
        {1: "too_many_digits"},
    )


@pytest.mark.parametrize("kind", [TEXT, pa.large_string(), pa.dictionary(pa.int32(), TEXT)])
def test_texts_are_parsed_as_those_of_a_text_file(kind: Any) -> None:
    assert taken(INT16, pa.array(["7", "7.5", "NA", None], TEXT).cast(kind)) == (
        [7, None, None, None],
        {1: "not_integer"},
    )
    assert taken(TEXT, pa.array(["Köln", " Bonn", "a\x1fb", None], TEXT).cast(kind)) == (
        ["Köln", None, None, None],
        {1: "edge_space", 2: "control_character"},
    )


def test_nothing_where_something_must_be_is_refused() -> None:
    strict = ReadColumn("a", "a", INT16, nullable=False, null=())

    assert parse_values(strict, pa.array([None, 1], pa.int16())).refusals[0].rule == "empty"
    assert parse_values(strict, pa.array([None, "1"], TEXT)).refusals[0].rule == "empty"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (INT16, pa.float64()), (INT16, pa.bool_()), (MONEY, pa.float64()), (TEXT, pa.int64()),
        (DATE, pa.timestamp("ms", tz="UTC")), (MOMENT, pa.timestamp("ms")), (TEXT, pa.binary()),
        (INT16, pa.list_(pa.int16())), (DATE, pa.int32()), (MONEY, pa.decimal256(50, 2)),
    ],
)  # fmt: skip
def test_a_kind_that_could_only_be_guessed_is_no_kind_for_the_column(
    wanted: Any, found: Any
) -> None:
    assert f"a is {found}; it must be" in str(reason_against(column(wanted), found))


@given(
    st.lists(
        st.one_of(st.none(), st.sampled_from(["1", "-7", "x", "40000", "NA", "", "1.5"])),
        max_size=40,
    )
)
def test_repeated_texts_are_parsed_like_single_ones(texts: list[str | None]) -> None:
    often = pa.array([text for text in texts for _ in range(6)], TEXT)
    together = parse_column(column(INT16), often)
    refused = {int(row): each.rule for each in together.refusals for row in each.rows}

    for place, text in enumerate(texts):
        alone = parse_column(column(INT16), pa.array([text], TEXT))
        assert together.values[place * 6].as_py() == alone.values[0].as_py()
        assert refused.get(place * 6) == next((each.rule for each in alone.refusals), None)
