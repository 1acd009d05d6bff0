"""The cell: its cuts with what is known of the members that they name."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

Cube = Callable[[str], Any]


def details(cube: Cube, cuts: str) -> list[Any]:
    """The details of each cut."""
    return [one["details"] for one in cube(f"cell?cut={quote(cuts)}")["cuts"]]


def test_the_whole_cube_has_no_cuts(cube: Cube) -> None:
    assert cube("cell") == cube("cell?cut=") == {"cube": "landings", "cuts": []}


def test_a_point_is_told_level_by_level(cube: Cube) -> None:
    assert cube("cell?cut=date:2013,4") == {
        "cube": "landings",
        "cuts": [
            {
                "type": "point", "dimension": "date", "hierarchy": "ymd", "level_depth": 2,
                "invert": False, "hidden": False, "path": ["2013", "4"],
                "details": [
                    {"date.year": 2013, "_key": 2013, "_label": 2013},
                    {"date.month": 4, "date.month_name": "April", "_key": 4, "_label": "April"},
                ],
            }
        ],
    }  # fmt: skip


def test_a_flat_dimension_has_details_too(cube: Cube) -> None:
    assert details(cube, r"berth:\-5|pilot:q|port:__null__") == [
        [{"berth": -5, "_key": -5, "_label": -5}],
        [{"pilot.code": "q", "pilot.name": "Quinn", "pilot.since": 2001, "_key": "q",
          "_label": "Quinn"}],
        [{"port": None, "_key": None, "_label": None}],
    ]  # fmt: skip


def test_a_set_is_told_path_by_path(cube: Cube) -> None:
    assert details(cube, "port:Bude;Nowhere;Ayr|cargo:wet;dry,coal") == [
        [
            [{"port": "Bude", "_key": "Bude", "_label": "Bude"}],
            None,
            [{"port": "Ayr", "_key": "Ayr", "_label": "Ayr"}],
        ],
        [
            [{"cargo.kind": "wet", "_key": "wet", "_label": "wet"}],
            [
                {"cargo.kind": "dry", "_key": "dry", "_label": "dry"},
                {"cargo.goods": "coal", "cargo.price": 1.5, "_key": "coal", "_label": "coal"},
            ],
        ],
    ]


def test_a_range_is_told_by_its_ends(cube: Cube) -> None:
    first, second, third = details(cube, "date:2013,4-|berth:3-7|date@yq:-2014,1")

    assert first["from"][-1]["_label"] == "April"
    assert first["to"] is None
    assert second == {"from": None, "to": [{"berth": 7, "_key": 7, "_label": 7}]}
    assert third["from"] is None
    assert third["to"][-1] == {"date.quarter": 1, "_key": 1, "_label": 1}


def test_a_path_that_no_fact_has_has_no_details(cube: Cube) -> None:
    assert details(cube, "port:Nowhere|date:2013,12|!port:Ayr") == [
        None,
        None,
        [{"port": "Ayr", "_key": "Ayr", "_label": "Ayr"}],
    ]
