"""Derived columns: each kind against a reference in plain Python."""

from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.derive import derive
from loaders.specification import Condition, DateOf, Flag, Lookup, Minus

DELAYS = pa.array([None, -3, 14, 15, 120], pa.int16())
VISIBLE = pa.array([None, Decimal("2.99"), Decimal("3.00")], pa.decimal128(9, 2))


def flag(values: Any, *conditions: tuple[str, Any]) -> list[Any]:
    made = derive(
        Flag("made", tuple(Condition("x", op, value) for op, value in conditions)),
        {"x": values},
        pa.uint8(),
    )
    assert made.refusals == ()
    assert made.values.type == pa.uint8()
    found: list[Any] = made.values.to_pylist()
    return found


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([("<", 15)], [0, 1, 1, 0, 0]),
        ([("<=", 15)], [0, 1, 1, 1, 0]),
        ([(">=", 120)], [0, 0, 0, 0, 1]),
        ([(">", 120)], [0, 0, 0, 0, 0]),
        ([("=", 14)], [0, 0, 1, 0, 0]),
        ([("!=", 14)], [0, 1, 0, 1, 1]),
        ([("is_null", None)], [1, 0, 0, 0, 0]),
        ([("is_given", None)], [0, 1, 1, 1, 1]),
        ([(">=", 0), ("<", 100)], [0, 0, 1, 1, 0]),
        ([("<", 10**12)], [0, 1, 1, 1, 1]),
    ],
)
def test_a_flag_is_one_where_all_conditions_hold(
    conditions: list[tuple[str, Any]], expected: list[int]
) -> None:
    assert flag(DELAYS, *conditions) == expected


def test_a_flag_compares_decimals_exactly_and_texts_whole() -> None:
    assert flag(VISIBLE, ("<", 3)) == [0, 1, 0]
    assert flag(VISIBLE, ("<", Decimal("2.99"))) == [0, 0, 0]
    assert flag(pa.array(["AA", None, "A"]), ("=", "AA")) == [1, 0, 0]


def test_three_numbers_make_a_date_or_a_refusal() -> None:
    parts = {
        "y": pa.array([2013, 2013, 2012, 2013, None, 0], pa.uint16()),
        "m": pa.array([12, 2, 2, 13, 1, 1], pa.uint8()),
        "d": pa.array([31, 29, 29, 1, 1, 1], pa.uint8()),
    }

    made = derive(DateOf("day", "y", "m", "d"), parts, pa.date32())

    assert made.values.to_pylist() == [
        date(2013, 12, 31),
        None,
        date(2012, 2, 29),
        None,
        None,
        None,
    ]
    (refusal,) = made.refusals
    assert refusal.rule == "no_such_day"
    assert refusal.rows.tolist() == [1, 3, 5]  # a missing number is no day that was named


@given(st.integers(-5, 10_050), st.integers(-2, 15), st.integers(-2, 34))
@settings(max_examples=300, deadline=None)
def test_any_three_numbers_make_what_the_calendar_says(year: int, month: int, day: int) -> None:
    parts = {
        name: pa.array([value], pa.int64())
        for name, value in (("y", year), ("m", month), ("d", day))
    }
    try:
        expected: Any = date(year, month, day)
    except ValueError:
        expected = None

    made = derive(DateOf("day", "y", "m", "d"), parts, pa.date32())

    assert made.values.to_pylist() == [expected]
    assert bool(made.refusals) is (expected is None)


def test_a_lookup_answers_from_its_list() -> None:
    keys = {"carrier": pa.array(["AA", None, "XX", "B6"])}
    groups = {"AA": "network", "B6": "low_cost"}

    strict = derive(Lookup("group", "carrier", groups, "refuse"), keys, pa.string())
    lenient = derive(Lookup("group", "carrier", groups, "empty"), keys, pa.string())

    assert strict.values.to_pylist() == ["network", None, None, "low_cost"]
    assert [(r.rule, r.rows.tolist()) for r in strict.refusals] == [("unknown_member", [2])]
    assert lenient.values.to_pylist() == strict.values.to_pylist()
    assert lenient.refusals == ()


def test_a_difference_is_exact_or_refused() -> None:
    years = {"built": pa.array([1956, None, 2013, 2014], pa.uint16())}

    made = derive(Minus("age", 2013, "built"), years, pa.uint16())

    assert made.values.to_pylist() == [57, None, 0, None]
    assert [(r.rule, r.rows.tolist()) for r in made.refusals] == [("out_of_range", [3])]
