"""Facts by the key of the cube, with attributes, details and measures."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.slicer.conftest import Ask

Cube = Callable[[str], Any]

FIRST = {
    "__fact_key__": 101, "date.year": 2013, "date.quarter": 1, "date.month": 3,
    "date.month_name": "March", "date.day": 30, "port": "Ayr", "berth": -5, "pilot.code": "p",
    "pilot.name": "Petra", "pilot.since": 2009, "cargo.kind": "dry", "cargo.goods": "coal",
    "cargo.price": 1.5, "vessel": 9001, "weather": "fog", "remark": "first", "weight": 10.5,
    "crew": 4,
}  # fmt: skip


def test_facts_are_a_list_with_every_attribute_detail_and_measure(cube: Cube) -> None:
    found = cube("facts")

    assert len(found) == 6
    assert found[0] == FIRST
    assert next(iter(found[0])) == "__fact_key__"


def test_fields_are_those_that_are_named(cube: Cube) -> None:
    found = cube("facts?fields=weight,weather,pilot.name&cut=port:Ayr")

    assert found == [
        {"__fact_key__": 101, "weight": 10.5, "weather": "fog", "pilot.name": "Petra"},
        {"__fact_key__": 102, "weight": 4.5, "weather": "sun", "pilot.name": "Quinn"},
    ]


@pytest.mark.parametrize("name", ["landings", "weight_sum", "slip", "_load", "harbour", "pilot"])
def test_what_is_no_field_is_told(ask: Ask, name: str) -> None:
    """An aggregate is none, nor is a column that the model does not name."""
    for form in ("json", "json_lines", "csv"):
        answer = ask(f"/cube/landings/facts?fields=port,{name}&format={form}")

        assert (answer.status_code, answer.get_json()["error"]) == (400, "unknown_user_error")
        assert repr(name) in answer.get_json()["message"]


@pytest.mark.parametrize(
    ("order", "slips"),
    [
        ("weight", [-6, 105, 102, 104, 101, 103]),
        ("weight:desc", [101, 104, 102, 105, -6, 103]),
        ("pilot.since:desc,weight:asc", [101, 103, 104, 105, 102, -6]),
        ("weather:None,crew:DESC", [104, 101, 103, -6, 105, 102]),
    ],
)
def test_facts_come_in_their_order(cube: Cube, order: str, slips: list[int]) -> None:
    assert [one["__fact_key__"] for one in cube(f"facts?order={order}")] == slips


def test_facts_may_be_sorted_by_what_is_not_asked_for(cube: Cube) -> None:
    found = cube("facts?fields=port&order=pilot.since:desc,weight&cut=date:2013")

    assert [one["__fact_key__"] for one in found] == [101, 103, 104, 102]
    assert found[0] == {"__fact_key__": 101, "port": "Ayr"}


@pytest.mark.parametrize("order", ["harbour", "landings", "weight:upwards"])
def test_facts_cannot_be_sorted_by_what_they_lack(ask: Ask, order: str) -> None:
    answer = ask(f"/cube/landings/facts?order={order}")

    assert (answer.status_code, answer.get_json()["error"]) == (400, "unknown_user_error")


@pytest.mark.parametrize("size", ["pagesize", "page_size"])
def test_facts_come_by_pages(cube: Cube, size: str) -> None:
    found = cube(f"facts?page=1&{size}=4&order=crew&fields=crew")

    assert [one["crew"] for one in found] == [6, None]


def test_what_only_breaks_down_is_ignored(cube: Cube) -> None:
    assert cube("facts?drilldown=port&cut=") == cube("facts")


def test_a_fact_is_found_by_its_key(cube: Cube) -> None:
    """Each key finds its own fact."""
    assert cube("fact/101") == FIRST
    assert [cube(f"fact/{slip}")["port"] for slip in (103, 105, -6)] == ["Bude", None, "Cove"]


@pytest.mark.parametrize("key", ["999", "6", "1.2", "x", "101x", "null", "101/102", "%00"])
def test_a_key_that_no_fact_has_is_not_found(ask: Ask, key: str) -> None:
    answer = ask(f"/cube/landings/fact/{key}")

    error = answer.get_json()["error"]
    assert (answer.status_code, error["type"]) == (404, "object_not_found")
    assert error["object_type"] == "fact"
