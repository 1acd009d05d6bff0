"""PURE: the answer of a slice: heads, rows and cells as exact figures, and its fingerprint.

The same value is drawn on the screen, written to files and sent by the API, so that all say the
same; the fingerprint tells whether they do.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from hashlib import sha256
from typing import Literal

from server.access import Scope
from server.arrivals.coverage import Coverage
from server.cube.key_values import Key, key_text
from server.indicators.absence import Figure
from server.indicators.curve import Direction
from server.indicators.receipt import canonical_json
from server.indicators.rounding import exact_text
from server.indicators.wording import Unit
from server.periods import Period
from server.slices.question import Axis, Show, SliceQuestion, Value, write_question
from server.snapshot import Snapshot

# How it is drawn; facts and definitions are told by their numbers.
_UNTOLD = ("chart", "as_of", "as_of_model")
LEAST_ROWS = 20  # of a window, however long its rows are

Path = tuple[Key, ...]
Paths = tuple[Path, ...]
Kind = Literal["cell", "subtotal", "total", "others"]


@dataclass(frozen=True)
class AxisHead:
    """An axis with its labels."""

    axis: Axis
    dimension_label: str
    level_label: str


@dataclass(frozen=True)
class ValueHead:
    """One thing shown in every column: a value, its share, its change or its growth."""

    value: Value
    show: Show
    label: str
    unit: Unit  # of the figure as shown: a share and a growth are percentages
    decimals: int
    direction: Direction
    is_additive: bool
    cell_unit: Unit  # of the value itself


@dataclass(frozen=True)
class Column:
    """One column of members; every value head stands once below it."""

    paths: Paths  # one for each column axis down to its own; the total has none
    labels: tuple[str, ...]
    kind: Kind
    periods: tuple[Period | None, ...] = ()  # of the paths that are periods of time


@dataclass(frozen=True)
class ResultRow:
    """One row: where it stands, and a figure for every column and value head."""

    paths: Paths  # one for each row axis down to its own
    labels: tuple[str, ...]
    depth: int  # number of row axes that it names
    kind: Kind
    cells: tuple[Figure, ...]  # for every column the figures of all value heads
    periods: tuple[Period | None, ...] = ()
    carried: tuple[date | None, ...] = ()  # for every cell the oldest day of a stock carried on

    @property
    def carried_cells(self) -> tuple[date | None, ...]:
        """For every cell the oldest day of a stock in it from before its own days, if any is."""
        return self.carried or (None,) * len(self.cells)


@dataclass(frozen=True)
class FilterWords:
    """A cut in force, in words."""

    cut: str
    dimension: str
    dimension_label: str
    words: str
    is_negated: bool = False
    paths: Paths = ()
    kind: str = "point"
    names: tuple[str, ...] = ()  # of its members; periods as they are written
    trail: tuple[str, ...] = ()  # of a point: its member and those above it, from the top


@dataclass(frozen=True)
class Window:
    """Which rows are answered: so many from the first, counted from 0."""

    first: int
    size: int
    cells: int | None = None  # about so many cells at most; a few rows in any case

    def rows_of(self, heads: int) -> int:
        """How many rows, when each has so many cells."""
        if self.cells is None:
            return self.size
        return min(self.size, max(LEAST_ROWS, self.cells // max(1, heads)))


@dataclass(frozen=True)
class SliceResult:
    """The answer to a question, whole or a window of its rows."""

    question: SliceQuestion
    cube_label: str
    row_heads: tuple[AxisHead, ...]
    column_heads: tuple[AxisHead, ...]
    values: tuple[ValueHead, ...]
    columns: tuple[Column, ...]
    rows: tuple[ResultRow, ...]
    row_count: int  # of the whole answer
    first_row: int  # of this window, counted from 0
    filters: tuple[FilterWords, ...]
    snapshot: Snapshot
    watermark: date | None  # the last day with facts
    model_version: str
    definitions: int
    language: str
    fingerprint: str | None  # None for a window: only the whole answer has one
    drawn: tuple[ResultRow, ...] = ()  # rows for the chart, where only a window of all is here
    coverage: Coverage | None = None  # of what contracts of arrival expect of the slice
    served_by: str = ""  # what was read: the facts, roll-ups, or both
    top_cut: str | None = None  # leaves the members of the top in; the others are outside it

    @property
    def is_cut_short(self) -> bool:
        """Whether rows of the whole answer are not here."""
        return len(self.rows) < self.row_count

    def cell(self, row: ResultRow, column: int, value: int) -> Figure:
        """The figure of a row in a column for a value head, all counted from 0."""
        return row.cells[column * len(self.values) + value]

    def cells(self) -> Iterator[Figure]:
        """Every figure, row by row."""
        return (figure for row in self.rows for figure in row.cells)


def fingerprint_of(
    question: SliceQuestion,
    snapshot: int,
    definitions: int,
    model_version: str,
    scope: Scope,
    columns: Iterable[Column],
    rows: Iterable[ResultRow],
) -> str:
    """The hash of what was asked, on what it was answered, and every cell; in no language."""
    body = {
        "cube": question.cube,
        "question": [
            list(pair) for pair in write_question(question.plain) if pair[0] not in _UNTOLD
        ],
        "snapshot": snapshot,
        "definitions": definitions,
        "model": model_version,
        "scope": sorted([rule.dimension, *rule.path] for rule in scope.rules),
        "columns": [[one.kind, _written(one.paths)] for one in columns],
        "rows": [
            [row.kind, _written(row.paths), [figure_text(one) for one in row.cells]] for row in rows
        ],
    }
    return sha256(canonical_json(body).encode()).hexdigest()


def figure_text(figure: Figure) -> str:
    """A figure exactly, as p/q, or the word for its absence."""
    return exact_text(figure) if isinstance(figure, Fraction) else str(figure)


def _written(paths: Paths) -> list[list[str | None]]:
    return [[None if key is None else key_text(key) for key in path] for path in paths]
