"""The types of columns that nobody wrote down: what every value of the whole file fits into.

A type that the column had before stays as long as the file fits it, so that a further month of data
does not make another table of the same one. A code such as 007 is a text: as a number it would be
another one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from loaders.csv_rows import read_rows
from loaders.days import parse_dates, parse_moments
from loaders.importing.files import TableFile
from loaders.lines import read_rows_after_header
from loaders.parquet_rows import open_parquet
from loaders.sources.files import open_text
from loaders.survey import check_encoding

_WHOLE = r"^(?:0|-?[1-9][0-9]{0,37})$"
_DECIMAL = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$"
_FLOAT = r"^-?(?:0|[1-9][0-9]{0,59})(?:\.[0-9]{1,60})?(?:[eE][-+]?[0-9]{1,3})?$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{3})?Z$"
_LONG = 18  # digits that 64 bits always hold
_LONGEST = 38
_OF_DECIMAL = re.compile(r"Decimal\((\d+), (\d+)\)")


def guessed_types(
    file: TableFile, columns: Mapping[str, str], before: Mapping[str, str]
) -> dict[str, str]:
    """The type of each of these columns; where the file has no value the one that is given."""
    wanted = [column for column in columns if column in file.columns]
    if file.is_parquet:
        return _parquet_types(file, {column: columns[column] for column in wanted})
    seen = {column: Seen() for column in wanted}
    with open_text(file.path, file.shown, None) as text:
        for block in read_rows_after_header(text, file.shown, 1):
            check_encoding(block, file.shown)
            rows = read_rows(block, file.columns, ",").table
            for column, known in seen.items():
                known.add(rows.column(column).combine_chunks())
    return {
        column: known.kind(before.get(column), columns[column]) for column, known in seen.items()
    }


@dataclass
class Seen:
    """What the texts of one column were seen to be, all of them."""

    has_empty: bool = False
    has_any: bool = False
    is_decimal: bool = True
    is_whole: bool = True
    is_float: bool = True
    is_date: bool = True
    has_date: bool = False
    is_moment: bool = True
    is_modern: bool = True  # of dates: from 1970 to 2149
    before: int = 0  # digits before the point
    after: int = 0

    def add(self, texts: Any) -> None:
        """Look at more of them."""
        given = pc.unique(texts)
        self.has_empty |= bool(pc.any(pc.equal(given, "")).as_py())
        given = given.filter(pc.not_equal(given, ""))
        if not len(given):
            return
        self.has_any = True
        self.is_whole = self.is_whole and _all(given, _WHOLE)
        self.is_decimal = self.is_decimal and _all(given, _DECIMAL)
        self.is_float = self.is_float and _all(given, _FLOAT)
        if self.is_decimal:
            self._count_digits(given)
        self._look_for_days(given)

    def kind(self, before: str | None = None, otherwise: str = "String") -> str:
        """The type: that of before if everything fits it, else the narrowest of a few."""
        if before is not None and self._fits(before):
            is_kept = "Nullable(" in before or not self.has_empty
            return before if is_kept else f"Nullable({_plain(before)})"
        kind = self._narrowest() if self.has_any else _plain(otherwise)
        if otherwise == "Date" and (self.has_date or kind == "Date"):
            return "Date"  # time hangs on it: what is no day, or lacks, is told with its line
        return f"Nullable({kind})" if self.has_empty or not self.has_any else kind

    def _narrowest(self) -> str:
        if self.is_whole and self.before <= _LONG:
            return "Int64"
        for digits in (_LONG, _LONGEST):
            if self.is_decimal and self.before + self.after <= digits:
                return f"Decimal({digits}, {self.after})"
        if self.is_date:
            return "Date" if self.is_modern else "Date32"
        if self.is_moment:
            return "DateTime64(3, 'UTC')"
        return "Float64" if self.is_float and not self.is_decimal else "String"

    def _fits(self, kind: str) -> bool:
        plain = _plain(kind)
        if plain == "String" or not self.has_any:
            return True
        if plain == "Int64":
            return self.is_whole and self.before <= _LONG
        if scaled := _OF_DECIMAL.fullmatch(plain):
            digits, scale = int(scaled[1]), int(scaled[2])
            return self.is_decimal and self.after <= scale and self.before <= digits - scale
        if plain in ("Date", "Date32"):
            return self.is_date and (self.is_modern or plain == "Date32")
        if plain.startswith("DateTime64"):
            return self.is_moment
        return plain == "Float64" and self.is_float

    def _count_digits(self, given: Any) -> None:
        parts = pc.extract_regex(given, r"^-?(?P<whole>[0-9]+)(?:\.(?P<part>[0-9]+))?$")
        whole, part = (pc.struct_field(parts, [place]) for place in (0, 1))
        self.before = max(self.before, pc.max(pc.utf8_length(whole)).as_py())
        self.after = max(self.after, pc.max(pc.utf8_length(part)).as_py() or 0)

    def _look_for_days(self, given: Any) -> None:
        self.has_date = self.has_date or _any(given, _DATE)
        self.is_date = self.is_date and _all(given, _DATE)
        if self.is_date:
            days, known = parse_dates(given)
            years = pc.year(days).to_numpy(zero_copy_only=False)
            self.is_date = bool(known.all()) and bool(((years >= 1900) & (years < 2300)).all())
            self.is_modern = self.is_modern and bool(((years >= 1970) & (years < 2149)).all())
        self.is_moment = self.is_moment and _all(given, _MOMENT)
        if self.is_moment:
            self.is_moment = bool(parse_moments(given)[1].all())


def _all(texts: Any, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, pattern)).as_py())


def _any(texts: Any, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(texts, pattern)).as_py())


def _plain(kind: str) -> str:
    inner = kind.removeprefix("LowCardinality(").removeprefix("Nullable(")
    return inner.rstrip(")") if "(" not in inner else inner[: inner.index(")") + 1]


def _parquet_types(file: TableFile, columns: Mapping[str, str]) -> dict[str, str]:
    """What the file says itself; a column is nullable where the file does not say it never is.

    Days and texts on which time hangs are days: what is none, or lacks, is told with its record.
    """
    with open_parquet(file.path, file.shown) as opened:
        schema = opened.schema_arrow
        found: dict[str, str] = {}
        for column, wanted in columns.items():
            field = schema.field(column)
            kind = _type_of(field.type)
            if wanted == "Date" and kind in ("Date32", "String"):
                found[column] = wanted
            else:
                found[column] = f"Nullable({kind})" if field.nullable else kind
    return found


def _type_of(kind: Any) -> str:
    """A type that holds every value of the Arrow type; text where there is none."""
    if pa.types.is_integer(kind):
        sign = "U" if pa.types.is_unsigned_integer(kind) else ""
        return f"{sign}Int{kind.bit_width}"
    if pa.types.is_decimal128(kind) and 0 <= kind.scale <= kind.precision:
        return f"Decimal({kind.precision}, {kind.scale})"
    if pa.types.is_floating(kind):
        return "Float64"
    if pa.types.is_date32(kind) or (pa.types.is_timestamp(kind) and kind.tz is None):
        return "Date32"
    if pa.types.is_timestamp(kind):
        return "DateTime64(3, 'UTC')"
    return "String"
