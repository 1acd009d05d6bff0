"""Reads the source of a load a second time, out of the spool, into the batches that it had."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from loaders.carrying import carried_again, carried_members
from loaders.context import LoadContext
from loaders.correcting import mended_rows
from loaders.kept_specifications import kept_specification
from loaders.pushed import as_loaded
from loaders.reading import read_source, survey_source
from loaders.routing import Router, whole_key
from loaders.row_schema import ParsedRows
from loaders.sources.files import locate
from loaders.specification import Specification
from loaders.stream import RowStream
from server.errors import IndicubeError, LoadRejected, NotFound
from server.ledger.correct import corrections_of
from server.ledger.publish import MERGED_OVER
from server.ledger.spool import spooled_path
from server.metadata.batches import find_batch
from server.metadata.loads import Load, find_load
from server.store.tables import DimensionTableSpec

_ANY = Decimal(100)  # what was refused the first time is refused again


class SpooledSources:
    """The sources of published loads, as verification needs them."""

    def __init__(self, context: LoadContext) -> None:
        self._context = context

    def rows(self, load: Load, batches: Mapping[str, int]) -> Iterable[Any]:
        """The rows as they were stored, each with its batch; `batches` by scope key.

        Raises:
            NotFound, LoadRejected: the specification reads the source no more.
        """
        specification = self._read_by(load)
        schema = self._context.schema(specification)
        path = spooled_path(self._context.settings.spool, load.source_hash)
        if not path.is_file():
            raise NotFound(
                f"the source of load {load.id} is not in the spool any more",
                field="load",
                hint="send the same file again: a copy with the same bytes is put in its place",
            )
        surveyed = survey_source(path, load.source, specification, schema)
        for correction in corrections_of(load):
            if set(batches.values()) <= set(correction["batches"]):
                rows = mended_rows(specification, self._file_of(correction), surveyed.columns)
                yield self._mended(load, batches, schema.parse(rows))
                return
        router = Router(
            specification,
            schema.table,
            whole_key(specification, load.id),
            load.covers,
            partial(_known, load, batches),
        )
        stream = RowStream(specification, schema, surveyed, router, _ANY)
        yield from stream.chunks(read_source(path, load.source, specification, surveyed))
        version = (load.parameters or {}).get(MERGED_OVER)
        if version is not None and isinstance(schema.table, DimensionTableSpec):
            yield from stream.carried(self._carried(schema.table, version, stream.members))

    def _carried(
        self, table: DimensionTableSpec, version: int, named: Collection[str]
    ) -> Iterator[Any]:
        """The members of the version before, out of the spool where that was purged."""
        if not version:
            return
        with self._context.metadata.read() as session:
            batch = find_batch(session, version)
            load = find_load(session, batch.load)
        if batch.doomed_at is None:
            yield from carried_members(self._context.store, table, version, named)
        else:
            again = self.rows(load, {batch.scope_key: version})
            yield from carried_again(again, table, version, named)

    def _mended(self, load: Load, batches: Mapping[str, int], parsed: ParsedRows) -> Any:
        """The rows of a correction, which were right when they were taken."""
        specification = self._read_by(load)
        table = self._context.schema(specification).table
        key, known = whole_key(specification, load.id), partial(_known, load, batches)
        router = Router(specification, table, key, load.covers, known, is_lazy=True)
        kept, routed = router.without_strangers(parsed)
        return router.sent(kept.chunk, routed)

    def _file_of(self, correction: Mapping[str, Any]) -> Path:
        path = spooled_path(self._context.settings.spool, correction["source_hash"])
        if not path.is_file():
            raise NotFound("the file of a correction is not in the spool any more")
        return path

    def find_again(self, load: Load) -> Path | None:
        """The specification's own file, where that may be what was loaded."""
        try:
            return locate(self._context.specification(load.specification).source)
        except IndicubeError:
            return None

    def is_read_alike(self, load: Load) -> bool:
        """Whether the specification that the load was read by is there still, or was kept."""
        try:
            return self._read_by(load).hash == load.specification_hash
        except IndicubeError:
            return False

    def _read_by(self, load: Load) -> Specification:
        """The specification that the load was read by; where it was not kept, as it is now."""
        now = self._context.specifications.get(load.specification)
        if now is not None and now.hash == load.specification_hash:
            return as_loaded(now, load)
        kept = kept_specification(self._context.settings.spool, load)
        return as_loaded(kept or self._context.specification(load.specification), load)


def _known(load: Load, batches: Mapping[str, int], keys: Sequence[str]) -> Mapping[str, int]:
    """The batches that the load had; a dimension has one, whatever it is called."""
    if load.kind == "dimension":
        return dict.fromkeys(keys, next(iter(batches.values())))
    strange = [key for key in keys if key not in batches]
    if strange:
        raise LoadRejected(f"load {load.id} had no rows of {strange[0]} when it was loaded")
    return {key: batches[key] for key in keys}
