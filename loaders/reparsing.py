"""Reads the source of a load a second time, out of the spool, into the batches that it had."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from loaders.carrying import carried_members
from loaders.context import LoadContext
from loaders.correcting import mended_rows
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
from server.metadata.loads import Load
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
        specification = self._context.specification(load.specification)
        schema = self._context.schema(specification)
        path = spooled_path(self._context.settings.spool, load.source_hash)
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
            table, store = schema.table, self._context.store
            yield from stream.carried(carried_members(store, table, version, stream.members))

    def _mended(self, load: Load, batches: Mapping[str, int], parsed: ParsedRows) -> Any:
        """The rows of a correction, which were right when they were taken."""
        specification = self._context.specification(load.specification)
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
            return locate(self._specification(load).source)
        except IndicubeError:
            return None

    def is_read_alike(self, load: Load) -> bool:
        """Whether the specification is still the one that the load was read by.

        What was corrected by hand is in no source whole: it is compared by counts and sums.
        """
        if corrections_of(load):
            return False
        try:
            return self._specification(load).hash == load.specification_hash
        except IndicubeError:
            return False

    def _specification(self, load: Load) -> Specification:
        return self._context.specification(load.specification)


def _known(load: Load, batches: Mapping[str, int], keys: Sequence[str]) -> Mapping[str, int]:
    """The batches that the load had; a dimension has one, whatever it is called."""
    if load.kind == "dimension":
        return dict.fromkeys(keys, next(iter(batches.values())))
    strange = [key for key in keys if key not in batches]
    if strange:
        raise LoadRejected(f"load {load.id} had no rows of {strange[0]} when it was loaded")
    return {key: batches[key] for key in keys}
