"""Pieces of a body: some of its rows as texts, column by column, and the lines that they become.

A piece knows at which places of the body its rows stand, so that whatever is wrong can be told with
the number by which the sender counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from loaders.values import ReadColumn
from server.errors import IndicubeError, InvalidInput, ManyErrors, RowMistake

MOST_TOLD = 20  # mistakes of one body
# No line of text can hold these; the tabulator in their place is taken by no column either.
_UNLINED = r"[\x00\n\r]"
_STAND_IN = "\x0b"


@dataclass(frozen=True)
class Piece:
    """Rows that follow each other, with the blank lines between them."""

    table: Any  # pyarrow table of texts, a column for each source column that is read
    numbers: Any  # numpy array: where in the body each row stands
    first: int  # the place of the first row or blank line
    count: int  # of both

    @property
    def blanks(self) -> int:
        """How many lines are blank."""
        return self.count - int(self.table.num_rows)


class BodyMistakes:
    """What is wrong with a body as a whole: all of it is told at once."""

    def __init__(self) -> None:
        self._found: list[IndicubeError] = []
        self._fields: set[str] = set()
        self.count = 0

    def add(self, mistake: IndicubeError) -> None:
        """Keep a mistake."""
        self.count += 1
        if len(self._found) < MOST_TOLD:
            self._found.append(mistake)

    def unknown(self, row: int, field: str, allowed: Sequence[str]) -> None:
        """A field that nobody reads; of a name that comes again and again only the first."""
        if field in self._fields:
            return
        self._fields.add(field)
        shown = field[:80]
        self.add(
            RowMistake(
                f"row {row}: there is no field {shown!r}; allowed: {', '.join(allowed)}",
                row=row,
                code="unknown_field",
                field=shown,
                allowed=allowed,
            )
        )

    def tell(self) -> None:
        """Raise what was found, if anything."""
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            raise ManyErrors(self._found)


def check_names(
    names: Sequence[str],
    columns: Sequence[ReadColumn],
    ignored: Sequence[str],
    mistakes: BodyMistakes,
) -> None:
    """Note names that nobody reads or that are there twice, and columns that must not be absent."""
    wanted = tuple(dict.fromkeys(column.source for column in columns))
    for name in dict.fromkeys(names):
        if name not in wanted and name not in ignored:
            mistakes.unknown(1, name, wanted)
        elif names.count(name) > 1:
            mistakes.add(
                InvalidInput(f"the column {name!r} is there twice", field=name, allowed=wanted)
            )
    for name in missing_of(names, columns):
        mistakes.add(
            InvalidInput(
                f"the column {name!r} is missing, and must have a value in every row",
                code="missing_field",
                field=name,
                allowed=wanted,
            )
        )


def missing_of(names: Sequence[str], columns: Sequence[ReadColumn]) -> Iterator[str]:
    """The columns that are not there and must be."""
    needed = (column.source for column in columns if not column.nullable)
    yield from (name for name in dict.fromkeys(needed) if name not in names)


def table_of(columns: Mapping[str, Any], wanted: Sequence[str], rows: int) -> Any:
    """The columns that are read, as texts that stand in one line; those left out are empty."""
    nothing = pa.nulls(rows, pa.string())
    return pa.table([_lined(columns.get(name, nothing)) for name in wanted], names=list(wanted))


def text_lines(piece: Piece, delimiter: str, null: str) -> bytes:
    """The piece as lines of text, each blank one in its place."""
    columns = [
        _quoted(pc.fill_null(column.combine_chunks(), null), delimiter)
        for column in piece.table.columns
    ]
    if len(columns) == 1:  # where an empty value must not look like a blank line
        columns = [pc.if_else(pc.equal(columns[0], ""), '""', columns[0])]
    lines = pc.binary_join_element_wise(*columns, delimiter).to_pylist()
    if piece.blanks:
        placed = [""] * piece.count
        for place, line in zip((piece.numbers - piece.first).tolist(), lines, strict=True):
            placed[place] = line
        lines = placed
    return ("\n".join(lines) + "\n").encode() if lines else b""


def _lined(texts: Any) -> Any:
    found = pc.match_substring_regex(texts, _UNLINED)
    if not pc.any(found).as_py():
        return texts
    return pc.replace_substring_regex(texts, _UNLINED, _STAND_IN)


def _quoted(texts: Any, delimiter: str) -> Any:
    needs = pc.or_(pc.match_substring(texts, delimiter), pc.match_substring(texts, '"'))
    if not pc.any(needs).as_py():
        return texts
    doubled = pc.replace_substring(texts, '"', '""')
    return pc.if_else(needs, pc.binary_join_element_wise('"', doubled, '"', ""), texts)
