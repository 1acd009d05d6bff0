"""Reads exported files back, also when a spreadsheet has saved them again: cells and origin.

Cells become one canonical text each, so that tables can be compared whatever wrote them: numbers
without needless zeros, texts as they are, nothing for an empty cell.
"""

import csv
import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pyarrow.parquet as pq

from server.cube.plain_text import harmless, printable
from server.errors import InvalidInput
from server.exports.document import Document, Missing, Number, Sheet
from server.exports.long_files import read_long
from server.exports.parquet import ABSENCE
from server.exports.words import WORDS
from server.indicators.receipt import canonical_json

Table = Sequence[Sequence[str]]

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REFERENCE = re.compile(r"([A-Z]+)([0-9]+)")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_MOST_BYTES = 2_000_000_000  # of one part of a workbook, unpacked


@dataclass(frozen=True)
class FileRead:
    """What a file says: its bytes' hash, the export that it names, and its tables' hashes."""

    sha256: str
    format: str
    export: str
    fingerprint: str
    tables: tuple[str, ...]
    is_long: bool = False  # of any length: it was not held in memory


def read_file(path: Path) -> FileRead:
    """Read an exported file; InvalidInput when it is of no format of ours."""
    kind = path.suffix.lower().removeprefix(".")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if kind in ("pdf", "png"):
        return FileRead(digest, kind, "", "", ())
    try:
        if (long := read_long(path, kind)) is not None:
            table, origin = long
            told = _told(origin, "export"), _told(origin, "fingerprint")
            return FileRead(digest, kind, *told, (table,), is_long=True)
    except (OSError, ValueError, KeyError) as error:
        raise InvalidInput(f"{path.name} cannot be read as {kind}: {error}", field="file") from None
    readers = {"csv": _read_csv, "xlsx": _read_xlsx, "parquet": _read_parquet}
    if kind not in readers:
        raise InvalidInput(
            f"{path.name} is no file of ours; it must end in .csv, .xlsx, .parquet, .pdf or .png.",
            field="file",
        )
    try:
        tables, origin = readers[kind](path)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, ElementTree.ParseError) as error:
        raise InvalidInput(f"{path.name} cannot be read as {kind}: {error}", field="file") from None
    return FileRead(
        digest,
        kind,
        _told(origin, "export"),
        _told(origin, "fingerprint"),
        tuple(table_hash(table) for table in tables),
    )


def expected_tables(document: Document, kind: str) -> tuple[str, ...]:
    """The hashes of the tables that a file of that format holds of a document."""
    sheets = document.sheets if kind == "xlsx" else document.sheets[:1]
    return tuple(table_hash(list(_expected(sheet, kind))) for sheet in sheets)


def table_hash(table: Table) -> str:
    """One hash for a table; empty cells and lines at the ends do not count."""
    lines = [_trimmed(line) for line in table]
    while lines and not lines[-1]:
        lines.pop()
    return hashlib.sha256(canonical_json(lines).encode()).hexdigest()


def _expected(sheet: Sheet, kind: str) -> Iterator[list[str]]:
    if kind != "parquet":
        for head in sheet.heads:
            yield [_text(one, kind) for one in head]
    for row in sheet.rows:
        line: list[str] = []
        for cell, column in zip(row.cells, sheet.columns, strict=True):
            if isinstance(cell, Number):
                line.append(_number(cell, kind))
            elif kind == "parquet" and isinstance(cell, Missing):
                line.append(cell.absence.value)
            elif kind == "parquet" and column.is_number:
                line.append("")
            else:
                line.append(_text(cell if isinstance(cell, str) else cell.text, kind))
        yield line


def _number(cell: Number, kind: str) -> str:
    shown = cell.shown
    if kind != "xlsx":
        return _plain(shown)
    if len(shown.as_tuple().digits) > 15:
        return f"{shown:f}"
    return _double(float(shown / 100) if cell.format.is_percent else float(shown))


def _text(text: str, kind: str) -> str:
    if kind != "csv":
        return printable(text)
    return _as_read(harmless(text))


def _as_read(text: str) -> str:
    """A cell of a CSV file: a number in its shortest form, or the text."""
    return _plain(Decimal(text)) if _NUMBER.fullmatch(text) else text


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _double(number: float) -> str:
    return f"{number:.14g}"


def _trimmed(line: Sequence[str]) -> list[str]:
    kept = list(line)
    while kept and kept[-1] == "":
        kept.pop()
    return kept


def _told(origin: Iterable[Sequence[str]], name: str) -> str:
    labels = {WORDS[name].en, WORDS[name].zh}
    return next((line[1] for line in origin if len(line) > 1 and line[0] in labels), "")


def _read_csv(path: Path) -> tuple[list[Table], list[Sequence[str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    end = next((n for n, line in enumerate(lines) if not any(line)), len(lines))
    table = [[_as_read(cell) for cell in line] for line in lines[:end]]
    return [table], [line for line in lines[end:] if any(line)]


def _read_parquet(path: Path) -> tuple[list[Table], list[Sequence[str]]]:
    file = pq.ParquetFile(path)
    names = file.schema_arrow.names
    table: list[list[str]] = []
    for batch in file.iter_batches():
        columns = {name: batch.column(name).to_pylist() for name in names}
        for index in range(batch.num_rows):
            table.append(_parquet_line(names, columns, index))
    metadata = file.schema_arrow.metadata or {}
    origin = json.loads(metadata.get(b"indicube.origin", b"[]"))
    return [table], origin


def _parquet_line(names: Sequence[str], columns: dict[str, list[object]], index: int) -> list[str]:
    line = []
    for name in names:
        if name.endswith(ABSENCE) and name.removesuffix(ABSENCE) in columns:
            continue
        value = columns[name][index]
        reason = columns[name + ABSENCE][index] if name + ABSENCE in columns else None
        text = _plain(value) if isinstance(value, Decimal) else str(value or "")
        line.append(str(reason) if reason else text)
    return line


def _read_xlsx(path: Path) -> tuple[list[Table], list[Sequence[str]]]:
    with zipfile.ZipFile(path) as book:
        if sum(part.file_size for part in book.infolist()) > _MOST_BYTES:
            raise ValueError("it is too large to be read back")
        shared = _shared_texts(book)
        sheets = sorted(
            (
                name
                for name in book.namelist()
                if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)
            ),
            key=lambda name: int(re.sub(r"\D", "", name)),
        )
        tables: list[Table] = [_xlsx_table(book, name, shared) for name in sheets]
    return tables, list(tables[-1]) if tables else []


def _shared_texts(book: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    with book.open("xl/sharedStrings.xml") as file:
        root = ElementTree.parse(file).getroot()  # noqa: S314 -- no entities: expat is recent
    return ["".join(_unescaped(t.text) for t in item.iter(f"{_MAIN}t")) for item in root]


def _xlsx_table(book: zipfile.ZipFile, name: str, shared: Sequence[str]) -> list[list[str]]:
    table: list[list[str]] = []
    with book.open(name) as file:
        for _, row in ElementTree.iterparse(file):  # noqa: S314
            if row.tag != f"{_MAIN}row":
                continue
            number = int(row.get("r", len(table) + 1))
            table += [[] for _ in range(number - 1 - len(table))]
            table.append(_xlsx_line(row, shared))
            row.clear()
    return table


def _xlsx_line(row: ElementTree.Element, shared: Sequence[str]) -> list[str]:
    line: list[str] = []
    for cell in row.iter(f"{_MAIN}c"):
        found = _REFERENCE.fullmatch(cell.get("r", ""))
        column = _column(found[1]) if found else len(line)
        line += [""] * (column - len(line))
        line.append(_xlsx_cell(cell, shared))
    return line


def _xlsx_cell(cell: ElementTree.Element, shared: Sequence[str]) -> str:
    if cell.find(f"{_MAIN}f") is not None:
        return "\N{REPLACEMENT CHARACTER} formula"  # we write none: somebody else did
    kind, value = cell.get("t", "n"), cell.findtext(f"{_MAIN}v")
    if kind == "inlineStr":
        return "".join(_unescaped(t.text) for t in cell.iter(f"{_MAIN}t"))
    if value is None:
        return ""
    if kind == "s":
        return shared[int(value)]
    return _double(float(value)) if kind == "n" else value


def _unescaped(text: str | None) -> str:
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda one: chr(int(one[1], 16)), text or "")


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
