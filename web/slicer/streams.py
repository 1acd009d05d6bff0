"""Rows of a statement as the engine reads them: neither it nor we ever hold all of them."""

import json
from collections.abc import Collection, Generator, Iterator
from decimal import Decimal
from typing import Any

from flask import Response

from server.cube.statement import Statement
from server.store.streams import Form
from web.slicer.writing import JSON_LINES
from web.visitor import runtime

Rows = Generator[dict[str, Any], None, None]


def rows_of(statement: Statement, decimals: Collection[str] = ()) -> Rows:
    """The rows, one by one; what the engine writes as text to keep its digits is a number again."""
    with runtime().store.streams.written(statement, "JSONEachRow") as blocks:
        for line in _lines(blocks):
            row = json.loads(line)
            for name in decimals:
                row[name] = None if row[name] is None else Decimal(row[name])
            yield row


def written_by_engine(statement: Statement, form: Form, head: str, kind: str) -> Response:
    """The rows as the engine itself writes them, after a head of ours."""
    blocks = _written(statement, form)
    first = next(blocks, b"")
    answer = Response(_after(head.encode() + first, blocks), content_type=kind)
    answer.call_on_close(blocks.close)  # whoever goes away stops the question
    return answer


def json_lines_by_engine(statement: Statement) -> Response:
    """The rows as JSON lines; for rows without decimals, which the engine would write as texts."""
    return written_by_engine(statement, "JSONEachRow", "", JSON_LINES)


def _written(statement: Statement, form: Form) -> Generator[bytes, None, None]:
    with runtime().store.streams.written(statement, form) as blocks:
        yield from blocks


def _after(first: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from blocks


def _lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        yield from lines
    if rest:
        yield rest
