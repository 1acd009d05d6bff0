"""Reads a text in blocks of whole lines, so that memory stays bounded and every line has a number.

A line ends with a line feed and nothing else: quotes do not hide it. A text whose quotes hold line
feeds therefore shows lines with an open quote, which are refused one by one; no row is swallowed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

from server.errors import LoadRejected

BLOCK = 4 << 20
LONGEST_LINE = 1 << 20


@dataclass(frozen=True)
class Block:
    """Some whole lines; `first` is the number of the first, counted from 1."""

    first: int
    text: bytes

    @cached_property
    def count(self) -> int:
        """How many lines there are, the last one with or without its line feed."""
        is_open = bool(self.text) and not self.text.endswith(b"\n")
        return self.text.count(b"\n") + is_open


def read_blocks(file: BinaryIO, shown: str) -> Iterator[Block]:
    """The whole text, block by block."""
    line, rest = 1, b""
    while piece := file.read(BLOCK):
        text = rest + piece
        end = text.rfind(b"\n") + 1
        rest = text[end:]
        if len(rest) > LONGEST_LINE:
            long = line + text.count(b"\n")
            raise LoadRejected(f"{shown}: line {long} is longer than {LONGEST_LINE} bytes")
        if end:
            block = Block(line, text[:end])
            line += block.count
            yield block
    if rest:
        yield Block(line, rest)


def read_rows_after_header(file: BinaryIO, shown: str, header: int = 1) -> Iterator[Block]:
    """The lines below the one that names the columns, which is in the first block."""
    for block in read_blocks(file, shown):
        if block.first > 1:
            yield block
            continue
        below = block.text.split(b"\n", header)[header:]
        if below and below[0]:
            yield Block(header + 1, below[0])
