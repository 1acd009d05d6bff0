"""Which rows of some batches have a key that a row of other batches has already.

The text is generated from the table and its key, as DDL is; its shape is stored under test. The
others are read where the days of the batches lie; what the engine must remember it puts on disk
when there is too much of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from server.store.client import Store
from server.store.tables import LOAD_COLUMN, ROW_COLUMN, TableSpec, quoted

SHOWN = 20  # clashes that are told one by one
_AT_ONCE = 5_000  # batches in one statement
_MOST_BYTES = 256 << 20  # in memory while keys are compared


@dataclass(frozen=True)
class Clash:
    """Two rows with one key: a line of the batches, and where its key stands already."""

    line: int
    batch: int
    other_line: int
    key: tuple[str, ...]


@dataclass(frozen=True)
class Clashes:
    """How many rows clash, and the first of them."""

    rows: int
    first: tuple[Clash, ...]


def find_clashes(
    store: Store,
    table: TableSpec,
    key: Sequence[str],
    own: Sequence[int],
    others: Sequence[int],
    days: tuple[str, date, date] | None = None,
) -> Clashes:
    """The rows of the own batches whose keys the others have; `days` is a column of the key.

    Batches without number are compared in portions; a row that clashes in two of them counts twice.
    """
    rows, first = 0, list[Clash]()
    column = days[0] if days else None
    given = {"first": days[1], "last": days[2]} if days else {}
    with store.writer() as writer:
        for start in range(0, len(others), _AT_ONCE):
            portion = {"own": list(own), "others": list(others[start : start + _AT_ONCE])}
            answer = writer.rows(clashes_statement(table, key, column), {**portion, **given})
            found, told = answer[0]
            rows += found
            first += [Clash(line, batch, other, tuple(each)) for line, batch, other, each in told]
    return Clashes(rows, tuple(sorted(first, key=lambda one: (one.line, one.batch))[:SHOWN]))


def clashes_statement(table: TableSpec, key: Sequence[str], days: str | None) -> str:
    """How many own rows clash, and the first of them with their keys."""
    row, columns = quoted(ROW_COLUMN), ", ".join(quoted(name) for name in key)
    told = ", ".join(f"toString(ours.{quoted(name)})" for name in key)
    pairs = " AND ".join(f"theirs.{quoted(name)} = ours.{quoted(name)}" for name in key)
    theirs = _rows(table, f"{quoted(LOAD_COLUMN)}, {row}, {columns}", "others", days)
    ours = _rows(table, f"{row}, {columns}", "own", days)
    first = f"(ours.{row}, theirs.{quoted(LOAD_COLUMN)}, theirs.{row}, [{told}])"
    return (
        f"SELECT\n    uniqExact(ours.{row}),\n    groupArraySorted({SHOWN})({first})\n"
        f"FROM\n{theirs} AS theirs\nINNER JOIN\n{ours} AS ours ON {pairs}\n"
        f"SETTINGS join_algorithm = 'grace_hash', max_bytes_in_join = {_MOST_BYTES}\n"
    )


def _rows(table: TableSpec, columns: str, batches: str, days: str | None) -> str:
    """The rows of some batches, on the days that are compared."""
    within = ""
    if days is not None:
        kind = table.column(days).type
        within = f" AND {quoted(days)} BETWEEN {{first:{kind}}} AND {{last:{kind}}}"
    chosen = f"{quoted(LOAD_COLUMN)} IN {{{batches}:Array(UInt32)}}{within}"
    lines = (f"SELECT {columns}", f"FROM {quoted(table.name)}", f"WHERE {chosen}")
    return "(\n    " + "\n    ".join(lines) + "\n)"
