"""A table aside, in which rows are made ready before they take the place of damaged ones."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from server.store.arrow import AnyTable
from server.store.client import Store
from server.store.facts import insert_rows
from server.store.tables import quoted


@contextmanager
def scratch_table(store: Store, table: AnyTable, load_id: int) -> Iterator[AnyTable]:
    """An empty table with the columns of the given one; dropped when the block ends."""
    scratch = replace(table, name=f"repair_{load_id}")
    drop = f"DROP TABLE IF EXISTS {quoted(scratch.name)} SYNC"
    with store.writer() as writer:
        writer.run(drop)
        writer.run(
            f"CREATE TABLE {quoted(scratch.name)} AS {quoted(table.name)} "
            "ENGINE = MergeTree ORDER BY (_load, _row)"
        )
    try:
        yield scratch
    finally:
        with store.writer() as writer:
            writer.run(drop)


def fill_scratch(store: Store, scratch: AnyTable, chunks: Iterable[Any], load_id: int) -> int:
    """Put rows with their batches into it; how many."""
    return insert_rows(store, scratch, chunks, load_id)


def copy_batches(store: Store, source: str, target: str, batches: Collection[int]) -> None:
    """Append the rows of these batches to another table with the same columns."""
    with store.writer() as writer:
        writer.text("copy_batches", source=source, target=target, batches=sorted(batches))
