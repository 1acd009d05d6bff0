"""Keys that must not come twice: of rows by their key, of a dimension by its member and its days.

Of facts with a key the hashes of the keys are kept, eight bytes a row; a row whose key was there
before goes to quarantine. A dimension's members are kept whole.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from loaders.row_schema import ParsedRows
from loaders.scope import hashes_of
from loaders.specification import Specification
from server.errors import LoadRejected
from server.metadata.loads import Quarantined
from server.store.arrow import AnyTable
from server.store.tables import ROW_COLUMN, DimensionTableSpec, Validity

_SHOWN = 200
_DAY = timedelta(days=1)


class Doubles(Protocol):
    """Remembers the keys of one source."""

    def without_doubles(self, parsed: ParsedRows) -> ParsedRows:
        """The rows whose key comes for the first time; the others are refused."""

    def check(self) -> None:
        """Reject the source if its keys cannot be right together."""

    @property
    def members(self) -> Collection[str]:
        """The members that the source names; none of facts."""


def doubles_of(specification: Specification, table: AnyTable) -> Doubles:
    """What must be remembered of the source's keys."""
    if isinstance(table, DimensionTableSpec):
        return _Members(table.key) if table.dated is None else _Spans(table.key, table.dated)
    keys = dict.fromkeys((specification.key, table.unique_by))
    return _Rows(tuple(key for key in keys if key))


def key_of(specification: Specification, table: AnyTable) -> tuple[str, ...]:
    """The columns that tell rows apart: those that the source says, else those of the table."""
    if specification.key or isinstance(table, DimensionTableSpec):
        return specification.key
    return table.unique_by


class _Rows:
    """The keys of facts, of which there may be none: sorted runs of hashes, one a chunk."""

    def __init__(self, keys: Iterable[Sequence[str]]) -> None:
        self._runs: dict[tuple[str, ...], list[Any]] = {tuple(key): [] for key in keys}

    def without_doubles(self, parsed: ParsedRows) -> ParsedRows:
        for key, runs in self._runs.items():
            hashes = hashes_of(key, parsed.chunk)
            run, first = np.unique(hashes, return_index=True)
            is_double = np.ones(len(hashes), dtype=bool)
            is_double[first] = False
            for before in runs:
                places = np.minimum(np.searchsorted(before, hashes), len(before) - 1)
                is_double |= before[places] == hashes
            if len(run):
                runs.append(run)
            parsed = _refused(parsed, is_double, key, "; a key names one row")
        return parsed

    def check(self) -> None:
        """Every double was refused by itself."""

    @property
    def members(self) -> Collection[str]:
        return ()


class _Members:
    """The keys of a dimension's version: a key that comes again names no member."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._seen: set[str] = set()

    def without_doubles(self, parsed: ParsedRows) -> ParsedRows:
        is_double = np.zeros(parsed.chunk.num_rows, dtype=bool)
        for place, key in enumerate(parsed.chunk.column(self._key).to_pylist()):
            is_double[place] = key in self._seen
            self._seen.add(key)
        return _refused(parsed, is_double, (self._key,), "; a member has one row")

    def check(self) -> None:
        """Every double was refused by itself."""

    @property
    def members(self) -> Collection[str]:
        return self._seen


class _Spans:
    """The days of a dated dimension's members: together they have neither overlap nor gap."""

    def __init__(self, key: str, dated: Validity) -> None:
        self._key = key
        self._dated = dated
        self._spans: dict[str, list[tuple[date, date]]] = {}

    def without_doubles(self, parsed: ParsedRows) -> ParsedRows:
        chunk = parsed.chunk
        names = (self._key, self._dated.first, self._dated.last)
        for key, first, last in zip(
            *(chunk.column(name).to_pylist() for name in names), strict=True
        ):
            self._spans.setdefault(key, []).append((first or date.min, last or date.max))
        return parsed

    def check(self) -> None:
        wrong = [told for key, spans in self._spans.items() if (told := _gap_in(key, spans))]
        if wrong:
            more = f", and {len(wrong) - 5} members more" if len(wrong) > 5 else ""
            raise LoadRejected(f"{'; '.join(wrong[:5])}{more}", field=self._dated.first)

    @property
    def members(self) -> Collection[str]:
        return self._spans


def _gap_in(key: str, spans: list[tuple[date, date]]) -> str | None:
    spans = sorted(spans)
    for first, last in spans:
        if first > last:
            return f"{key} is valid from {first} to {last}, which is before it"
    for (_, last), (first, _) in pairwise(spans):
        if last >= first:
            return f"two rows of {key} are both valid on {_word(first)}"
        if last + _DAY < first:
            return f"no row of {key} is valid from {last + _DAY} to {first - _DAY}"
    return None


def _word(day: date) -> str:
    return "the first days" if day == date.min else str(day)


def _refused(parsed: ParsedRows, is_double: Any, key: Sequence[str], why: str) -> ParsedRows:
    if not is_double.any():
        return parsed
    doubles = [_refusal(parsed.chunk, int(place), key, why) for place in np.flatnonzero(is_double)]
    return ParsedRows(
        parsed.chunk.filter(pa.array(~is_double)),
        (*parsed.refused, *doubles),
        parsed.refused_rows + len(doubles),
    )


def _refusal(chunk: Any, place: int, key: Sequence[str], why: str) -> Quarantined:
    shown = " ".join(str(chunk.column(name)[place].as_py()) for name in key)[:_SHOWN]
    line = chunk.column(ROW_COLUMN)[place].as_py()
    column = key[0] if len(key) == 1 else None
    return Quarantined(line, column, shown, "duplicate_key", f"{shown} is there already{why}")
