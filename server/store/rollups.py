"""Builds roll-ups in the store, tells how large they are, and compares them with the facts."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.errors import ServerError, StoreAway
from server.store.client import Store
from server.store.projections import LOAD, ProjectionSpec, add_projection
from server.store.tables import TableSpec, quoted, stored_name

SAMPLE = 1_000  # cells that are compared, about
SAMPLED_ROWS = 50_000_000  # of a table, by which its roll-ups are reckoned
_LOOK_SECONDS = 0.2
_ROUNDS = 3  # loads and purges may change the facts between two looks

Told = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Size:
    """How much of a table a roll-up covers."""

    rows: int  # of the roll-up
    lacking: int  # rows of the table that are in no part that has it

    @property
    def is_built(self) -> bool:
        """Whether every row of the table is in it."""
        return self.lacking == 0


@dataclass(frozen=True)
class Mismatch:
    """A cell in which the roll-up tells something else than the facts."""

    cell: tuple[Any, ...]
    facts: tuple[Any, ...] | None
    roll_up: tuple[Any, ...] | None
    unreadable: str = ""  # why the roll-up could not be read at all

    @property
    def sentence(self) -> str:
        """What is told, and what is true."""
        if self.unreadable:
            return f"it cannot be read: {self.unreadable}"
        place = ", ".join(str(each) for each in self.cell)
        return f"at ({place}) it tells {_said(self.roll_up)}, the facts tell {_said(self.facts)}"


def sizes(store: Store, table: str) -> Mapping[str, Size]:
    """The sizes of a table's projections, by their names; none of a table without rows."""
    stored = stored_name(table, store.placement)
    with store.writer() as writer:
        found = writer.ask("projection_parts", database=store.database, table=stored)
    return {name: Size(rows, lacking) for name, rows, lacking in found}


def build(store: Store, table: TableSpec, projection: ProjectionSpec, told: Told) -> None:
    """Declare a roll-up where it is not, make it anew from the facts, and wait until it is there.

    Loads may go on meanwhile: what they bring has it at once.
    """
    name = quoted_projection(projection.physical)
    stored = stored_name(table.name, store.placement)
    alter = f"ALTER TABLE {quoted(stored)}{_on_cluster(store)}"
    with store.writer() as writer:
        writer.run(f"{alter} {add_projection(projection)}")
        writer.run(f"{alter} CLEAR PROJECTION {name} SETTINGS mutations_sync = 2")
        writer.run(f"{alter} MATERIALIZE PROJECTION {name} SETTINGS mutations_sync = 0")
        most = 0
        while left := writer.ask("unfinished_mutations", database=store.database, table=stored):
            reasons = [reason for _, _, reason in left if reason]
            if reasons:
                raise ServerError(f"{projection.name} could not be built: {reasons[0][:200]}")
            parts = sum(parts for _, parts, _ in left)
            most = max(most, parts)
            told(most - parts, most)
            time.sleep(_LOOK_SECONDS)
    told(most, most)


def drop(store: Store, table: str, physical: str) -> None:
    """Take a projection away; questions are answered from the facts."""
    with store.writer() as writer:
        writer.run(
            f"ALTER TABLE {quoted(stored_name(table, store.placement))}{_on_cluster(store)} "
            f"DROP PROJECTION IF EXISTS {quoted_projection(physical)}"
        )


def mismatches(
    store: Store, table: str, projection: ProjectionSpec, top: int, most: int = SAMPLE
) -> tuple[Mismatch, ...]:
    """Sampled cells of batches up to one in which the roll-up is not what the facts are.

    A cell counts when it differs as often as it is looked at, for facts may come and go.
    """
    size = sizes(store, table).get(projection.physical)
    if size is None:
        return ()
    parts = max(1, size.rows // most)
    found: dict[tuple[Any, ...], Mismatch] = {}
    for number in range(_ROUNDS):
        now = _compare(store, table, projection, top, parts)
        found = {cell: each for cell, each in now.items() if number == 0 or cell in found}
        if not found:
            break
    return tuple(found[cell] for cell in sorted(found, key=str))


def rows_of_table(store: Store, table: str) -> int:
    """The rows of a table, on all shards."""
    lines = ("SELECT count()", f"FROM {quoted(table)}")
    with store.writer() as writer:
        return int(writer.rows("\n".join(lines))[0][0])


def rows_by(
    store: Store, table: str, shapes: Sequence[tuple[str, ...]], most: int = SAMPLED_ROWS
) -> tuple[int, ...]:
    """About how many rows roll-ups of these keys would have, in one pass over some batches.

    Each batch has rows of its own, so those of some batches tell those of all.
    """
    facts = rows_of_table(store, table)
    every = max(1, facts // most)
    for parts in dict.fromkeys((every, 1)):
        counted, *rows = _distinct(store, table, shapes, parts)
        if counted:
            return tuple(round(number * facts / counted) for number in rows)
    return tuple(0 for _ in shapes)


def _distinct(
    store: Store, table: str, shapes: Sequence[tuple[str, ...]], parts: int
) -> tuple[int, ...]:
    wanted = [
        f"uniqCombined64(cityHash64({', '.join(_plain(key) for key in (LOAD, *keys))}))"
        for keys in shapes
    ]
    lines = (
        f"SELECT {', '.join(['count()', *wanted])}",
        f"FROM {quoted(table)}",
        f"WHERE cityHash64({LOAD}) % {{parts:UInt32}} = 0",
    )
    with store.writer() as writer:
        return writer.rows("\n".join(lines), {"parts": parts})[0]


def _plain(key: str) -> str:
    return f"ifNull(toString({key}), '')"


def quoted_projection(physical: str) -> str:
    """A projection's name between backticks."""
    return quoted(physical)


def _compare(
    store: Store, table: str, projection: ProjectionSpec, top: int, parts: int
) -> dict[tuple[Any, ...], Mismatch]:
    base = _cells(store, table, projection, top, parts, "optimize_use_projections = 0")
    forced = f"force_optimize_projection_name = '{projection.physical}'"
    try:
        kept = _cells(store, table, projection, top, parts, forced)
    except StoreAway:
        raise
    except ServerError as reason:
        return {(): Mismatch((), None, None, reason.message)}
    return {
        cell: Mismatch(cell, base.get(cell), kept.get(cell))
        for cell in {*base, *kept}
        if repr(base.get(cell)) != repr(kept.get(cell))  # what is no number is equal to itself
    }


def _cells(
    store: Store, table: str, projection: ProjectionSpec, top: int, parts: int, setting: str
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    keys = [LOAD, *(key for key in projection.keys if key != LOAD)]
    hashed = ", ".join(_plain(key) for key in keys)
    figures = dict.fromkeys(["count()", *projection.aggregates])
    statement = (
        f"SELECT {', '.join([*keys, *figures])}\n"
        f"FROM {quoted(table)}\n"
        f"WHERE {LOAD} <= {{top:UInt32}} AND cityHash64({hashed}) % {{parts:UInt32}} = 0\n"
        f"GROUP BY {', '.join(keys)}\n"
        f"SETTINGS {setting}"
    )
    with store.writer() as writer:
        rows = writer.rows(statement, {"top": top, "parts": parts})
    return {row[: len(keys)]: row[len(keys) :] for row in rows}


def _on_cluster(store: Store) -> str:
    cluster = store.placement.cluster
    return f" ON CLUSTER {quoted(cluster)}" if cluster else ""


def _said(figures: tuple[Any, ...] | None) -> str:
    return "nothing" if figures is None else ", ".join(str(each) for each in figures)
