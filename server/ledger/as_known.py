"""Opens the state that was known at a moment: a snapshot's number, an instant, or now.

Two clocks: `as_of` says which facts, `as_of_model` which definitions, targets and weights.
"""

from dataclasses import replace
from datetime import datetime

from server.errors import InvalidInput
from server.ledger.horizon import refuse_purged
from server.ledger.snapshot import open_snapshot
from server.metadata.definitions import definitions_by
from server.metadata.publications import first_publication
from server.metadata.session import Metadata
from server.snapshot import THEN, AsOf, AsOfModel, Snapshot


def open_as_of(
    metadata: Metadata, as_of: AsOf | None, now: datetime, as_of_model: AsOfModel | None = None
) -> Snapshot:
    """The snapshot of a number, the last one by an instant, or the latest.

    Its definitions are those in force now, or those of `as_of_model`.

    Raises:
        InvalidInput: there is none, or its day has not come; the sentence says what there is.
        Gone: rows that it showed are purged.
    """
    snapshot = _facts(metadata, as_of, now)
    asked = as_of if as_of_model == THEN else as_of_model
    if asked is None:
        return snapshot
    if as_of_model == THEN and isinstance(asked, int):
        asked = snapshot.published_at or datetime.min.replace(tzinfo=now.tzinfo)
    return replace(snapshot, definitions=_definitions(metadata, asked, snapshot, now))


def _facts(metadata: Metadata, as_of: AsOf | None, now: datetime) -> Snapshot:
    if as_of is None:
        return open_snapshot(metadata)
    snapshot = _by(metadata, as_of, now) if isinstance(as_of, datetime) else None
    snapshot = snapshot or open_snapshot(metadata, as_of)
    with metadata.read() as session:
        refuse_purged(session, snapshot.number)
    return snapshot


def _by(metadata: Metadata, as_of: datetime, now: datetime) -> Snapshot:
    _refuse_to_come(as_of, now, "as_of")
    snapshot = open_snapshot(metadata, as_of)
    if not snapshot.number:
        raise InvalidInput(_nothing_yet(metadata, as_of), field="as_of")
    return snapshot


def _definitions(metadata: Metadata, asked: AsOf, snapshot: Snapshot, now: datetime) -> int:
    """The number of the last change to any definition by a moment."""
    latest = snapshot.definitions
    if isinstance(asked, datetime):
        _refuse_to_come(asked, now, "as_of_model")
        with metadata.read() as session:
            number = definitions_by(session, asked)
        if not number:
            raise InvalidInput(
                "Nothing was defined yet at the moment that as_of_model asks for.",
                field="as_of_model",
            )
        return number
    if not 1 <= asked <= latest:
        raise InvalidInput(
            f"There is no change {asked} of definitions; the first is 1, the latest {latest}.",
            field="as_of_model",
        )
    return asked


def _refuse_to_come(instant: datetime, now: datetime, field: str) -> None:
    """A later hour of today is today; a later day is not known yet."""
    if instant.date() > now.date():
        raise InvalidInput(
            f"{field} is {instant.date().isoformat()}, which has not come yet; "
            f"the last day that there is, is today, {now.date().isoformat()}.",
            field=field,
        )


def _nothing_yet(metadata: Metadata, instant: datetime) -> str:
    with metadata.read() as session:
        first = first_publication(session)
    said = f"Nothing was published by {_written(instant)}"
    if first is None:
        return f"{said}, and nothing since."
    return f"{said}; the first snapshot is {first.number}, of {_written(first.at)}."


def _written(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
