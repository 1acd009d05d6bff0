"""What would be seen if a load were withdrawn, restored or published: done, looked at, undone.

The ledger itself does the change in a transaction that is rolled back: what is foreseen is what
would come. Other publishers wait meanwhile, for as long as a publication takes. Whoever looks
leaves nothing behind. What upserts would add up to must be there already; a job builds it first,
hidden, as for the change itself, which then finds it there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from server.errors import Conflict, LimitReached
from server.ledger.building import Builder, build
from server.ledger.changes import LedgerDifference, difference_in
from server.ledger.snapshot import snapshot_within
from server.ledger.visibility import MOST_ATTEMPTS
from server.metadata.batches import publish_own_batches, rows_of
from server.metadata.loads import Load, change_load, find_load
from server.metadata.session import Metadata, Session
from server.metadata.slots import Build, RowsGone, Unbuilt, settle
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


class NotForeseen(LimitReached):
    """What the change would show has still to be built: a job's work, not a reader's."""

    code = "not_foreseen"

    def __init__(self, load_id: int, change: Change, keys: int, rows: int) -> None:
        built = "1 scope key is" if keys == 1 else f"{keys} scope keys are"
        read = "1 row" if rows == 1 else f"{rows} rows"
        super().__init__(
            f"Later loads changed the same rows: {built} worked out anew, of {read}, when load "
            f"{load_id} is {change}, so what moves is not known before."
        )
        self.keys = keys
        self.rows = rows  # that are read to build them


def foresee(
    metadata: Metadata,
    load_id: int,
    change: Change,
    now: datetime,
    builder: Builder | None = None,
) -> Foreseen:
    """The state after a change of a load; nothing that anybody sees is changed.

    With a builder, what is lacking is built, hidden; without one nothing at all is written.

    Raises:
        Conflict: the load cannot be changed so.
        NotForeseen: something would have to be built first, and there is no builder.
    """
    for _ in range(MOST_ATTEMPTS):
        try:
            with metadata.write() as session:
                raise _SeenError(_after(metadata, session, load_id, change, now))
        except _SeenError as seen:
            return seen.found
        except Unbuilt as lacking:
            _prepare(metadata, load_id, change, builder, lacking.builds)
        except RowsGone:
            raise Conflict(
                "The rows that would be seen were purged; they are read again when it is done.",
                code="rows_purged",
            ) from None
    raise LimitReached(f"Other publishers came first; ask again what {change} would move.")


def _prepare(
    metadata: Metadata,
    load_id: int,
    change: Change,
    builder: Builder | None,
    builds: Sequence[Build],
) -> None:
    with metadata.read() as session:
        load = find_load(session, load_id)
        rows = rows_of(session, {source for one in builds for source in one.sources})
    if builder is None:
        raise NotForeseen(load_id, change, len(builds), sum(rows.values()))
    build(metadata, builder, load, builds)


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
