"""Documents made by hand, for writers that are asked nothing of facts."""

from collections.abc import Iterable
from fractions import Fraction

from server.exports.document import Cell, Column, Document, Number, NumberFormat, Row, Sheet
from server.exports.words import missing
from server.indicators.absence import Absence

PERCENT = NumberFormat(1, 100, "%")
POINTS = NumberFormat(1, 100, " pp", is_signed=True)


def document(
    rows: Iterable[Row], columns: int = 2, *, is_long: bool = False, language: str = "en"
) -> Document:
    """A document of one sheet: a name, then numbers."""
    heads = ("Name", *(f"Value {index}" for index in range(1, columns)))
    return Document(
        title="A table",
        facts=(("Period", "December 2013"),),
        sheets=(
            Sheet(
                "Table",
                (heads,),
                (Column(width=20), *(Column(True) for _ in range(1, columns))),
                rows,
                is_long=is_long,
            ),
        ),
        fingerprint="f" * 64,
        language=language,
        export="e" * 32,
    )


def numbers() -> tuple[Row, ...]:
    """One row for each kind of cell, the shown values beside them worked out by hand."""
    cells: tuple[tuple[str, Cell], ...] = (
        ("half even", Number(Fraction(5, 2), NumberFormat(0))),  # 2
        ("negative", Number(Fraction(-12345, 10), NumberFormat(1))),  # -1234.5
        ("percent", Number(Fraction(2, 3), PERCENT)),  # 66.7%
        ("points", Number(Fraction(-1, 8), POINTS)),  # -12.5 pp
        ("no change", Number(Fraction(0), POINTS)),  # ±0.0 pp
        ("great", Number(Fraction(10**20 + 1), NumberFormat(0))),
        ("absent", missing(Absence.NOT_LOADED, "en")),
    )
    return tuple(Row((name, cell)) for name, cell in cells)


def untold(_rows: int) -> None:
    """Nobody waits for the progress of a test."""
