"""Adds up the batches of one key's rows: of rows with the same key the one of the last batch stays.

The text is generated from the table and its key, as DDL is; each shape is stored under test. Every
statement works on many sums at once: `sources` are batches, `targets` the sum that each goes into,
`ranks` its place in the order of that sum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from server.store.client import Store
from server.store.tables import LOAD_COLUMN, ROW_COLUMN, TableSpec, quoted


@dataclass(frozen=True)
class Sum:
    """A batch that is to hold what others add up to, the later ones over the earlier ones."""

    target: int
    sources: tuple[int, ...]


@dataclass(frozen=True)
class Figures:
    """Whatever tells two sets of rows apart, and the days that they cover."""

    rows: int
    sum_of_hashes: int
    xor_of_hashes: int
    first_date: date | None
    last_date: date | None


NO_ROWS = Figures(0, 0, 0, None, None)


def merge_batches(store: Store, table: TableSpec, key: Sequence[str], sums: Sequence[Sum]) -> None:
    """Write the rows of every sum under its target."""
    with store.writer() as writer:
        writer.run(merge_statement(table, key), _parameters(sums))


def expected_figures(
    store: Store, table: TableSpec, key: Sequence[str], event_date: str | None, sums: Sequence[Sum]
) -> Mapping[int, Figures]:
    """What every target must hold."""
    with store.writer() as writer:
        rows = writer.rows(expected_statement(table, key, event_date), _parameters(sums))
    return {row[0]: Figures(*row[1:]) for row in rows}


def found_figures(
    store: Store, table: TableSpec, event_date: str | None, sums: Sequence[Sum]
) -> Mapping[int, Figures]:
    """What every target does hold."""
    targets = [one.target for one in sums]
    with store.writer() as writer:
        rows = writer.rows(found_statement(table, event_date), {"targets": targets})
    return {row[0]: Figures(*row[1:]) for row in rows}


def merge_statement(table: TableSpec, key: Sequence[str]) -> str:
    """The INSERT that writes every sum under its own batch; the rows keep their origin."""
    kept = ", ".join(quoted(name) for name in _kept_columns(table))
    return (
        f"INSERT INTO {quoted(table.name)} ({quoted(LOAD_COLUMN)}, {kept})\n"
        f"SELECT target, {kept}\n"
        f"FROM\n(\n{_lines(table)}\n)\n"
        f"ORDER BY target, {_listed(key)}, rank DESC, {quoted(ROW_COLUMN)} DESC\n"
        f"LIMIT 1 BY target, {_listed(key)}\n"
    )


def expected_statement(table: TableSpec, key: Sequence[str], event_date: str | None) -> str:
    """What each sum must hold, worked out in another way: the last row of each key by `argMax`."""
    columns = _kept_columns(table)
    line = ", ".join(quoted(name) for name in columns)
    named = ",\n    ".join(
        f"line.{number} AS {quoted(name)}" for number, name in enumerate(columns, start=1)
    )
    return (
        f"SELECT target, {_figures(table, event_date)}\n"
        f"FROM\n(\n"
        f"    SELECT target,\n    {named}\n"
        f"    FROM\n    (\n"
        f"        SELECT target, argMax(tuple({line}), tuple(rank, {quoted(ROW_COLUMN)})) AS line\n"
        f"        FROM\n(\n{_lines(table)}\n)\n"
        f"        GROUP BY target, {_listed(key)}\n"
        f"    )\n)\n"
        f"GROUP BY target\nORDER BY target\n"
    )


def found_statement(table: TableSpec, event_date: str | None) -> str:
    """What the store holds under each target, in the same figures."""
    return (
        f"SELECT {quoted(LOAD_COLUMN)} AS target, {_figures(table, event_date)}\n"
        f"FROM {quoted(table.name)}\n"
        f"WHERE {quoted(LOAD_COLUMN)} IN {{targets:Array(UInt32)}}\n"
        f"GROUP BY target\nORDER BY target\n"
    )


def _parameters(sums: Sequence[Sum]) -> Mapping[str, object]:
    pairs = [
        (source, one.target, rank)
        for one in sums
        for rank, source in enumerate(one.sources, start=1)
    ]
    sources, targets, ranks = zip(*pairs, strict=True)
    return {"sources": list(sources), "targets": list(targets), "ranks": list(ranks)}


def _lines(table: TableSpec) -> str:
    """All rows of the sources, each with its target and the rank of its source there."""
    kept = ", ".join(quoted(name) for name in _kept_columns(table))
    load = quoted(LOAD_COLUMN)
    return (
        f"    SELECT\n"
        f"        transform({load}, {{sources:Array(UInt32)}}, {{targets:Array(UInt32)}}, "
        f"toUInt32(0)) AS target,\n"
        f"        transform({load}, {{sources:Array(UInt32)}}, {{ranks:Array(UInt32)}}, "
        f"toUInt32(0)) AS rank,\n"
        f"        {kept}\n"
        f"    FROM {quoted(table.name)}\n"
        f"    WHERE {load} IN {{sources:Array(UInt32)}}"
    )


def _kept_columns(table: TableSpec) -> tuple[str, ...]:
    return tuple(column.name for column in table.stored_columns if column.name != LOAD_COLUMN)


def _figures(table: TableSpec, event_date: str | None) -> str:
    """Figures that any lost, doubled or exchanged row moves, and the days that are covered."""
    line = _listed(_kept_columns(table))
    days = f"min({quoted(event_date)}), max({quoted(event_date)})" if event_date else "NULL, NULL"
    return f"count(), sum(cityHash64({line})), groupBitXor(sipHash64({line})), {days}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(quoted(name) for name in names)
