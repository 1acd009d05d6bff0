"""PDF for paper and for sending: a print layout with filters, charts and page numbers."""

import base64
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from server.cube.plain_text import printable
from server.errors import LimitReached
from server.exports.csv import origin_lines
from server.exports.document import Document, Missing, Number, Sheet, cell_text
from server.exports.paging import FONTS
from server.exports.pictures import pictures_of, run_child
from server.exports.progress import Told
from server.exports.words import word

MEDIA_TYPE = "application/pdf"
MOST_CELLS = 60_000

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def write_pdf(document: Document, path: Path, told: Told) -> None:
    """Lay the document out and write it; LimitReached when it is more than paper should hold."""
    html = html_of(document)
    told(1)
    run_child("server.exports.paging", html.encode(), str(path))


def html_of(document: Document) -> str:
    """The document as the page that is laid out."""
    sheets = [_sheet(one) for one in document.sheets]
    _refuse_long(sheets)
    charts = [one.chart for one in document.sheets if one.chart is not None]
    pictures = iter(pictures_of(charts, document.language))
    return _TEMPLATES.get_template("printed.html").render(
        document=document,
        html_language={"zh": "zh-Hans"}.get(document.language, document.language),
        origin=origin_lines(document)[1:],
        reasons=_reasons(sheets),
        sheets=[
            (sheet, _address(next(pictures)) if sheet.chart is not None else None)
            for sheet in sheets
        ],
        fonts=FONTS.as_uri(),
        word=lambda name: word(name, document.language),
        text=lambda cell: printable(cell_text(cell)),
        is_number=lambda cell: isinstance(cell, Number),
        is_missing=lambda cell: isinstance(cell, Missing),
        noted=lambda cell: isinstance(cell, Number) and cell.note,
        is_wide=any(len(one.columns) > 6 for one in sheets),
    )


def _sheet(sheet: Sheet) -> Sheet:
    """The sheet with its rows held, as far as paper can hold them."""
    most = MOST_CELLS // max(1, len(sheet.columns))
    rows = []
    for row in sheet.rows:
        rows.append(row)
        if len(rows) > most:
            break
    return Sheet(
        sheet.name, sheet.heads, sheet.columns, tuple(rows), sheet.head_columns, sheet.chart
    )


def _refuse_long(sheets: list[Sheet]) -> None:
    cells = sum(len(tuple(one.rows)) * len(one.columns) for one in sheets)
    if cells > MOST_CELLS:
        raise LimitReached(
            f"A PDF holds {MOST_CELLS:,} cells, this has more; take XLSX, CSV or Parquet.",
            field="format",
            allowed=("xlsx", "csv", "parquet"),
        )


def _reasons(sheets: list[Sheet]) -> list[tuple[str, str]]:
    """Every word that stands for a missing figure here, with its reason, once."""
    found = {
        cell.word: cell.reason
        for sheet in sheets
        for row in sheet.rows
        for cell in row.cells
        if isinstance(cell, Missing)
    }
    return sorted(found.items())


def _address(picture: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(picture).decode()}"
