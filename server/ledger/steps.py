"""The steps of a load between its arrival and its publication; each is a compare-and-set.

A load that another process abandoned meanwhile raises `Conflict` at its next step, so a process
that was thought dead cannot go on with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from server.errors import IndicubeError, ServerError
from server.ledger.crashpoint import crashpoint
from server.ledger.receive import LEASE
from server.metadata.loads import (
    UNFINISHED,
    Load,
    Quarantined,
    change_load,
    describe_batch,
    quarantine,
)
from server.metadata.session import Metadata
from server.store.arrow import AnyTable
from server.store.client import Store
from server.store.control_sums import Sums
from server.store.dictionaries import check_dictionary, reload_dictionary
from server.store.facts import count_and_sum
from server.store.tables import DimensionTableSpec


@dataclass(frozen=True)
class Counted:
    """What the parser counted: every row of the file is stored, quarantined or ignored."""

    in_file: int
    stored: int
    quarantined: int
    ignored: int
    sums: Sums
    first_date: date | None = None
    last_date: date | None = None

    @property
    def is_balanced(self) -> bool:
        """Whether no row of the file has vanished."""
        return self.in_file == self.stored + self.quarantined + self.ignored


def note_progress(
    metadata: Metadata,
    load: Load,
    rows_done: int,
    rows: Sequence[Quarantined],
    now: datetime,
    *,
    rows_expected: int | None = None,
) -> None:
    """Say how far the load is, keep what went to quarantine, and renew the lease."""
    values: dict[str, object] = {"rows_done": rows_done, "lease_until": now + LEASE}
    if rows_expected is not None:
        values["rows_expected"] = rows_expected
    with metadata.write() as session:
        change_load(session, load.id, ("received",), **values)
        quarantine(session, load.id, rows)
    crashpoint("steps.progress")


def mark_parsed(
    metadata: Metadata, load: Load, batch: int, counted: Counted, now: datetime
) -> None:
    """The whole source was read; refused unless every row of it is accounted for."""
    if not counted.is_balanced:
        raise ServerError(
            f"load {load.id}: {counted.in_file} rows in the file are not {counted.stored} stored "
            f"+ {counted.quarantined} quarantined + {counted.ignored} ignored"
        )
    with metadata.write() as session:
        change_load(
            session,
            load.id,
            ("received",),
            state="parsed",
            lease_until=now + LEASE,
            rows_done=counted.in_file,
            rows_in_file=counted.in_file,
            rows_stored=counted.stored,
            rows_quarantined=counted.quarantined,
            rows_ignored=counted.ignored,
            sums=dict(counted.sums),
            first_date=counted.first_date,
            last_date=counted.last_date,
        )
        describe_batch(session, batch, counted.stored, counted.sums)
        crashpoint("steps.parsed_before_commit")
    crashpoint("steps.parsed")


def mark_stored(metadata: Metadata, load: Load, now: datetime) -> None:
    """Every chunk was acknowledged by the store."""
    with metadata.write() as session:
        change_load(session, load.id, ("parsed",), state="stored", lease_until=now + LEASE)
    crashpoint("steps.stored")


def verify_batch(
    metadata: Metadata,
    store: Store,
    table: AnyTable,
    load: Load,
    batch: int,
    counted: Counted,
    now: datetime,
) -> None:
    """Compare the store's counts and control sums with the parser's; reload a dictionary."""
    rows, sums = count_and_sum(store, table, batch)
    if rows != counted.stored or dict(sums) != dict(counted.sums):
        wrong = [name for name in sums if sums[name] != counted.sums.get(name)]
        raise ServerError(
            f"load {load.id}: the store has {rows} rows of {counted.stored} in "
            f"{table.name}, other sums in: {', '.join(wrong) or 'no column'}",
            code="verification_failed",
        )
    if isinstance(table, DimensionTableSpec):
        reload_dictionary(store, table)
        check_dictionary(store, table, batch, rows)
    crashpoint("steps.compared")
    with metadata.write() as session:
        change_load(session, load.id, ("stored",), state="verified", lease_until=now + LEASE)
    crashpoint("steps.verified")


def end_unpublished(
    metadata: Metadata,
    load: Load,
    error: IndicubeError,
    refused: Sequence[Quarantined],
    rows_refused: int | None,
    now: datetime,
) -> None:
    """The load ends without being seen: held, rejected, or abandoned after an error of ours."""
    state = {"load_held": "held", "load_rejected": "rejected"}.get(type(error).code, "abandoned")
    with metadata.write() as session:
        change_load(
            session,
            load.id,
            UNFINISHED,
            state=state,
            finished_at=now,
            error_code=error.code,
            error=error.message,
            rows_quarantined=rows_refused,
        )
        quarantine(session, load.id, refused)
