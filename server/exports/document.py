"""What a file says, whatever its format: one neutral value that every writer walks.

Numbers keep their exact value beside the format in which people see them, so that a file shows
what the screen shows and can still be proved; a missing number keeps its word and its reason.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from server.indicators.absence import Absence
from server.indicators.rounding import round_half_even

MINUS = "−"
RowKind = Literal["cell", "group", "subtotal", "total", "others"]


@dataclass(frozen=True)
class NumberFormat:
    """How a number is shown: its decimals, what it is multiplied by, what stands behind it."""

    decimals: int = 0
    scale: int = 1  # 100: a share shown as a percentage
    suffix: str = ""  # "%" or points
    is_signed: bool = False  # a change: + and ± are written

    @property
    def is_percent(self) -> bool:
        """Whether a spreadsheet can show it with its own percent format."""
        return self.scale == 100 and self.suffix == "%"


@dataclass(frozen=True)
class Number:
    """A figure with its format."""

    exact: Fraction
    format: NumberFormat = NumberFormat()
    note: str = field(default="", compare=False)  # a sentence: what its readers should know

    @property
    def shown(self) -> Decimal:
        """The number that people see, rounded once from the exact value."""
        return round_half_even(self.exact * self.format.scale, self.format.decimals)

    @property
    def text(self) -> str:
        """The number as the screen writes it."""
        number = self.shown
        grouped = f"{abs(number):,f}"
        sign = MINUS if number < 0 else ""
        if self.format.is_signed and number >= 0:
            sign = "+" if number > 0 else "±"
        return f"{sign}{grouped}{self.format.suffix}"


@dataclass(frozen=True)
class Missing:
    """A figure that is not there: a short word, and the reason in a sentence."""

    absence: Absence
    word: str
    reason: str

    @property
    def text(self) -> str:
        """The word that stands in place of the number."""
        return self.word


Cell = str | Number | Missing


@dataclass(frozen=True)
class Column:
    """A column of a sheet."""

    is_number: bool = False
    format: NumberFormat = NumberFormat()  # of most of its numbers
    width: int = 12  # in letters


@dataclass(frozen=True)
class Row:
    """A line of a sheet."""

    cells: tuple[Cell, ...]
    kind: RowKind = "cell"
    depth: int = 0


@dataclass(frozen=True)
class Sheet:
    """A table with its heads; `rows` may be made while they are walked, and is walked once."""

    name: str
    heads: tuple[tuple[str, ...], ...]  # one or more lines of column heads
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    head_columns: int = 1  # columns on the left that name the line
    chart: Mapping[str, Any] | None = None  # a dressed chart definition
    is_long: bool = False  # too many lines to be held in memory at once


@dataclass(frozen=True)
class Document:
    """A file's content: what was asked, the tables, and the fingerprint of every figure."""

    title: str
    facts: tuple[tuple[str, str], ...]  # label and text: period, filters, snapshot, who, when
    sheets: tuple[Sheet, ...]
    fingerprint: str
    language: str
    export: str = ""  # the id of the export, by which a file can be verified

    @property
    def is_long(self) -> bool:
        """Whether any table is too long for memory."""
        return any(sheet.is_long for sheet in self.sheets)


def number_text(number: Number) -> str:
    """The shown number for a machine: digits, a point and an ASCII minus, without its unit."""
    return f"{number.shown:f}"


def cell_text(cell: Cell) -> str:
    """A cell as a person reads it."""
    return cell if isinstance(cell, str) else cell.text
