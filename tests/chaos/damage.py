"""Damages the store behind the ledger's back."""

from pathlib import Path

from tests.chaos.files import chance_of
from tests.chaos.house import House
from tests.chaos.oracle import Oracle
from tests.shop import Question

# What happens to rows of one batch: they are lost, doubled, changed.
_HARM = (
    "ALTER TABLE {table} DELETE WHERE _load = {batch} AND _row % 2 = 0 SETTINGS mutations_sync = 2",
    "INSERT INTO {table} SELECT * FROM {table} WHERE _load = {batch} LIMIT 3",
    "ALTER TABLE {table} UPDATE {change} WHERE _load = {batch} SETTINGS mutations_sync = 2",
)
_CHANGES = {
    "takings": "amount = amount + 1",
    "orders": "pieces = pieces - 1",
    "stalls": "region = 'nowhere'",
    "keepers": "since = NULL",
}
_MEMBERS = ("stalls", "keepers")
_PARTS = (
    "SELECT path FROM system.parts WHERE active AND database = {database:String} "
    "AND table IN ('takings', 'orders', 'stalls', 'keepers')"
)


def damage_rows(house: House, number: int, oracle: Oracle) -> None:
    """Lose, double or change rows of some batch that has any."""
    chance = chance_of(number, "damage")
    table = chance.choice(tuple(_CHANGES)) if oracle.last else "takings"
    with house.runtime.store.writer() as writer:
        batches = sorted(batch for batch, _rows in writer.ask("batches", table=table))
        if batches:
            harm = chance.choice(_HARM)
            batch = chance.choice(batches)
            writer.run(harm.format(table=table, batch=batch, change=_CHANGES[table]))
            if table in _MEMBERS:  # as a start reads them, which may come before the healing
                writer.run(f"SYSTEM RELOAD DICTIONARY dict_{table}")


def break_part(house: House, number: int) -> None:
    """Change a byte in a data file of some part, as a failing disk does."""
    chance, store = chance_of(number, "break"), house.runtime.store
    parts = store.readers.query(Question(_PARTS, {"database": store.database})).rows
    found = [Path(folder, "data.bin") for (folder,) in sorted(parts)]
    files = [path for path in found if path.is_file() and path.stat().st_size]
    if not files:
        return  # all rows are deleted
    path = chance.choice(files)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))
