"""Scope keys: read, written, made from rows; what a source says that it covers."""

import hashlib
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.cover import declared_cover
from loaders.scope import hashes_of, key_text, read_key, scheme_of, scope_keys_of
from loaders.specification import Cover, ScopePart, Specification
from server.errors import InvalidInput, LoadRejected
from tests.shop_loads import specifications

SALES = specifications()["sales"]
MONTHS = replace(SALES, mode="replace", scope=(ScopePart("day", "month"), ScopePart("store")))
DAYS = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 1, 1), date(2026, 1, 31)]
CHUNK = pa.table({"day": DAYS, "store": ["Köln", "Köln", "北京", "Köln"], "till": [1, 2, 3, 1]})


def keys(specification: Specification) -> list[str]:
    routed = scope_keys_of(specification, CHUNK)
    return [routed.keys[code] for code in routed.codes]


def test_every_row_has_the_key_of_its_scope() -> None:
    assert keys(MONTHS) == [
        "month=2026-01,store=Köln",
        "month=2026-02,store=Köln",
        "month=2026-01,store=北京",
        "month=2026-01,store=Köln",
    ]


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        (ScopePart("day"), ["2026-01-31", "2026-02-01", "2026-01-01", "2026-01-31"]),
        (ScopePart("day", "quarter"), ["2026-Q1"] * 4),
        (ScopePart("day", "year"), ["2026"] * 4),
        (ScopePart("till"), ["1", "2", "3", "1"]),
    ],
)
def test_a_part_is_a_value_or_a_span_of_time(part: ScopePart, wanted: list[str]) -> None:
    assert keys(replace(MONTHS, scope=(part,))) == [f"{part.name}={text}" for text in wanted]


def test_only_keys_that_occur_are_named() -> None:
    assert len(scope_keys_of(MONTHS, CHUNK).keys) == 3


def test_a_bucket_is_the_hash_of_the_key_as_anybody_can_work_it_out() -> None:
    upsert = replace(SALES, mode="upsert", key=("store", "till"), buckets=16)

    def bucket(text: str) -> int:
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % 16

    wanted = [bucket(f"{store}\x1f{till}") for store, till in
              (("Köln", 1), ("Köln", 2), ("北京", 3), ("Köln", 1))]  # fmt: skip
    assert keys(upsert) == [f"bucket={number}of16" for number in wanted]


def test_a_key_with_a_date_lies_in_buckets_of_its_month() -> None:
    upsert = replace(SALES, mode="upsert", key=("store", "day"), buckets=1)

    assert keys(upsert) == [f"month=2026-0{month},bucket=0of1" for month in (1, 2, 1, 1)]


def test_equal_keys_have_equal_hashes_whatever_their_column_type() -> None:
    narrow = pa.table({"a": pa.array([Decimal("1.10")], pa.decimal128(9, 2))})
    wide = pa.table({"a": pa.array([Decimal("1.10")], pa.decimal128(18, 2))})

    assert hashes_of(("a",), narrow) == hashes_of(("a",), wide)


@given(st.dictionaries(st.sampled_from(["month", "store"]), st.text(min_size=1), min_size=2))
def test_a_key_is_read_back_as_it_was_written(values: dict[str, str]) -> None:
    values = {"month": "2026-01", "store": values["store"]}

    assert read_key(MONTHS, key_text(values)) == key_text(values)


def test_parts_may_be_written_in_any_order() -> None:
    assert read_key(MONTHS, "store=Köln,month=2026-01") == "month=2026-01,store=Köln"


@pytest.mark.parametrize(
    "text",
    ["", "month", "month=2026-01", "month=2026-01,month=2026-02", "month=2026-01,shop=Köln",
     "month=2026-01,store=", "month=2026-13,store=Köln", "month=26-1,store=K", "month=2026-01,,"],
)  # fmt: skip
def test_what_is_no_scope_is_refused_with_the_form_of_one(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"write month=2013-01,store=…|must be"):
        read_key(MONTHS, text)


def test_the_scheme_tells_other_scopes_apart() -> None:
    upsert = replace(SALES, mode="upsert", key=("store", "day"), buckets=8)

    assert scheme_of(MONTHS) == "month(day), store"
    assert scheme_of(upsert) == "store, day in 8 buckets"
    assert scheme_of(SALES) == ""


NAMED = replace(
    MONTHS,
    scope=(ScopePart("day", "month"),),
    cover=Cover(r"sales_(?P<month>\d{4}-\d\d)\.csv", "# scope:"),
)


def test_a_file_says_by_its_name_what_it_covers() -> None:
    assert declared_cover(NAMED, "sales_2026-01.csv", (), None) == ("month=2026-01",)
    assert declared_cover(NAMED, "sales.csv", (), None) == ()


def test_a_control_line_may_name_several_keys() -> None:
    assert declared_cover(NAMED, "sales.csv", (), "month=2026-02; month=2026-01") == (
        "month=2026-01",
        "month=2026-02",
    )


def test_what_is_said_twice_must_agree() -> None:
    assert declared_cover(NAMED, "sales_2026-01.csv", ("month=2026-01",), None)
    with pytest.raises(LoadRejected, match="--scope says month=2026-02 but its name says month="):
        declared_cover(NAMED, "sales_2026-01.csv", ("month=2026-02",), None)


def test_a_file_that_names_a_month_that_there_is_not_is_rejected() -> None:
    with pytest.raises(LoadRejected, match="must be a month like"):
        declared_cover(NAMED, "sales_2026-13.csv", (), None)


def test_a_cover_that_must_be_said_is_asked_for() -> None:
    strict = replace(NAMED, cover=replace(NAMED.cover, required=True))

    with pytest.raises(LoadRejected, match="give --scope or name the file like sales_"):
        declared_cover(strict, "sales.csv", (), None)
