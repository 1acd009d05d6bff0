"""Random tables over random facts: what an independent oracle says, and what always holds."""

from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from server.cube.cube_table import cube_table
from server.cube.table import ACROSS, Table
from tests.cube.market import Market, snapshot_of
from tests.cube.oracle import LEVELS, Oracle, OracleCut
from tests.cube.test_browser_laws import LAWS, _cuts, _drills, _level, world

__all__ = ["world"]

NAMES = (
    "sales", "pieces_sum", "price_sum", "pieces_max", "shops", "turnover_sum", "price_avg",
    "paid_share", "pieces_median",
)  # fmt: skip
FEWER = settings(LAWS, max_examples=20)  # tests/truth asks another engine the same
Drills = list[tuple[str, int]]


def _refs(drills: Drills) -> list[str]:
    return [ref for hierarchy, depth in drills for ref in LEVELS[hierarchy][:depth]]


def _texts(drills: Drills) -> list[str]:
    return [f"{hierarchy}:{_level(hierarchy, depth)}" for hierarchy, depth in drills]


def _expected(
    oracle: Oracle, cuts: list[OracleCut], refs: list[str]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    sales = [one for one in oracle.sales if oracle.within(one, cuts, 1)]
    found = {}
    for key, group in oracle.groups(sales, refs, 1).items():
        figures = oracle.figures(group, 1)
        found[key] = {name: figures[name] for name in NAMES}
    return found


def _found(rows: Any, refs: list[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {tuple(row[ref] for ref in refs): {name: row[name] for name in NAMES} for row in rows}


def _ask(world: tuple[Market, Oracle], cuts: list[OracleCut], **words: Any) -> Table:
    browser = world[0].browser(snapshot_of(6))
    return cube_table(browser, [cut.text for cut in cuts], ",".join(NAMES), **words)


@FEWER
@given(drills=_drills().filter(bool), cuts=st.lists(_cuts(), max_size=2))
def test_every_total_is_the_question_without_the_other_levels(
    world: tuple[Market, Oracle], drills: Drills, cuts: list[OracleCut]
) -> None:
    table = _ask(world, cuts, drilldown=_texts(drills), totals=["nested", "whole"])

    flat = [(name, depth) for name, most in drills for depth in range(1, most + 1)]
    for total in table.totals:
        written = [] if total.grain == "whole" else total.grain.split("*")
        refs: list[str] = []
        for text in written:
            head, _, level = text.partition(":")
            name = (
                head
                if "@" in head
                else next(
                    each for each in LEVELS if each.startswith(f"{head}@") and each != "time@iso"
                )
            )
            depth = 1 + [ref.rpartition(".")[2] for ref in LEVELS[name]].index(level)
            assert (name, depth) in flat
            refs += LEVELS[name][:depth]
        expected = _expected(world[1], cuts, refs)
        if refs or expected:
            assert _found(total.rows, refs) == expected


@FEWER
@given(
    drills=_drills().filter(bool),
    cuts=st.lists(_cuts(), max_size=1),
    number=st.integers(1, 4),
    by=st.sampled_from(NAMES),
)
def test_the_top_and_its_others_are_the_whole(
    world: tuple[Market, Oracle], drills: Drills, cuts: list[OracleCut], number: int, by: str
) -> None:
    table = _ask(world, cuts, drilldown=_texts(drills), top=f"{number}:{by}", totals=["whole"])

    first, rest = _refs(drills[:1]), _refs(drills[1:])
    sales = [one for one in world[1].sales if world[1].within(one, cuts, 1)]
    members = {tuple(row[ref] for ref in first) for row in table.rows}
    figures = {key: one[by] for key, one in _expected(world[1], cuts, first).items()}
    numbers = sorted((one for one in figures.values() if one is not None), reverse=True)
    assert sorted((figures[key] for key in members), reverse=True) == numbers[:number]
    outside = [
        one for one in sales if tuple(world[1].key(one, ref, 1) for ref in first) not in members
    ]
    others = {
        key: {name: world[1].figures(group, 1)[name] for name in NAMES}
        for key, group in world[1].groups(outside, rest, 1).items()
    }
    if rest or outside:
        assert _found(table.others, rest) == others
    whole = table.totals[-1].rows[0]
    for name in ("sales", "pieces_sum", "price_sum", "turnover_sum"):
        parts = [row[name] for row in (*table.rows, *(table.others or ()))]
        assert sum(parts) == whole[name] == (table.summary or {})[name]


@FEWER
@given(drills=_drills().filter(bool), cuts=st.lists(_cuts(), max_size=1), down=st.booleans())
def test_marks_are_those_of_plain_python(
    world: tuple[Market, Oracle], drills: Drills, cuts: list[OracleCut], down: bool
) -> None:
    marks = ["share", "share_of_total", "rank", "running"]
    order = f"pieces_sum:{'desc' if down else 'asc'}"
    table = _ask(world, cuts, drilldown=_texts(drills), marks=marks, order=order)

    refs, group = _refs(drills), _refs(drills[:-1])
    parents = _expected(world[1], cuts, refs[:-1])
    whole = table.summary or {}
    sums = [row["pieces_sum"] for row in table.rows]
    assert sums == sorted(sums, reverse=down)
    for name in ("sales", "pieces_sum"):
        so_far: dict[Any, int] = {}
        for row in table.rows:
            key = tuple(row[ref] for ref in refs)
            among = tuple(row[ref] for ref in group)
            figures = [
                each[name] for each in table.rows if tuple(each[ref] for ref in group) == among
            ]
            parent = parents[key[:-1]][name]
            assert row[f"{name}__share"] == (Fraction(row[name], parent) if parent else None)
            total = whole[name]
            assert row[f"{name}__share_of_total"] == (Fraction(row[name], total) if total else None)
            assert row[f"{name}__rank"] == 1 + sum(each > row[name] for each in figures)
            assert row[f"{name}__rank_shared_by"] == figures.count(row[name])
            so_far[among] = so_far.get(among, 0) + row[name]
            assert row[f"{name}__running"] == so_far[among]


@FEWER
@given(rows=_drills().filter(bool), column=st.sampled_from(sorted(LEVELS)))
def test_rows_against_columns_are_the_cells_of_both(
    world: tuple[Market, Oracle], rows: Drills, column: str
) -> None:
    rows = [one for one in rows if one[0] != column] or [
        next((name, 1) for name in sorted(LEVELS) if name != column)
    ]
    table = _ask(world, [], drilldown=_texts(rows), columns=_texts([(column, 1)]))

    both = [*_refs(rows), LEVELS[column][0]]
    found = {}
    for row in table.rows:
        for head, cell in zip(table.columns or (), row[ACROSS], strict=True):
            if cell is not None:
                key = (*(row[ref] for ref in _refs(rows)), head[LEVELS[column][0]])
                found[key] = cell
    assert found == _expected(world[1], [], both)
    assert _found(table.rows, _refs(rows)) == _expected(world[1], [], _refs(rows))
    assert _found(table.columns, [LEVELS[column][0]]) == _expected(
        world[1], [], [LEVELS[column][0]]
    )
