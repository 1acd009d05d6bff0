"""A process of its own that loads, withdraws or looks; killed at crash points by its parent.

`python -m tests.ledger.crash_child HOME STEP…` does the steps in order and prints what each
of them found as JSON.
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import loaders.lines
import loaders.stream
from loaders.context import LoadContext
from loaders.load import run_load
from loaders.reparsing import SpooledSources
from server.ledger.heal import Healing
from server.ledger.mend import Task, verify_and_mend
from server.ledger.mirror import keep_mirror
from server.ledger.publish import restore, withdraw
from server.ledger.purge import delete_doomed, doom_superseded
from server.ledger.recover import recover
from server.ledger.snapshot import open_snapshot
from server.ledger.verify import verify
from server.metadata.loads import list_loads
from server.metadata.session import open_metadata
from server.settings import Settings
from server.store.client import Store, open_store
from server.store.facts import batches_in
from server.store.migrate import ensure_tables
from tests.loading import visible, visible_by_mirror
from tests.shop import SALES, SHOP
from tests.shop_loads import specifications

# Small enough that a file of 1,000 rows is stored in several chunks.
loaders.lines.BLOCK = 8_000
vars(loaders.stream)["ROWS_IN_CHUNK"] = 300


def main(home: Path, steps: list[str]) -> None:
    """Open what is in the home folder and do the steps."""
    settings = Settings.from_environment({"INDICUBE_HOME": str(home)})
    metadata = open_metadata(settings.database)
    metadata.migrate()
    store = open_store(settings)
    ensure_tables(store, SHOP)
    context = LoadContext(metadata, store, settings, _now, SHOP, specifications())
    sys.stdout.write(json.dumps([_do(context, step, home) for step in steps]))
    sys.stdout.flush()
    store.close()
    metadata.close()


def _do(context: LoadContext, step: str, home: Path) -> Any:
    metadata, store = context.metadata, context.store
    steps: dict[str, Callable[[], Any]] = {
        "load": lambda: run_load(context, "sales", home / "sales.csv").as_result(),
        "recover": lambda: recover(metadata, store, _now()).abandoned,
        "withdraw": lambda: withdraw(metadata, 1, "ann", "a test", _now()),
        "restore": lambda: restore(metadata, 1, "ann", "a test", _now()),
        "damage": lambda: _run(store, "ALTER TABLE sales DELETE WHERE _row < 400"),
        "flip": lambda: _flip(store),
        "verify": lambda: verify_and_mend(_healing(context), (SALES,), Task("deep")).is_well,
        "doom": lambda: doom_superseded(metadata, "ann", _in_days(9), timedelta(days=3)),
        "delete": lambda: delete_doomed(metadata, store, _in_days(10)),
        "mirror": lambda: keep_mirror(metadata, store, begin_at=0),
        "read mirror": lambda: visible_by_mirror(store, open_snapshot(metadata)),
        "look": lambda: _look(context),
    }
    return steps[step]()


def _look(context: LoadContext) -> Any:
    metadata, store = context.metadata, context.store
    with metadata.read() as session:
        states = [load.state for load in reversed(list_loads(session))]
    snapshot = open_snapshot(metadata)
    return {
        "visible": visible(store, snapshot),
        "batches": list(batches_in(store, "sales").values()),
        "states": states,
        "wrong": [str(each) for each in verify(metadata, store, ["sales"])],
        "closed": sorted(snapshot.closed),
    }


def _healing(context: LoadContext) -> Healing:
    sources = SpooledSources(context)
    spool = context.settings.spool
    return Healing(context.metadata, context.store, spool, sources, _now, "ann")


def _run(store: Store, statement: str) -> None:
    with store.writer() as writer:
        writer.run(f"{statement} SETTINGS mutations_sync = 2")


def _flip(store: Store) -> None:
    """Change a byte of the largest part's file, as a bad disk would."""
    with store.writer() as writer:
        path = writer.rows(
            "SELECT path FROM system.parts WHERE active AND table = 'sales' ORDER BY rows DESC"
        )[0][0]
    file = Path(path, "data.bin")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)


def _now() -> datetime:
    return datetime.now(UTC)


def _in_days(days: int) -> datetime:
    return _now() + timedelta(days=days)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
