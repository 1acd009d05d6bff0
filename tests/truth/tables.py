"""Random tables: rows with totals, a top with others, marks, columns, an order and pages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from hypothesis import strategies as st

from server.cube.cube_table import cube_table
from server.cube.table import ACROSS, Table
from tests.truth.answers import in_order
from tests.truth.asking import browser_for
from tests.truth.figures import exact
from tests.truth.grains import (
    Grain,
    Key,
    Row,
    Source,
    coarser,
    put_ranks,
    put_running,
    put_shares,
    source_of,
)
from tests.truth.other_engine import OtherEngine
from tests.truth.our_engine import OurEngine
from tests.truth.parts import World
from tests.truth.questions import (
    Cut,
    Drill,
    Question,
    drills_of,
    levels_of,
    questions_of,
    some_aggregates,
)

SHARES = ("share", "share_of_total")
MARKS = (*SHARES, "rank", "running")
_MOST_KINDS = 12  # of totals: each is a question of its own


@dataclass(frozen=True)
class TableWords:
    """What is asked of a table beside its cell and its rows."""

    columns: Grain = ()
    totals: tuple[str, ...] = ()
    top: tuple[int, str, bool] | None = None  # number, figure, whether the others are shown
    marks: tuple[tuple[str, str], ...] = ()  # figure and mark
    order: tuple[tuple[str, bool], ...] = ()

    @property
    def as_written(self) -> dict[str, Any]:
        """The words as a person writes them."""
        number, by, has_others = self.top or (0, "", True)
        return {
            "columns": [drill.text for drill in self.columns],
            "totals": list(self.totals),
            "top": f"{number}:{by}{'' if has_others else ':only'}" if self.top else None,
            "marks": [f"{name}:{mark}" for name, mark in self.marks],
            "order": [f"{ref}:{'desc' if down else 'asc'}" for ref, down in self.order],
        }


@dataclass(frozen=True)
class TableQuestion:
    """A question whose answer is a table; the page is that of its rows."""

    base: Question
    words: TableWords


@dataclass(frozen=True)
class TableAnswer:
    """A table, its figures as fractions; a cell without facts is None."""

    rows: list[Row]
    count: int
    across: list[list[Row | None]]
    columns: list[Row] | None
    totals: list[list[Row]]
    others: list[Row] | None
    summary: Row | None


@st.composite
def table_questions(draw: st.DrawFn, world: World) -> TableQuestion:
    """Any table of the cube of a world."""
    names = tuple(draw(some_aggregates(world, 3)))
    base = replace(draw(questions_of(world, 1, 2, names, most_cuts=1)), split=(), order=())
    return TableQuestion(base, draw(table_words(world, base.drills, names)))


@st.composite
def table_words(
    draw: st.DrawFn, world: World, drills: Sequence[Drill], names: Sequence[str]
) -> TableWords:
    """Anything that may be asked of a table with such rows and figures."""
    marks = tuple(
        draw(
            st.lists(
                st.tuples(st.sampled_from(names), st.sampled_from(MARKS)), max_size=3, unique=True
            )
        )
    )
    rows = {(drill.dimension, drill.hierarchy) for drill in drills}
    others = [one for one in drills_of(world) if (one.dimension, one.hierarchy) not in rows]
    columns = draw(st.lists(st.sampled_from(others), max_size=1)) if draw(st.booleans()) else []
    refs = [ref for drill in drills for level in levels_of(world, drill) for ref in level.refs]
    sortable = [*refs, *names, *(f"{name}__{mark}" for name, mark in marks if mark != "running")]
    tops = st.tuples(st.integers(1, 4), st.sampled_from(names), st.booleans())
    orders = st.tuples(st.sampled_from(sortable), st.booleans())
    kinds = prod(drill.depth + 1 for drill in (*drills, *columns))
    every = () if kinds > _MOST_KINDS else (("every",),)
    return TableWords(
        tuple(columns),
        draw(st.sampled_from(((), ("nested",), ("whole",), ("nested", "whole"), *every))),
        draw(st.one_of(st.none(), tops)),
        marks,
        tuple(draw(st.lists(orders, max_size=2, unique_by=lambda one: one[0]))),
    )


def ask_table(ours: OurEngine, question: TableQuestion) -> TableAnswer:
    """The browser's table."""
    base = question.base
    number, size = base.page or (None, None)
    table = cube_table(
        browser_for(ours, base),
        [cut.text for cut in base.cuts],
        ",".join(base.aggregates),
        drilldown=[drill.text for drill in base.drills],
        page=number,
        page_size=size,
        **question.words.as_written,
    )
    return told(table, question.base.aggregates)


def expect_table(other: OtherEngine, question: TableQuestion) -> TableAnswer:
    """The table that must come."""
    base = question.base
    return table_of(source_of(other, base), base.drills, question.words, base.page)


def table_of(
    source: Source, drills: Grain, words: TableWords, page: tuple[int, int] | None
) -> TableAnswer:
    """The table over the rows of a source."""
    best = _best(source, drills, words)
    rows = _marked(source, drills, drills, words, best)
    rows = in_order(rows, words.order)
    _run(source, rows, drills, words)
    number, size = page or (0, len(rows) or 1)
    shown = rows[number * size : (number + 1) * size]
    columns = source.rows(words.columns) if words.columns else None
    across = []
    if columns is not None:
        across = _across(source, shown, rows, columns, _Frame(drills, words, best))
    whole = (*drills, *words.columns)
    totals = dict.fromkeys(grain for word in words.totals for grain in coarser(whole, word))
    totals.pop(whole, None)
    finest_first = sorted(totals, key=lambda one: -sum(drill.depth for drill in one))
    return TableAnswer(
        shown,
        len(rows),
        across,
        columns,
        [source.rows(grain) for grain in finest_first],
        _others(source, drills, words, best),
        source.rows(())[0],
    )


def told(table: Table, names: Sequence[str]) -> TableAnswer:
    """A table of ours in the form in which tables are compared."""
    rows = [dict(row) for row in table.rows]
    across = [row.pop(ACROSS) for row in rows] if table.columns is not None else []
    return TableAnswer(
        [_told(row, names) for row in rows],
        table.row_count,
        [[cell and _told(cell, names) for cell in cells] for cells in across],
        None if table.columns is None else [_told(row, names) for row in table.columns],
        [[_told(row, names) for row in total.rows] for total in table.totals],
        None if table.others is None else [_told(row, names) for row in table.others],
        None if table.summary is None else _told(table.summary, names),
    )


def _told(row: Row, names: Sequence[str]) -> Row:
    """Figures as fractions; that something is absent must be said where it is a mark."""
    known = tuple(f"{name}__" for name in names)
    absences = row.get("absences", {})
    for ref, value in row.items():
        if ref.startswith(known):
            assert (value is None) == (ref in absences), (ref, row)
    return {
        ref: exact(value) if ref in names or ref.startswith(known) else value
        for ref, value in row.items()
        if ref != "absences"
    }


@dataclass(frozen=True)
class _Frame:
    drills: Grain
    words: TableWords
    best: list[Key] | None


def _best(source: Source, drills: Grain, words: TableWords) -> list[Key] | None:
    """The members of the top, the greatest first; of equal ones the first in the model."""
    if words.top is None:
        return None
    number, by, _ = words.top
    known = [row for row in source.rows(drills[:1]) if row[by] is not None]
    known.sort(key=lambda row: row[by], reverse=True)
    return [source.key(drills[:1], row) for row in known[:number]]


def _marked(
    source: Source, grain: Grain, drills: Grain, words: TableWords, best: list[Key] | None
) -> list[Row]:
    """The rows of a grain that are shown: ranked among all, in the order of the top."""
    rows = source.rows(grain)
    for name, mark in words.marks:
        if mark == "rank":
            put_ranks(source, rows, grain, name)
    if best is not None:
        places = {member: place for place, member in enumerate(best)}
        rows = [row for row in rows if source.key(drills[:1], row) in places]
        rows.sort(key=lambda row: places[source.key(drills[:1], row)])
    for name, mark in words.marks:
        if mark in SHARES:
            put_shares(source, rows, grain, name, mark)
    return rows


def _run(source: Source, rows: Sequence[Row], grain: Grain, words: TableWords) -> None:
    for name, mark in words.marks:
        if mark == "running":
            put_running(source, rows, grain, name)


def _across(
    source: Source, shown: list[Row], rows: list[Row], columns: list[Row], frame: _Frame
) -> list[list[Row | None]]:
    """For each row shown its figures in every column."""
    words, grain = frame.words, (*frame.words.columns, *frame.drills)
    places = {source.key(frame.drills, row): place for place, row in enumerate(rows)}
    cells = _marked(source, grain, frame.drills, words, frame.best)
    cells.sort(key=lambda cell: places[source.key(frame.drills, cell)])
    _run(source, cells, grain, words)
    about = {ref for level in source.levels(grain) for ref in level.refs}
    found = {
        (source.key(frame.drills, cell), source.key(words.columns, cell)): {
            ref: value for ref, value in cell.items() if ref not in about
        }
        for cell in cells
    }
    heads = [source.key(words.columns, column) for column in columns]
    keys = [source.key(frame.drills, row) for row in shown]
    return [[found.get((key, head)) for head in heads] for key in keys]


def _others(
    source: Source, drills: Grain, words: TableWords, best: list[Key] | None
) -> list[Row] | None:
    """All facts outside the top."""
    grain = (*words.columns, *drills[1:])
    if words.top is None or best is None or not words.top[2]:
        return None
    if not best:
        return source.rows(grain)
    first = drills[0]
    return source.outside(grain, Cut(first.dimension, first.hierarchy, "set", tuple(best)))
