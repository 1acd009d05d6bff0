"""A process of its own that loads, withdraws or looks; killed at crash points by its parent.

`python -m tests.ledger.crash_child HOME STEP…` does the steps in order and prints what each
of them found as JSON.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import loaders.lines
import loaders.stream
from loaders.context import LoadContext
from loaders.load import run_load
from server.ledger.publish import restore, withdraw
from server.ledger.recover import recover
from server.ledger.snapshot import open_snapshot
from server.ledger.verify import verify
from server.metadata.loads import list_loads
from server.metadata.session import open_metadata
from server.settings import Settings
from server.store.client import open_store
from server.store.facts import batches_in
from server.store.migrate import ensure_tables
from tests.loading import visible
from tests.shop import SHOP
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
    match step:
        case "load":
            return run_load(context, "sales", home / "sales.csv").as_result()
        case "recover":
            return recover(metadata, store, _now()).abandoned
        case "withdraw":
            return withdraw(metadata, 1, "ann", "a test", _now())
        case "restore":
            return restore(metadata, 1, "ann", "a test", _now())
        case _:
            with metadata.read() as session:
                states = [load.state for load in reversed(list_loads(session))]
            return {
                "visible": visible(store, open_snapshot(metadata)),
                "batches": list(batches_in(store, "sales").values()),
                "states": states,
                "wrong": [str(each) for each in verify(metadata, store, ["sales"])],
            }


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
