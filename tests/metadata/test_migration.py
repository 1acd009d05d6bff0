"""An older ledger keeps its history: what every snapshot showed is worked out from its events."""

from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import server.metadata.migrations as migrations
from server.ledger.snapshot import open_snapshot
from server.metadata.batches import batches_of
from server.metadata.loads import find_load
from server.metadata.session import open_metadata
from server.metadata.snapshots import events_of

NOON = datetime(2026, 3, 2, 12)  # noqa: DTZ001
BEFORE_SCOPES = "0004"

# Loads 1 and 2 are facts, 3 and 4 versions of a dimension, 5 was abandoned; batches are loads + 10.
KINDS = {1: "fact", 2: "fact", 3: "dimension", 4: "dimension", 5: "fact"}
EVENTS = (
    (1, "published"),
    (3, "published"),
    (2, "published"),
    (4, "published"),
    (1, "withdrawn"),
    (4, "withdrawn"),
    (1, "restored"),
)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database as it was before batches had scope keys."""
    address = f"sqlite:///{tmp_path}/metadata.db"
    engine = sa.create_engine(address)
    with engine.begin() as connection:
        command.upgrade(_config(connection), BEFORE_SCOPES)
        known = sa.MetaData()
        known.reflect(connection)
        _fill(connection, known.tables)
    engine.dispose()
    return address


def test_every_snapshot_shows_what_it_showed(url: str) -> None:
    metadata = open_metadata(url)
    metadata.migrate()
    snapshots = [open_snapshot(metadata, number) for number in range(1, 8)]
    metadata.close()

    assert [one.hidden_in("sales") for one in snapshots] == [
        (12, 15),
        (12, 15),
        (15,),
        (15,),
        (11, 15),
        (11, 15),
        (15,),
    ]
    assert [one.version_of("stores") for one in snapshots] == [0, 13, 13, 14, 14, 13, 13]
    assert [one.watermarks["sales"].day for one in snapshots] == [1, 1, 2, 2, 2, 2, 2]


def test_the_old_loads_are_what_they_were(url: str) -> None:
    metadata = open_metadata(url)
    metadata.migrate()
    with metadata.read() as session:
        facts, version = find_load(session, 1), find_load(session, 4)
        (batch,) = batches_of(session, 1)
        events = [(one.snapshot, one.what, one.reason) for one in events_of(session, 1)]
    metadata.close()

    assert (facts.mode, facts.key, version.mode) == ("append", (), "complete")
    assert (batch.source, batch.scope_key, batch.kind, batch.is_whole) == (
        "sales",
        "1",
        "own",
        True,
    )
    assert events == [(1, "published", None), (5, "withdrawn", None), (7, "restored", None)]


def test_loads_that_waited_and_were_read_again_wait_no_more(url: str) -> None:
    """Load 1 was read again as 2 and 4; load 3 was read again, but nothing of that was seen."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        config = _config(connection)
        command.upgrade(config, "0016")
        for number, values in (
            (1, {"state": "held", "first_snapshot": None}),
            (2, {"state": "held", "first_snapshot": None, "replay_of": 1}),
            (4, {"replay_of": 2}),
            (3, {"state": "held", "first_snapshot": None}),
            (5, {"replay_of": 3}),
        ):
            known = sa.Table("load", sa.MetaData(), autoload_with=connection)
            connection.execute(sa.update(known).where(known.c.id == number).values(**values))
    engine.dispose()
    metadata = open_metadata(url)
    metadata.migrate()
    with metadata.read() as session:
        found = {number: find_load(session, number) for number in (1, 2, 3)}
    metadata.close()

    assert {number: one.state for number, one in found.items()} == {
        1: "replayed",
        2: "replayed",
        3: "held",
    }
    assert [(found[number].decision or {}).get("read_as") for number in (1, 2)] == [4, 4]


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    return config


def _fill(connection: sa.Connection, tables: "sa.util.FacadeDict[str, sa.Table]") -> None:
    first = {load: number for number, (load, what) in reversed(list(enumerate(EVENTS, 1)))}
    load_rows = [_load(number, kind, first.get(number)) for number, kind in KINDS.items()]
    connection.execute(sa.insert(tables["load"]), load_rows)
    connection.execute(
        sa.insert(tables["batch"]),
        [
            {
                "id": number + 10,
                "load": number,
                "table_name": "sales" if kind == "fact" else "stores",
                "scope_key": str(number),
                "rows": 1,
                "sums": {},
            }
            for number, kind in KINDS.items()
        ],
    )
    numbers = range(1, len(EVENTS) + 1)
    connection.execute(
        sa.insert(tables["snapshot"]),
        [{"n": number, "at": NOON, "by": "ann", "what": "a test", "top": 15} for number in numbers],
    )
    connection.execute(
        sa.insert(tables["load_event"]),
        [
            {"load": load, "snapshot": number, "what": what, "by": "ann", "at": NOON}
            for number, (load, what) in enumerate(EVENTS, start=1)
        ],
    )


def _load(number: int, kind: str, first_snapshot: int | None) -> dict[str, object]:
    return {
        "id": number,
        "pack": "shop",
        "specification": "sales" if kind == "fact" else "stores",
        "specification_hash": "1" * 64,
        "table_name": "sales" if kind == "fact" else "stores",
        "kind": kind,
        "source": f"{number}.csv",
        "source_hash": str(number) * 64,
        "source_bytes": 1,
        "state": "published" if first_snapshot else "abandoned",
        "by": "ann",
        "owner": "here:1:1",
        "lease_until": NOON,
        "received_at": NOON,
        "rows_done": 1,
        "first_date": datetime(2026, 1, number).date(),  # noqa: DTZ001
        "last_date": datetime(2026, 1, number).date(),  # noqa: DTZ001
        "first_snapshot": first_snapshot,
    }
