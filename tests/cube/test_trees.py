"""Members that stand under each other: ragged trees, inner members with facts, subtrees.

Amounts are powers of two, so that every sum tells which units are in it. Write the statements anew
with `python -m tests.cube.test_trees`, then read the difference.
"""

from collections.abc import Iterator
from datetime import date

import pytest

from server.access import Scope, ScopeRule
from server.cube.browser import Cubes
from server.cube.elements import AS_IS, AS_WAS, Membership
from server.cube.statement import Statement
from server.snapshot import Snapshot
from tests.cube.firm import FOLDER, MODEL, Firm, sums

DAY = date(2025, 3, 1)
# The firm has sales and works; sales has north and south; north has the harbour.
UNITS = [
    ("firm", None, "The firm", "公司", "Köln", 1),
    ("sales", "firm", "Sales", None, "Köln", 2),
    ("north", "sales", "North", None, "Kiel", 3),
    ("harbour", "north", None, None, "Kiel", 4),
    ("south", "sales", "South", None, "Ulm", 5),
    ("works", "firm", "Works", "工厂", "Ulm", 6),
]
AMOUNTS = {
    "firm": 1, "sales": 2, "north": 4, "harbour": 8, "south": 16, "works": 32, "lost": 64, None: 128
}  # fmt: skip
JULY = date(2025, 7, 1)
MOVING = [
    ("a", None, "A", "Kiel", None, None),
    ("b", None, "B", "Ulm", None, None),
    ("team", "a", "Team", "Kiel", None, date(2025, 6, 30)),
    ("team", "b", "Team of B", "Ulm", JULY, None),
    ("worker", "team", "Worker", "Kiel", date(2020, 1, 1), None),
    ("a2", "a", "A2", "Kiel", None, date(2025, 3, 31)),
]


@pytest.fixture(scope="module")
def firm() -> Iterator[Firm]:
    firm = Firm().units(UNITS)
    firm.book((DAY, unit, amount) for unit, amount in AMOUNTS.items())
    yield firm
    firm.store.close()


def test_each_level_shows_who_stands_there_and_who_ended_above(firm: Firm) -> None:
    unknown = 64 + 128

    assert sums(firm.ask(), "level1") == {("firm",): 63, ("unknown",): unknown}
    assert sums(firm.ask(), "level3") == {
        ("firm", "sales", "north"): 4 + 8,
        ("firm", "sales", "south"): 16,
        ("firm", "sales", None): 2,  # its own
        ("firm", "works", None): 32,
        ("firm", None, None): 1,
        ("unknown", "lost", None): 64,
        ("unknown", None, None): 128,
    }
    assert sums(firm.ask(), "level6")["firm", "sales", "north", "harbour", None, None] == 8


def test_members_come_below_each_other_and_the_own_figures_last(firm: Firm) -> None:
    rows = firm.ask().aggregate("organisation:firm,sales", "amount", "organisation:level3").cells

    assert [row["organisation.level3"] for row in rows] == ["north", "south", None]
    assert [row["organisation.level3_name"] for row in rows] == ["North", "South", "Sales"]


def test_every_level_is_called_by_its_own_name(firm: Firm) -> None:
    cell = "organisation:firm,sales,north,harbour"
    (row,) = firm.ask(language="zh").aggregate(cell, "amount", "organisation:level4").cells
    unknown = firm.ask().aggregate("organisation:unknown", "amount", "organisation:level2").cells

    # The harbour has no name at all, so it is called by its key.
    names = [row[f"organisation.level{depth}_name"] for depth in (1, 2, 3, 4)]
    assert names == ["公司", "Sales", "North", "harbour"]
    assert [
        (row["organisation.level1_name"], row["organisation.level2_name"]) for row in unknown
    ] == [("Unknown", "lost"), ("Unknown", "Unknown")]


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("organisation:firm", 63),
        ("organisation:firm,sales", 2 + 4 + 8 + 16),
        ("organisation:firm,sales,north", 4 + 8),
        ("organisation:firm,sales,north,harbour", 8),
        ("organisation:firm,sales,__null__", 2),
        ("organisation:firm,sales,north;firm,works", 4 + 8 + 32),
        ("organisation:firm,sales,south-firm,works", 16 + 32),
        ("!organisation:firm,sales", 1 + 32 + 64 + 128),
        # Who ended above is not in the cut, so he is in what it leaves out.
        ("!organisation:firm,sales,north", 1 + 2 + 16 + 32 + 64 + 128),
        ("!organisation:firm,sales,__null__", 255 - 2),
        ("organisation:unknown,lost", 64),
        ("organisation.level2_name:Sales", 2 + 4 + 8 + 16),
        ("organisation.level3:north", 4 + 8),
        ("organisation@places:Kiel", 4 + 8),
        ("organisation@places:Kiel|organisation:firm,sales,north,harbour", 8),
    ],
)
def test_a_cut_takes_a_whole_subtree(firm: Firm, cell: str, amount: int) -> None:
    assert firm.ask().aggregate(cell, "amount").summary["amount"] == amount


def test_a_drill_down_without_a_level_goes_one_below_the_cut(firm: Firm) -> None:
    rows = firm.ask().aggregate("organisation:firm", "amount", "organisation").cells

    assert {row["organisation.level2"] for row in rows} == {"sales", "works", None}


def test_a_scope_is_a_subtree(firm: Firm) -> None:
    confined = firm.ask(scope=Scope((ScopeRule("organisation", ("firm", "sales", "north")),)))

    assert sums(confined, "level1") == {("firm",): 12}
    assert sums(confined, "level4") == {
        ("firm", "sales", "north", "harbour"): 8, ("firm", "sales", "north", None): 4,
    }  # fmt: skip
    assert confined.aggregate("organisation:firm,works", "amount").summary["amount"] == 0
    assert [row["unit"] for row in confined.facts(fields="unit")] == ["north", "harbour"]


def test_two_hierarchies_of_one_dimension_are_asked_together(firm: Firm) -> None:
    drills = "organisation@tree:level2|organisation@places:town"
    rows = firm.ask().aggregate("organisation:firm", "amount", drills).cells
    found = {(row["organisation.level2"], row["organisation.town"]): row["amount"] for row in rows}

    assert found == {
        ("sales", "Köln"): 2, ("sales", "Kiel"): 12, ("sales", "Ulm"): 16,
        ("works", "Ulm"): 32, (None, "Köln"): 1,
    }  # fmt: skip


def test_members_are_listed_with_their_paths_and_found_by_name(firm: Firm) -> None:
    rows = firm.ask().members("", "organisation", level="level3", search="nor")
    everyone = firm.ask().members("", "organisation", level="level2", from_table=True)

    assert [row["organisation.level3"] for row in rows] == ["north"]
    assert [row["organisation.level2"] for row in everyone] == ["sales", "works", None]


def test_a_single_fact_tells_its_path(firm: Firm) -> None:
    fields = "organisation.level2_name,organisation.level3,organisation.level3_name,amount"
    rows = firm.ask().facts("organisation:firm,sales,north;firm,works", fields)

    assert [tuple(row[name] for name in fields.split(",")) for row in rows] == [
        ("Sales", "north", "North", 4),
        ("Sales", "north", "North", 8),
        ("Works", None, "Works", 32),
    ]


@pytest.fixture(scope="module")
def moving() -> Iterator[Firm]:
    firm = Firm().units(UNITS).moving(MOVING)
    march, august = date(2025, 3, 1), date(2025, 8, 1)
    firm.book(
        [(march, "worker", 1), (august, "worker", 2), (march, "team", 4), (march, "a2", 8),
         (august, "b", 16), (august, "a2", 32)]
    )  # fmt: skip
    yield firm
    firm.store.close()


@pytest.mark.parametrize(
    ("membership", "expected"),
    [
        (
            AS_WAS,
            {
                ("a", "team", "worker"): 1, ("a", "team", None): 4, ("a", "a2", None): 8,
                ("b", "team", "worker"): 2, ("b", None, None): 16, ("unknown", "a2", None): 32,
            },
        ),
        (
            AS_IS,
            {
                ("b", "team", "worker"): 3, ("b", "team", None): 4, ("b", None, None): 16,
                ("unknown", "a2", None): 40,
            },
        ),
    ],
)  # fmt: skip
def test_who_moves_takes_everybody_below_along(
    moving: Firm, membership: Membership, expected: dict[tuple[str | None, ...], int]
) -> None:
    assert sums(moving.ask(membership), "level3", dimension="moving") == expected


def test_a_subtree_of_a_dated_tree_is_confined_as_it_is(moving: Firm) -> None:
    of_b = Scope((ScopeRule("moving", ("b", "team")),))

    assert sums(moving.ask(AS_IS, of_b), "level2", dimension="moving") == {("b", "team"): 7}
    assert sums(moving.ask(AS_WAS, of_b), "level2", dimension="moving") == {
        ("a", "team"): 5, ("b", "team"): 2,
    }  # fmt: skip


def test_ancestors_are_called_as_on_the_last_day_of_their_row(moving: Firm) -> None:
    rows = moving.ask().aggregate("", "amount", "moving:level2").cells
    names = {(row["moving.level1"], row["moving.level2_name"]) for row in rows}

    assert {("a", "Team"), ("b", "Team of B"), ("b", "B")} <= names


def test_other_hierarchies_of_a_dated_tree_follow_the_same_days(moving: Firm) -> None:
    def towns(membership: Membership) -> dict[str, int]:
        rows = moving.ask(membership).aggregate("", "amount", "moving@places:town").cells
        return {row["moving.town"]: row["amount"] for row in rows}

    assert towns(AS_WAS) == {"Kiel": 1 + 2 + 4 + 8, "Ulm": 16, "unknown": 32}
    assert towns(AS_IS) == {"Kiel": 3, "Ulm": 4 + 16, "unknown": 40}


class _Asked:
    """Readers that keep the statement and answer nothing."""

    sql = ""
    rows: tuple[object, ...] = ()

    def query(self, statement: Statement) -> "_Asked":
        self.sql = f"{statement.sql}\n"
        return self


def _statement(dimension: str, language: str) -> str:
    asked = _Asked()
    scope = Scope((ScopeRule(dimension, ("firm", "sales")),))
    versions = {"units": 1, "moving_units": 2}
    cubes = Cubes(MODEL, asked)
    asking = cubes.browser("bookings", Snapshot(1, 3, versions=versions), scope, language)
    cut = f"{dimension}:firm,sales,__null__|!{dimension}:firm,works"
    asking.aggregate(cut, "amount", f"{dimension}:level2", summary=False)
    return asked.sql


_FILES = {"tree": ("organisation", "zh"), "dated_tree": ("moving", "en")}


@pytest.mark.parametrize("name", _FILES)
def test_the_statement_is_what_its_file_says(name: str) -> None:
    assert _statement(*_FILES[name]) == (FOLDER / f"{name}.sql").read_text("utf-8")


def _write() -> None:
    for name, asked in _FILES.items():
        (FOLDER / f"{name}.sql").write_text(_statement(*asked), encoding="utf-8")


if __name__ == "__main__":
    _write()
