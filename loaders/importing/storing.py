"""Stores the tables of an imported model, hidden, each as a load of the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loaders.attempt import Attempt, Delivery, Progress
from loaders.context import LoadContext
from loaders.importing.looked_up import is_looked_up, write_looked_up
from loaders.importing.reading import Data
from loaders.specification import Specification, specifications_in
from server.cube.cubes_reading import ImportedModel
from server.cube.cubes_tables import TakenTable
from server.ledger.receive import LEASE, Arrival, Received, receive
from server.ledger.room import check_room
from server.metadata.jobs import Job
from server.metadata.loads import Load, change_load, find_load

if TYPE_CHECKING:
    from server.runtime import Runtime

_RENEW = timedelta(seconds=30)


@dataclass(frozen=True)
class Stored:
    """A table's load: verified and unseen, or the one that shows the same bytes already."""

    table: str
    source: str
    load: Load
    is_known: bool

    def as_result(self) -> dict[str, Any]:
        """What a job keeps of it."""
        return {
            "table": self.table,
            "source": self.source,
            "load": self.load.id,
            "rows": self.load.rows_stored or 0,
            "is_known": self.is_known,
        }


class Storing:
    """The loads of one import, from the first byte to the last that is verified."""

    def __init__(
        self,
        runtime: "Runtime",
        prefix: str,
        imported: ImportedModel,
        texts: Mapping[str, str],
        data: Data,
        made: Path,
        job: Job,
    ) -> None:
        self._context = LoadContext(
            metadata=runtime.metadata,
            store=runtime.store,
            settings=runtime.settings,
            clock=runtime.clock,
            tables=imported.model,
            specifications=specifications_in(texts, prefix),
        )
        self._imported = imported
        self._data = data
        self._made = made
        self._job = job
        self._attempts: list[Attempt] = []
        self._waiting: list[Load] = []  # that are verified, and seen by nobody yet
        self._renewed: datetime = runtime.clock()
        self._done = 0

    def carry_out(self, progress: Progress) -> tuple[Stored, ...]:
        """Store every table that is not visible as it is already; after an error none is left."""
        expected = sum(self._data.tables[each.source].rows for each in self._imported.tables)

        def tell(rows: int, _expected: int | None) -> None:
            self._renew()
            progress(self._done + rows, expected)

        try:
            return tuple(self._store(table, tell) for table in self._imported.tables)
        except BaseException as error:
            self.give_up(error)
            raise

    def give_up(self, error: BaseException) -> None:
        """End every load unseen and delete its rows."""
        for attempt in self._attempts:
            attempt.give_up(error)
        self._attempts = []

    def _store(self, table: TakenTable, tell: Progress) -> Stored:
        specification = self._context.specification(table.name)
        path, shown = self._source(table)
        received = self._receive(specification, table, path, shown)
        load = received.load
        if not received.is_known:
            delivery = Delivery(path, shown, (), self._job.by, self._job.id)
            schema = self._context.schema(specification)
            attempt = Attempt(self._context, specification, schema, received, delivery, tell)
            self._attempts.append(attempt)
            attempt.make_ready()
            with self._context.metadata.read() as session:
                load = find_load(session, load.id)
            self._waiting.append(load)
        self._done += self._data.tables[table.source].rows
        tell(0, None)
        return Stored(table.name, shown, load, received.is_known)

    def _source(self, table: TakenTable) -> tuple[Path, str]:
        if not is_looked_up(table):
            file = self._data.files[table.source]
            return file.path, file.shown
        path = self._made / f"{table.name}.csv"
        return path, write_looked_up(table, self._data.tables, path)

    def _receive(
        self, specification: Specification, table: TakenTable, path: Path, shown: str
    ) -> Received:
        context = self._context
        check_room(context.settings, 2 * path.stat().st_size, context.store)
        arrival = Arrival(
            pack=specification.pack,
            specification=specification.name,
            specification_hash=specification.hash,
            table_name=specification.table,
            kind="dimension" if table.key else "fact",
            source=shown,
            member=None,
            by=self._job.by,
            job=self._job.id,
            mode="complete" if table.key else "replace",
            event_date=specification.event_date,
        )
        with path.open("rb") as file:
            return receive(context.metadata, context.settings.spool, file, arrival, context.clock())

    def _renew(self) -> None:
        """Nobody takes a load for abandoned that waits for the tables after it."""
        now = self._context.clock()
        if now - self._renewed < _RENEW:
            return
        self._renewed = now
        with self._context.metadata.write() as session:
            for load in self._waiting:
                change_load(session, load.id, ("verified",), lease_until=now + LEASE)
