"""What the ledger costs: publishing among 100,000 batches, restating a month, long hidden lists.

`python -m bench.ledger FOLDER` measures the first two in a process of its own, whose engine has a
folder of its own, and prints them as JSON.
"""

import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bench.aggregates import bare_reader, by_hand, hiding
from bench.filling import CUBE, chunk_of, counted_in, settings_of
from bench.questions import ALL, QUESTIONS
from bench.ssb import MONTHS, Source
from bench.turns import geometric_mean, in_turns, milliseconds, ratio
from server.ledger.publish import publish, withdraw
from server.ledger.receive import Arrival, new_batches, receive
from server.ledger.snapshot import open_snapshot
from server.ledger.steps import mark_parsed, mark_stored, verify_batches
from server.metadata.batches import mark_whole
from server.metadata.loads import Load, change_load
from server.metadata.session import Metadata, open_metadata
from server.metadata.tables import (
    BatchRow,
    BatchShownRow,
    CounterRow,
    LoadEventRow,
    LoadRow,
    SnapshotRow,
)
from server.runtime import Runtime, open_runtime
from server.store.connection import Client, connect_writer
from server.store.facts import insert_batch
from server.store.mirror import Marker, Visibility, append_to_mirror, ensure_mirror, forget_after

BATCHES = 100_000
WITHDRAWN = 5_000
ROWS = 1_000_000
MONTH = MONTHS[5]
MIRRORED = (5_000, 50_000)

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_MIRROR = (
    "_load <= {top:UInt32} AND _load NOT IN (SELECT batch FROM ledger_hidden "
    f"WHERE fact_table = '{CUBE}' AND snapshot <= 1 "
    "AND seal IN (SELECT seal FROM ledger_marker WHERE snapshot <= 1) "
    "GROUP BY batch HAVING argMax(is_hidden, snapshot) = 1)"
)


@dataclass(frozen=True)
class LedgerCosts:
    """Milliseconds of metadata among many batches, and what a restatement costs."""

    publish: float
    withdraw: float
    open_next: float  # a snapshot after the one before it
    open_first: float  # the first one that a process opens
    load_seconds: float
    restate_seconds: float
    restating: float  # restating a month against loading it


def ledger_costs(folder: Path, turns: int) -> LedgerCosts:
    """Measured in another process."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.ledger", str(folder), str(turns)],
        capture_output=True,
        text=True,
        check=True,
    )
    return LedgerCosts(**json.loads(done.stdout))


def mirror_costs(runtime: Runtime, turns: int) -> dict[str, float]:
    """The statements by hand with long hidden lists, both ways, against those without a list."""
    client = bare_reader(runtime)
    try:
        return {way: cost for many in MIRRORED for way, cost in _both(runtime, client, many, turns)}
    finally:
        client.close()


def _both(runtime: Runtime, client: Client, many: int, turns: int) -> Iterator[tuple[str, float]]:
    ratios: tuple[list[float], list[float]] = ([], [])
    with _in_mirror(runtime, many):
        snapshot = hiding(runtime.snapshot(), many)
        for question in QUESTIONS:
            bare = partial(by_hand, client, question, runtime.snapshot(), ALL)
            sent = partial(by_hand, client, question, snapshot)
            read = partial(_through_mirror, client, question.sql(_MIRROR), snapshot.top)
            assert sent() == read() == bare(), f"{question.name} differs"
            times, *others = in_turns((bare, sent, read), turns)
            for found, other in zip(ratios, others, strict=True):
                found.append(ratio(other, times))
    yield f"{many:,} hidden batches, sent along", geometric_mean(ratios[0])
    yield f"{many:,} hidden batches, in the mirror", geometric_mean(ratios[1])


@contextmanager
def _in_mirror(runtime: Runtime, hidden: int) -> Iterator[None]:
    top = runtime.snapshot().top
    ensure_mirror(runtime.store)
    changes = (Visibility(CUBE, top + number, True) for number in range(1, hidden + 1))
    append_to_mirror(runtime.store, Marker(1, hidden), changes)
    try:
        yield
    finally:
        forget_after(runtime.store, 0)


def _through_mirror(client: Client, sql: str, top: int) -> Any:
    return client.query(sql, parameters={"top": top}).result_rows


def metadata_costs(folder: Path, turns: int) -> Mapping[str, float]:
    """Publish and withdraw a load among very many others."""
    metadata = open_metadata(f"sqlite:///{folder}/many.db")
    metadata.migrate()
    _fill(metadata)
    first = _seconds(lambda: open_snapshot(metadata))
    published, withdrawn, opened = [], [], []
    for turn in range(turns):
        load = _verified_load(metadata, folder / "spool", turn)
        published.append(_seconds(partial(publish, metadata, load, "bench", _NOW)))
        opened.append(_seconds(lambda: open_snapshot(metadata)))
        withdrawn.append(_seconds(partial(withdraw, metadata, load.id, "bench", "a test", _NOW)))
        opened.append(_seconds(lambda: open_snapshot(metadata)))
    metadata.close()
    return {
        "publish": milliseconds(published),
        "withdraw": milliseconds(withdrawn),
        "open_next": milliseconds(opened),
        "open_first": 1000 * first,
    }


def restating_costs(folder: Path, turns: int) -> Mapping[str, float]:
    """Load a month of many rows, and load one again in its own place; each turn the other first."""
    runtime = open_runtime(settings_of(folder / "home"))
    _load_month(runtime, "month=0", seed=0)
    loaded: list[float] = []
    restated: list[float] = []
    for turn in range(turns):
        fresh = partial(_load_month, runtime, f"month={turn + 1}", seed=2 * turn + 1)
        again = partial(_load_month, runtime, f"month={turn}", seed=2 * turn + 2)
        for work, times in ((fresh, loaded), (again, restated))[:: 1 if turn % 2 else -1]:
            times.append(work())
    runtime.close()
    return {
        "load_seconds": milliseconds(loaded) / 1000,
        "restate_seconds": milliseconds(restated) / 1000,
        "restating": ratio(restated, loaded),
    }


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _fill(metadata: Metadata) -> None:
    """Loads of one batch, each published at a snapshot of its own; the first are withdrawn."""
    numbers = range(1, BATCHES + 1)
    with metadata.write() as session:
        session.execute(insert(LoadRow), [_load_row(number) for number in numbers])
        session.execute(
            insert(SnapshotRow),
            [{"n": n, "at": _NOW, "by": "bench", "what": "till", "top": n} for n in numbers],
        )
        session.execute(insert(BatchRow), [_batch_row(number) for number in numbers])
        session.execute(insert(BatchShownRow), [_shown_row(number) for number in numbers])
        session.execute(
            insert(LoadEventRow),
            [
                {"load": n, "snapshot": n, "what": "published", "by": "bench", "at": _NOW}
                for n in numbers
            ],
        )
        names = ("load", "batch", "snapshot")
        session.execute(insert(CounterRow), [{"name": n, "value": BATCHES} for n in names])


def _load_row(number: int) -> dict[str, object]:
    return {
        "id": number,
        "pack": "bench",
        "specification": "till",
        "specification_hash": "0" * 64,
        "table_name": "sales",
        "kind": "fact",
        "source": f"{number}.csv",
        "source_hash": f"{number:064}",
        "source_bytes": 100,
        "state": "withdrawn" if number <= WITHDRAWN else "published",
        "by": "bench",
        "owner": "bench",
        "lease_until": _NOW,
        "received_at": _NOW,
        "first_snapshot": number,
    }


def _batch_row(number: int) -> dict[str, object]:
    return {
        "id": number,
        "load": number,
        "table_name": "sales",
        "source": "till",
        "scope_key": str(number),
        "kind": "own",
        "first_snapshot": number,
        "rows": 1,
        "first_date": _NOW.date(),
        "last_date": _NOW.date(),
        "is_whole": True,
    }


def _shown_row(number: int) -> dict[str, object]:
    return {
        "batch": number,
        "since": number,
        "until": BATCHES if number <= WITHDRAWN else None,
    }


def _verified_load(metadata: Metadata, spool: Path, turn: int) -> Load:
    source = io.BytesIO(f"turn {turn}".encode())
    load = receive(metadata, spool, source, _arrival("till", "sales", "append"), _NOW).load
    batches = new_batches(metadata, load, (str(load.id),))
    with metadata.write() as session:
        mark_whole(session, batches.values())
        return change_load(session, load.id, ("received",), state="verified")


def _load_month(runtime: Runtime, key: str, seed: int) -> float:
    metadata, store, clock = runtime.metadata, runtime.store, runtime.clock
    table = runtime.cubes.model.cube(CUBE).fact
    chunk = _chunk(runtime, Source(MONTH, seed * ROWS, ROWS, seed))
    source = io.BytesIO(f"{key} {seed}".encode())
    arrival = _arrival("months", CUBE, "replace")
    began = time.perf_counter()
    load = receive(metadata, runtime.settings.spool, source, arrival, clock()).load
    batch = new_batches(metadata, load, (key,))[key]
    counted = counted_in(table, chunk)
    insert_batch(store, table, [chunk], load.id, batch)
    mark_parsed(metadata, load, counted, {batch: counted.description}, clock())
    mark_stored(metadata, load, clock())
    verify_batches(metadata, store, table, load, clock())
    publish(metadata, load, "bench", clock())
    return time.perf_counter() - began


def _chunk(runtime: Runtime, source: Source) -> Any:
    client = connect_writer(runtime.store.address)
    try:
        return chunk_of(runtime, client, source)
    finally:
        client.close()


def _arrival(name: str, table: str, mode: Any) -> Arrival:
    return Arrival(
        pack="bench",
        specification=name,
        specification_hash="made by bench.ledger",
        table_name=table,
        kind="fact",
        source=name,
        member=None,
        by="bench",
        mode=mode,
    )


def main(folder: Path, turns: int) -> None:
    """Measure and print."""
    folder.mkdir(parents=True, exist_ok=True)
    costs = {**metadata_costs(folder, turns), **restating_costs(folder, max(4, turns // 2))}
    print(json.dumps(asdict(LedgerCosts(**costs))))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
