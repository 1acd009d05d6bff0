"""What would be seen if a load were withdrawn, restored or published: done, looked at, undone.

The ledger itself does the change in a transaction that is rolled back: what is foreseen is what
would come. Other publishers wait meanwhile, for as long as a publication takes.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from server.errors import Conflict, LimitReached
from server.ledger.changes import LedgerDifference, difference_in
from server.ledger.snapshot import snapshot_within
from server.metadata.batches import publish_own_batches
from server.metadata.loads import Load, change_load
from server.metadata.session import Metadata, Session
from server.metadata.slots import RowsGone, Unbuilt, settle
from server.metadata.snapshots import raise_snapshot
from server.snapshot import Snapshot

Change = Literal["withdrawn", "restored", "published"]
NOWHERE = -1  # the number of a state that does not exist


@dataclass(frozen=True)
class Foreseen:
    """A state that does not exist, and how it differs from the one that is seen now."""

    before: int  # the present snapshot
    snapshot: Snapshot
    ledger: LedgerDifference


def foresee(metadata: Metadata, load_id: int, change: Change, now: datetime) -> Foreseen:
    """The state after a change of a load; nothing is changed.

    Raises:
        Conflict: the load cannot be changed so.
        LimitReached: rows would have to be built first.
    """
    try:
        with metadata.write() as session:
            raise _SeenError(_after(metadata, session, load_id, change, now))
    except _SeenError as seen:
        return seen.found
    except Unbuilt as lacking:
        raise LimitReached(
            f"Later loads changed the same rows: {len(lacking.builds)} scope keys are worked out "
            f"anew when load {load_id} is {change}, so what moves is not known before.",
            code="not_foreseen",
        ) from None
    except RowsGone:
        raise Conflict(
            "The rows that would be seen were purged; replay the load instead.", code="rows_purged"
        ) from None


class _SeenError(Exception):
    """Ends the transaction without a trace, and carries what it saw."""

    def __init__(self, found: Foreseen) -> None:
        super().__init__("seen")
        self.found = found


def _after(
    metadata: Metadata, session: Session, load_id: int, change: Change, now: datetime
) -> Foreseen:
    number = raise_snapshot(session, change, [load_id], "", "", now)
    load = _changed(session, load_id, change, number, now)
    settle(session, load, number, is_on_top=change == "published")
    session.flush()
    snapshot = replace(snapshot_within(metadata, session), number=NOWHERE)
    return Foreseen(number - 1, snapshot, difference_in(session, number - 1, number))


def _changed(session: Session, load_id: int, change: Change, number: int, now: datetime) -> Load:
    if change == "withdrawn":
        return change_load(session, load_id, ("published",), state="withdrawn")
    if change == "restored":
        return change_load(session, load_id, ("withdrawn",), state="published")
    load = change_load(
        session, load_id, ("held",), state="published", first_snapshot=number, finished_at=now
    )
    publish_own_batches(session, load_id, number)
    return load
