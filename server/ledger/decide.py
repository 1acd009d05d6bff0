"""Decisions on held loads: publish them as they are, or refuse them.

A load that restates published scopes is held with its rows stored, hidden: approving publishes it.
One that was held for its mistakes kept no row: approving says that it may be read anew with them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.errors import Conflict
from server.ledger.building import Builder
from server.ledger.clashes import COMPARED_UNTIL, Compared, KeysClash, apart_from_others
from server.ledger.crashpoint import crashpoint
from server.ledger.difference import Change, change_from_json
from server.ledger.publish import DecisionOutdated, Publication, publish_from
from server.ledger.purge import purge_batches
from server.metadata.batches import all_batches_of
from server.metadata.loads import Load, change_load, find_load
from server.metadata.session import Metadata
from server.metadata.snapshots import remark
from server.store.client import Store


@dataclass(frozen=True)
class Decision:
    """What became of a held load."""

    load: Load
    publication: Publication | None  # None: it was refused, or its source is to be read anew
    is_to_be_replayed: bool = False


def approve(
    metadata: Metadata,
    load_id: int,
    by: str,
    reason: str,
    now: datetime,
    builder: Builder | None = None,
) -> Decision:
    """Publish a held load, exactly with the difference that was shown.

    Raises:
        Conflict: it is not held, or would replace other rows by now, or share keys with rows that
            came since: then what is kept with the load is as it stands now, and somebody has to
            look at it again.
        NeedsBuilder: its keys must be compared with the facts, and there is no builder.
    """
    load = _held(metadata, load_id)
    if load.held_for != "restatement":
        return Decision(_approved_to_replay(metadata, load, by, reason, now), None, True)
    known_until = int((load.decision or {}).get(COMPARED_UNTIL, 0))

    def act(compared: Compared | None) -> Publication:
        return publish_from(
            metadata,
            load,
            ("held",),
            by,
            now,
            builder,
            agreed=waiting_difference(load),
            decided=_decided(load, "approved", by, reason, now),
            compared=compared,
        )

    try:
        publication = apart_from_others(metadata, load, builder, act, since=known_until)
    except KeysClash as newer:
        raise _clashes_again(metadata, load, builder, newer) from None
    except DecisionOutdated as outdated:
        _show_again(metadata, load, outdated.difference)
        raise Conflict(outdated.message, code=outdated.code) from None
    return Decision(publication.load, publication)


def refuse(
    metadata: Metadata,
    load_id: int,
    by: str,
    reason: str,
    now: datetime,
    store: Store | None = None,
) -> Decision:
    """Reject a held load; with a store its rows are deleted at once, else within a day."""
    load = _held(metadata, load_id)
    with metadata.write() as session:
        refused = change_load(
            session,
            load_id,
            ("held",),
            state="rejected",
            finished_at=now,
            decision=_decided(load, "refused", by, reason, now),
            error_code="refused",
            error=f"refused by {by}: {reason}",
        )
        remark(session, "refused", load_id, by, reason, now)
        batches = all_batches_of(session, load_id)
        crashpoint("refuse.before_commit")
    crashpoint("refuse.committed")
    if store is not None:
        purge_batches(metadata, store, batches, now)
    return Decision(refused, None)


def waiting_difference(load: Load) -> tuple[Change, ...]:
    """What the held load would change, as it was found when it was held."""
    kept = (load.decision or {}).get("difference") or ()
    return tuple(change_from_json(each) for each in kept)


def _held(metadata: Metadata, load_id: int) -> Load:
    with metadata.read() as session:
        load = find_load(session, load_id)
    if load.state != "held":
        raise Conflict(f"load {load_id} is {load.state}; only a held load can be decided upon")
    return load


def _approved_to_replay(
    metadata: Metadata, load: Load, by: str, reason: str, now: datetime
) -> Load:
    with metadata.write() as session:
        approved = change_load(
            session, load.id, ("held",), decision=_decided(load, "approved", by, reason, now)
        )
        remark(session, "approved", load.id, by, reason, now)
        crashpoint("approve.before_commit")
    return approved


def _show_again(metadata: Metadata, load: Load, difference: tuple[Change, ...]) -> None:
    shown = {**(load.decision or {}), "difference": [each.as_json() for each in difference]}
    with metadata.write() as session:
        change_load(session, load.id, ("held",), decision=shown)


def _clashes_again(
    metadata: Metadata, load: Load, builder: Builder | None, newer: KeysClash
) -> Conflict:
    """Keep all clashes with the load as they are by now, for whoever decides next."""
    try:
        apart_from_others(metadata, load, builder, lambda _compared: None)
        clash = newer  # gone a moment later; who decides again will see
    except KeysClash as found:
        clash = found
    kept = {**(load.decision or {}), **clash.as_decision()}
    with metadata.write() as session:
        change_load(session, load.id, ("held",), decision=kept, error=clash.sentence(load))
    return Conflict(
        f"other rows came since load {load.id} was held: {newer.rows} of it would count twice that "
        f"were not shown: {newer.words}; look at them again",
        code="decision_outdated",
    )


def _decided(load: Load, what: str, by: str, reason: str, now: datetime) -> Mapping[str, Any]:
    return {
        **(load.decision or {}),
        "decided": what,
        "by": by,
        "at": now.isoformat(),
        "reason": reason,
    }
