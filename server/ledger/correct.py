"""Corrections: rows that were refused are mended by hand and shown with the load they belong to.

Mended rows lie in batches of their own under the load's scope keys. They are seen from the
correction on wherever the load itself is seen, so that withdrawing the load or replacing a scope
takes them along; earlier snapshots stay as they were. A line is mended once, and the same file of
mended lines counts once. What a correction that failed or died has stored is never seen, and goes.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.errors import Conflict
from server.ledger.crashpoint import crashpoint
from server.ledger.owner import this_process
from server.ledger.purge import purge_batches
from server.metadata.batches import (
    Description,
    begin_batches,
    describe_batches,
    find_batch,
    mark_whole,
    publish_own_batches,
)
from server.metadata.loads import Load, change_load, find_load
from server.metadata.session import Metadata, Session
from server.metadata.slots import settle
from server.metadata.snapshots import raise_snapshot
from server.store.client import Store

CORRECTIONS = "corrections"  # the parameter of a load that lists them


@dataclass(frozen=True)
class Correction:
    """Mended rows that are stored and compared, and the spooled file that they came in."""

    lines: tuple[int, ...]
    source: str  # the name of the file
    source_hash: str
    batches: Mapping[int, Description]
    bitwise: tuple[str, ...] = ()  # the columns whose control sums are no sums


def begin_correction(
    metadata: Metadata, load: Load, scope_keys: Iterable[str], now: datetime
) -> dict[str, int]:
    """Fresh batches of a load beside those that it has."""
    with metadata.write() as session:
        begun = begin_batches(session, load, scope_keys, now, is_afresh=True, owner=this_process())
    crashpoint("correct.begun")
    return begun


def give_up_correction(
    metadata: Metadata, store: Store, batch_ids: Iterable[int], now: datetime
) -> None:
    """Delete the rows of a correction that failed; nobody saw them."""
    with metadata.read() as session:
        batches = tuple(find_batch(session, batch) for batch in batch_ids)
    purge_batches(metadata, store, batches, now)


def correction_of_bytes(load: Load, source_hash: str) -> Mapping[str, Any] | None:
    """The load's correction that came in a file of these very bytes."""
    of_them = (each for each in corrections_of(load) if each["source_hash"] == source_hash)
    return next(of_them, None)


def corrected_lines(load: Load) -> frozenset[int]:
    """The lines of the load that were mended."""
    return frozenset(line for each in corrections_of(load) for line in each["lines"])


def corrections_of(load: Load) -> tuple[Mapping[str, Any], ...]:
    """The corrections of the load, oldest first.

    Each has `lines`, `source_hash` and `batches`; since they are kept, `source`, `by`, `at`,
    `reason` and `snapshot` as well.
    """
    return tuple((load.parameters or {}).get(CORRECTIONS, ()))


def bitwise_in(load: Load) -> frozenset[str] | None:
    """The columns whose control sums are no sums; None where a correction did not keep them."""
    if any("bitwise" not in each for each in corrections_of(load)):
        return None
    return frozenset(column for each in corrections_of(load) for column in each["bitwise"])


def _unchecked(_session: Session) -> None:
    pass


def publish_correction(
    metadata: Metadata,
    load_id: int,
    correction: Correction,
    by: str,
    reason: str,
    now: datetime,
    check: Callable[[Session], None] = _unchecked,
) -> int:
    """Show the mended rows from a new snapshot on; its number.

    `check` looks, when nobody else can publish any more, whether something has come meanwhile.

    Raises:
        Conflict: the load is not published any more, or somebody mended one of the lines meanwhile.
    """
    with metadata.write() as session:
        words = f"corrected: {reason}"
        number = raise_snapshot(session, "corrected", [load_id], by, words, now, reason)
        check(session)
        load = find_load(session, load_id)
        refuse_mended(load, correction.lines)
        describe_batches(session, correction.batches)
        mark_whole(session, correction.batches)
        publish_own_batches(session, load_id, number)
        rows = len(correction.lines)
        kept = {
            "lines": list(correction.lines),
            "source": correction.source,
            "source_hash": correction.source_hash,
            "batches": list(correction.batches),
            "bitwise": list(correction.bitwise),
            "by": by,
            "at": now.isoformat(),
            "reason": reason,
            "snapshot": number,
        }
        changed = change_load(
            session,
            load_id,
            ("published",),
            rows_stored=(load.rows_stored or 0) + rows,
            rows_quarantined=(load.rows_quarantined or 0) - rows,
            parameters={
                **(load.parameters or {}),
                CORRECTIONS: [*map(dict, corrections_of(load)), kept],
            },
        )
        settle(session, changed, number)
        crashpoint("correct.before_commit")
    crashpoint("correct.committed")
    return number


def renamed_corrections(load: Load, fresh: Mapping[int, int]) -> Mapping[str, Any] | None:
    """The load's parameters when its corrections lie in fresh batches."""
    if not corrections_of(load):
        return load.parameters
    renamed = [
        {**one, "batches": [fresh.get(batch, batch) for batch in one["batches"]]}
        for one in corrections_of(load)
    ]
    return {**(load.parameters or {}), CORRECTIONS: renamed}


def refuse_mended(load: Load, lines: Collection[int]) -> None:
    """`Conflict` when one of the lines was mended before."""
    again = sorted(corrected_lines(load).intersection(lines))
    if again:
        shown = ", ".join(map(str, again[:10]))
        raise Conflict(f"already corrected in load {load.id}: line {shown}")
