"""The rows of one source as a stream of chunks for the store, counted while they pass.

Memory stays bounded: one block of text and one chunk of rows at a time. Whatever is read is counted
as stored, quarantined or ignored, so that no row can vanish.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from loaders.doubles import doubles_of
from loaders.routing import Router
from loaders.row_schema import RowSchema
from loaders.rows import SourceRows
from loaders.specification import Specification
from loaders.survey import Survey
from loaders.trees import Tree
from server.errors import LoadHeld, LoadRejected
from server.ledger.steps import Counted
from server.metadata.batches import Description
from server.metadata.loads import Quarantined
from server.store.control_sums import ControlSums
from server.store.facts import ROWS_IN_CHUNK
from server.store.tables import ORIGIN_COLUMN


class RowStream:
    """One pass over a source; `counted` is complete when `chunks` has ended."""

    def __init__(
        self,
        specification: Specification,
        schema: RowSchema,
        survey: Survey,
        router: Router,
        error_limit_percent: Decimal,
    ) -> None:
        self._specification = specification
        self._schema = schema
        self._survey = survey
        self._router = router
        self._most_refused = error_limit_percent * survey.rows / 100
        self._sums = ControlSums(schema.table)
        self._dates: list[date] = []
        self._doubles = doubles_of(specification, schema.table)
        self._tree = Tree(schema.table)
        self._refused: list[Quarantined] = []
        self._refused_rows = 0
        self._ignored = 0
        self._carried = 0

    def chunks(self, source: Iterable[SourceRows]) -> Iterator[Any]:
        """The good rows with their batches, in chunks of about the store's size."""
        waiting: list[Any] = []
        for rows in source:
            self._ignored += rows.ignored
            waiting.append(self._taken(rows))
            if sum(chunk.num_rows for chunk in waiting) >= ROWS_IN_CHUNK:
                yield pa.concat_tables(waiting)
                waiting = []
        self._doubles.check()
        if waiting:
            yield pa.concat_tables(waiting)

    def carried(self, members: Iterable[Any]) -> Iterator[Any]:
        """Members of the version before with the batch of this one, counted into it."""
        for chunk in members:
            self._carried += chunk.num_rows
            own = chunk.drop_columns([ORIGIN_COLUMN])
            self._tree.add(own, is_carried=True)
            sent = self._router.sent_whole(own)
            yield sent.append_column(chunk.schema.field(ORIGIN_COLUMN), chunk.column(ORIGIN_COLUMN))

    @property
    def members(self) -> Collection[str]:
        """The members that the source named, when `chunks` has ended."""
        return self._doubles.members

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
            carried=self._carried,
        )

    @property
    def described(self) -> Mapping[int, Description]:
        """What every batch holds, as it was counted."""
        return self._router.described

    def check_tree(self) -> None:
        """Reject a version whose members' parents cannot be right together."""
        self._tree.check()

    def check_totals(self) -> None:
        """Compare the control sums of the specification with what was read."""
        for name, wanted in self._specification.sums.items():
            found = Decimal(self._sums.sums[name].partition(" ")[2])
            if found != wanted:
                raise LoadRejected(
                    f"{name} adds up to {found}, but {self._specification.name} must have {wanted}",
                    field=name,
                )

    def _taken(self, rows: SourceRows) -> Any:
        parsed = self._doubles.without_doubles(self._schema.parse(rows))
        parsed, routed = self._router.without_strangers(parsed)
        self._refused += parsed.refused
        self._refused_rows += parsed.refused_rows
        self._check_limit()
        self._sums.add(parsed.chunk)
        self._tree.add(parsed.chunk)
        event_date = self._specification.event_date
        if event_date is not None and parsed.chunk.num_rows:
            ends = pc.min_max(parsed.chunk.column(event_date)).as_py()
            self._dates += [end for end in (ends["min"], ends["max"]) if end is not None]
        return self._router.sent(parsed.chunk, routed)

    def _check_limit(self) -> None:
        if self._refused_rows > self._most_refused:
            rows = self._survey.rows
            refused_rows = (
                "the only row is"
                if rows == 1
                else f"{self._refused_rows} or more of {rows} rows are"
            )
            raise LoadHeld(
                f"{refused_rows} in quarantine; "
                f"{self._specification.name} may have {self._most_refused:.0f}, so nothing of it "
                "is loaded"
            )
