"""The schema of a source's rows: a specification joined with the table of the cube model.

`row_schema` checks that both fit, naming every mistake; `RowSchema.parse` turns rows of a source
into a chunk of exactly the table's Arrow types, and every row that cannot be one into refusals.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import pyarrow as pa

from loaders.derive import columns_of, derive
from loaders.fitting import misfits
from loaders.rows import SourceRows
from loaders.specification import (
    Column,
    DateOf,
    Derived,
    Flag,
    Lookup,
    Specification,
    TextOf,
    Value,
)
from loaders.typed_values import parse_values
from loaders.values import Parsed, ReadColumn, refused, whole_numbers_in
from server.errors import IndicubeError, InvalidInput, ManyErrors
from server.metadata.loads import Quarantined
from server.store.arrow import AnyTable, arrow_schema, arrow_type
from server.store.tables import ROW_COLUMN, ColumnSpec, is_known_type

_FIRST_DAY = {"Date": "1970-01-01", "Date32": "1900-01-01"}
_LAST_DAY = {"Date": "2149-06-06", "Date32": "2299-12-31"}
_SHOWN = 200  # letters of a refused value that are kept


@dataclass(frozen=True)
class ParsedRows:
    """The good rows of a block as a chunk for the table, and the refusals of the others."""

    chunk: Any  # pyarrow table
    refused: tuple[Quarantined, ...]
    refused_rows: int


@dataclass(frozen=True)
class RowSchema:
    """How rows of a source become rows of the table."""

    table: AnyTable
    read: tuple[ReadColumn, ...]
    derived: tuple[tuple[Derived, Any], ...]  # with the pyarrow type that it is made in

    def parse(self, rows: SourceRows) -> ParsedRows:
        """Parse every value; a row with any refused value is not stored."""
        parsed = {
            column.name: parse_values(column, rows.table.column(column.source).combine_chunks())
            for column in self.read
        }
        values = {name: column.values for name, column in parsed.items()}
        for step, kind in self.derived:
            made = derive(step, values, kind)
            parsed[step.name] = made
            values[step.name] = made.values
        refusals = tuple(self._refusals(parsed, rows)) + rows.refused
        return self._assembled(values, rows, refusals)

    def _refusals(self, parsed: Mapping[str, Parsed], rows: SourceRows) -> Iterator[Quarantined]:
        sources = {column.name: column.source for column in self.read}
        bad = np.zeros(len(rows.lines), dtype=bool)
        for name, column in parsed.items():
            for refusal in column.refusals:
                bad[refusal.rows] = True
                for row in refusal.rows.tolist():
                    raw = self._raw(name, sources, rows, row)
                    line = int(rows.lines[row])
                    yield Quarantined(line, sources.get(name), raw, refusal.rule, refusal.message)
        yield from self._unexpectedly_empty(parsed, rows, bad)

    def _unexpectedly_empty(
        self, parsed: Mapping[str, Parsed], rows: SourceRows, bad: Any
    ) -> Iterator[Quarantined]:
        """Rows that are right so far, but whose derived column came out without a value."""
        for step, _kind in self.derived:
            column = _stored(self.table, step.name)
            if column is None or column.is_nullable:
                continue
            empty = ~parsed[step.name].values.is_valid().to_numpy(zero_copy_only=False) & ~bad
            refusal = refused(empty, "empty", f"{step.name} must have a value")
            for row in refusal.rows.tolist():
                line = int(rows.lines[row])
                yield Quarantined(line, step.name, "", refusal.rule, refusal.message)

    def _raw(self, name: str, sources: Mapping[str, str], rows: SourceRows, row: int) -> str:
        if name in sources:
            names = [sources[name]]
        else:
            step = next(step for step, _ in self.derived if step.name == name)
            names = [sources[each] for each in columns_of(step) if each in sources]
        values = [rows.table.column(each)[row].as_py() for each in names]
        return " ".join("" if value is None else str(value) for value in values)[:_SHOWN]

    def _assembled(
        self, values: Mapping[str, Any], rows: SourceRows, refusals: tuple[Quarantined, ...]
    ) -> ParsedRows:
        lines = {refusal.line for refusal in refusals}
        schema = arrow_schema(self.table)
        columns = {**values, ROW_COLUMN: pa.array(rows.lines, pa.uint64())}
        chunk = pa.table([columns[name] for name in schema.names], names=schema.names)
        if lines:
            good = ~np.isin(rows.lines, np.array(sorted(lines), dtype=np.uint64))
            chunk = chunk.filter(pa.array(good))
        chunk = chunk.cast(schema)
        return ParsedRows(chunk, tuple(sorted(refusals, key=_by_line)), len(lines))


def row_schema(specification: Specification, table: AnyTable) -> RowSchema:
    """Join both; ManyErrors names everything that does not fit."""
    joining = _Joining(specification, table)
    schema = joining.schema()
    if joining.mistakes:
        raise ManyErrors(joining.mistakes)
    return schema


class _Joining:
    """Collects the mistakes while a specification meets its table."""

    def __init__(self, specification: Specification, table: AnyTable) -> None:
        self.mistakes: list[IndicubeError] = []
        self._specification = specification
        self._table = table
        self._types: dict[str, Any] = {}

    def schema(self) -> RowSchema:
        read = tuple(made for column in self._specification.columns if (made := self._read(column)))
        derived = tuple(
            (step, kind)
            for step in self._specification.derived
            if (kind := self._derived(step)) is not None
        )
        self._check_table()
        self._check_totals()
        self.mistakes += [self._mistake(told) for told in misfits(self._specification, self._table)]
        return RowSchema(self._table, read, derived)

    def _read(self, column: Column) -> ReadColumn | None:
        spec = _stored(self._table, column.name)
        if column.type is not None and spec is None:
            spec = ColumnSpec(column.name, column.type)
        if spec is None or not is_known_type(spec.type):
            self._add(
                f"the column {column.name} is not one of {self._table.name}, so it needs a type "
                "that is stored, like UInt16 or Nullable(String)"
            )
            return None
        if column.type is not None and spec.type != column.type:
            self._add(f"{self._table.name}.{column.name} is {spec.type}, not {column.type}")
        self._know(column.name, arrow_type(spec))
        least, most = column.least, column.most
        if spec.plain_type in _FIRST_DAY:
            least = least or _FIRST_DAY[spec.plain_type]
            most = most or _LAST_DAY[spec.plain_type]
        return ReadColumn(
            source=column.source,
            name=column.name,
            type=arrow_type(spec),
            nullable=spec.is_nullable,
            null=self._specification.null,
            least=self._limit(column, least),
            most=self._limit(column, most),
            one_of=column.one_of,
            exponent=column.exponent,
        )

    def _limit(self, column: Column, limit: Value | None) -> Any:
        if limit is None:
            return None
        kind = self._types[column.name]
        try:
            if pa.types.is_integer(kind):
                return int(str(limit))
            if pa.types.is_decimal(kind):
                return Decimal(str(limit))
            if pa.types.is_floating(kind):
                return float(limit)
            return np.datetime64(str(limit)).astype("datetime64[D]").item()
        except (ValueError, InvalidOperation):
            self._add(f"the limit {limit!r} of {column.name} is none for {kind}")
            return None

    def _derived(self, step: Derived) -> Any:
        unknown = [name for name in columns_of(step) if name not in self._types]
        for name in unknown:
            self._add(f"{step.name} is made from {name}, which is neither read nor derived before")
        if unknown:
            return None
        kind = self._made_type(step)
        problem = self._problem_of(step, kind)
        if problem:
            self._add(f"{step.name} {problem}")
            return None
        self._know(step.name, kind)
        return kind

    def _made_type(self, step: Derived) -> Any:
        spec = _stored(self._table, step.name)
        if spec is not None:
            return arrow_type(spec)
        if isinstance(step, Flag):
            return pa.uint8()
        if isinstance(step, DateOf):
            return pa.date32()
        return pa.string() if isinstance(step, Lookup | TextOf) else pa.int64()

    def _problem_of(self, step: Derived, kind: Any) -> str | None:
        inputs = [self._types[name] for name in columns_of(step)]
        match step:
            case Flag():
                return self._flag_problem(step, kind)
            case DateOf():
                is_right = pa.types.is_date(kind) and all(map(pa.types.is_integer, inputs))
                return None if is_right else "must be a date, made from three whole numbers"
            case Lookup():
                is_right = pa.types.is_string(kind) and all(map(pa.types.is_string, inputs))
                return None if is_right else "must be text, looked up by text"
            case TextOf():
                is_right = pa.types.is_string(kind) and not any(map(pa.types.is_floating, inputs))
                return None if is_right else "must be text, of anything but an approximate number"
            case _:
                is_right = pa.types.is_integer(kind) and all(map(pa.types.is_integer, inputs))
                return None if is_right else "must be a whole number, made from whole numbers"

    def _flag_problem(self, flag: Flag, kind: Any) -> str | None:
        if kind != pa.uint8():
            return "must be a UInt8, for it is 1 or 0"
        for condition in flag.when:
            if condition.value is None:
                continue
            compared = self._types[condition.column]
            if not _fits(compared, condition.value):
                return f"compares {condition.column} with {condition.value!r}, which is none of it"
        return None

    def _check_table(self) -> None:
        for column in self._table.columns:
            if column.name not in self._types:
                self._add(f"nothing gives {self._table.name}.{column.name} its values")
        event_date = self._specification.event_date
        if event_date is not None and not pa.types.is_date(self._types.get(event_date, pa.null())):
            self._add(f"event_date names {event_date}, which is no date of {self._table.name}")

    def _check_totals(self) -> None:
        for name in self._specification.sums:
            if not _is_number(self._types.get(name, pa.null())):
                self._add(f"the control sum {name} is no number of {self._table.name}")

    def _know(self, name: str, kind: Any) -> None:
        if name in self._types:
            self._add(f"the column {name} is made twice")
        self._types[name] = kind

    def _add(self, sentence: str) -> None:
        self.mistakes.append(self._mistake(sentence))

    def _mistake(self, sentence: str) -> InvalidInput:
        place = f"{self._specification.pack}/loads: {self._specification.name}"
        return InvalidInput(f"{place}: {sentence}", field=place)


def _stored(table: AnyTable, name: str) -> ColumnSpec | None:
    return next((column for column in table.columns if column.name == name), None)


def _fits(kind: Any, value: Value) -> bool:
    if pa.types.is_string(kind):
        return isinstance(value, str)
    if pa.types.is_integer(kind):
        low, high = whole_numbers_in(pa.int64())
        return isinstance(value, int) and low <= value <= high
    return pa.types.is_decimal(kind) and isinstance(value, int | Decimal)


def _is_number(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_decimal(kind))


def _by_line(refusal: Quarantined) -> tuple[int, str]:
    return refusal.line, refusal.column or ""
