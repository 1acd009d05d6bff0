"""The rows of one source as a stream of chunks for the store, counted while they pass.

Memory stays bounded: one block of text and one chunk of rows at a time. Whatever is read is counted
as stored, quarantined or ignored, so that no row can vanish.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from loaders.csv_rows import read_rows
from loaders.lines import read_rows_after_header
from loaders.row_schema import ParsedRows, RowSchema
from loaders.specification import Specification
from loaders.survey import Survey
from server.errors import LoadHeld, LoadRejected
from server.ledger.steps import Counted
from server.metadata.loads import Quarantined
from server.store.control_sums import ControlSums
from server.store.facts import ROWS_IN_CHUNK
from server.store.tables import ROW_COLUMN, DimensionTableSpec


class RowStream:
    """One pass over a source; `counted` is complete when `chunks` has ended."""

    def __init__(
        self,
        specification: Specification,
        schema: RowSchema,
        survey: Survey,
        error_limit_percent: Decimal,
    ) -> None:
        self._specification = specification
        self._schema = schema
        self._survey = survey
        self._most_refused = error_limit_percent * survey.rows / 100
        self._sums = ControlSums(schema.table)
        self._dates: list[date] = []
        table = schema.table
        self._keys = _Keys(table) if isinstance(table, DimensionTableSpec) else None
        self._refused: list[Quarantined] = []
        self._refused_rows = 0
        self._ignored = 0

    def chunks(self, file: BinaryIO, shown: str) -> Iterator[Any]:
        """The good rows, in chunks of about the store's size."""
        waiting: list[Any] = []
        for block in read_rows_after_header(file, shown):
            rows = read_rows(block, self._survey.columns, self._specification.delimiter)
            self._ignored += rows.ignored
            waiting.append(self._taken(self._schema.parse(rows)))
            if sum(chunk.num_rows for chunk in waiting) >= ROWS_IN_CHUNK:
                yield pa.concat_tables(waiting)
                waiting = []
        if waiting:
            yield pa.concat_tables(waiting)

    def take_refused(self) -> list[Quarantined]:
        """What went to quarantine since the last call."""
        refused, self._refused = self._refused, []
        return refused

    @property
    def refused_rows(self) -> int:
        """The rows in quarantine so far."""
        return self._refused_rows

    @property
    def rows_read(self) -> int:
        """The rows of the file so far."""
        return self._sums.rows + self._refused_rows + self._ignored

    @property
    def counted(self) -> Counted:
        """The balance: the file's own count of lines against what became of the rows."""
        return Counted(
            in_file=self._survey.rows,
            stored=self._sums.rows,
            quarantined=self._refused_rows,
            ignored=self._ignored,
            sums=self._sums.sums,
            first_date=min(self._dates, default=None),
            last_date=max(self._dates, default=None),
        )

    def check_totals(self) -> None:
        """Compare the control sums of the specification with what was read."""
        for name, wanted in self._specification.sums.items():
            found = Decimal(self._sums.sums[name].partition(" ")[2])
            if found != wanted:
                raise LoadRejected(
                    f"{name} adds up to {found}, but {self._specification.name} must have {wanted}",
                    field=name,
                )

    def _taken(self, parsed: ParsedRows) -> Any:
        if self._keys is not None:
            parsed = self._keys.without_doubles(parsed)
        self._refused += parsed.refused
        self._refused_rows += parsed.refused_rows
        self._check_limit()
        self._sums.add(parsed.chunk)
        event_date = self._specification.event_date
        if event_date is not None and parsed.chunk.num_rows:
            ends = pc.min_max(parsed.chunk.column(event_date)).as_py()
            self._dates += [end for end in (ends["min"], ends["max"]) if end is not None]
        return parsed.chunk

    def _check_limit(self) -> None:
        if self._refused_rows > self._most_refused:
            raise LoadHeld(
                f"{self._refused_rows} or more of {self._survey.rows} rows are in quarantine; "
                f"{self._specification.name} may have {self._most_refused:.0f}, so nothing of it "
                "is loaded"
            )


class _Keys:
    """The keys of a dimension's version so far: a key that comes again names no member."""

    def __init__(self, table: DimensionTableSpec) -> None:
        self._key = table.key
        self._seen: set[str] = set()

    def without_doubles(self, parsed: ParsedRows) -> ParsedRows:
        doubles: list[Quarantined] = []
        keep: list[bool] = []
        keys = parsed.chunk.column(self._key).to_pylist()
        for key, line in zip(keys, parsed.chunk.column(ROW_COLUMN).to_pylist(), strict=True):
            keep.append(key not in self._seen)
            if key in self._seen:
                sentence = f"{key} is there already; a member has one row"
                doubles.append(Quarantined(line, self._key, key, "duplicate_key", sentence))
            self._seen.add(key)
        if not doubles:
            return parsed
        return ParsedRows(
            parsed.chunk.filter(pa.array(keep)),
            (*parsed.refused, *doubles),
            parsed.refused_rows + len(doubles),
        )
