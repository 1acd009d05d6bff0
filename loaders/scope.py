"""Scope keys: which part of a source's facts a row belongs to, and which parts a file covers.

A key is text that people can read and type: `month=2013-01,carrier=AA`, the parts in the order of
the specification, a backslash before `,` `=` and `\\` inside a value. Rows that are upserted by key
lie in buckets: `month=2013-01,bucket=3of16`, the bucket being the first 8 bytes of the SHA-256 of
the canonical key modulo their number.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.specification import ScopePart, Specification
from server.errors import InvalidInput

EVERYTHING = ""  # the one key of a source that is restated as a whole
MOST_KEYS = 20_000  # of one load

_ESCAPED = re.compile(r"([\\,=])")
_PAIR = re.compile(r"((?:\\.|[^\\,=])*)=((?:\\.|[^\\,=])*)")
_SHAPES = {
    "year": (re.compile(r"\d{4}", re.ASCII), "a year like 2013"),
    "quarter": (re.compile(r"\d{4}-Q[1-4]", re.ASCII), "a quarter like 2013-Q1"),
    "month": (re.compile(r"\d{4}-(?:0[1-9]|1[0-2])", re.ASCII), "a month like 2013-01"),
}
_SPANS: Mapping[str, Callable[[date], str]] = {
    "": date.isoformat,
    "year": lambda day: f"{day.year:04}",
    "quarter": lambda day: f"{day.year:04}-Q{(day.month + 2) // 3}",
    "month": lambda day: f"{day.year:04}-{day.month:02}",
}


@dataclass(frozen=True)
class Routed:
    """The scope key of each row: an index into the keys."""

    keys: tuple[str, ...]
    codes: Any  # numpy array


def scope_keys_of(specification: Specification, chunk: Any) -> Routed:
    """The scope keys of the rows of a chunk of a `replace` or `upsert` source."""
    if specification.mode == "upsert":
        return _together([*_month_of_key(specification, chunk), _buckets(specification, chunk)])
    return _together([_part(part, chunk) for part in specification.scope])


def scheme_of(specification: Specification) -> str:
    """How the source's scope keys are made, in words: other words mean other keys."""
    if specification.mode == "upsert":
        return f"{', '.join(specification.key)} in {specification.buckets} buckets"
    return ", ".join(
        f"{part.span}({part.column})" if part.span else part.column for part in specification.scope
    )


def key_text(values: Mapping[str, str]) -> str:
    """The scope key of these values, in their order."""
    return ",".join(_pair(name, value) for name, value in values.items())


def read_key(specification: Specification, text: str) -> str:
    """A key as a person writes it, in canonical form; every part must be named once.

    Raises:
        InvalidInput: the sentence says which parts there are and how each is written.
    """
    pairs = [_PAIR.fullmatch(piece) for piece in _pieces(text)]
    given = {pair.group(1): _plain(pair.group(2)) for pair in pairs if pair}
    if None in pairs or len(given) != len(pairs):
        raise _wrong(specification, text)
    return declared_key(specification, given, text)


def declared_key(specification: Specification, given: Mapping[str, str], shown: str) -> str:
    """The key of declared values, which must be those of the scope's parts."""
    names = [part.name for part in specification.scope]
    if sorted(given) != sorted(names):
        raise _wrong(specification, shown)
    for name in names:
        shape, words = _SHAPES.get(name, (None, ""))
        if not given[name] or (shape and not shape.fullmatch(given[name])):
            wanted = words or "a value"
            raise InvalidInput(f"{name}={given[name]} in {shown!r} must be {wanted}", field="scope")
    return key_text({name: given[name] for name in names})


def hashes_of(key: Sequence[str], chunk: Any) -> Any:
    """The hash of each row's canonical key, as 64-bit numbers."""
    columns = [_canonical(chunk.column(name)) for name in key]
    # Text holds no control character (the parser refuses it), so the separator is in no value.
    joined = pc.binary_join_element_wise(*columns, "\x1f") if len(columns) > 1 else columns[0]
    sha = hashlib.sha256
    digests = b"".join(sha(text.encode()).digest()[:8] for text in joined.to_pylist())
    return np.frombuffer(digests, dtype=">u8").astype(np.uint64)


def _pair(name: str, value: str) -> str:
    escaped = _ESCAPED.sub(r"\\\1", value)
    return f"{name}={escaped}"


def _wrong(specification: Specification, shown: str) -> InvalidInput:
    example = {"year": "2013", "quarter": "2013-Q1", "month": "2013-01"}
    names = [part.name for part in specification.scope]
    form = ",".join(f"{name}={example.get(name, '…')}" for name in names)
    if not names:
        return InvalidInput(f"{specification.name} has no scope that {shown!r} could name")
    return InvalidInput(
        f"{shown!r} names no scope of {specification.name}; write {form}", field="scope"
    )


def _pieces(text: str) -> list[str]:
    return re.findall(r"(?:\\.|[^\\,])+", text) or [text]


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _canonical(column: Any) -> Any:
    return pc.cast(column.combine_chunks(), pa.string())


def _part(part: ScopePart, chunk: Any) -> tuple[list[str], Any]:
    """The texts of a part, and for each row the one that is its own."""
    encoded = chunk.column(part.column).combine_chunks().dictionary_encode()
    values = encoded.dictionary.to_pylist()
    if pa.types.is_date(encoded.dictionary.type):
        values = [_SPANS[part.span](value) for value in values]
    texts = [_pair(part.name, str(value)) for value in values]
    return _distinct(texts, encoded.indices.to_numpy(zero_copy_only=False))


def _distinct(texts: list[str], codes: Any) -> tuple[list[str], Any]:
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    mapped = np.array([places[text] for text in texts], dtype=np.int64)
    return list(places), mapped[codes] if len(codes) else np.zeros(0, dtype=np.int64)


def _month_of_key(specification: Specification, chunk: Any) -> list[tuple[list[str], Any]]:
    """A key that holds a date lets a file touch the buckets of its own months alone."""
    dates = [name for name in specification.key if pa.types.is_date(chunk.schema.field(name).type)]
    return [_part(ScopePart(dates[0], "month"), chunk)] if dates else []


def _buckets(specification: Specification, chunk: Any) -> tuple[list[str], Any]:
    number = specification.buckets
    codes = (hashes_of(specification.key, chunk) % np.uint64(number)).astype(np.int64)
    return [f"bucket={bucket}of{number}" for bucket in range(number)], codes


def _together(parts: Sequence[tuple[list[str], Any]]) -> Routed:
    """The keys that occur, of all parts together."""
    if not parts:
        raise ValueError("a source without parts has one key")
    codes = parts[0][1]
    for texts, more in parts[1:]:
        codes = codes * len(texts) + more
    present, inverse = np.unique(codes, return_inverse=True)
    keys = []
    for code in present.tolist():
        words: list[str] = []
        for texts, _ in reversed(parts):
            code, place = divmod(code, len(texts))
            words.append(texts[place])
        keys.append(",".join(reversed(words)))
    return Routed(tuple(keys), inverse)
