"""Whatever is loaded, restated, withdrawn and restored in whatever order: every snapshot is exact.

Hundreds of random sequences run through the ledger and the real store; after all of them every
snapshot of every sequence must show the rows that a plain Python model says it showed.
"""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.ledger.building import Builder
from server.ledger.publish import publish, restore, withdraw
from server.ledger.snapshot import open_snapshot
from server.metadata.loads import Mode
from server.metadata.session import Metadata
from server.store.client import Store
from server.store.facts import insert_rows
from server.store.migrate import ensure_tables
from tests.ledger.upserts import STOCK, Key, Oracle, Prepared, prepare, random_lines, rows_of
from tests.shop import Question, Tables
from tests.stores import Clock, new_metadata, new_store, settings_for

# For each seed. What a server does otherwise than a file shows in any of them: fewer are enough.
SEQUENCES = 10 if os.environ.get("INDICUBE_TEST_DATABASE") else 20
LOADS = 4
OPERATIONS = 7

Rows = dict[tuple[str, Key, int], tuple[object, int]]


@pytest.fixture
def metadata(tmp_path: Path) -> Iterator[Metadata]:
    with new_metadata(tmp_path) as opened:
        yield opened


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with new_store(settings_for(tmp_path)) as opened:
        ensure_tables(opened, Tables({"stock": STOCK}, {}))
        yield opened


@pytest.mark.parametrize("seed", range(8))
def test_every_snapshot_of_random_sequences_is_exact(
    metadata: Metadata, store: Store, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311
    sources: dict[str, tuple[Mode, list[Prepared]]] = {}
    with metadata.write() as session:
        for number in range(SEQUENCES):
            mode: Mode = "replace" if number % 4 == 0 else "upsert"
            name = f"source_{number}"
            loads = [prepare(session, name, mode, random_lines(chance, mode)) for _ in range(LOADS)]
            sources[name] = mode, loads
    every = [one for _, loads in sources.values() for one in loads]
    insert_rows(store, STOCK, [rows_of(every)], 1)

    builder = Builder(store, {"stock": STOCK})
    wanted: dict[int, tuple[str, Rows]] = {}
    for name, (mode, loads) in sources.items():
        oracle = Oracle(mode)
        for _ in range(OPERATIONS):
            number = _operate(chance, metadata, builder, oracle, loads)
            wanted[number] = name, dict(oracle.visible())

    assert len(wanted) == SEQUENCES * OPERATIONS
    _compare(metadata, store, wanted)


def _operate(
    chance: random.Random,
    metadata: Metadata,
    builder: Builder,
    oracle: Oracle,
    loads: list[Prepared],
) -> int:
    """Do something that is possible; the snapshot that it raised."""
    now = Clock()()
    waiting = [one for one in loads if one not in oracle.published]
    known = [one.load.id for one in oracle.published]
    withdrawn = [load for load in known if load not in oracle.live]
    if waiting and (not known or chance.random() < 0.45):
        chosen = chance.choice(waiting)  # not in the order in which they arrived
        publication = publish(metadata, chosen.load, "ann", now, builder)
        oracle.publish(chosen)
        return publication.snapshot
    if withdrawn and (not oracle.live or chance.random() < 0.5):
        back = chance.choice(withdrawn)
        oracle.live.add(back)
        return restore(metadata, back, "ann", "a test", now, builder)
    gone = chance.choice(sorted(oracle.live))
    oracle.live.remove(gone)
    return withdraw(metadata, gone, "ann", "a test", now, builder)


def _compare(
    metadata: Metadata,
    store: Store,
    wanted: dict[int, tuple[str, Rows]],
) -> None:
    rows = _rows_by_batch(store)
    batches_of_source = _batches_by_source(metadata)
    for number, (name, expected) in wanted.items():
        snapshot = open_snapshot(metadata, number)
        hidden = set(snapshot.hidden_in("stock"))
        shown = [
            (scope_key, batch)
            for scope_key, batch in batches_of_source[name]
            if batch <= snapshot.top and batch not in hidden
        ]
        found = {
            (scope_key, key, row): (amount, origin)
            for scope_key, batch in shown
            for key, row, amount, origin in rows.get(batch, ())
        }
        count = sum(len(rows.get(batch, ())) for _, batch in shown)

        assert found == expected, f"snapshot {number} of {name}"
        assert count == len(expected), f"snapshot {number} of {name} shows rows twice"


def _rows_by_batch(store: Store) -> dict[int, list[tuple[Key, int, object, int]]]:
    found: dict[int, list[tuple[Key, int, object, int]]] = {}
    question = Question("SELECT _load, item, shop, _row, amount, _origin FROM stock")
    for batch, item, shop, row, amount, origin in store.readers.query(question).rows:
        found.setdefault(batch, []).append(((item, shop), row, amount, origin))
    return found


def _batches_by_source(metadata: Metadata) -> dict[str, list[tuple[str, int]]]:
    from server.metadata.batches import known_batches

    found: dict[str, list[tuple[str, int]]] = {}
    with metadata.read() as session:
        for batch, _ in known_batches(session)["stock"].values():
            found.setdefault(batch.source, []).append((batch.scope_key, batch.id))
    return found
