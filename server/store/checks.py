"""What the engine can tell of a table: broken parts, roll-ups that differ, what batches hold."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from server.errors import ServerError
from server.store.client import Store
from server.store.tables import quoted


@dataclass(frozen=True)
class BrokenPart:
    """Files of a table that are not as they were written."""

    name: str
    reason: str


@dataclass(frozen=True)
class WrongProjection:
    """A roll-up that counts other rows than the table has."""

    name: str
    batches: Mapping[int, tuple[int, int]]  # batch -> rows of the table, rows of the projection


def broken_parts(store: Store, table: str) -> tuple[BrokenPart, ...]:
    """The parts whose checksums are wrong; reads every byte of the table."""
    with store.writer() as writer:
        stored = writer.stored(table, store.database, store.placement)
        lines = writer.text("check_parts", table=stored).splitlines()
    found = [line.split("\t", 2) for line in lines]
    return tuple(BrokenPart(part, reason) for part, is_well, reason in found if is_well == "0")


def drop_part(store: Store, table: str, part: BrokenPart) -> None:
    """Take a broken part out of a table; its rows must come from the spool again."""
    with store.writer() as writer:
        stored = writer.stored(table, store.database, store.placement)
        writer.run(f"ALTER TABLE {quoted(stored)} DROP PART {{part:String}}", {"part": part.name})


def wrong_projections(store: Store, table: str) -> tuple[WrongProjection, ...]:
    """The projections of a table that count rows, and count other ones than it has."""
    with store.writer() as writer:
        known = writer.ask("projections", database=store.database)
        names = [name for of, name in known if of == table]
        base = dict(writer.ask("batches_without_projections", table=table)) if names else {}
    found = [(name, _counted_by(store, table, name)) for name in names]
    return tuple(
        WrongProjection(
            name,
            {
                batch: (base.get(batch, 0), counted.get(batch, 0))
                for batch in sorted(base.keys() | counted.keys())
                if base.get(batch, 0) != counted.get(batch, 0)
            },
        )
        for name, counted in found
        if counted is not None and counted != base
    )


def build_projection(store: Store, table: str, projection: str) -> None:
    """Make a projection anew from the table's rows, and wait until it is there."""
    cluster = store.placement.cluster
    with store.writer() as writer:
        stored = writer.stored(table, store.database, store.placement)
        where = quoted(stored) + (f" ON CLUSTER {quoted(cluster)}" if cluster else "")
        for word in ("CLEAR", "MATERIALIZE"):
            writer.run(
                f"ALTER TABLE {where} {word} PROJECTION {quoted(projection)} "
                "SETTINGS mutations_sync = 2"
            )


def fingerprints(
    store: Store, table: str, batches: Collection[int]
) -> Mapping[int, tuple[int, int]]:
    """Of each batch its rows and a sum that any other value in any row would change."""
    if not batches:
        return {}
    with store.writer() as writer:
        found = writer.ask("fingerprints", table=table, first=min(batches), last=max(batches))
    sums = {batch: (rows, total) for batch, rows, total in found}
    return {batch: sums.get(batch, (0, 0)) for batch in batches}


def least_free_bytes(store: Store) -> int:
    """What is free on the fullest disk of the engine."""
    with store.writer() as writer:
        free: int = writer.ask("free_bytes")[0][0]
    return free


def _counted_by(store: Store, table: str, projection: str) -> dict[int, int] | None:
    try:
        with store.writer() as writer:
            return dict(writer.ask("batches_in_projection", table=table, projection=projection))
    except ServerError:  # it does not count rows by batch, so there is nothing to compare
        return None
