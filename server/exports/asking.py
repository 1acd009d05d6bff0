"""Asking for an export, and taking it back: the row first, then the bell."""

import logging

from server.access import Person
from server.errors import Conflict, LimitReached, QueueAway
from server.exports.contents import check_rights
from server.exports.spec import ExportSpec
from server.ledger.crashpoint import crashpoint
from server.metadata.exports import FUNCTION, Export, ask_export, count_open_exports, find_export
from server.metadata.jobs import cancel_job
from server.runtime import Runtime

MOST_OPEN = 20  # exports of one person that wait or run

log = logging.getLogger(__name__)


def ask_for(runtime: Runtime, person: Person, spec: ExportSpec, title: str) -> Export:
    """Write the export down and ring for it; it is made even when the bell is not heard.

    Raises:
        NotAllowed: the person may not export this.
        LimitReached: too many of the person's exports are waiting.
    """
    check_rights(person, spec)
    with runtime.metadata.write() as session:
        waiting = count_open_exports(session, person.identifier)
        if waiting >= MOST_OPEN:
            raise LimitReached(
                f"{waiting} of your exports are waiting; ask again when some are done.",
                field="format",
            )
        export = ask_export(
            session,
            user=person.identifier,
            by=person.name,
            spec=spec.as_mapping(),
            file_format=spec.format,
            title=title,
            now=runtime.clock(),
        )
    crashpoint("export.asked_for")
    ring(runtime, export.id)
    return export


def ring(runtime: Runtime, export_id: str) -> None:
    """Ring for an export; the scheduler rings again when Redis is away."""
    try:
        runtime.queue.enqueue(FUNCTION, export_id)
    except QueueAway as reason:
        log.warning("cannot ring for export %s: %s", export_id, reason.message)


def cancel(runtime: Runtime, export_id: str, user: int | None) -> None:
    """Stop an export that is not finished; Conflict when it is."""
    with runtime.metadata.write() as session:
        export = find_export(session, export_id, user)
        if not cancel_job(session, export.id, runtime.clock()):
            raise Conflict("This export has ended already.", field="export")
