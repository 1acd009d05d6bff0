"""What the queue runs: a model and its data come in together, or nothing of them does.

1. The model and every row of its data are read; whatever is wrong is told, and nothing is begun.
2. Tables are made, and rows stored under batches that nobody sees; each file lies in the spool.
3. One metadata transaction publishes the loads and writes the model down. Who dies before it has
   left nothing that is seen, and what is hidden is deleted at the next start.

Running it twice is safe: files that are visible already are answered with their loads.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loaders.attempt import Progress
from loaders.importing.documents import Document, read_document
from loaders.importing.planning import TIME_ZONE, Place, place_of, shaped
from loaders.importing.reading import Data, read_data
from loaders.importing.specifying import specification_text
from loaders.importing.storing import Stored, Storing
from loaders.job import answer
from loaders.specification import specifications_in
from server.cube.cubes_reading import ImportedModel
from server.errors import Conflict, ServerError
from server.imported_models import ImportedModels
from server.ledger.difference import Change
from server.ledger.publish_together import publish_together
from server.metadata.imports import imports_number, record_import
from server.metadata.jobs import Job
from server.metadata.session import Session
from server.metadata.snapshots import state_at
from server.queue import current_runtime
from server.store.migrate import ensure_tables

if TYPE_CHECKING:
    from server.runtime import Runtime

FUNCTION = "loaders.importing.job.run_import"


def run_import(job_id: str) -> None:
    """Import the model that the job's arguments name: `model`, `data`, `rename`, `replace`."""
    answer(current_runtime(), job_id, import_of_job)


def import_of_job(runtime: "Runtime", job: Job, progress: Progress) -> Mapping[str, Any]:
    """The work of an import; the answer says what is served from which snapshot on."""
    if runtime.imports is None:
        raise ServerError("this runtime serves the pack alone")
    runtime.imports.look()
    model, folder = Path(job.arguments["model"]), Path(job.arguments["data"])
    document = read_document(model, job.arguments.get("rename") or {})
    importing = _Importing(runtime, runtime.imports, document, job, progress)
    return importing.carry_out(model, folder, may_replace=bool(job.arguments.get("replace")))


@dataclass(frozen=True)
class _Importing:
    runtime: "Runtime"
    imports: ImportedModels
    document: Document
    job: Job
    progress: Progress

    def carry_out(self, model: Path, folder: Path, *, may_replace: bool) -> Mapping[str, Any]:
        with self.runtime.metadata.read() as session:
            number = imports_number(session)
        place = place_of(self.document, self.imports, may_replace=may_replace)
        known = place.before.body["types"] if place.before else {}
        data, (prefix, imported) = read_data(
            self.document,
            folder,
            model if model.is_dir() else model.parent,
            known,
            lambda types: shaped(self.document, types, place, self.imports),
        )
        body = self._body(data, prefix, imported)
        ensure_tables(self.runtime.store, imported.model)
        with tempfile.TemporaryDirectory() as made:
            storing = Storing(
                self.runtime, prefix, imported, body["specifications"], data, Path(made), self.job
            )
            stored = storing.carry_out(self.progress)
            snapshot, difference = self._publish(place, stored, storing, body, imported, number)
        self.imports.look()
        return _result(place, data, imported, stored, snapshot, difference)

    def _publish(
        self,
        place: Place,
        stored: tuple[Stored, ...],
        storing: Storing,
        body: Mapping[str, Any],
        imported: ImportedModel,
        number: int,
    ) -> tuple[int | None, tuple[Change, ...]]:
        """The snapshot from which on it is seen; None when nothing has changed at all."""
        loads = [one.load for one in stored if not one.is_known]
        is_new = place.before is None or dict(place.before.body) != dict(body)
        write = partial(self._record, place, body, imported, number, is_new=is_new)
        retired = _retired(place, body["prefix"])
        try:
            if loads or retired:
                what = f"imported model {place.name}: {', '.join(imported.model.cubes)}"
                now = self.runtime.clock()
                done = publish_together(
                    self.runtime.metadata, loads, retired, what, self.job.by, now, write
                )
                return done.snapshot, done.difference
            if not is_new:
                return None, ()
            with self.runtime.metadata.write() as session:
                at = state_at(session)
                write(session, at.number if at else 0)
            return (at.number if at else 0), ()
        except BaseException as error:
            storing.give_up(error)
            raise

    def _record(
        self,
        place: Place,
        body: Mapping[str, Any],
        imported: ImportedModel,
        number: int,
        session: Session,
        snapshot: int,
        *,
        is_new: bool,
    ) -> None:
        """Write the model down, and what others lose to it, unless another one came meanwhile."""
        if imports_number(session) != number:
            raise Conflict("another model was imported meanwhile; import this one once more")
        by, now = self.job.by, self.runtime.clock()
        for lost in place.taken_over:
            old = lost.version
            rest = {**old.body, "without": list(lost.without)}
            record_import(session, old.name, old.version, rest, by, now, snapshot)
        if is_new:
            version = imported.model.version
            record_import(session, place.name, version, body, by, now, snapshot)

    def _body(self, data: Data, prefix: str, imported: ImportedModel) -> dict[str, Any]:
        texts = {
            table.name: specification_text(table, imported.model, data.files)
            for table in imported.tables
        }
        specifications_in(texts, prefix)  # what cannot be read again is not begun
        return {
            "document": dict(self.document.values),
            "hash": self.document.hash,
            "where": self.document.where,
            "types": {table: dict(columns) for table, columns in data.types.items()},
            "prefix": prefix,
            "time_zone": TIME_ZONE,
            "without": [],
            "specifications": texts,
        }


def _retired(place: Place, prefix: str) -> tuple[str, ...]:
    """The tables that nobody asks from now on."""
    lost = [table for one in place.taken_over for table in one.tables]
    before = place.before
    if before is not None and before.body["prefix"] != prefix:
        lost += before.body["specifications"]
    return tuple(dict.fromkeys(lost))


def _result(
    place: Place,
    data: Data,
    imported: ImportedModel,
    stored: tuple[Stored, ...],
    snapshot: int | None,
    difference: tuple[Change, ...],
) -> Mapping[str, Any]:
    return {
        "model": place.name,
        "version": imported.model.version,
        "is_unchanged": snapshot is None,
        "snapshot": snapshot,
        "cubes": list(imported.model.cubes),
        "replaced": [cube for one in place.taken_over for cube in one.cubes],
        "tables": [one.as_result() for one in stored],
        "restated": [_restated(one) for one in difference if one.before and one.after],
        "types": {table: dict(columns) for table, columns in data.types.items()},
        "guessed": {table: dict(columns) for table, columns in data.guessed.items() if columns},
        "notes": list(imported.notes),
    }


def _restated(change: Change) -> Mapping[str, Any]:
    """A table that was there before: how many rows it had, and has now."""
    before, after = change.before, change.after
    return {
        "table": change.table_name,
        "load_before": before.load if before else None,
        "rows_before": before.rows if before else 0,
        "rows": after.rows if after else 0,
    }
