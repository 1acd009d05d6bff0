"""Aggregates: the whole, the cells, and what an answer says of itself; figures by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.slicer.conftest import Ask

ALL = {
    "landings": 6, "weight_sum": 24.0, "weight_avg": 4.8, "weight_max": 10.5, "crew_min": 2,
    "crew_known": 5,
}  # fmt: skip

Cube = Callable[[str], Any]


def test_without_a_breakdown_there_is_the_whole_alone(cube: Cube) -> None:
    assert cube("aggregate") == {
        "summary": ALL,
        "remainder": {},
        "cells": [],
        "aggregates": list(ALL),
        "cell": [],
        "attributes": [],
        "has_split": False,
    }


def test_of_nothing_counts_and_sums_are_0_and_the_others_null(cube: Cube) -> None:
    assert cube("aggregate?cut=port:Nowhere")["summary"] == {
        "landings": 0, "weight_sum": 0, "weight_avg": None, "weight_max": None, "crew_min": None,
        "crew_known": 0,
    }  # fmt: skip


def test_values_that_are_null_count_nowhere(cube: Cube) -> None:
    """Bude brought 7.00 once and nothing known once: its average is 7, not 3.5."""
    told = cube("aggregate?cut=port:Bude")["summary"]

    assert (told["weight_avg"], told["weight_max"], told["landings"]) == (7.0, 7.0, 2)


def test_cells_hold_keys_labels_and_aggregates(cube: Cube) -> None:
    told = cube("aggregate?drilldown=pilot&aggregates=landings|weight_sum")

    assert told["cells"] == [
        {"pilot.code": "q", "pilot.name": "Quinn", "pilot.since": 2001, "landings": 2,
         "weight_sum": 5.75},
        {"pilot.code": "r", "pilot.name": "Rosa", "pilot.since": 2005, "landings": 1,
         "weight_sum": 7.0},
        {"pilot.code": "p", "pilot.name": "Petra", "pilot.since": 2009, "landings": 2,
         "weight_sum": 10.5},
        {"pilot.code": None, "pilot.name": "Unknown", "pilot.since": None, "landings": 1,
         "weight_sum": 0.75},
    ]  # fmt: skip
    assert told["attributes"] == ["pilot.code", "pilot.name", "pilot.since"]
    assert told["levels"] == {"pilot": ["pilot"]}
    assert told["total_cell_count"] == 4
    assert told["aggregates"] == ["landings", "weight_sum"]
    assert told["summary"] == {"landings": 6, "weight_sum": 24.0}


# drill-down and cut -> the levels that the answer names
LEVELS = [
    ("date", "", {"date": ["year"]}),
    ("date", "date:2013", {"date": ["year", "month"]}),
    ("date", "date:2013,4", {"date": ["year", "month", "day"]}),
    ("date", "date:2013;2014", {"date": ["year"]}),
    ("date", "date:2013-2014", {"date": ["year"]}),
    ("date", "!date:2013,4", {"date": ["year", "month"]}),
    ("date@yq", "date@yq:2013", {"date@yq": ["year", "quarter"]}),
    ("date@ymd:month", "date@yq:2013", {"date": ["year", "month"]}),
    ("date@yq:quarter", "", {"date@yq": ["year", "quarter"]}),
    ("port", "port:Ayr", {"port": ["port"]}),
    ("port@default:port", "", {"port": ["port"]}),
    ("port|berth", "", {"port": ["port"], "berth": ["berth"]}),
    ("port,date:month", "", {"port": ["port"], "date": ["year", "month"]}),
    ("date:year-and-more", "", {"date": ["year"]}),  # the rest is dropped
    ("date@:month", "", {"date": ["year"]}),
    ("", "", None),
]


@pytest.mark.parametrize(("drill", "cut", "levels"), LEVELS)
def test_a_drill_down_goes_to_its_levels(
    cube: Cube, drill: str, cut: str, levels: dict[str, list[str]] | None
) -> None:
    assert cube(f"aggregate?drilldown={drill}&cut={cut}").get("levels") == levels


def test_drill_downs_may_come_in_several_parameters(cube: Cube) -> None:
    told = cube("aggregate?drilldown=port&drilldown=berth&aggregates=landings&cut=date:2013")

    assert [(one["port"], one["berth"], one["landings"]) for one in told["cells"]] == [
        ("Ayr", -5, 1), ("Ayr", 2, 1), ("Bude", 2, 2),
    ]  # fmt: skip


def test_cells_of_a_spread_dimension_have_their_details(cube: Cube) -> None:
    told = cube("aggregate?drilldown=cargo:goods&aggregates=landings")

    assert [tuple(one.values()) for one in told["cells"]] == [
        ("dry", "coal", 1.5, 2), ("dry", "iron", 4.0, 1), ("wet", "oil", 7.25, 2),
        ("wet", None, None, 1),
    ]  # fmt: skip


def test_a_split_tells_cells_within_from_those_outside(cube: Cube) -> None:
    told = cube("aggregate?split=date:2013|port:Ayr;Bude&drilldown=berth&aggregates=landings")

    assert [(one["__within_split__"], one["berth"], one["landings"]) for one in told["cells"]] == [
        (False, -5, 1), (False, 7, 1), (True, -5, 1), (True, 2, 3),
    ]  # fmt: skip
    assert told["has_split"] is True
    assert told["levels"] == {"berth": ["berth"], "__within_split__": ["__within_split__"]}
    assert told["summary"] == {"landings": 6}


def test_a_split_needs_no_drill_down(cube: Cube) -> None:
    told = cube("aggregate?split=port:Ayr&aggregates=landings")

    assert told["cells"] == [
        {"__within_split__": False, "landings": 4},
        {"__within_split__": True, "landings": 2},
    ]
    assert told["total_cell_count"] == 2


ORDERS = [
    ("", ["Ayr", "Bude", "Cove", None]),
    ("port:desc", ["Cove", "Bude", "Ayr", None]),
    ("weight_sum", ["Cove", None, "Bude", "Ayr"]),
    ("weight_sum:DESCENDING", ["Ayr", "Bude", None, "Cove"]),
    ("weight_avg:desc", ["Ayr", "Bude", None, "Cove"]),
    ("landings:desc,port:desc", ["Bude", "Ayr", "Cove", None]),
    ("weight_sum:None", ["Cove", None, "Bude", "Ayr"]),
]


@pytest.mark.parametrize(("order", "ports"), ORDERS)
def test_cells_come_in_their_order(cube: Cube, order: str, ports: list[str | None]) -> None:
    told = cube(f"aggregate?drilldown=port&order={order}")

    assert [one["port"] for one in told["cells"]] == ports


def test_members_come_by_what_their_level_is_sorted_by(cube: Cube) -> None:
    """Pilots by the year since when, months by their number, not by their names."""
    pilots = cube("aggregate?drilldown=pilot")["cells"]
    months = cube("aggregate?drilldown=date:month")["cells"]

    assert [one["pilot.code"] for one in pilots] == ["q", "r", "p", None]
    assert [one["date.month_name"] for one in months] == ["March", "April", "May", "January"]


@pytest.mark.parametrize("size", ["pagesize", "page_size"])
def test_pages_count_from_0_and_the_count_is_of_all(cube: Cube, size: str) -> None:
    told = cube(f"aggregate?drilldown=port&aggregates=landings&page=1&{size}=3")

    assert told["cells"] == [{"port": None, "landings": 1}]
    assert told["total_cell_count"] == 4
    assert told["summary"] == {"landings": 6}


def test_a_page_beyond_the_last_is_empty(cube: Cube) -> None:
    told = cube("aggregate?drilldown=port&page=9&pagesize=3")

    assert (told["cells"], told["total_cell_count"]) == ([], 4)


@pytest.mark.parametrize("half", ["page=1", "pagesize=1", "page_size=1"])
def test_half_a_page_is_no_page(cube: Cube, half: str) -> None:
    assert len(cube(f"aggregate?drilldown=port&{half}")["cells"]) == 4


def test_a_level_of_many_members_needs_a_page_or_a_cut_on_it(ask: Ask, cube: Cube) -> None:
    for path in (
        "drilldown=vessel",
        "drilldown=vessel&cut=vessel:9001-9002",
        "drilldown=vessel&page=0",
    ):
        refused = ask(f"/cube/landings/aggregate?{path}")
        assert (refused.status_code, refused.get_json()["error"]) == (400, "unknown_user_error")

    assert len(cube("aggregate?drilldown=vessel&page=0&pagesize=9")["cells"]) == 4
    assert [
        one["vessel"] for one in cube("aggregate?drilldown=vessel&cut=vessel:9001")["cells"]
    ] == [9001]
    assert len(cube("aggregate?drilldown=vessel&cut=vessel:9001;9003")["cells"]) == 2


WRONG = [
    ("drilldown=harbour", 404, "missing_object"),
    ("drilldown=date:week", 400, "hierarchy"),
    ("drilldown=date@iso", 400, "hierarchy"),
    ("drilldown=date&cut=date:2013,4,1", 400, "hierarchy"),
    ("drilldown=date&cut=date@yq:2013", 400, "hierarchy"),
    ("drilldown=!", 400, "unknown_user_error"),
    ("aggregates=weight", 400, "unknown_user_error"),
    ("drilldown=port&order=berth", 400, "unknown_user_error"),
    ("drilldown=port&order=port:upwards", 400, "unknown_user_error"),
    ("split=port", 400, "unknown_user_error"),
]


@pytest.mark.parametrize(("query", "status", "kind"), WRONG)
def test_what_cannot_be_asked_is_told(ask: Ask, query: str, status: int, kind: str) -> None:
    for form in ("json", "csv"):
        answer = ask(f"/cube/landings/aggregate?{query}&format={form}")

        assert (answer.status_code, answer.get_json()["error"]) == (status, kind)


def test_what_is_not_known_is_ignored(cube: Cube) -> None:
    assert cube("aggregate?measures=x&limit=1&Cut=port:Ayr&_=17") == cube("aggregate")


def test_a_dimension_may_be_drilled_down_two_ways_at_once(cube: Cube) -> None:
    told = cube("aggregate?drilldown=date@ymd:month|date@yq:quarter&aggregates=landings")

    assert told["levels"] == {"date": ["year", "month"], "date@yq": ["year", "quarter"]}
    assert [
        (one["date.year"], one["date.month"], one["date.quarter"], one["landings"])
        for one in told["cells"]
    ] == [(2013, 3, 1, 2), (2013, 4, 2, 1), (2013, 5, 2, 1), (2014, 1, 1, 2)]


def test_a_state_may_be_named(ask: Ask, cube: Cube) -> None:
    """What Cubes does not know: `as_of`, as everywhere in the house."""
    assert cube("aggregate?as_of=1") == cube("aggregate")
    for name in ("never", "17"):
        assert ask(f"/cube/landings/aggregate?as_of={name}").status_code == 400
