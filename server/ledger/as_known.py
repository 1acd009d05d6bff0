"""Opens the state that was known at a moment: a snapshot's number, an instant, or now."""

from datetime import datetime

from server.errors import InvalidInput
from server.ledger.horizon import refuse_purged
from server.ledger.snapshot import open_snapshot
from server.metadata.publications import first_publication
from server.metadata.session import Metadata
from server.snapshot import AsOf, Snapshot


def open_as_of(metadata: Metadata, as_of: AsOf | None, now: datetime) -> Snapshot:
    """The snapshot of a number, the last one by an instant, or the latest.

    Raises:
        InvalidInput: there is none, or its day has not come; the sentence says what there is.
        Gone: rows that it showed are purged.
    """
    if as_of is None:
        return open_snapshot(metadata)
    snapshot = _by(metadata, as_of, now) if isinstance(as_of, datetime) else None
    snapshot = snapshot or open_snapshot(metadata, as_of)
    with metadata.read() as session:
        refuse_purged(session, snapshot.number)
    return snapshot


def _by(metadata: Metadata, as_of: datetime, now: datetime) -> Snapshot:
    if as_of.date() > now.date():  # a later hour of today is today; a later day is not known yet
        raise InvalidInput(
            f"as_of is {as_of.date().isoformat()}, which has not come yet; "
            f"the last day that there is, is today, {now.date().isoformat()}.",
            field="as_of",
        )
    snapshot = open_snapshot(metadata, as_of)
    if not snapshot.number:
        raise InvalidInput(_nothing_yet(metadata, as_of), field="as_of")
    return snapshot


def _nothing_yet(metadata: Metadata, instant: datetime) -> str:
    with metadata.read() as session:
        first = first_publication(session)
    said = f"Nothing was published by {_written(instant)}"
    if first is None:
        return f"{said}, and nothing since."
    return f"{said}; the first snapshot is {first.number}, of {_written(first.at)}."


def _written(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
