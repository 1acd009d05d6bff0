"""The steps of a load between its arrival and its publication; each is a compare-and-set.

A load that another process abandoned meanwhile raises `Conflict` at its next step, so a process
that was thought dead cannot go on with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import monotonic

from server.errors import IndicubeError, ServerError
from server.ledger.crashpoint import crashpoint
from server.ledger.receive import LEASE
from server.metadata.batches import Description, batches_of, describe_batches, mark_whole
from server.metadata.loads import UNFINISHED, Batch, Load, Quarantined, change_load, quarantine
from server.metadata.session import Metadata
from server.metadata.snapshots import remark
from server.store.arrow import AnyTable
from server.store.client import Store
from server.store.control_sums import ControlSums, Sums
from server.store.dictionaries import check_dictionary, reload_dictionary
from server.store.facts import count_and_sum_each
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
    carried: int = 0  # rows of the version before that the file says nothing of

    @property
    def is_balanced(self) -> bool:
        """Whether no row of the file has vanished."""
        return self.in_file == self.stored + self.quarantined + self.ignored

    @property
    def description(self) -> Description:
        """What the one batch of a load holds that has no other."""
        return Description(self.stored, self.sums, self.first_date, self.last_date)


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
    metadata: Metadata,
    load: Load,
    counted: Counted,
    batches: Mapping[int, Description],
    now: datetime,
) -> None:
    """The whole source was read into these batches; every row of it must be accounted for."""
    if not counted.is_balanced:
        raise ServerError(
            f"load {load.id}: {counted.in_file} rows in the file are not {counted.stored} stored "
            f"+ {counted.quarantined} quarantined + {counted.ignored} ignored"
        )
    in_batches = sum(batch.rows for batch in batches.values())
    if in_batches != counted.stored + counted.carried:
        raise ServerError(
            f"load {load.id}: {counted.stored} stored rows, {in_batches} of them in its batches"
        )
    with metadata.write() as session:
        change_load(
            session,
            load.id,
            ("received",),
            state="parsed",
            parsed_at=now,
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
        describe_batches(session, batches)
        crashpoint("steps.parsed_before_commit")
    crashpoint("steps.parsed")


def mark_stored(metadata: Metadata, load: Load, now: datetime) -> None:
    """Every chunk was acknowledged by the store."""
    with metadata.write() as session:
        change_load(
            session, load.id, ("parsed",), state="stored", stored_at=now, lease_until=now + LEASE
        )
    crashpoint("steps.stored")


def verify_batches(
    metadata: Metadata, store: Store, table: AnyTable, load: Load, now: datetime
) -> None:
    """Compare the store with what the parser counted, batch by batch; reload a dictionary."""
    began = monotonic()
    with metadata.read() as session:
        batches = batches_of(session, load.id)
    compare_batches(store, table, batches)
    if isinstance(table, DimensionTableSpec):
        serve_members(store, table, batches)
    crashpoint("steps.compared")
    with metadata.write() as session:
        mark_whole(session, [batch.id for batch in batches])
        change_load(
            session,
            load.id,
            ("stored",),
            state="verified",
            verified_at=now + timedelta(seconds=monotonic() - began),
            lease_until=now + LEASE,
        )
    crashpoint("steps.verified")


def compare_batches(store: Store, table: AnyTable, batches: Sequence[Batch]) -> None:
    """`ServerError` unless the store holds exactly what these batches are described to hold."""
    found = count_and_sum_each(store, table, [batch.id for batch in batches])
    nothing = ControlSums(table).sums
    for batch in batches:
        rows, sums = found[batch.id]
        wanted = dict(batch.sums or nothing)
        if rows != (batch.rows or 0) or dict(sums) != wanted:
            wrong = [name for name in sums if sums[name] != wanted.get(name)]
            raise ServerError(
                f"load {batch.load}: the store has {rows} rows of {batch.rows or 0} in "
                f"{table.name}, other sums in: {', '.join(wrong) or 'no column'}",
                code="verification_failed",
            )


def serve_members(store: Store, table: DimensionTableSpec, versions: Sequence[Batch]) -> None:
    """Load a dimension's dictionary anew; `ServerError` unless it serves all of these versions."""
    reload_dictionary(store, table)
    for version in versions:
        check_dictionary(store, table, version.id, version.rows or 0)


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
    why = getattr(error, "held_for", "error_limit") if state == "held" else None
    with metadata.write() as session:
        change_load(
            session,
            load.id,
            UNFINISHED,
            state=state,
            finished_at=now,
            held_for=why,
            decision={"for": why, "difference": getattr(error, "difference", None)}
            if why
            else None,
            error_code=error.code,
            error=error.message,
            rows_quarantined=rows_refused,
        )
        quarantine(session, load.id, refused)
        if why:
            remark(session, "held", load.id, load.by, error.message, now)
