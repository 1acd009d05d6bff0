"""Members that have facts in a cell, with the attributes of their levels."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.slicer.conftest import Ask

Cube = Callable[[str], Any]


def test_members_are_listed_down_to_the_last_level(cube: Cube) -> None:
    assert cube("members/date") == {
        "dimension": "date",
        "hierarchy": "ymd",
        "depth": 3,
        "data": [
            {"date.year": 2013, "date.month": 3, "date.month_name": "March", "date.day": 30},
            {"date.year": 2013, "date.month": 4, "date.month_name": "April", "date.day": 1},
            {"date.year": 2013, "date.month": 5, "date.month_name": "May", "date.day": 2},
            {"date.year": 2014, "date.month": 1, "date.month_name": "January", "date.day": 1},
        ],
    }


@pytest.mark.parametrize(
    ("query", "hierarchy", "depth", "number"),
    [
        ("depth=1", "ymd", 1, 2),
        ("level=year", "ymd", 1, 2),
        ("depth=2", "ymd", 2, 4),
        ("depth=0", "ymd", 3, 4),
        ("hierarchy=yq", "yq", 2, 3),
        ("hierarchy=yq&level=year", "yq", 1, 2),
        ("hierarchy=&depth=", "ymd", 3, 4),
    ],
)
def test_levels_are_named_or_counted(
    cube: Cube, query: str, hierarchy: str, depth: int, number: int
) -> None:
    told = cube(f"members/date?{query}")

    assert (told["hierarchy"], told["depth"], len(told["data"])) == (hierarchy, depth, number)


def test_only_members_with_facts_in_the_cell_are_listed(cube: Cube) -> None:
    def ports(cut: str) -> list[Any]:
        return [one["port"] for one in cube(f"members/port?cut={cut}")["data"]]

    assert ports("") == ["Ayr", "Bude", "Cove", None]
    assert ports("date:2014") == ["Cove", None]
    assert ports("date:2014|port:Ayr") == []


def test_a_flat_dimension_knows_its_hierarchy_as_default(cube: Cube) -> None:
    told = cube("members/port?hierarchy=default&depth=1&cut=")

    assert (told["hierarchy"], told["depth"], len(told["data"])) == ("default", 1, 4)


def test_members_are_sorted_by_their_level_whatever_is_asked(cube: Cube) -> None:
    told = cube("members/pilot?order=pilot.name:desc&fields=pilot.name")

    assert told["data"][0] == {"pilot.code": "q", "pilot.name": "Quinn", "pilot.since": 2001}
    assert [one["pilot.since"] for one in told["data"]] == [2001, 2005, 2009, None]


@pytest.mark.parametrize("size", ["pagesize", "page_size"])
def test_members_come_by_pages(cube: Cube, size: str) -> None:
    told = cube(f"members/port?page=1&{size}=3")

    assert [one["port"] for one in told["data"]] == [None]


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("members/harbour", 404, "missing_object"),
        ("members/date?level=week", 400, "hierarchy"),
        ("members/date?hierarchy=iso", 400, "hierarchy"),
        ("members/date?depth=4", 400, "hierarchy"),
        ("members/date?depth=-1", 400, "hierarchy"),
    ],
)
def test_what_the_dimension_lacks_is_told(ask: Ask, path: str, status: int, kind: str) -> None:
    for form in ("json", "json_lines", "csv"):
        answer = ask(f"/cube/landings/{path}{'&' if '?' in path else '?'}format={form}")

        assert (answer.status_code, answer.get_json()["error"]) == (status, kind)


@pytest.mark.parametrize(
    "query", ["depth=1&level=year", "depth=two", "page=x", "page=0&pagesize=x"]
)
def test_a_question_in_a_wrong_form_is_refused_by_the_server(ask: Ask, query: str) -> None:
    answer = ask(f"/cube/landings/members/date?{query}")

    assert (answer.status_code, answer.get_json()["error"]["type"]) == (400, "request")
