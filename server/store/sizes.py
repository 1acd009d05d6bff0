"""How much room rows take on the engine's disks, told from those that are there."""

from server.store.client import Store

_AT_LEAST = 16  # bytes of a row of a table that has none yet


def bytes_of_rows(store: Store, table: str, rows: int) -> int:
    """What so many rows of a table are likely to take, roll-ups included."""
    with store.writer() as writer:
        size, stored = writer.ask("size", database=store.database, table=table)[0]
    return rows * max(_AT_LEAST, -(-size // stored) if stored else 0)
