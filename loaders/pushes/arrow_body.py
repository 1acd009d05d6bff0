"""Reads a body that is an Arrow stream: typed columns become the texts that a file would hold.

What could grow without bound while it is read is refused before: compressed buffers, more rows than
a push may have, words of a dictionary that would be repeated into more than the body's limit.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from struct import unpack_from
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.pushes.pieces import BodyMistakes, Piece, check_names, table_of
from loaders.typed_values import is_text, reason_against
from loaders.values import ReadColumn
from server.errors import InvalidInput, TooLarge

_ROWS = 20_000  # at a time
_END = b"\xff\xff\xff\xff\x00\x00\x00\x00"
_LENGTH, _COMPRESSION = 0, 3  # fields of a RecordBatch


def read_arrow_body(
    body: bytes,
    columns: Sequence[ReadColumn],
    ignored: Sequence[str],
    most_rows: int,
    mistakes: BodyMistakes,
) -> Iterator[Piece]:
    """The rows, a bounded number at a time; mistakes are noted on the way."""
    if not body.endswith(_END):
        raise _no_stream("it ends before its end mark")
    with _telling_what_is_wrong():
        _check_messages(body, most_rows)
        with pa.ipc.open_stream(pa.py_buffer(body)) as reader:
            _check_schema(reader.schema, columns, ignored, mistakes)
            mistakes.tell()
            first = 1
            for batch in reader:
                batch.validate(full=True)
                _check_words(batch, len(body))
                for piece in _pieces(batch, columns, first):
                    yield piece
                    first += piece.count


@contextmanager
def _telling_what_is_wrong() -> Iterator[None]:
    try:
        yield
    # ValueError: names that are no text, too.
    except (pa.ArrowException, OSError, OverflowError, ValueError) as error:
        words = str(error).splitlines() or [type(error).__name__]
        raise _no_stream(words[0].rstrip(".")) from None


def _no_stream(why: str) -> InvalidInput:
    return InvalidInput(f"the body is no whole Arrow stream: {why}", field="body", code="not_arrow")


def _check_messages(body: bytes, most_rows: int) -> None:
    """Look at what every message says of itself before anything of it is unpacked."""
    rows = 0
    for message in pa.ipc.MessageReader.open_stream(pa.py_buffer(body)):
        if message.type not in ("record batch", "dictionary"):
            continue
        head = message.metadata.to_pybytes()
        try:
            batch = _batch_of(head, message.type)
            is_compressed = bool(_field(head, batch, _COMPRESSION))
            length = _field(head, batch, _LENGTH)
            count = unpack_from("<q", head, length)[0] if length else 0
        except Exception:  # noqa: BLE001 -- whatever cannot be followed is not a message
            raise _no_stream("one of its messages is broken") from None
        if is_compressed:
            raise InvalidInput(
                "the buffers of the Arrow stream are compressed; send it without, "
                "or with Content-Encoding: gzip",
                field="body",
                code="compressed",
            )
        rows += count if message.type == "record batch" else 0
        if count < 0 or count > most_rows or rows > most_rows:
            raise TooLarge(
                f"the body has more than {most_rows:,} rows; send it in several pushes",
                field="body",
            )


def _batch_of(head: bytes, kind: str) -> int:
    """Where the RecordBatch begins in the flat buffer of a message."""
    root = int(unpack_from("<I", head, 0)[0])
    batch = _below(head, root, 2)
    return _below(head, batch, 1) if kind == "dictionary" else batch


def _below(head: bytes, table: int, field: int) -> int:
    place = _field(head, table, field)
    return place + int(unpack_from("<I", head, place)[0])


def _field(head: bytes, table: int, field: int) -> int:
    """Where a field of a table is; 0 when it is not there."""
    vtable = table - int(unpack_from("<i", head, table)[0])
    slot = 4 + 2 * field
    if slot >= unpack_from("<H", head, vtable)[0]:
        return 0
    offset = int(unpack_from("<H", head, vtable + slot)[0])
    return table + offset if offset else 0


def _check_schema(
    schema: Any, columns: Sequence[ReadColumn], ignored: Sequence[str], mistakes: BodyMistakes
) -> None:
    check_names(list(schema.names), columns, ignored, mistakes)
    for column in columns:
        if schema.names.count(column.source) == 1:
            reason = reason_against(column, schema.field(column.source).type)
            if reason:
                mistakes.add(InvalidInput(reason, code="wrong_kind", field=column.source))


def _check_words(batch: Any, most: int) -> None:
    """Refuse words of a dictionary that would be repeated into far more than was sent."""
    for column in batch.columns:
        if pa.types.is_dictionary(column.type) and is_text(column.type) and len(column):
            lengths = pc.binary_length(column.dictionary).take(column.indices)
            if (pc.sum(lengths).as_py() or 0) > 4 * most + 1_000_000:
                raise TooLarge(
                    "the words of a dictionary are repeated into more than a body may be; "
                    "send it in several pushes",
                    field="body",
                )


def _pieces(batch: Any, columns: Sequence[ReadColumn], first: int) -> Iterator[Piece]:
    wanted = {column.source: column for column in columns}
    for start in range(0, batch.num_rows, _ROWS):
        some = batch.slice(start, _ROWS)
        found = {
            name: _texts(some.column(name), column)
            for name, column in wanted.items()
            if name in batch.schema.names
        }
        table = table_of(found, tuple(wanted), some.num_rows)
        place = first + start
        numbers = np.arange(place, place + some.num_rows, dtype=np.uint64)
        yield Piece(table, numbers, place, some.num_rows)


def _texts(values: Any, column: ReadColumn) -> Any:
    """Typed values as a text file would hold them; one that fits no text is refused as such."""
    kind = values.type
    if pa.types.is_floating(kind):
        return values.cast(pa.float64()).cast(pa.string())
    if pa.types.is_timestamp(kind):
        return _moments(values, is_date=pa.types.is_date(column.type))
    return values.cast(pa.string())


def _moments(values: Any, *, is_date: bool) -> Any:
    if is_date:
        days = values.cast(pa.date32(), safe=False)
        is_whole = pc.equal(days.cast(values.type), values)
        return pc.if_else(is_whole, days.cast(pa.string()), values.cast(pa.string()))
    whole = values.cast(pa.timestamp("ms", tz="UTC"), safe=False)
    is_exact = pc.equal(whole.cast(values.type, safe=False), values)
    plain = whole.cast(pa.timestamp("ms")).cast(pa.string())
    written = pc.binary_join_element_wise(pc.replace_substring(plain, " ", "T"), "Z", "")
    return pc.if_else(is_exact, written, pc.cast(values.cast(pa.timestamp("ns")), pa.string()))
