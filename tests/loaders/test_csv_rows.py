"""Cutting lines into values: every line is a row, a refusal or blank; none vanishes."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.csv_rows import read_rows
from loaders.lines import BLOCK, Block, read_blocks, read_rows_after_header
from loaders.rows import SourceRows
from server.errors import LoadRejected

COLUMNS = ("a", "b", "c")
letters = st.text(alphabet='ab,"\r é\t', max_size=12)
lines_of_text = st.lists(letters, max_size=12)


def cut(text: str, delimiter: str = ",", first: int = 2) -> SourceRows:
    return read_rows(Block(first, text.encode()), COLUMNS, delimiter)


def rows_of(cut_rows: SourceRows) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in cut_rows.table.to_pylist()]


def reference(line: str) -> Any:
    """What becomes of one line: its values, the rule that it breaks, or None when it is blank."""
    line = line.removesuffix("\r")
    if not line:
        return None
    if "\r" in line:
        return "line_end"
    try:
        values = tuple(next(csv.reader([line], strict=True)))
    except csv.Error:
        return "quotes"
    # The strict reader still takes a quote inside a value that does not begin with one.
    if '"' in line and not _is_well_quoted(line):
        return "quotes"
    return values if len(values) == 3 else "columns"


def _is_well_quoted(line: str) -> bool:
    """By hand: every value is whole in quotes or has none."""
    position = 0
    while True:
        if line[position : position + 1] == '"':
            position += 1
            while line[position : position + 1] != '"' or line[position : position + 2] == '""':
                if position >= len(line):
                    return False
                position += 2 if line[position : position + 2] == '""' else 1
            position += 1
        else:
            while position < len(line) and line[position] != ",":
                if line[position] == '"':
                    return False
                position += 1
        if position >= len(line):
            return True
        if line[position] != ",":
            return False
        position += 1


@given(lines_of_text)
@settings(max_examples=500, deadline=None)
def test_every_line_becomes_what_the_reference_says(lines: list[str]) -> None:
    expected = {number: reference(line) for number, line in enumerate(lines, 2)}

    found = cut("".join(line + "\n" for line in lines))

    rows = dict(zip(found.lines.tolist(), rows_of(found), strict=True))
    refused = {row.line: row.rule for row in found.refused}
    assert rows == {n: each for n, each in expected.items() if isinstance(each, tuple)}
    assert refused == {n: each for n, each in expected.items() if isinstance(each, str)}
    assert found.ignored == sum(each is None for each in expected.values())


def test_two_stray_quotes_swallow_no_row() -> None:
    lines = [f"{number},x,y" for number in range(1000)]
    lines[100] = '"' + lines[100]
    lines[900] = lines[900] + '"'

    found = cut("\n".join(lines) + "\n")

    assert found.table.num_rows == 998
    assert [(row.line, row.rule) for row in found.refused] == [(102, "quotes"), (902, "quotes")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_each_delimiter_cuts(delimiter: str) -> None:
    found = cut(delimiter.join(["1", f'"a{delimiter}b"', "NA"]) + "\n", delimiter)

    assert rows_of(found) == [("1", f"a{delimiter}b", "NA")]


def test_a_refused_line_is_shown_as_it_stands() -> None:
    (refused,) = cut("1,2,3\n4,5\n6,7,8\n").refused

    assert (refused.line, refused.raw) == (3, "4,5")
    assert refused.message == "the line has 2 values; 3 are needed"
    (refused,) = cut("1,2,3\n4\n").refused
    assert refused.message == "the line has 1 value; 3 are needed"


@given(st.lists(st.binary(max_size=30), max_size=30), st.integers(1, 64))
@settings(max_examples=200, deadline=None)
def test_blocks_are_whole_lines_with_their_numbers(lines: list[bytes], size: int) -> None:
    text = b"\n".join(line.replace(b"\n", b"") for line in lines)
    blocks = list(read_blocks(_InPieces(text, size), "x"))

    assert b"".join(block.text for block in blocks) == text
    assert [block.first for block in blocks] == [
        1 + sum(block.count for block in blocks[:number]) for number in range(len(blocks))
    ]
    assert all(block.text.endswith(b"\n") for block in blocks[:-1])


class _InPieces(io.BytesIO):
    """A file that answers with fewer bytes than it is asked for."""

    def __init__(self, text: bytes, size: int) -> None:
        super().__init__(text)
        self._size = size

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(self._size, BLOCK if size is None or size < 0 else size))


def test_the_header_is_not_a_row() -> None:
    blocks = list(read_rows_after_header(io.BytesIO(b"a,b\n1,2\n3,4"), "x"))

    assert blocks == [Block(2, b"1,2\n"), Block(3, b"3,4")]
    assert [block.count for block in blocks] == [1, 1]
    assert list(read_rows_after_header(io.BytesIO(b"a,b\n"), "x")) == []


def test_a_line_without_an_end_is_not_collected_for_ever() -> None:
    with pytest.raises(LoadRejected, match="line 2 is longer"):
        list(read_blocks(io.BytesIO(b"a\n" + b"x" * (9 << 20)), "x"))
