"""Tables: the rows of a drill-down with what is shown around them, all at one snapshot.

Rows can be sorted by anything in them, cut to the best with all others as one, marked, set against
columns, paged, and joined by totals of any coarser grain. Every figure is asked at its own grain.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.cube.grains import (
    Grain,
    Path,
    Row,
    Source,
    key_reader,
    members_cut,
    text_of_grain,
)
from server.cube.marked import (
    RANK,
    RUNNING,
    SHARE,
    SHARE_OF_TOTAL,
    Mark,
    figure_in,
    mark_rows,
)
from server.cube.marks import places_in_order, top_places
from server.cube.statement import Order, Page
from server.store.asking import still_asked

ACROSS = "__across__"  # of a row: its figures in every column, None where there are no facts


@dataclass(frozen=True)
class Top:
    """The members of the first drill-down with the greatest figures."""

    number: int
    by: str
    has_others: bool = True


@dataclass(frozen=True)
class TableQuestion:
    """What a table shows; everything in it has been checked."""

    rows: Grain
    columns: Grain = ()
    totals: tuple[Grain, ...] = ()
    top: Top | None = None
    marks: tuple[Mark, ...] = ()
    order: tuple[Order, ...] = ()
    page: Page | None = None
    has_summary: bool = True

    @property
    def grain(self) -> Grain:
        """The grain of a cell: columns first, so that marks stay within a column."""
        return (*self.columns, *self.rows)


@dataclass(frozen=True)
class Total:
    """The rows of one coarser grain."""

    grain: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Table:
    """The answer: rows of this page, and what stands around those of all pages."""

    rows: tuple[Row, ...]
    row_count: int
    columns: tuple[Row, ...] | None = None
    totals: tuple[Total, ...] = ()
    others: tuple[Row, ...] | None = None
    summary: Row | None = None


def table_of(question: TableQuestion, source: Source) -> Table:
    """The answer of a source to a question."""
    return _Answering(question, _Kept(source)).table()


@dataclass
class _Kept:
    """A source that is asked for the whole of each grain once."""

    source: Source
    _found: dict[tuple[str, ...], list[Row]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        return self.source.names

    def adds_up(self, name: str, over: Iterable[Any]) -> bool:
        return self.source.adds_up(name, over)

    def rows(self, grain: Grain, cuts: Sequence[str] = ()) -> list[Row]:
        key = text_of_grain(grain), *cuts
        if key not in self._found:
            self._found[key] = self.source.rows(grain, cuts)
        return [dict(row) for row in self._found[key]]

    def outside(self, grain: Grain, cut: str) -> list[Row]:
        return self.source.outside(grain, cut)


@dataclass(frozen=True)
class _Answering:
    question: TableQuestion
    source: _Kept

    def table(self) -> Table:
        question, best = self.question, self._best()
        rows = self._marked(question.rows, best, lambda rows: self._sorted(rows, best))
        page = question.page or Page(len(rows))
        shown: list[Row] = rows[page.skip : page.skip + page.size]
        columns = self.source.rows(question.columns) if question.columns else None
        if columns is not None:
            shown = self._across(shown, rows, columns, best)
        return Table(
            tuple(shown),
            len(rows),
            None if columns is None else tuple(columns),
            tuple(self._total(grain) for grain in question.totals),
            self._others(best),
            self.source.rows(())[0] if question.has_summary else None,
        )

    def _best(self) -> list[Path] | None:
        """The members of the top, the greatest first; None where there is no top."""
        top, first = self.question.top, self.question.rows[:1]
        if top is None:
            return None
        rows = self.source.rows(first)
        places = top_places([figure_in(row, top.by) for row in rows], top.number)
        read = key_reader(first)
        return [read(rows[place]) for place in places]

    def _marked(
        self, grain: Grain, best: list[Path] | None, in_order: Callable[[list[Row]], list[Row]]
    ) -> list[Row]:
        """The rows of a grain in order: ranked among all, run along what is shown."""
        still_asked()
        rows = self._rows(grain, best)
        mark_rows(rows, grain, self._marks(RANK), self.source)
        if best is not None:
            kept, read = set(best), key_reader(self.question.rows[:1])
            rows = [row for row in rows if read(row) in kept]
        mark_rows(rows, grain, self._marks(SHARE, SHARE_OF_TOTAL), self.source)
        rows = in_order(rows)
        mark_rows(rows, grain, self._marks(RUNNING), self.source)
        return rows

    def _rows(self, grain: Grain, best: list[Path] | None) -> list[Row]:
        """The rows of a grain; of a top those alone, unless they are ranked among all."""
        if best == []:
            return []
        if best is None or self._marks(RANK):
            return self.source.rows(grain)
        return self.source.rows(grain, [members_cut(self.question.rows[0], best)])

    def _marks(self, *kinds: str) -> list[Mark]:
        return [mark for mark in self.question.marks if mark.kind in kinds]

    def _sorted(self, rows: list[Row], best: list[Path] | None) -> list[Row]:
        """By every order in turn, the last first; ties stay in the order of top or model."""
        if best is not None:
            places = {member: place for place, member in enumerate(best)}
            read = key_reader(self.question.rows[:1])
            rows = sorted(rows, key=lambda row: places[read(row)])
        for order in reversed(self.question.order):
            rows = _sorted_by(rows, order, is_figure=order.ref in self._figures)
        return rows

    @property
    def _figures(self) -> list[str]:
        marks = [name for mark in self.question.marks for name in mark.names]
        return [*self.source.names, *marks]

    def _across(
        self,
        shown: list[Row],
        rows: list[Row],
        columns: list[Row],
        best: list[Path] | None,
    ) -> list[Row]:
        """The rows with a cell for every column."""
        question = self.question
        read, read_column = key_reader(question.rows), key_reader(question.columns)
        places = {read(row): place for place, row in enumerate(rows)}
        cells = self._marked(
            question.grain,
            best,
            lambda cells: sorted(cells, key=lambda cell: places[read(cell)]),
        )
        found = {(read(cell), read_column(cell)): self._cell(cell) for cell in cells}
        heads = [read_column(column) for column in columns]
        return [{**row, ACROSS: [found.get((read(row), head)) for head in heads]} for row in shown]

    def _cell(self, cell: Row) -> Row:
        """What a cell says beside who it is about."""
        members = {
            attribute.ref
            for drill in self.question.grain
            for level in drill.levels
            for attribute in level.attributes
        }
        return {name: value for name, value in cell.items() if name not in members}

    def _total(self, grain: Grain) -> Total:
        return Total(text_of_grain(grain), tuple(self.source.rows(grain)))

    def _others(self, best: list[Path] | None) -> tuple[Row, ...] | None:
        """All that is outside the top, by the other levels that are drilled down to."""
        top, grain = self.question.top, (*self.question.columns, *self.question.rows[1:])
        if top is None or best is None or not top.has_others:
            return None
        if not best:
            return tuple(self.source.rows(grain))
        return tuple(self.source.outside(grain, members_cut(self.question.rows[0], best)))


def _sorted_by(rows: list[Row], order: Order, *, is_figure: bool) -> list[Row]:
    """What has no value comes last, in either direction."""
    if not is_figure:
        return order.sorted(rows)
    figures = [figure_in(row, order.ref) for row in rows]
    return [rows[place] for place in places_in_order(figures, is_descending=order.is_descending)]
