"""CSV that opens right in every spreadsheet: UTF-8 with its mark, the table, then its origin.

The table comes first and ends at the first empty line; behind it stand lines of label and text
with the fingerprint. Numbers are bare digits in the scale of the screen, missing ones a word.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from server.cube.plain_text import harmless
from server.exports.document import Cell, Document, Number, number_text
from server.exports.long_table import LongTable, counted_blocks
from server.exports.progress import Told, counted
from server.exports.words import word

MEDIA_TYPE = "text/csv; charset=utf-8"


def write_csv(document: Document, path: Path, told: Told) -> None:
    """Write the document's first table."""
    sheet = document.sheets[0]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        for head in sheet.heads:
            writer.writerow(csv_texts(head))
        for row in counted(sheet.rows, told):
            writer.writerow(csv_texts(row.cells))
        writer.writerow(())
        for label, text in origin_lines(document):
            writer.writerow(csv_texts((label, text)))


def write_long_csv(table: LongTable, blocks: Iterator[bytes], path: Path, told: Told) -> None:
    """Write a table of any length, whose rows the engine has written."""
    with path.open("wb") as file:
        file.write("\ufeff".encode() + _lines([table.heads]))
        for block in counted_blocks(blocks, told):
            file.write(block)
        file.write(b"\r\n" + _lines(origin_lines(table)))


def csv_texts(cells: Iterable[Cell]) -> tuple[str, ...]:
    """Cells as they stand in the file."""
    return tuple(
        number_text(one) if isinstance(one, Number) else harmless(cell_words(one)) for one in cells
    )


def cell_words(cell: Cell) -> str:
    """A cell that is no number: its text, or the word for what is missing."""
    return cell if isinstance(cell, str) else cell.text


class HasOrigin(Protocol):
    """Whatever a file is made of, as far as it says where it comes from."""

    @property
    def title(self) -> str:
        """What it is called."""

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Labels and texts."""

    @property
    def fingerprint(self) -> str:
        """The hash of what was answered."""

    @property
    def language(self) -> str:
        """The language of the labels."""

    @property
    def export(self) -> str:
        """The id of the export."""


def origin_lines(document: HasOrigin) -> tuple[tuple[str, str], ...]:
    """What a file says about itself; the last two lines let it be verified."""
    language = document.language
    return (
        (document.title, ""),
        *document.facts,
        (word("export", language), document.export),
        (word("fingerprint", language), document.fingerprint),
    )


def _lines(rows: Iterable[Iterable[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(csv_texts(tuple(row)) for row in rows)
    return written.getvalue().encode()
