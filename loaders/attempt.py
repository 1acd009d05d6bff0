"""One try to bring a received source to its publication, or to leave nothing of it behind."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from loaders.carrying import carried_members
from loaders.context import LoadContext
from loaders.cover import declared_cover
from loaders.kept_specifications import keep_specification
from loaders.reading import read_source, survey_source
from loaders.routing import Router, whole_key
from loaders.row_schema import RowSchema
from loaders.specification import Specification
from loaders.stream import RowStream
from loaders.survey import Survey, check_rows
from server.errors import IndicubeError, LoadRejected, ServerError
from server.ledger.publish import MERGED_OVER, Publication, publish
from server.ledger.purge import purge_batches
from server.ledger.receive import Received, new_batches
from server.ledger.room import check_room
from server.ledger.steps import (
    end_unpublished,
    mark_parsed,
    mark_stored,
    note_progress,
    verify_batches,
)
from server.metadata.batches import batches_of
from server.metadata.loads import find_load
from server.store.facts import insert_rows
from server.store.tables import DimensionTableSpec

# Refused values that a load that ends unseen keeps: enough to find the cause.
MOST_KEPT = 10_000

# Hears the rows read so far and the rows there are; may raise to stop the load.
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Delivery:
    """Bytes that are to be loaded, and what came with them."""

    path: Path
    shown: str  # the name that people know
    scope: tuple[str, ...]
    by: str
    job: str | None
    replay_of: int | None = None
    is_pushed: bool = False  # lines that programs pushed
    replayed_for: str | None = None  # why somebody wants the load read again; None: not asked for


class Attempt:
    """One try to bring a received load to its publication."""

    def __init__(
        self,
        context: LoadContext,
        specification: Specification,
        schema: RowSchema,
        received: Received,
        delivery: Delivery,
        progress: Progress,
    ) -> None:
        self._context = context
        self._metadata = context.metadata
        self._specification = specification
        self._schema = schema
        self._load = received.load
        self._path = received.path
        self._delivery = delivery
        self._progress = progress
        self._stream: RowStream | None = None

    def carry_out(self) -> Publication:
        self.make_ready()
        return publish(
            self._metadata, self._load, self._delivery.by, self._now, self._context.builder
        )

    def make_ready(self) -> None:
        """Everything but the publication: what is stored is compared, and seen by nobody."""
        keep_specification(self._context.settings.spool, self._specification)
        surveyed = self._survey()
        declared = self._declared(surveyed)
        router = self._router(declared)
        stream = RowStream(self._specification, self._schema, surveyed, router, self._error_limit)
        self._stream = stream
        self._store(stream, surveyed)
        mark_parsed(self._metadata, self._load, stream.counted, stream.described, self._now)
        if not declared:
            stream.check_totals()
        mark_stored(self._metadata, self._load, self._now)
        table, store = self._schema.table, self._context.store
        verify_batches(self._metadata, store, table, self._load, self._now)

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
        surveyed = survey_source(self._path, shown, self._specification, self._schema)
        if self._specification.mode == "complete" and not surveyed.rows:
            raise LoadRejected(
                f"{shown} has no rows; {self._specification.name} is complete or not"
            )
        self._tell(0, surveyed.rows)
        return surveyed

    def _declared(self, surveyed: Survey) -> tuple[str, ...]:
        """The cover that the source declares; without one it is held to the control totals."""
        specification, shown = self._specification, self._load.source
        declared = declared_cover(specification, shown, self._delivery.scope, surveyed.control_line)
        if not declared:
            check_rows(surveyed.rows, shown, specification)
        return declared

    def _router(self, declared: tuple[str, ...]) -> Router:
        own_key = whole_key(self._specification, self._load.id)
        batches_of = partial(new_batches, self._metadata, self._load)
        return Router(self._specification, self._schema.table, own_key, declared, batches_of)

    def _store(self, stream: RowStream, surveyed: Survey) -> None:
        source = read_source(self._path, self._load.source, self._specification, surveyed)
        insert_rows(
            self._context.store,
            self._schema.table,
            chain(stream.chunks(source), self._carried(stream)),
            self._load.id,
            after_chunk=partial(self._after_chunk, stream, surveyed),
        )
        stream.check_tree()
        self._after_chunk(stream, surveyed, 0)

    def _carried(self, stream: RowStream) -> Iterator[Any]:
        """The members of the version before that the source says nothing of."""
        version = (self._load.parameters or {}).get(MERGED_OVER)
        table = self._schema.table
        if version is not None and isinstance(table, DimensionTableSpec):
            members = carried_members(self._context.store, table, version, stream.members)
            yield from stream.carried(members)

    def _after_chunk(self, stream: RowStream, surveyed: Survey, _rows: int) -> None:
        check_room(self._context.settings)
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
        if self._is_approved:
            return Decimal(100)
        own = self._specification.error_limit_percent
        return own if own is not None else self._context.settings.error_limit_percent

    @property
    def _is_approved(self) -> bool:
        """Whether somebody decided that the source is loaded without its mistakes.

        What was loaded by such a decision keeps it when it is replayed, while the same
        specification reads it.
        """
        load = self._load
        with self._metadata.read() as session:
            while load.replay_of is not None:
                before = find_load(session, load.replay_of)
                is_for_mistakes = before.held_for != "restatement"
                if is_for_mistakes and (before.decision or {}).get("decided") == "approved":
                    return True
                if before.specification_hash != self._load.specification_hash:
                    return False
                load = before
        return False
