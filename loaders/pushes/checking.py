"""Checks a body as a load would read it, and writes the lines that will be loaded.

What is wrong with the body as a whole is told at once and nothing of it is kept. A value that does
not fit costs its row alone: the row is rejected, and waits in the load's quarantine to be mended.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any, BinaryIO, Literal

import pyarrow.compute as pc

from loaders.context import LoadContext
from loaders.cover import declared_cover
from loaders.pushed import columns_of, pushed
from loaders.pushes.arrow_body import read_arrow_body
from loaders.pushes.csv_body import read_csv_body
from loaders.pushes.json_lines import read_json_lines
from loaders.pushes.pieces import MOST_TOLD, BodyMistakes, Piece, text_lines
from loaders.routing import Router, whole_key
from loaders.rows import SourceRows
from loaders.specification import Specification
from loaders.stream import RowStream
from loaders.survey import Survey
from server.errors import (
    IndicubeError,
    InvalidInput,
    LoadRejected,
    ManyErrors,
    RowMistake,
    TooLarge,
)
from server.metadata.loads import Quarantined
from server.store.tables import ROW_COLUMN

Form = Literal["jsonl", "csv", "arrow"]
HEADERS: Mapping[Form, int] = {"jsonl": 0, "csv": 1, "arrow": 0}  # lines above the first row
_ALL = Decimal(100)
_UNKNOWN_YET = 10**12  # rows: the limit of rejected ones is looked at when all are read


@dataclass(frozen=True)
class Body:
    """What was sent: where it can be read from, in which form, and what it says that it covers."""

    form: Form
    file: BinaryIO
    scope: tuple[str, ...]


@dataclass
class Checked:
    """What a body holds, as far as it was read."""

    rows: int = 0
    blanks: int = 0
    rejected: int = 0
    told: list[Quarantined] = field(default_factory=list)  # the first of the rejected values
    # Of the columns that were asked for: each value with the first row that has it.
    values: dict[str, dict[Any, int]] = field(default_factory=dict)


def check_body(
    context: LoadContext,
    specification: Specification,
    body: Body,
    lines: BinaryIO,
    asked: Sequence[str] = (),
) -> Checked:
    """Read the body, write its lines, and say what is in it; `asked` are columns of the table.

    Raises:
        InvalidInput, ManyErrors: nothing of it can be kept; every mistake is named.
        TooLarge: it has more rows than a push may have.
    """
    form = pushed(specification)
    passing = _Passing(context, form, body, lines)
    try:
        stream = _stream(context, form, body.scope)
        for chunk in stream.chunks(passing.rows(specification)):
            passing.checked.rejected = stream.refused_rows
            _take_values(passing.checked, asked, chunk)
        passing.mistakes.tell()
        stream.check_tree()
    except LoadRejected as rejected:
        raise InvalidInput(rejected.message, field=rejected.field or "body") from None
    checked = passing.checked
    checked.rejected, checked.told = stream.refused_rows, stream.take_refused()[:MOST_TOLD]
    _check_amounts(context, form, checked)
    return checked


class _Passing:
    """The rows on their way from the body to the lines and to the check."""

    def __init__(
        self, context: LoadContext, form: Specification, body: Body, lines: BinaryIO
    ) -> None:
        self.checked = Checked()
        self.mistakes = BodyMistakes()
        self._context, self._form, self._body, self._lines = context, form, body, lines

    def rows(self, specification: Specification) -> Iterator[SourceRows]:
        sign, most = self._form.delimiter, self._context.settings.push_rows
        self._lines.write(f"{sign.join(columns_of(self._form))}\n".encode())
        for piece in self._pieces(specification):
            self.checked.rows += piece.table.num_rows
            self.checked.blanks += piece.blanks
            if self.checked.rows > most or self.checked.blanks > most:
                raise TooLarge(
                    f"the body has more than {most:,} rows; send it in several pushes",
                    field="body",
                )
            self._lines.write(text_lines(piece, sign, self._form.null[0]))
            if not self.mistakes.count:
                yield SourceRows(piece.table, piece.numbers, (), piece.blanks)

    def _pieces(self, specification: Specification) -> Iterable[Piece]:
        columns, ignored = self._context.schema(self._form).read, specification.ignored_columns
        file, mistakes = self._body.file, self.mistakes
        if self._body.form == "jsonl":
            return read_json_lines(file, columns, ignored, mistakes)
        if self._body.form == "csv":
            return read_csv_body(file, columns, ignored, self._form.delimiter, mistakes)
        most = self._context.settings.push_rows
        return read_arrow_body(file.read(), columns, ignored, most, mistakes)


def _stream(context: LoadContext, form: Specification, scope: Sequence[str]) -> RowStream:
    """The very stream that loads, with batches that nobody hands out."""
    schema = context.schema(form)
    declared = declared_cover(form, "the push", scope, None)
    numbers = count(1)
    router = Router(
        form,
        schema.table,
        whole_key(form, 0),
        declared,
        lambda keys: {key: next(numbers) for key in keys},
    )
    survey = Survey(columns_of(form), _UNKNOWN_YET)
    return RowStream(form, schema, survey, router, _ALL)


def _take_values(checked: Checked, asked: Sequence[str], chunk: Any) -> None:
    for name in asked:
        column = chunk.column(name).combine_chunks().dictionary_encode(null_encoding="encode")
        rows = chunk.column(ROW_COLUMN).to_pylist()
        known = checked.values.setdefault(name, {})
        values = column.dictionary.to_pylist()
        for place, value in enumerate(values):
            if value not in known:
                first = pc.index(column.indices, place).as_py()
                known[value] = rows[first]


def _check_amounts(context: LoadContext, form: Specification, checked: Checked) -> None:
    if not checked.rows and form.mode != "replace":
        raise InvalidInput("the body has no row", field="body", code="no_rows")
    own = form.error_limit_percent
    limit = own if own is not None else context.settings.error_limit_percent
    if checked.rejected * 100 > limit * checked.rows:
        raise ManyErrors(
            [_too_many(checked, limit), *(mistake_of(form, one) for one in checked.told)]
        )


def _too_many(checked: Checked, limit: Decimal) -> IndicubeError:
    return InvalidInput(
        f"{checked.rejected} of {checked.rows} rows cannot be taken, more than {limit} %, so "
        "nothing of the push is kept",
        code="too_many_rejected",
        field="body",
        hint="Mend the rows that are named, or leave them out, and send it again.",
    )


def mistake_of(form: Specification, refused: Quarantined) -> RowMistake:
    """A rejected value as a mistake of its row."""
    allowed = [one.one_of for one in form.columns if one.source == refused.column and one.one_of]
    return RowMistake(
        f"row {refused.line}: {refused.message}, not {refused.raw[:80]!r}",
        row=refused.line,
        code=refused.rule,
        field=refused.column,
        allowed=allowed[0] if allowed else (),
    )
