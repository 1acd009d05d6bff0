"""Rows of a load that were refused: given out as a file, taken back mended.

The file has the source's own lines with their numbers in front, `_line`; whoever mends it may leave
lines out. It is taken whole or not at all: every line must be one that was refused and not mended
before, and every value must be right now. The bytes lie in the spool before a row is stored; the
same file once more is answered with what it brought the first time.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from loaders.context import LoadContext
from loaders.csv_rows import read_rows
from loaders.doubles import doubles_of, key_of
from loaders.lines import Block
from loaders.pushed import as_loaded
from loaders.reading import read_source, survey_source
from loaders.routing import Router, whole_key
from loaders.row_schema import ParsedRows, RowSchema
from loaders.rows import SourceRows
from loaders.specification import Specification, find_specification
from loaders.survey import Survey
from server.errors import IndicubeError, InvalidInput, ManyErrors, ServerError
from server.ledger.clashes import Compared, KeysClash, check_compared, correction_apart
from server.ledger.correct import (
    Correction,
    begin_correction,
    corrected_lines,
    correction_of_bytes,
    give_up_correction,
    publish_correction,
    refuse_mended,
)
from server.ledger.crashpoint import crashpoint
from server.ledger.refused import has_records
from server.ledger.room import check_room
from server.ledger.source_line import line_of_load
from server.ledger.spool import Spooled, keep_in_spool, spooled_path
from server.metadata.loads import Load, Quarantined, find_load, quarantined_rows
from server.metadata.session import Metadata
from server.store.control_sums import bitwise_columns
from server.store.facts import count_and_sum_each, insert_rows
from server.store.tables import ROW_COLUMN

LINE = "_line"
MOST = 10_000  # lines of one file
_TOLD = 10  # mistakes that are told at once


@dataclass(frozen=True)
class Corrected:
    """What became of a correction."""

    load: int
    rows: int
    snapshot: int  # from which on the mended rows are seen
    is_known: bool = False  # the same file had been taken before; nothing was done


def refused_lines(
    metadata: Metadata, spool: Path, specifications: Mapping[str, Specification], load_id: int
) -> Iterator[str]:
    """The file to be mended: the header, then each refused line that was not mended yet."""
    load = _correctable(metadata, spool, load_id)
    sign = find_specification(specifications, load.specification).delimiter
    mended, numbers = corrected_lines(load), _refused_numbers(metadata, load_id)
    header = line_of_load(spool, load, _header_line(load)).header
    yield f"{LINE}{sign}{header}"
    for number in numbers:
        if number not in mended:
            yield f"{number}{sign}{line_of_load(spool, load, number).text}"


def correct_load(context: LoadContext, load_id: int, path: Path, by: str, reason: str) -> Corrected:
    """Take mended lines of a load; they are seen with it from now on.

    Raises:
        InvalidInput, ManyErrors: lines that were not refused, or still are.
        Conflict: a line was mended before, or the load is not published.
    """
    load = _correctable(context.metadata, context.settings.spool, load_id)
    check_room(context.settings, 2 * path.stat().st_size, context.store)
    with path.open("rb") as file:
        spooled = keep_in_spool(context.settings.spool, file)
    before = correction_of_bytes(load, spooled.hash)
    if before is not None:
        return Corrected(load.id, len(before["lines"]), before.get("snapshot", 0), is_known=True)
    specification = as_loaded(context.specification(load.specification), load)
    schema, surveyed = _read_before(context, specification, load)
    rows = mended_rows(specification, spooled.path, surveyed.columns, path.name)
    _check_lines(context, load, tuple(sorted(rows.lines.tolist())))
    parsed = _right(schema.parse(rows))
    _right(_with_the_others(context, specification, schema, load, surveyed, parsed))
    router = Router(
        specification,
        schema.table,
        whole_key(specification, load.id),
        load.covers,
        partial(begin_correction, context.metadata, load, now=context.clock()),
        is_lazy=True,
    )
    try:
        correction = _stored(context, schema, router, load, parsed, spooled, path.name)
        number = _published(context, load, correction, by, reason)
    except BaseException:
        with suppress(IndicubeError):
            give_up_correction(context.metadata, context.store, router.described, context.clock())
        raise
    return Corrected(load.id, len(correction.lines), number)


def _stored(
    context: LoadContext,
    schema: RowSchema,
    router: Router,
    load: Load,
    parsed: ParsedRows,
    spooled: Spooled,
    shown: str,
) -> Correction:
    """Store the mended rows, hidden, and compare them with what the store says it has."""
    parsed, routed = router.without_strangers(parsed)
    chunk = router.sent(_right(parsed).chunk, routed)
    insert_rows(context.store, schema.table, [chunk], load.id)
    crashpoint("correct.stored")
    _compare(context, schema, router)
    lines = tuple(sorted(chunk.column(ROW_COLUMN).to_pylist()))
    bitwise = bitwise_columns(schema.table)
    return Correction(lines, shown, spooled.hash, dict(router.described), bitwise)


def _correctable(metadata: Metadata, spool: Path, load_id: int) -> Load:
    with metadata.read() as session:
        load = find_load(session, load_id)
    if load.kind != "fact" or load.mode not in ("append", "replace"):
        raise InvalidInput(
            f"load {load.id} is in mode {load.mode}: send the rows again in a file of their own",
            field="load",
        )
    if load.state != "published":
        raise InvalidInput(
            f"load {load.id} is {load.state}; only a published load is corrected", field="load"
        )
    if has_records(load, spool):
        raise InvalidInput(
            f"{load.source} is Parquet, whose records have no lines: send them again", field="load"
        )
    return load


def _header_line(load: Load) -> int:
    return int((load.parameters or {}).get("header_line", 1))


def _refused_numbers(metadata: Metadata, load_id: int) -> tuple[int, ...]:
    with metadata.read() as session:
        found = quarantined_rows(session, load_id, MOST)
    return tuple(dict.fromkeys(row.line for row in found))


def _read_before(
    context: LoadContext, specification: Specification, load: Load
) -> tuple[RowSchema, Survey]:
    schema = context.schema(specification)
    path = spooled_path(context.settings.spool, load.source_hash)
    return schema, survey_source(path, load.source, specification, schema)


def mended_rows(
    specification: Specification, path: Path, columns: tuple[str, ...], shown: str = ""
) -> SourceRows:
    """The rows of the mended file, each with the number of its line in the source."""
    shown = shown or path.name
    sign = specification.delimiter
    first, *others = path.read_text(encoding="utf-8-sig").splitlines()[: MOST + 2] or [""]
    if not first.startswith(f"{LINE}{sign}"):
        raise InvalidInput(f"the first line of {shown} must begin with {LINE}{sign}")
    pairs = [text.partition(sign) for text in others if text]
    wrong = [number for number, _, _ in pairs if not number.isdecimal()]
    if wrong or not pairs or len(pairs) > MOST:
        what = f"{wrong[0]!r} is no number of a line" if wrong else f"1 to {MOST:,} lines are taken"
        raise InvalidInput(f"{shown}: {what}", field=LINE)
    text = "".join(f"{rest}\n" for _, _, rest in pairs).encode()
    cut = read_rows(Block(1, text), columns, sign)
    numbers = np.array([int(number) for number, _, _ in pairs], dtype=np.uint64)
    refused = tuple(replace(row, line=int(numbers[row.line - 1])) for row in cut.refused)
    _tell(refused)
    return SourceRows(cut.table, numbers[cut.lines.astype(np.int64) - 1], (), 0)


def _check_lines(context: LoadContext, load: Load, lines: Sequence[int]) -> None:
    refuse_mended(load, lines)
    refused = set(_refused_numbers(context.metadata, load.id))
    strange = [line for line in lines if line not in refused]
    twice = [line for line, after in pairwise(lines) if line == after]
    for found, what in ((strange, "was not refused"), (twice, "stands there twice")):
        if found:
            raise InvalidInput(f"line {found[0]} of load {load.id} {what}", field=LINE)


def _with_the_others(
    context: LoadContext,
    specification: Specification,
    schema: RowSchema,
    load: Load,
    surveyed: Survey,
    parsed: ParsedRows,
) -> ParsedRows:
    """The mended rows beside those of the source, which may have their keys already."""
    doubles = doubles_of(specification, schema.table)
    if key_of(specification, schema.table):
        path = spooled_path(context.settings.spool, load.source_hash)
        for rows in read_source(path, load.source, specification, surveyed):
            doubles.without_doubles(schema.parse(rows))
    return doubles.without_doubles(parsed)


def _published(
    context: LoadContext, load: Load, correction: Correction, by: str, reason: str
) -> int:
    """Show the mended rows, unless a key of theirs is seen already: elsewhere, or mended before."""

    def act(compared: Compared | None) -> int:
        said = (load.id, correction, by, reason, context.clock())
        check = partial(check_compared, compared=compared)
        return publish_correction(context.metadata, *said, check)

    specification = context.specification(load.specification)
    key = key_of(specification, context.schema(specification).table)
    if not key:
        return act(None)
    own, days = tuple(correction.batches), _days(correction)
    try:
        return correction_apart(context.metadata, context.builder, load, key, own, days, act)
    except KeysClash as clash:
        raise InvalidInput(
            f"{clash.words}: it is there already; a key names one row",
            code="duplicate_key",
            field=LINE,
        ) from None


def _days(correction: Correction) -> tuple[date | None, date | None]:
    described = correction.batches.values()
    first = min((each.first_date for each in described if each.first_date), default=None)
    last = max((each.last_date for each in described if each.last_date), default=None)
    return first, last


def _right(parsed: ParsedRows) -> ParsedRows:
    _tell(parsed.refused)
    return parsed


def _tell(refused: Sequence[Quarantined]) -> None:
    mistakes = [
        InvalidInput(
            f"line {row.line}: {row.raw!r}: {row.message}", code=row.rule, field=row.column
        )
        for row in refused[:_TOLD]
    ]
    if len(mistakes) == 1:
        raise mistakes[0]
    if mistakes:
        raise ManyErrors(mistakes)


def _compare(context: LoadContext, schema: RowSchema, router: Router) -> None:
    found: dict[int, Any] = dict(count_and_sum_each(context.store, schema.table, router.described))
    for batch, described in router.described.items():
        rows, sums = found[batch]
        if rows != described.rows or dict(sums) != dict(described.sums):
            raise ServerError(
                f"{schema.table.name} holds {rows} of {described.rows} corrected rows, or others",
                code="verification_failed",
            )
