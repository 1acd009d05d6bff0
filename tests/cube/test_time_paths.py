"""Paths of time are spans of days; every day is on exactly one path of each hierarchy."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.cube.time_paths import KEY_CHAINS, path_of, span
from server.errors import InvalidInput

YMD = ("year", "quarter", "month", "day")
ISO = ("iso_year", "iso_week", "iso_weekday")


@pytest.mark.parametrize(
    ("parts", "path", "first", "last"),
    [
        (YMD, (2013,), date(2013, 1, 1), date(2013, 12, 31)),
        (YMD, (2013, 4), date(2013, 10, 1), date(2013, 12, 31)),
        (YMD, (2020, 1, 2), date(2020, 2, 1), date(2020, 2, 29)),
        (YMD, (2013, 1, 2, 28), date(2013, 2, 28), date(2013, 2, 28)),
        (("year", "month"), (2013, 12), date(2013, 12, 1), date(2013, 12, 31)),
        (ISO, (2020,), date(2019, 12, 30), date(2021, 1, 3)),  # 53 weeks
        (ISO, (2020, 53), date(2020, 12, 28), date(2021, 1, 3)),
        (ISO, (2026, 53, 5), date(2027, 1, 1), date(2027, 1, 1)),
        (("date",), (date(2013, 5, 6),), date(2013, 5, 6), date(2013, 5, 6)),
    ],
)
def test_a_path_spans_its_days(
    parts: tuple[str, ...], path: tuple[object, ...], first: date, last: date
) -> None:
    assert span(parts, path) == (first, last)


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        (YMD, (0,)), (YMD, (10_000,)), (YMD, (2013, 5)), (YMD, (2013, 1, 4)),
        (YMD, (2013, 1, 2, 29)), (ISO, (2021, 53)), (ISO, (2021, 0)), (ISO, (2021, 1, 8)),
    ],
)  # fmt: skip
def test_a_path_that_names_no_day_is_refused(
    parts: tuple[str, ...], path: tuple[object, ...]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        span(parts, path)
    assert refused.value.code == "invalid_value"


@given(day=st.dates(date(1990, 1, 1), date(2060, 12, 31)), parts=st.sampled_from(KEY_CHAINS))
def test_the_spans_of_a_days_path_nest_around_it(day: date, parts: tuple[str, ...]) -> None:
    path = path_of(parts, day)
    spans = [span(parts, path[:depth]) for depth in range(1, len(path) + 1)]

    for (first, last), (inner_first, inner_last) in pairwise(spans):
        assert first <= inner_first <= day <= inner_last <= last
    before, after = spans[-1][0] - timedelta(days=1), spans[-1][1] + timedelta(days=1)
    assert path_of(parts, before) != path != path_of(parts, after)
