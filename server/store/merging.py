"""Adds up the batches of one key's rows: of rows with the same key the one of the last batch stays.

The text is generated from the table and its key, as DDL is; each shape is stored under test. Every
statement works on many sums at once: `sources` are batches, `targets` the sum that each goes into,
`ranks` its place in the order of that sum. A source goes into one target of a statement; sums that
have some in common are put `apart`, into statements of their own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from server.store.client import Store
from server.store.tables import LOAD_COLUMN, ROW_COLUMN, TableSpec, quoted

ROWS_AT_ONCE = 250_000  # source rows of one statement: they are held in memory


class HasSources(Protocol):
    """Whatever is made of batches."""

    @property
    def sources(self) -> tuple[int, ...]:
        """The batches that it is made of."""


Made = TypeVar("Made", bound=HasSources)


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


def apart(sums: Iterable[Sum]) -> tuple[tuple[Sum, ...], ...]:
    """The sums in portions, in none of which a source is in two sums."""
    used: dict[int, int] = {}  # by source: the portion after the last that has it
    portions: dict[int, list[Sum]] = {}
    for one in sums:
        number = max(used.get(source, 0) for source in one.sources)
        portions.setdefault(number, []).append(one)
        used |= dict.fromkeys(one.sources, number + 1)
    return tuple(tuple(portions[number]) for number in sorted(portions))


def in_portions(
    sums: Iterable[Made], rows: Mapping[int, int], most: int
) -> Iterator[tuple[Made, ...]]:
    """The sums in portions, each of which ends when its sources have so many rows or more."""
    portion: list[Made] = []
    size = 0
    for each in sums:
        size += sum(rows[source] for source in each.sources)
        portion.append(each)
        if size >= most:
            yield tuple(portion)
            portion, size = [], 0
    if portion:
        yield tuple(portion)


def merge_batches(store: Store, table: TableSpec, key: Sequence[str], sums: Sequence[Sum]) -> None:
    """Write the rows of every sum under its target; no source is in two of them."""
    with store.writer() as writer:
        writer.run(merge_statement(table, key), _parameters(sums))


def rows_in_sources(store: Store, table: TableSpec, sums: Sequence[Sum]) -> Mapping[int, int]:
    """How many rows each source has in the store."""
    with store.writer() as writer:
        rows = writer.rows(sources_statement(table), _parameters(sums))
    return dict(rows)


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
    kept = _listed(_kept_columns(table))
    return (
        f"INSERT INTO {quoted(table.name)} ({quoted(LOAD_COLUMN)}, {kept})\n"
        f"{_lines(table)}\n"
        f"SELECT _target, {kept}\n"
        f"FROM lines\n"
        f"ORDER BY _target, {_listed(key)}, _rank DESC, {quoted(ROW_COLUMN)} DESC\n"
        f"LIMIT 1 BY _target, {_listed(key)}\n"
    )


def expected_statement(table: TableSpec, key: Sequence[str], event_date: str | None) -> str:
    """What each sum must hold, worked out in another way: the last row of each key by `argMax`."""
    columns = _kept_columns(table)
    named = ",\n        ".join(
        f"_line.{number} AS {quoted(name)}" for number, name in enumerate(columns, start=1)
    )
    return (
        f"{_lines(table)},\n"
        f"winners AS\n(\n"
        f"    SELECT\n"
        f"        _target,\n"
        f"        argMax(tuple({_listed(columns)}), tuple(_rank, {quoted(ROW_COLUMN)})) AS _line\n"
        f"    FROM lines\n"
        f"    GROUP BY _target, {_listed(key)}\n"
        f"),\n"
        f"sums AS\n(\n"
        f"    SELECT\n        _target,\n        {named}\n    FROM winners\n"
        f")\n"
        f"SELECT\n    _target,\n{_figures(table, event_date)}\n"
        f"FROM sums\nGROUP BY _target\nORDER BY _target\n"
    )


def sources_statement(table: TableSpec) -> str:
    """The rows of every source."""
    load = quoted(LOAD_COLUMN)
    return (
        f"SELECT {load}, count()\n"
        f"FROM {quoted(table.name)}\n"
        f"WHERE {load} IN {{sources:Array(UInt32)}}\n"
        f"GROUP BY {load}\nORDER BY {load}\n"
    )


def found_statement(table: TableSpec, event_date: str | None) -> str:
    """What the store holds under each target, in the same figures."""
    return (
        f"SELECT\n    {quoted(LOAD_COLUMN)} AS _target,\n{_figures(table, event_date)}\n"
        f"FROM {quoted(table.name)}\n"
        f"WHERE {quoted(LOAD_COLUMN)} IN {{targets:Array(UInt32)}}\n"
        f"GROUP BY _target\nORDER BY _target\n"
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
    load, ids = quoted(LOAD_COLUMN), "{sources:Array(UInt32)}"
    return (
        f"WITH lines AS\n(\n"
        f"    SELECT\n"
        f"        transform({load}, {ids}, {{targets:Array(UInt32)}}, toUInt32(0)) AS _target,\n"
        f"        transform({load}, {ids}, {{ranks:Array(UInt32)}}, toUInt32(0)) AS _rank,\n"
        f"        {_listed(_kept_columns(table))}\n"
        f"    FROM {quoted(table.name)}\n"
        f"    WHERE {load} IN {ids}\n"
        f")"
    )


def _kept_columns(table: TableSpec) -> tuple[str, ...]:
    return tuple(column.name for column in table.stored_columns if column.name != LOAD_COLUMN)


def _figures(table: TableSpec, event_date: str | None) -> str:
    """Figures that any lost, doubled or exchanged row moves, and the days that are covered."""
    # A tuple has a hash whatever is empty in it; of several arguments one without a value has none.
    line = f"tuple({_listed(_kept_columns(table))})"
    days = f"min({quoted(event_date)}), max({quoted(event_date)})" if event_date else "NULL, NULL"
    hashes = f"    sum(cityHash64({line})),\n    groupBitXor(sipHash64({line})),\n"
    return f"    count(),\n{hashes}    {days}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(quoted(name) for name in names)
