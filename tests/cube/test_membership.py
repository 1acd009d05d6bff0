"""Dated dimensions: a branch that moved in the middle of the year, as it was and as it is.

Write the statements anew with `python -m tests.cube.test_membership`, then read the difference.

Six visits, whose guests are powers of two so that every sum tells who is in it: branch a is in the
east until June and in the west from July, b is in the west, c closes in May, nobody knows x.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from server.access import EVERYTHING, Scope, ScopeRule
from server.cube.browser import ClickHouseBrowser, Cubes
from server.cube.elements import AS_IS, AS_WAS, Membership
from server.cube.model import load_model
from server.cube.statement import Statement
from server.errors import IndicubeError, ManyErrors
from server.snapshot import Snapshot
from server.store.address import parse_address
from server.store.arrow import arrow_schema
from server.store.client import Store
from server.store.connection import create_database
from server.store.dictionaries import reload_dictionary
from server.store.facts import insert_batch
from server.store.migrate import ensure_tables
from server.store.readers import Limits
from tests.engine import fresh_database

FOLDER = Path(__file__).parent
MODEL = load_model(FOLDER / "chain_model", "chain")
EAST, WEST = ("east", "East"), ("west", "West")
JUNE, JULY = date(2025, 6, 30), date(2025, 7, 1)
BRANCHES = [
    ("a", "Old a", *EAST, 1, None, JUNE),
    ("a", "New a", *WEST, 2, JULY, None),
    ("b", "b", *WEST, 4, date(2020, 1, 1), None),
    ("c", "c", *EAST, 8, None, date(2025, 5, 31)),
]
VISITS = [
    (date(2025, 3, 1), "a", 1),
    (date(2025, 9, 1), "a", 2),
    (date(2025, 3, 1), "b", 4),
    (date(2025, 4, 1), "c", 8),
    (date(2025, 9, 1), "x", 16),
    (date(2025, 9, 2), None, 32),
]
SNAPSHOT = Snapshot(1, 2, versions={"branches": 1}, watermarks={"visits": date(2025, 9, 2)})


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    store = _filled(BRANCHES, VISITS)
    yield store
    store.close()


def _filled(members: list[tuple[Any, ...]], facts: list[tuple[Any, ...]]) -> Store:
    store = Store(parse_address(fresh_database()), Limits(readers=2))
    create_database(store.address)
    ensure_tables(store, MODEL)
    branches, visits = MODEL.dimension_tables["branches"], MODEL.fact_tables["visits"]
    insert_batch(store, branches, [_table(branches, members)], 1, 1)
    insert_batch(store, visits, [_table(visits, facts)], 2, 2)
    reload_dictionary(store, branches)
    return store


def _table(table: Any, rows: list[tuple[Any, ...]]) -> Any:
    columns = [list(range(2, 2 + len(rows))), *map(list, zip(*rows, strict=True))]
    schema = arrow_schema(table)
    return pa.table(dict(zip(schema.names, columns, strict=True)), schema=schema)


def browser(store: Store, membership: Membership, scope: Scope = EVERYTHING) -> ClickHouseBrowser:
    return Cubes(MODEL, store.readers).browser("visits", SNAPSHOT, scope, membership=membership)


def test_a_row_along_time_has_the_name_of_the_last_day_of_its_facts() -> None:
    renamed = [("a", "Old a", *WEST, 1, None, JUNE), ("a", "New a", *WEST, 2, JULY, None)]
    store = _filled(renamed, VISITS[:2])

    drills = "time:month|branch:branch"
    rows = browser(store, AS_WAS).aggregate("", "guests", drills, time="ytd").cells

    assert [(row["time.month"], row["branch.name"], row["guests__ytd"]) for row in rows] == [
        *((month, "Old a", 1) for month in range(3, 9)),
        (9, "New a", 3),
    ]
    store.close()


def guests(asking: ClickHouseBrowser, level: str, cell: str = "") -> dict[Any, int]:
    result = asking.aggregate(cell, "guests", f"branch:{level}")
    names = [
        f"branch.{name}" for name in (("region", "branch") if level == "branch" else ("region",))
    ]
    found = {tuple(row[name] for name in names): row["guests"] for row in result.cells}
    assert sum(found.values()) == result.summary["guests"]
    return {key[0] if len(key) == 1 else key: value for key, value in found.items()}


def test_as_it_was_each_visit_belongs_where_the_branch_was_on_its_day(store: Store) -> None:
    assert guests(browser(store, AS_WAS), "region") == {"east": 1 + 8, "west": 2 + 4, "unknown": 48}


def test_as_it_is_the_whole_past_belongs_where_the_branch_is_now(store: Store) -> None:
    # c has closed: it is nowhere now.
    assert guests(browser(store, AS_IS), "region") == {"west": 1 + 2 + 4, "unknown": 8 + 48}


def test_a_branch_that_moved_has_a_row_for_each_place_it_was_in(store: Store) -> None:
    assert guests(browser(store, AS_WAS), "branch") == {
        ("east", "a"): 1,
        ("east", "c"): 8,
        ("west", "a"): 2,
        ("west", "b"): 4,
        ("unknown", "x"): 16,
        ("unknown", None): 32,
    }
    assert guests(browser(store, AS_IS), "branch")["west", "a"] == 3


def test_each_row_has_the_labels_of_its_time(store: Store) -> None:
    rows = browser(store, AS_WAS).aggregate("", "guests", "branch:branch").cells

    named = {(row["branch.region_name"], row["branch.name"]) for row in rows}
    assert named == {
        ("East", "Old a"), ("East", "c"), ("West", "New a"), ("West", "b"),
        ("Unknown", "x"), ("Unknown", "Unknown"),
    }  # fmt: skip
    regions = browser(store, AS_WAS).aggregate("", "guests", "branch:region").cells
    assert {row["branch.region_name"] for row in regions} == {"East", "West", "Unknown"}


@pytest.mark.parametrize(
    ("membership", "cell", "total"),
    [
        (AS_WAS, "branch:east", 9),
        (AS_IS, "branch:east", 0),
        (AS_WAS, "branch:west,a", 2),
        (AS_IS, "branch:west,a", 3),
        (AS_WAS, "!branch:west", 1 + 8 + 48),
        (AS_WAS, "branch:east|time:2025,4", 8),
        (AS_IS, "branch:west|time:2025,3", 5),
    ],
)
def test_a_cut_means_the_place_by_the_membership_that_is_asked(
    store: Store, membership: Membership, cell: str, total: int
) -> None:
    assert browser(store, membership).aggregate(cell, "guests").summary["guests"] == total


def test_attributes_and_knowledge_are_those_of_the_day(store: Store) -> None:
    as_was = browser(store, AS_WAS).aggregate("", "staff,known").summary
    as_is = browser(store, AS_IS).aggregate("", "staff,known").summary

    assert (as_was["staff"], as_was["known"]) == (1 + 2 + 4 + 8, 4)
    assert (as_is["staff"], as_is["known"]) == (2 + 2 + 4, 3)


def test_who_may_see_a_fact_does_not_change_with_the_question(store: Store) -> None:
    west = Scope((ScopeRule("branch", ("west",)),))

    assert guests(browser(store, AS_IS, west), "region") == {"west": 7}
    # The visit of a in the east is seen, for a is of the west now; c is not.
    assert guests(browser(store, AS_WAS, west), "region") == {"east": 1, "west": 6}


def test_members_are_listed_where_they_are(store: Store) -> None:
    def regions(membership: Membership, *, from_table: bool) -> list[tuple[str, str]]:
        asking = browser(store, membership)
        rows = asking.members("", "branch", level="branch", from_table=from_table)
        return [
            (row["branch.region"], row["branch.branch"]) for row in rows if row["branch.branch"]
        ]

    with_facts = [("east", "a"), ("east", "c"), ("unknown", "x"), ("west", "a"), ("west", "b")]
    assert regions(AS_WAS, from_table=False) == with_facts
    assert regions(AS_WAS, from_table=True) == [("unknown", "c"), ("west", "a"), ("west", "b")]
    assert regions(AS_IS, from_table=True) == regions(AS_WAS, from_table=True)


def test_now_is_the_last_day_of_the_facts_that_the_snapshot_shows(store: Store) -> None:
    early = replace(SNAPSHOT, watermarks={"visits": date(2025, 5, 1)})
    asking = Cubes(MODEL, store.readers).browser("visits", early, membership=AS_IS)

    assert guests(asking, "region") == {"east": 1 + 2 + 8, "west": 4, "unknown": 48}


def test_a_single_fact_tells_where_it_belonged(store: Store) -> None:
    rows = browser(store, AS_WAS).facts("branch:east", "branch.region,branch.name,guests")

    assert [(row["branch.name"], row["guests"]) for row in rows] == [("Old a", 1), ("c", 8)]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"to": "valid_to"', '"to": "staff"', "'staff' is not a Date column of the table"),
        ('"to": "valid_to"', '"to": "valid_from"', "from and to are the same column"),
        ('"to": "valid_to"', '"till": "valid_to"', "unknown key 'till'"),
        ('{"name": "name", "label"', '{"name": "valid_to", "label"', "it is no attribute"),
        ('"role": "time",', "", "a part belongs to every attribute of time"),
    ],
)
def test_a_dated_table_that_cannot_be_right_is_a_mistake_of_the_model(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    for part in ("shared/dimensions.json", "chain/cubes.json"):
        text = (FOLDER / "chain_model" / part).read_text("utf-8")
        target = tmp_path / part
        target.parent.mkdir(exist_ok=True)
        target.write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises((ManyErrors, IndicubeError)) as refused:
        load_model(tmp_path, "chain")

    errors = getattr(refused.value, "errors", (refused.value,))
    assert any(sentence in error.message for error in errors)


class _Asked:
    """Readers that keep the statement and answer nothing."""

    sql = ""
    rows: tuple[object, ...] = ()

    def query(self, statement: Statement) -> "_Asked":
        self.sql = f"{statement.sql}\n"
        return self


def _statement(membership: Membership) -> str:
    asked = _Asked()
    west = Scope((ScopeRule("branch", ("west",)),))
    asking = Cubes(MODEL, asked).browser("visits", SNAPSHOT, west, membership=membership)
    asking.aggregate("branch:west", "guests", "branch:branch", summary=False)
    return asked.sql


@pytest.mark.parametrize("membership", [AS_WAS, AS_IS])
def test_the_statement_is_what_its_file_says(membership: Membership) -> None:
    file = FOLDER / "chain_model" / f"{membership}.sql"

    assert _statement(membership) == file.read_text("utf-8")


def _write() -> None:
    for membership in (AS_WAS, AS_IS):
        file = FOLDER / "chain_model" / f"{membership}.sql"
        file.write_text(_statement(membership), encoding="utf-8")


if __name__ == "__main__":
    _write()
