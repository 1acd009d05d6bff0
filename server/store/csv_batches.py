"""Record batches from the engine's own CSV, block by block: the one form that streams everywhere.

The engine quotes every text and nothing else but dates, so that an empty text and a missing one are
told apart.
"""

import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.csv

_BLOCK = 8 << 20  # bytes of CSV that make one batch
_WRAPPER = re.compile(r"(?:LowCardinality|Nullable)\((.*)\)")
_DECIMAL = re.compile(r"Decimal\((\d+), (\d+)\)")
_SIMPLE = {
    "String": pa.string(),
    "Date": pa.date32(),
    "Date32": pa.date32(),
    "Float64": pa.float64(),
    "Int128": pa.decimal128(38, 0),
    "UInt128": pa.decimal128(38, 0),
    **{f"{sign}Int{bits}": getattr(pa, f"{sign.lower()}int{bits}")()
       for sign in ("", "U") for bits in (8, 16, 32, 64)},
}  # fmt: skip


def arrow_type(column_type: str) -> Any:
    """The Arrow type of an engine's type."""
    if wrapped := _WRAPPER.fullmatch(column_type):
        return arrow_type(wrapped[1])
    if scaled := _DECIMAL.fullmatch(column_type):
        digits, scale = int(scaled[1]), int(scaled[2])
        return pa.decimal128(digits, scale) if digits <= 38 else pa.decimal256(digits, scale)
    if column_type.startswith("DateTime64"):
        return pa.timestamp("ms", tz="UTC")
    if column_type not in _SIMPLE:
        raise ValueError(f"no file is made of {column_type}")
    return _SIMPLE[column_type]


def csv_batches(blocks: Iterator[bytes], schema: Any) -> Iterator[Any]:
    """The rows of a CSV without a head, as record batches."""
    first = next(blocks, b"")
    if not first:
        return
    reading = pyarrow.csv.open_csv(
        pa.PythonFile(_Blocks(first, blocks), mode="r"),
        read_options=pyarrow.csv.ReadOptions(
            column_names=schema.names, block_size=_BLOCK, use_threads=False
        ),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    with reading:
        yield from reading


def schema_of(names: Sequence[str], types: Sequence[str]) -> Any:
    """The schema of columns by their engine's types."""
    fields = [pa.field(name, arrow_type(one)) for name, one in zip(names, types, strict=True)]
    return pa.schema(fields)


class _Blocks(io.RawIOBase):
    """Blocks of bytes as a file that can be read once."""

    def __init__(self, first: bytes, blocks: Iterator[bytes]) -> None:
        self._held = memoryview(first)
        self._blocks = blocks

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as one block goes; 0 at the end."""
        if not self._held:
            self._held = memoryview(next(self._blocks, b""))
        size = min(len(buffer), len(self._held))
        buffer[:size] = self._held[:size]
        self._held = self._held[size:]
        return size
