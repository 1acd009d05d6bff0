"""A table of any length: the statement that the engine streams into a file, and its digest.

It never passes through memory as a whole. The digest is worked out by the engine over all rows, in
no order, and by whoever reads a file back; so a file can be proved without being held.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from server.access import Scope
from server.cube.plain_text import TextForm, harmless, printable
from server.cube.statement import Statement
from server.cube.statement_files import digest_statement, empty_statement, file_statement
from server.errors import InvalidInput
from server.exports.progress import Told
from server.exports.words import word
from server.indicators.receipt import canonical_json
from server.snapshot import Snapshot
from server.store.pool import Cancellation
from server.store.streams import Streams

EVERY = 200_000  # lines
FORMATS = ("csv", "parquet")  # of tables of any length


@dataclass(frozen=True)
class LongTable:
    """What a file of any length says."""

    title: str
    facts: tuple[tuple[str, str], ...]  # label and text: filters, snapshot, who, when, rows
    heads: tuple[str, ...]
    statement: Statement  # its answer is the file's rows
    types: tuple[str, ...]  # of the engine, one for each head
    rows: int
    digest: str
    fingerprint: str
    language: str
    export: str = ""

    def tables(self, file_format: str) -> tuple[str, ...]:
        """What a file of that format comes to when it is read back."""
        written = harmless if file_format == "csv" else printable
        heads = [written(head) for head in self.heads]
        return (table_digest(heads, self.rows, self.digest),)


@dataclass(frozen=True)
class Asked:
    """What a long table is made of, before it is counted."""

    title: str
    facts: tuple[tuple[str, str], ...]
    question: dict[str, object]
    heads: tuple[str, ...]
    statement: Statement
    language: str
    model: str


def long_table(
    asked: Asked,
    streams: Streams,
    file_format: str,
    at: Snapshot,
    scope: Scope,
    cancellation: Cancellation | None = None,
) -> LongTable:
    """Count the rows and work out their digest: one pass over the facts, before the file's own."""
    types = streams.types(empty_statement(asked.statement))
    form: TextForm = "harmless" if file_format == "csv" else "printable"
    statement = file_statement(asked.statement, types, form)
    counting = digest_statement(statement, types, is_binary=file_format == "parquet")
    rows, digest = streams.row(counting, cancellation)
    return LongTable(
        title=asked.title,
        facts=(*asked.facts, (word("rows", asked.language), str(rows))),
        heads=asked.heads,
        statement=statement,
        types=types,
        rows=int(rows),
        digest=str(digest),
        fingerprint=_fingerprint(asked, at, scope, int(rows), str(digest)),
        language=asked.language,
    )


def check_long(file_format: str) -> None:
    """InvalidInput unless a table of any length can be of this format."""
    if file_format not in FORMATS:
        raise InvalidInput(
            f"Facts and slices of any length are exported as {' or '.join(FORMATS)}.",
            field="format",
            allowed=FORMATS,
        )


def table_digest(heads: Sequence[str], rows: int, digest: str) -> str:
    """How a long table stands among the hashes of a file's tables."""
    return f"{sha256(canonical_json(list(heads)).encode()).hexdigest()} {rows} rows {digest}"


def counted_blocks(blocks: Iterator[bytes], told: Told) -> Iterator[bytes]:
    """The blocks in turn; `told` hears now and then how many lines have passed."""
    lines = said = 0
    for block in blocks:
        yield block
        lines += block.count(b"\n")
        if lines - said >= EVERY:
            told(lines)
            said = lines
    told(lines)


def _fingerprint(asked: Asked, at: Snapshot, scope: Scope, rows: int, digest: str) -> str:
    body = {
        "question": asked.question,
        "snapshot": at.number,
        "definitions": at.definitions,
        "model": asked.model,
        "scope": sorted([rule.dimension, *rule.path] for rule in scope.rules),
        "rows": rows,
        "digest": digest,
    }
    return sha256(canonical_json(body).encode()).hexdigest()
