"""Filters are read as OData writes them, and judged with its rules for null."""

from datetime import date
from decimal import Decimal

import pytest

from server.errors import InvalidInput, NotOffered
from web.odata.apply import read_apply
from web.odata.filters import read_filter
from web.odata.judging import DAY, NUMBER, TEXT, check, is_so

KINDS = {"name": TEXT, "anyone": TEXT, "null_rate": NUMBER, "size": NUMBER, "day": DAY}
ROW = {
    "name": "O'Hare Air",
    "anyone": None,
    "null_rate": Decimal("0.5"),
    "size": 7,
    "day": date(2013, 4, 1),
}


@pytest.mark.parametrize(
    ("text", "so"),
    [
        ("name eq 'O''Hare Air'", True),
        ("size eq 7", True),
        ("size eq 7.0", True),
        ("null_rate lt 0.51 and null_rate gt .5", None),
        ("null_rate lt 0.51 and null_rate gt 0.49", True),
        ("size in (1,7)", True),
        ("size in (7)", True),
        ("not (size in (7))", False),
        ("not(size eq 8)", True),
        ("not contains(name,'air')", True),
        ("contains(tolower(name),'air')", True),
        ("startswith(name,'O') and endswith(name,'Air')", True),
        ("startswith(name,'X') eq false", True),
        ("length(trim(name)) eq 10", True),
        ("(size eq 1)or(size eq 7)", True),
        ("size eq 1 or size eq 7 and name eq 'x'", False),
        ("anyone eq null", True),
        ("anyone ne null", False),
        ("anyone ne 'x'", True),
        ("anyone gt 'a'", False),
        ("not (anyone gt 'a')", True),
        ("contains(anyone,'a')", False),
        ("not contains(anyone,'a')", False),
        ("contains(anyone,'a') or size eq 7", True),
        ("day ge 2013-04-01 and day lt 2013-05-01", True),
        ("day eq 2013-04-01T00:00:00Z", True),
        ("year(day) eq 2013 and month(day) eq 4 and day(day) eq 1", True),
        ("7 eq size", True),
        ("size ge -3", True),
    ],
)
def test_a_row_is_as_a_filter_says(text: str, so: bool | None) -> None:
    """Names that begin like null or any are names, and a list may have one member."""
    if so is None:
        with pytest.raises(InvalidInput):
            read_filter(text)
        return
    found = read_filter(text)
    check(found, KINDS)

    assert is_so(found, ROW) is so


@pytest.mark.parametrize(
    "text",
    [
        "size",
        "size eq",
        "size eq 'x'",
        "name gt 3",
        "day eq 'x'",
        "day eq 2013-02-30",
        "day eq 2013-04-01T10:00:00Z",
        "not size eq 7",
        "contains(size,'7')",
        "contains(name)",
        "year(name) eq 1",
        "nothing eq 1",
        "size eq 7)",
        "(size eq 7",
        "size eq 7 and",
        "name eq 'open",
        "size eq 1e99999999",
        "size = 7",
        "size eq 7; drop table",
        "(" * 80 + "size eq 7" + ")" * 80,
        "size eq 1 or " * 2000 + "size eq 1",
        "x" * 9000,
    ],
)
def test_what_cannot_be_meant_is_told_in_a_sentence(text: str) -> None:
    with pytest.raises(InvalidInput) as told:
        check(read_filter(text), KINDS)

    assert told.value.message.endswith(".")
    assert told.value.field == "$filter"


@pytest.mark.parametrize(
    "text", ["size add 1 eq 8", "concat(name,'x') eq 'y'", "name/length eq 3", "any(x) eq 1"]
)
def test_what_is_not_offered_is_told_as_such(text: str) -> None:
    with pytest.raises(NotOffered):
        read_filter(text)


def test_transformations_are_read_in_their_order() -> None:
    found = read_apply(
        "filter(size eq 1)/groupby((name,day),aggregate(size with sum as total,$count as n))"
        "/filter(total gt 3)/orderby(total desc,name)/skip(1)/top(2)"
    )

    assert found.groups == ("name", "day")
    assert [(one.source, one.method, one.alias) for one in found.figures] == [
        ("size", "sum", "total"),
        ("$count", "", "n"),
    ]
    assert [one.name for one in found.steps] == ["filter", "orderby", "skip", "top"]
    assert found.steps[1].order == (("total", True), ("name", False))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("groupby(name)", InvalidInput),
        ("aggregate(size with sum)", InvalidInput),
        ("aggregate(size with sum as a,size with max as a)", InvalidInput),
        ("groupby((name)) and more", InvalidInput),
        ("aggregate($count)", InvalidInput),
        ("aggregate(size with median as m)", NotOffered),
        ("concat(aggregate(size),identity)", NotOffered),
        ("topcount(3,size)", NotOffered),
        ("groupby((rollup(name,day)))", NotOffered),
        ("groupby((name),topcount(1,size))", NotOffered),
    ],
)
def test_other_transformations_are_refused(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_apply(text)
