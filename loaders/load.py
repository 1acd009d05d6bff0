"""One load from its bytes to its publication.

1. The bytes go to the spool; the same bytes that are visible already are answered with their load.
2. The whole text is surveyed: a source that cannot be right is rejected before a row is stored.
3. Rows are parsed and stored under a fresh batch that nobody sees.
4. Counts and control sums of the store are compared with the parser's.
5. One metadata transaction publishes. After any error nothing is visible and the rows are deleted.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from loaders.context import LoadContext
from loaders.row_schema import RowSchema
from loaders.sources.files import locate, member_of, open_text
from loaders.specification import Specification
from loaders.stream import RowStream
from loaders.survey import Survey, survey
from server.errors import IndicubeError, LoadRejected, ServerError
from server.ledger.publish import Publication, publish
from server.ledger.purge import purge_batches
from server.ledger.receive import Arrival, Received, new_batch, receive
from server.ledger.steps import (
    end_unpublished,
    mark_parsed,
    mark_stored,
    note_progress,
    verify_batch,
)
from server.metadata.loads import Load, batches_of
from server.store.facts import insert_batch

# Refused values that a load that ends unseen keeps: enough to find the cause.
MOST_KEPT = 10_000

# Hears the rows read so far and the rows there are; may raise to stop the load.
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class LoadOutcome:
    """What became of a load."""

    load: int
    specification: str
    snapshot: int  # at which its rows became visible
    stored: int
    quarantined: int
    is_known: bool  # the same file was visible already; nothing was done

    def as_result(self) -> dict[str, Any]:
        """The outcome as a job keeps it."""
        return dict(vars(self))


def run_load(
    context: LoadContext,
    name: str,
    path: Path | None = None,
    *,
    by: str = "system",
    job: str | None = None,
    progress: Progress = lambda _done, _expected: None,
) -> LoadOutcome:
    """Load the source of a specification, or the given file read by it.

    Raises:
        NotFound: there is no such specification or file.
        LoadRejected: the source cannot be loaded as it is.
        LoadHeld: too many of its rows are in quarantine.
    """
    specification = context.specification(name)
    schema = context.schema(specification)
    source = locate(specification.source, path)
    received = _receive(context, specification, source, by, job)
    if received.is_known:
        return _outcome(Publication(received.load, received.load.first_snapshot or 0, True))
    attempt = _Attempt(context, specification, schema, received, progress)
    try:
        return _outcome(attempt.carry_out(by))
    except BaseException as error:
        attempt.give_up(error)
        raise


def _receive(
    context: LoadContext,
    specification: Specification,
    source: Path,
    by: str,
    job: str | None,
) -> Received:
    member = None
    with suppress(LoadRejected):  # the survey will say it again, when the ledger knows the load
        member = member_of(source, source.name, specification.source.member)
    is_dimension = specification.table in context.tables.dimension_tables
    arrival = Arrival(
        pack=specification.pack,
        specification=specification.name,
        specification_hash=specification.hash,
        table_name=specification.table,
        kind="dimension" if is_dimension else "fact",
        source=source.name,
        member=member,
        by=by,
        job=job,
    )
    with source.open("rb") as file:
        return receive(context.metadata, context.settings.spool, file, arrival, context.clock())


class _Attempt:
    """One try to bring a received load to its publication."""

    def __init__(
        self,
        context: LoadContext,
        specification: Specification,
        schema: RowSchema,
        received: Received,
        progress: Progress,
    ) -> None:
        self._context = context
        self._metadata = context.metadata
        self._specification = specification
        self._schema = schema
        self._load = received.load
        self._path = received.path
        self._progress = progress
        self._stream: RowStream | None = None

    def carry_out(self, by: str) -> Publication:
        surveyed = self._survey()
        stream = RowStream(self._specification, self._schema, surveyed, self._error_limit)
        self._stream = stream
        batch = new_batch(self._metadata, self._load)
        self._store(stream, batch, surveyed)
        counted = stream.counted
        mark_parsed(self._metadata, self._load, batch, counted, self._now)
        stream.check_totals()
        mark_stored(self._metadata, self._load, self._now)
        verify_batch(
            self._metadata,
            self._context.store,
            self._schema.table,
            self._load,
            batch,
            counted,
            self._now,
        )
        return publish(self._metadata, self._load, by, self._now)

    def give_up(self, error: BaseException) -> None:
        """End the load unseen and delete its rows; if that fails too, recovery will do it."""
        known = (
            error
            if isinstance(error, IndicubeError)
            else ServerError(f"load {self._load.id} was broken off: {type(error).__name__}")
        )
        stream = self._stream
        with suppress(IndicubeError):
            refused = stream.take_refused()[:MOST_KEPT] if stream else []
            rows = stream.refused_rows if stream else None
            end_unpublished(self._metadata, self._load, known, refused, rows, self._now)
            with self._metadata.read() as session:
                batches = batches_of(session, self._load.id)
            purge_batches(self._metadata, self._context.store, batches, self._now)

    def _survey(self) -> Survey:
        shown = self._load.source
        with open_text(self._path, shown, self._specification.source.member) as file:
            surveyed = survey(file, shown, self._specification)
        if self._specification.mode == "complete" and not surveyed.rows:
            raise LoadRejected(
                f"{shown} has no rows; {self._specification.name} is complete or not"
            )
        self._tell(0, surveyed.rows)
        return surveyed

    def _store(self, stream: RowStream, batch: int, surveyed: Survey) -> None:
        shown = self._load.source
        after_chunk = partial(self._after_chunk, stream, surveyed)
        with open_text(self._path, shown, self._specification.source.member) as file:
            insert_batch(
                self._context.store,
                self._schema.table,
                stream.chunks(file, shown),
                self._load.id,
                batch,
                after_chunk=after_chunk,
            )
        self._after_chunk(stream, surveyed, 0)

    def _after_chunk(self, stream: RowStream, surveyed: Survey, _rows: int) -> None:
        note_progress(
            self._metadata, self._load, stream.rows_read, stream.take_refused(), self._now
        )
        self._progress(stream.rows_read, surveyed.rows)

    def _tell(self, done: int, expected: int) -> None:
        note_progress(self._metadata, self._load, done, (), self._now, rows_expected=expected)
        self._progress(done, expected)

    @property
    def _now(self) -> datetime:
        return self._context.clock()

    @property
    def _error_limit(self) -> Decimal:
        own = self._specification.error_limit_percent
        return own if own is not None else self._context.settings.error_limit_percent


def _outcome(publication: Publication) -> LoadOutcome:
    load: Load = publication.load
    return LoadOutcome(
        load=load.id,
        specification=load.specification,
        snapshot=publication.snapshot,
        stored=load.rows_stored or 0,
        quarantined=load.rows_quarantined or 0,
        is_known=publication.is_known,
    )
