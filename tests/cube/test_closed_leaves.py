"""A branch that has closed holds no stock any longer, however lately it was counted.

Beds are powers of two, so that every sum tells who is in it. Branch a moves from east to west on
1 July, c closes on 31 May, nobody knows x.
"""

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from server.cube.across_reading import read_across
from server.cube.browser import ClickHouseBrowser, Cubes
from server.cube.elements import AS_IS, AS_WAS, Membership
from server.cube.model import load_model
from server.errors import InvalidInput
from server.snapshot import Snapshot
from server.store.address import parse_address
from server.store.client import Store
from server.store.connection import create_database
from server.store.dictionaries import reload_dictionary
from server.store.facts import insert_batch
from server.store.migrate import ensure_tables
from server.store.readers import Limits
from tests.cube.test_membership import BRANCHES, FOLDER, MODEL, _table
from tests.engine import fresh_database

BEDS = [
    (date(2025, 5, 1), "x", 16),
    (date(2025, 5, 20), "a", 1),
    (date(2025, 5, 20), "c", 8),
    (date(2025, 5, 31), "b", 4),
    (date(2025, 6, 30), "b", 4),
    (date(2025, 7, 15), "a", 2),
]


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    store = Store(parse_address(fresh_database()), Limits(readers=2))
    create_database(store.address)
    ensure_tables(store, MODEL)
    branches, beds = MODEL.dimension_tables["branches"], MODEL.fact_tables["beds"]
    insert_batch(store, branches, [_table(branches, BRANCHES)], 1, 1)
    insert_batch(store, beds, [_table(beds, BEDS)], 2, 2)
    reload_dictionary(store, branches)
    yield store
    store.close()


def _browser(store: Store, membership: Membership = AS_WAS) -> ClickHouseBrowser:
    snapshot = Snapshot(1, 2, versions={"branches": 1}, watermarks={"beds": date(2025, 7, 15)})
    return Cubes(MODEL, store.readers).browser("beds", snapshot, membership=membership)


def _beds(browser: ClickHouseBrowser, cell: str | None = None) -> Any:
    return browser.aggregate(cell, aggregates="beds").summary["beds"]


def test_who_has_closed_by_the_last_day_with_facts_is_left_out(store: Store) -> None:
    assert _beds(_browser(store)) == 16 + 2 + 4
    assert _beds(_browser(store), "time:2025,5-2025,6") == 16 + 1 + 4  # the last is 30 June


def test_who_closes_on_the_last_day_itself_is_still_there(store: Store) -> None:
    assert _beds(_browser(store), "time:2025,5") == 16 + 1 + 8 + 4


def test_a_branch_that_nobody_knows_is_never_closed(store: Store) -> None:
    assert _beds(_browser(store), "branch:unknown") == 16


def test_each_month_asks_who_has_closed_by_its_own_last_day(store: Store) -> None:
    answer = _browser(store).aggregate(aggregates="beds", drilldown="time:month")

    assert [row["beds"] for row in answer.cells] == [16 + 1 + 8 + 4, 4, 2]


def test_a_stock_belongs_to_where_its_branch_is_on_the_day_that_is_asked_by(store: Store) -> None:
    was, now = (
        _browser(store, membership).aggregate(
            "time:2025,5", aggregates="beds", drilldown="branch:region"
        )
        for membership in (AS_WAS, AS_IS)
    )

    assert _regions(was.cells) == {"east": 1 + 8, "west": 4, "unknown": 16}
    # By now a has moved, and c, closed, is nowhere.
    assert _regions(now.cells) == {"west": 1 + 4, "unknown": 8 + 16}


def _regions(rows: Any) -> dict[str, int]:
    return {row["branch.region"]: row["beds"] for row in rows}


def test_a_stock_is_carried_on_for_as_many_periods_as_the_model_says(store: Store) -> None:
    answer = _browser(store).aggregate(aggregates="beds,beds_carried", drilldown="time:month")

    assert [(row["beds"], row["beds_carried"]) for row in answer.cells] == [
        (16 + 1 + 8 + 4, 16 + 1 + 8 + 4),
        (4, 16 + 1 + 4),  # c has closed
        (2, 2 + 4),  # x was counted two months ago
    ]


def test_a_figure_says_since_when_a_stock_in_it_is_carried_on(store: Store) -> None:
    answer = _browser(store).aggregate(aggregates="beds,beds_carried", drilldown="time:month")

    assert [row.get("carried") for row in answer.cells] == [
        None,
        {"beds_carried": date(2025, 5, 1)},  # of x
        {"beds_carried": date(2025, 6, 30)},  # of b
    ]
    assert "carried" not in answer.summary  # of all days: none is from before them


def test_only_who_is_carried_on_is_marked(store: Store) -> None:
    june = _browser(store).aggregate(
        "time:2025,6", aggregates="beds,beds_carried", drilldown="branch:branch"
    )

    assert {row["branch.branch"]: row.get("carried") for row in june.cells} == {
        "a": {"beds_carried": date(2025, 5, 20)},
        "b": None,
        "x": {"beds_carried": date(2025, 5, 1)},
    }
    assert june.summary["carried"] == {"beds_carried": date(2025, 5, 1)}


def test_what_is_compared_is_marked_by_either_side(store: Store) -> None:
    answer = _browser(store).aggregate(
        "time:2025,7",
        aggregates="beds_carried",
        drilldown="time:month",
        time="ytd",
        compare="previous,previous:difference",
    )

    (july,) = answer.cells
    assert july["carried"] == {
        "beds_carried": date(2025, 6, 30),
        "beds_carried__previous": date(2025, 5, 1),
        "beds_carried__previous__difference": date(2025, 5, 1),
    }  # the year to date has every count within its own days


def test_what_is_worked_out_of_a_carried_stock_is_marked_too(store: Store) -> None:
    across = read_across(
        lambda _: _browser(store),
        ["beds.beds"],
        formulas={"twice": "beds.beds_carried * 2", "more": "twice + 1"},
        cut=["time:2025,6"],
        drilldown="branch:branch",
    )

    rows = {row["branch.branch"]: row for row in across.table().rows}
    assert rows["x"]["carried"] == {"twice": date(2025, 5, 1), "more": date(2025, 5, 1)}
    assert rows["x"]["twice"] == 32
    assert not rows["b"].get("carried")


def test_a_ratio_takes_no_stock_that_is_carried_on(tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "chain_model", tmp_path, dirs_exist_ok=True)
    path = tmp_path / "chain/cubes.json"
    document = json.loads(path.read_text("utf-8"))
    (beds,) = [one for one in document["cubes"] if one["name"] == "beds"]
    beds["aggregates"].append(
        {"name": "part", "label": "Part", "labels": {"zh": "占比"}, "function": "ratio",
         "numerator": "beds_carried", "denominator": "beds_last"}
    )  # fmt: skip
    path.write_text(json.dumps(document), "utf-8")

    with pytest.raises(InvalidInput, match="numerator is 'beds_carried'"):
        load_model(tmp_path, "chain")


def test_who_has_nothing_but_a_carried_stock_has_a_row(store: Store) -> None:
    browser = _browser(store)
    june = browser.aggregate(
        "time:2025,6",
        aggregates="beds,beds_carried",
        drilldown="branch:branch",
        order="beds_carried:desc",
    )

    assert [(row["branch.branch"], row["beds"], row["beds_carried"]) for row in june.cells] == [
        ("x", None, 16),
        ("b", 4, 4),
        ("a", None, 1),
    ]
    assert june.summary["beds_carried"] == 21
    assert june.summary["beds"] == 4


def test_what_is_carried_on_adds_up_in_every_month(store: Store) -> None:
    browser = _browser(store)
    parts = browser.aggregate(
        aggregates="beds_carried", drilldown="time:month|branch:branch", summary=False
    )

    by_month: dict[int, int] = {}
    for row in parts.cells:
        month = row["time.month"]
        by_month[month] = by_month.get(month, 0) + row["beds_carried"]
    assert by_month == {5: 29, 6: 21, 7: 6}
