"""One load from its bytes to its publication.

1. The bytes go to the spool; the same bytes that are visible already are answered with their load.
2. The whole source is surveyed: one that cannot be right is rejected before a row is stored.
3. Rows are parsed and stored under fresh batches that nobody sees, one for each scope key.
4. Counts and control sums of the store are compared with the parser's, batch by batch.
5. One metadata transaction publishes. After any error nothing is visible and the rows are deleted.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loaders.accepted import drifted
from loaders.attempt import Attempt, Delivery, Progress
from loaders.context import LoadContext
from loaders.cover import declared_cover
from loaders.doubles import key_of
from loaders.pushed import PARAMETER, as_loaded, pushed
from loaders.reading import control_line_of
from loaders.scope import scheme_of
from loaders.sources.files import locate, member_of
from loaders.specification import Specification
from server.errors import Conflict, LoadHeld, LoadRejected
from server.ledger.difference import Change
from server.ledger.moving import HOLD_OVER
from server.ledger.publish import MERGED_OVER, Publication
from server.ledger.receive import Arrival, Received, receive
from server.ledger.room import check_room
from server.ledger.snapshot import open_snapshot
from server.ledger.spool import spooled_path
from server.metadata.loads import Load, find_load

__all__ = ["LoadOutcome", "Progress", "replay_load", "run_load"]

_MOST_ATTEMPTS = 20  # of a merge that other versions of its dimension overtake


@dataclass(frozen=True)
class LoadOutcome:
    """What became of a load."""

    load: int
    specification: str
    snapshot: int  # at which its rows became visible
    stored: int
    quarantined: int
    is_known: bool  # the same file was visible already; nothing was done
    restated: tuple[Mapping[str, Any], ...] = ()  # scope keys that were there before

    def as_result(self) -> dict[str, Any]:
        """The outcome as a job keeps it."""
        return {**vars(self), "restated": list(self.restated)}


def run_load(
    context: LoadContext,
    name: str,
    path: Path | None = None,
    *,
    scope: Sequence[str] = (),
    by: str = "system",
    job: str | None = None,
    is_pushed: bool = False,
    progress: Progress = lambda _done, _expected: None,
) -> LoadOutcome:
    """Load the source of a specification, or the given file read by it.

    `scope` names the scope keys that the source covers, like `month=2013-01`; `is_pushed` says
    that the file holds lines that programs pushed.

    Raises:
        NotFound: there is no such specification or file.
        InvalidInput: the scope is none of the specification's.
        LoadRejected: the source cannot be loaded as it is.
        LoadHeld: too many of its rows are in quarantine, or a person must decide.
        Conflict: the same bytes were withdrawn, or wait for a decision.
    """
    specification = context.specification(name)
    context.schema(specification)
    source = locate(specification.source, path)
    delivery = Delivery(source, source.name, tuple(scope), by, job, is_pushed=is_pushed)
    if is_pushed:
        specification = pushed(specification)
    return _load(context, specification, delivery, progress)


def replay_load(
    context: LoadContext,
    load_id: int,
    *,
    by: str = "system",
    job: str | None = None,
    progress: Progress = lambda _done, _expected: None,
    reason: str | None = None,
) -> LoadOutcome:
    """Read a load's source anew from the spool, by the specification as it is now.

    With a reason, be it an empty one, the load notes who asked for that, and why.

    Raises:
        NotFound: there is no such load or specification.
        LoadRejected, LoadHeld, Conflict: as when it is loaded for the first time.
    """
    with context.metadata.read() as session:
        load = find_load(session, load_id)
    scope = tuple((load.parameters or {}).get("scope", ()))
    path = spooled_path(context.settings.spool, load.source_hash)
    is_pushed = bool((load.parameters or {}).get(PARAMETER))
    delivery = Delivery(path, load.source, scope, by, job, load.id, is_pushed, reason)
    specification = as_loaded(context.specification(load.specification), load)
    return _load(context, specification, delivery, progress)


def _load(
    context: LoadContext, specification: Specification, delivery: Delivery, progress: Progress
) -> LoadOutcome:
    for _ in range(_MOST_ATTEMPTS - 1):
        try:
            return _try(context, specification, delivery, progress)
        except Conflict as overtaken:
            if overtaken.code != "version_moved":
                raise
    return _try(context, specification, delivery, progress)


def _try(
    context: LoadContext, specification: Specification, delivery: Delivery, progress: Progress
) -> LoadOutcome:
    schema = context.schema(specification)
    received = _receive(context, specification, delivery)
    if received.is_known:
        return _outcome(Publication(received.load, received.load.first_snapshot or 0, True))
    attempt = Attempt(context, specification, schema, received, delivery, progress)
    try:
        publication = attempt.carry_out()
    except LoadRejected as rejected:
        reason = drifted(specification.name, rejected) if delivery.is_pushed else rejected
        attempt.give_up(reason)
        raise reason from None
    except BaseException as error:
        attempt.give_up(error)
        raise
    if publication.load.state == "held":
        raise _waits(publication.load)
    return _outcome(publication)


def _waits(load: Load) -> LoadHeld:
    return LoadHeld(
        load.error or f"load {load.id} waits for a decision",
        hint=f"`indicube load decide {load.id} --approve` or `--refuse`",
    )


def _receive(context: LoadContext, specification: Specification, delivery: Delivery) -> Received:
    # Twice the source: in the spool and, at most as large, in the store.
    check_room(context.settings, 2 * delivery.path.stat().st_size, context.store)
    member = None
    covers: tuple[str, ...] = ()
    # What is wrong with the source is said again when the ledger knows the load.
    with suppress(LoadRejected):
        member = member_of(delivery.path, delivery.shown, specification.source.member)
    with suppress(LoadRejected):
        line = control_line_of(delivery.path, delivery.shown, specification)
        covers = declared_cover(specification, delivery.shown, delivery.scope, line)
    arrival = Arrival(
        pack=specification.pack,
        specification=specification.name,
        specification_hash=specification.hash,
        table_name=specification.table,
        kind="dimension" if specification.table in context.tables.dimension_tables else "fact",
        source=delivery.shown,
        member=member,
        by=delivery.by,
        job=delivery.job,
        mode="complete" if specification.mode == "merge" else specification.mode,
        scheme=scheme_of(specification),
        key=_key(context, specification),
        event_date=specification.event_date,
        covers=covers,
        parameters=_parameters(context, specification, delivery),
        on_restatement=specification.on_restatement,
        replay_of=delivery.replay_of,
        replayed_for=delivery.replayed_for,
    )
    with delivery.path.open("rb") as file:
        return receive(context.metadata, context.settings.spool, file, arrival, context.clock())


def _key(context: LoadContext, specification: Specification) -> tuple[str, ...]:
    """By which rows are compared with what is seen already, or replace it."""
    table = context.tables.fact_tables.get(specification.table)
    if specification.mode == "append" and table is not None:
        return key_of(specification, table)
    return specification.key if specification.mode == "upsert" else ()


def _parameters(
    context: LoadContext, specification: Specification, delivery: Delivery
) -> dict[str, Any] | None:
    """What must be known to read the bytes again, and their lines."""
    known: dict[str, Any] = {}
    if delivery.scope:
        known["scope"] = list(delivery.scope)
    if delivery.is_pushed:
        known[PARAMETER] = True
    if specification.cover.control_line is not None:
        known["header_line"] = 2
    if specification.hold_over_percent is not None:
        known[HOLD_OVER] = str(specification.hold_over_percent)
    if specification.mode == "merge":
        known[MERGED_OVER] = open_snapshot(context.metadata).version_of(specification.table)
    return known or None


def _outcome(publication: Publication) -> LoadOutcome:
    load: Load = publication.load
    restated = (change for change in publication.difference if change.before and change.after)
    return LoadOutcome(
        load=load.id,
        specification=load.specification,
        snapshot=publication.snapshot,
        stored=load.rows_stored or 0,
        quarantined=load.rows_quarantined or 0,
        is_known=publication.is_known,
        restated=tuple(_restated(change) for change in restated),
    )


def _restated(change: Change) -> dict[str, Any]:
    """A scope key that was there before: how many rows it had, and has now."""
    before, after = change.before, change.after
    return {
        "scope": change.scope_key,
        "load_before": before.load if before else None,
        "rows_before": before.rows if before else 0,
        "rows": after.rows if after else 0,
    }
