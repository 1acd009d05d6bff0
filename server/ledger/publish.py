"""Publication, withdrawal and restoring: each is one metadata transaction that raises S.

Where upserts are concerned the rows that are to be seen may have to be built first: hidden, outside
of the transaction, which takes them only if they are still what is wanted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from server.errors import Conflict
from server.ledger.building import Builder
from server.ledger.clashes import (
    COMPARED_UNTIL,
    Compared,
    KeysClash,
    apart_from_others,
    check_compared,
)
from server.ledger.crashpoint import crashpoint
from server.ledger.difference import Change, difference_at
from server.ledger.moving import moves_enough
from server.ledger.same_bytes import end_waiting_twins, refuse_other_scheme, visible_twin
from server.ledger.visibility import carry_through
from server.metadata.batches import batches_of, publish_own_batches
from server.metadata.loads import Load, State, change_load, find_load, has_namesake
from server.metadata.session import Metadata, Session
from server.metadata.slots import settle, shown_in_slots_of
from server.metadata.snapshots import raise_snapshot, remark

# The parameter of a load that carries over the members of a version: the batch of that version.
MERGED_OVER = "merged_over"


@dataclass(frozen=True)
class Publication:
    """The snapshot at which a load became visible, or the twin that was published before it."""

    load: Load
    snapshot: int  # 0 when the load is held for a decision
    is_known: bool = False
    difference: tuple[Change, ...] = ()  # what it restates, scope key by scope key


def publish(
    metadata: Metadata, load: Load, by: str, now: datetime, builder: Builder | None = None
) -> Publication:
    """Make a verified load visible to everybody at once; an upsert needs a builder.

    When the same bytes were published while this load was on its way, it is abandoned and the
    first load is the answer: a file that is sent twice at once counts once. A load that restates
    what is published is held when its specification says so, an appended one always when it has
    keys that are seen already: then `load.state` is `held`.
    """

    until: dict[str, int] = {}

    def act(compared: Compared | None) -> Publication:
        until.update({COMPARED_UNTIL: compared.until} if compared else {})
        return publish_from(metadata, load, ("verified",), by, now, builder, compared=compared)

    try:
        return apart_from_others(metadata, load, builder, act)
    except KeysClash as clash:
        return _clashing(metadata, load, clash, by, now)
    except _TwinPublishedError as twin:
        _abandon(metadata, load, twin.first, now)
        return Publication(twin.first, twin.first.first_snapshot or 0, is_known=True)
    except _WantsDecisionError as wanted:
        found = wanted.difference
        keys = "key" if len(found) == 1 else "keys"
        restated = f"{len(found)} published scope {keys}"
        sentence = f"{load.source} restates {restated}; somebody has to decide"
        kept = {"difference": [one.as_json() for one in found], **until}
        held = _hold(metadata, load, kept, sentence, "decision_wanted", by, now)
        return Publication(held, 0, difference=found)


def publish_from(
    metadata: Metadata,
    load: Load,
    states: tuple[State, ...],
    by: str,
    now: datetime,
    builder: Builder | None,
    *,
    agreed: tuple[Change, ...] | None = None,
    decided: Mapping[str, Any] | None = None,
    compared: Compared | None = None,
) -> Publication:
    """Publish a load that is in one of these states.

    `agreed` is the difference that somebody decided upon, `decided` their decision; `compared`
    says which rows it shares no key with.

    Raises:
        DecisionOutdated: other rows would be replaced than those that were decided upon.
    """
    values = {} if decided is None else {"decision": decided, "error_code": None, "error": None}
    reason = decided["reason"] if decided else None
    clock = _from(now)

    def change(session: Session) -> tuple[Load, int]:
        # The counter is raised first: it makes publishers wait for each other.
        at = clock()
        number = raise_snapshot(session, "published", [load.id], by, _words(load), at, reason)
        _refuse_twin(session, load)
        refuse_other_scheme(session, load)
        _refuse_moved_version(session, load)
        check_compared(session, compared)
        published = change_load(
            session,
            load.id,
            states,
            state="published",
            first_snapshot=number,
            finished_at=at,
            **values,
        )
        publish_own_batches(session, load.id, number)
        settle(session, published, number, is_on_top=True)
        end_waiting_twins(session, published)
        _check_decision(session, published, number, agreed)
        crashpoint("publish.before_commit")
        return published, number

    published, number = carry_through(metadata, load, builder, change)
    crashpoint("publish.committed")
    with metadata.read() as session:
        return Publication(published, number, difference=difference_at(session, number))


def withdraw(
    metadata: Metadata,
    load_id: int,
    by: str,
    reason: str,
    now: datetime,
    builder: Builder | None = None,
) -> int:
    """Hide a published load from the next snapshot on; earlier snapshots keep showing it.

    What it had replaced is seen again. An upsert needs a builder.
    """

    clock = _from(now)

    def change(session: Session) -> int:
        number = raise_snapshot(
            session, "withdrawn", [load_id], by, f"withdrawn: {reason}", clock(), reason
        )
        _must_be(find_load(session, load_id), "published", "withdrawn")
        load = change_load(session, load_id, ("published",), state="withdrawn")
        settle(session, load, number)
        crashpoint("withdraw.before_commit")
        return number

    number = carry_through(metadata, _found(metadata, load_id), builder, change)
    crashpoint("withdraw.committed")
    return number


def restore(
    metadata: Metadata,
    load_id: int,
    by: str,
    reason: str,
    now: datetime,
    builder: Builder | None = None,
) -> int:
    """Let a withdrawn load count again, in its old place among the loads.

    What was published over it since stays over it. An upsert needs a builder. An appended load is
    refused while keys of its rows are seen elsewhere, unless somebody decided that once.
    """

    clock = _from(now)
    compared: Compared | None = None

    def change(session: Session) -> int:
        number = raise_snapshot(
            session, "restored", [load_id], by, f"restored: {reason}", clock(), reason
        )
        load = find_load(session, load_id)
        _must_be(load, "withdrawn", "restored")
        twin = visible_twin(session, load, load.source_hash)
        if twin is not None:
            raise _same_file(twin)
        refuse_other_scheme(session, load)
        check_compared(session, compared)
        load = change_load(session, load_id, ("withdrawn",), state="published")
        settle(session, load, number)
        crashpoint("restore.before_commit")
        return number

    def act(shared: Compared | None) -> int:
        nonlocal compared
        compared = shared
        return carry_through(metadata, load, builder, change)

    load = _found(metadata, load_id)
    was_decided = (load.decision or {}).get("decided") == "approved"
    if load.state != "withdrawn" or was_decided:
        number = act(None)
    else:
        number = _restored_apart(metadata, load, builder, act)
    crashpoint("restore.committed")
    return number


class DecisionOutdated(Conflict):
    """A held load would replace other rows by now than those that were decided upon."""

    code = "decision_outdated"

    def __init__(self, load: Load, difference: tuple[Change, ...]) -> None:
        super().__init__(
            f"load {load.id} would replace other rows by now than those that were shown; "
            "look at the difference again"
        )
        self.difference = difference


class _TwinPublishedError(Conflict):
    def __init__(self, first: Load) -> None:
        super().__init__(_same_file(first).message)
        self.first = first


class _WantsDecisionError(Exception):
    def __init__(self, difference: tuple[Change, ...]) -> None:
        super().__init__(f"{len(difference)} changes")
        self.difference = difference


def _restored_apart(
    metadata: Metadata,
    load: Load,
    builder: Builder | None,
    act: Callable[[Compared | None], int],
) -> int:
    try:
        return apart_from_others(metadata, load, builder, act)
    except KeysClash as clash:
        with metadata.read() as session:
            twin = visible_twin(session, load, load.source_hash)
        if twin is not None:
            raise _same_file(twin) from None
        raise Conflict(
            f"{clash.rows} of load {load.id} would count twice, with keys that are seen by now: "
            f"{clash.words}",
            code="key_clash",
        ) from None


def _same_file(twin: Load) -> Conflict:
    return Conflict(f"the same file is visible as load {twin.id} already")


def _from(now: datetime) -> Callable[[], datetime]:
    """A clock that goes on from `now`.

    Rows that are to be seen may be built for minutes before a change is committed. Its snapshot is
    of the moment of the commit: an instant before it was answered without the change already.
    """
    begun = monotonic()
    return lambda: now + timedelta(seconds=monotonic() - begun)


def _must_be(load: Load, state: State, change: str) -> None:
    if load.state != state:
        raise Conflict(f"load {load.id} is {load.state}; only a {state} load can be {change}")


def _refuse_twin(session: Session, load: Load) -> None:
    first = visible_twin(session, load, load.source_hash)
    if first is not None:
        raise _TwinPublishedError(first)


def _refuse_moved_version(session: Session, load: Load) -> None:
    """A version that carries members over is right only while the one before is still seen."""
    merged_over = (load.parameters or {}).get(MERGED_OVER)
    if merged_over is None:
        return
    seen = sum(one.batch for one in shown_in_slots_of(session, load.id))
    if seen != merged_over:
        raise Conflict(
            f"{load.table_name} got another version while load {load.id} was on its way",
            code="version_moved",
        )


def _check_decision(
    session: Session,
    load: Load,
    number: int,
    agreed: tuple[Change, ...] | None,
) -> None:
    if agreed is None and load.on_restatement != "hold":
        return
    difference = difference_at(session, number)
    if agreed is not None:
        if _replaced(difference) != _replaced(agreed):
            raise DecisionOutdated(load, difference)
    elif (restated := _restated(session, load, difference)) and moves_enough(load, restated):
        raise _WantsDecisionError(restated)


def _restated(session: Session, load: Load, difference: tuple[Change, ...]) -> tuple[Change, ...]:
    """The changes that take the place of published rows; of an append, a name that came before."""
    if load.mode == "append":
        return difference if has_namesake(session, load) else ()
    own = {batch.scope_key: batch.rows or 0 for batch in batches_of(session, load.id)}
    return tuple(
        change
        for change in difference
        if change.before is not None
        and not (load.mode == "upsert" and _only_adds(change, own[change.scope_key]))
    )


def _only_adds(change: Change, own_rows: int) -> bool:
    """Whether no row of an upsert met a row with its key."""
    before, after = (side.rows if side else 0 for side in (change.before, change.after))
    return after == before + own_rows


def _replaced(difference: tuple[Change, ...]) -> frozenset[tuple[str, int, int]]:
    """What goes; its rows are counted, for the batch of a corrected load stays the same one."""
    return frozenset(
        (change.scope_key, change.before.batch, change.before.rows)
        for change in difference
        if change.before
    )


def _clashing(
    metadata: Metadata, load: Load, clash: KeysClash, by: str, now: datetime
) -> Publication:
    """What becomes of a load whose keys are seen already: the same file, or somebody decides."""
    with metadata.read() as session:
        twin = visible_twin(session, load, load.source_hash)
    if twin is not None:
        _abandon(metadata, load, twin, now)
        return Publication(twin, twin.first_snapshot or 0, is_known=True)
    kept = {"difference": [], **clash.as_decision()}
    held = _hold(metadata, load, kept, clash.sentence(load), "key_clash", by, now)
    return Publication(held, 0)


def _hold(
    metadata: Metadata,
    load: Load,
    kept: Mapping[str, Any],
    sentence: str,
    code: str,
    by: str,
    now: datetime,
) -> Load:
    with metadata.write() as session:
        held = change_load(
            session,
            load.id,
            ("verified",),
            state="held",
            held_for="restatement",
            finished_at=now,
            decision={"for": "restatement", **kept},
            error_code=code,
            error=sentence,
        )
        remark(session, "held", load.id, by, sentence, now)
        crashpoint("hold.before_commit")
    crashpoint("hold.committed")
    return held


def _abandon(metadata: Metadata, load: Load, first: Load, now: datetime) -> None:
    with metadata.write() as session:
        change_load(
            session,
            load.id,
            ("verified",),
            state="abandoned",
            finished_at=now,
            error_code="already_loaded",
            error=f"the same file was published meanwhile as load {first.id}",
        )


def _found(metadata: Metadata, load_id: int) -> Load:
    with metadata.read() as session:
        return find_load(session, load_id)


def _words(load: Load) -> str:
    return f"{load.table_name}: {load.source}"
