"""XLSX for people who go on calculating: real numbers and formats, frozen heads, native charts.

No cell is ever a formula: texts are written as texts. The last sheet tells the file's origin.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from server.cube.plain_text import printable
from server.errors import LimitReached
from server.exports.csv import origin_lines
from server.exports.document import Cell, Document, Missing, Number, NumberFormat, Row, Sheet
from server.exports.progress import Told, counted
from server.exports.words import word

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_576  # of a sheet, by the format
_MOST_LETTERS = 32_767  # of a cell, by the format
_EXACT_DIGITS = 15  # of a number that a spreadsheet keeps as it is
_INK, _LINE, _GROUND = "#1a1d21", "#c9ced6", "#f1f3f6"


def write_xlsx(document: Document, path: Path, told: Told) -> None:
    """Write every table, the charts with their numbers, and the origin."""
    options = {
        "constant_memory": document.is_long,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
        "tmpdir": str(path.parent),
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        _Writer(book, document, told).write()


class _Writer:
    """One workbook on its way."""

    def __init__(self, book: Workbook, document: Document, told: Told) -> None:
        self._book = book
        self._document = document
        self._told = told
        self._formats: dict[tuple[NumberFormat, str], Format] = {}
        self._names: set[str] = set()

    def write(self) -> None:
        self._book.set_properties({"title": self._document.title, "author": "Indicube"})
        for sheet in self._document.sheets:
            self._table(sheet)
        for sheet in self._document.sheets:
            if sheet.chart is not None:
                self._chart(sheet.chart)
        self._origin()

    def _table(self, sheet: Sheet) -> None:
        page = self._page(sheet.name)
        for index, column in enumerate(sheet.columns):
            page.set_column(index, index, column.width)
        for line, head in enumerate(sheet.heads):
            for index, text in enumerate(head):
                is_number = index < len(sheet.columns) and sheet.columns[index].is_number
                self._text(page, line, index, text, self._number_head if is_number else self._head)
        page.freeze_panes(len(sheet.heads), sheet.head_columns)
        page.repeat_rows(0, len(sheet.heads) - 1)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.set_footer(f"&L{self._document.fingerprint[:16]}&R&P / &N")
        for line, row in enumerate(counted(sheet.rows, self._told), len(sheet.heads)):
            if line >= MOST_ROWS:
                raise LimitReached(
                    f"A sheet holds {MOST_ROWS:,} rows; take Parquet or CSV for more.",
                    field="format",
                    allowed=("parquet", "csv"),
                )
            self._line(page, line, row)

    def _line(self, page: Worksheet, line: int, row: Row) -> None:
        for index, cell in enumerate(row.cells):
            self._cell(page, line, index, cell, row)

    def _cell(self, page: Worksheet, line: int, index: int, cell: Cell, row: Row) -> None:
        if isinstance(cell, Number):
            shown = cell.shown
            if len(shown.as_tuple().digits) > _EXACT_DIGITS:
                page.write_string(line, index, f"{shown:f}", self._right)
                return
            value = float(shown / 100) if cell.format.is_percent else float(shown)
            page.write_number(line, index, value, self._format(cell.format, row.kind))
            if cell.note:
                page.write_comment(line, index, printable(cell.note))
        elif isinstance(cell, Missing):
            self._text(page, line, index, cell.text, self._missing)
        elif cell:
            self._text(
                page, line, index, cell, self._words(row.kind, row.depth if not index else 0)
            )

    def _text(self, page: Worksheet, line: int, index: int, text: str, look: Format) -> None:
        page.write_string(line, index, printable(text)[:_MOST_LETTERS], look)

    def _chart(self, chart: Mapping[str, Any]) -> None:
        """The chart's numbers on a sheet of their own, and the native chart beside them."""
        page = self._page(word("chart", self._document.language))
        page.set_column(0, 0, 24)
        series = chart["series"]
        self._text(page, 0, 0, str(chart["title"]), self._head)
        for column, one in enumerate(series, 1):
            self._text(page, 0, column, str(one["name"]), self._number_head)
        for line, category in enumerate(chart["categories"], 1):
            self._text(page, line, 0, str(category), self._words("cell", 0))
            for column, one in enumerate(series, 1):
                value = one["values"][line - 1]
                if value is not None:
                    page.write_number(line, column, value)
        page.insert_chart(1, len(series) + 2, self._native(chart, page.get_name()))

    def _native(self, chart: Mapping[str, Any], page: str) -> Any:
        is_line = chart["kind"] == "line"
        kind = "line" if is_line else "bar" if chart["kind"] == "ranking" else "column"
        options = {"type": kind}
        if chart["kind"] in ("stacked", "stack"):
            options["subtype"] = "stacked"
        native = self._book.add_chart(options)
        last = len(chart["categories"])
        for column in range(1, len(chart["series"]) + 1):
            native.add_series(
                {
                    "name": [page, 0, column],
                    "categories": [page, 1, 0, last, 0],
                    "values": [page, 1, column, last, column],
                }
            )
        native.set_title({"name": str(chart["title"]), "overlay": False})
        native.set_size({"width": 760, "height": 400})
        if len(chart["series"]) == 1:
            native.set_legend({"none": True})
        return native

    def _origin(self) -> None:
        page = self._page(word("about", self._document.language))
        page.set_column(0, 0, 24)
        page.set_column(1, 1, 90)
        for line, (label, text) in enumerate(origin_lines(self._document)):
            self._text(page, line, 0, label, self._head if not line else self._label)
            self._text(page, line, 1, text, self._wrapped)

    def _page(self, name: str) -> Worksheet:
        """A sheet with a name that is allowed and not taken."""
        wanted = re.sub(r"[\[\]:*?/\\]", " ", printable(name)).strip(" '")[:28] or "Sheet"
        found, number = wanted, 1
        while found.casefold() in self._names:
            number += 1
            found = f"{wanted} {number}"
        self._names.add(found.casefold())
        return self._book.add_worksheet(found)

    def _format(self, number: NumberFormat, kind: str) -> Format:
        key = (number, kind)
        if key not in self._formats:
            look: dict[str, Any] = {"num_format": pattern_of(number), "font_color": _INK}
            self._formats[key] = self._book.add_format({**look, **_kind_look(kind)})
        return self._formats[key]

    def _words(self, kind: str, depth: int) -> Format:
        key = (NumberFormat(depth), f"text-{kind}")
        if key not in self._formats:
            look = {"indent": depth, "font_color": _INK, **_kind_look(kind)}
            self._formats[key] = self._book.add_format(look)
        return self._formats[key]

    @cached_property
    def _head(self) -> Format:
        return self._book.add_format(
            {"bold": True, "bottom": 1, "bottom_color": _INK, "text_wrap": True, "valign": "bottom"}
        )

    @cached_property
    def _number_head(self) -> Format:
        return self._book.add_format(
            {
                "bold": True,
                "bottom": 1,
                "bottom_color": _INK,
                "text_wrap": True,
                "align": "right",
                "valign": "bottom",
            }
        )

    @cached_property
    def _label(self) -> Format:
        return self._book.add_format({"bold": True, "valign": "top"})

    @cached_property
    def _wrapped(self) -> Format:
        return self._book.add_format({"text_wrap": True, "valign": "top"})

    @cached_property
    def _missing(self) -> Format:
        return self._book.add_format({"italic": True, "font_color": "#6b7280", "align": "right"})

    @cached_property
    def _right(self) -> Format:
        return self._book.add_format({"align": "right"})


def pattern_of(number: NumberFormat) -> str:
    """The format in a spreadsheet's own language."""
    digits = "#,##0" + (f".{'0' * number.decimals}" if number.decimals else "")
    if number.is_percent:
        digits += "%"
    elif number.suffix:
        digits += f'"{number.suffix}"'
    if not number.is_signed:
        return f"{digits};\\−{digits}"
    return f"+{digits};\\−{digits};±{digits}"


def _kind_look(kind: str) -> dict[str, Any]:
    if kind in ("total", "subtotal"):
        return {"bold": True, "top": 1, "top_color": _LINE, "bg_color": _GROUND}
    return {"bold": True} if kind == "group" else {}
