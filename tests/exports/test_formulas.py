"""No text in any file is a live formula, and no number is made a text for it."""

import csv
import zipfile
from fractions import Fraction
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pyarrow.parquet as pq

from server.exports.csv import write_csv
from server.exports.document import Number, NumberFormat, Row
from server.exports.parquet import write_parquet
from server.exports.printed import html_of
from server.exports.xlsx import write_xlsx
from tests.exports.documents import document, untold
from tests.exports.payloads import CONTROL, PAYLOADS, SPLIT

TEXTS = (*PAYLOADS, *SPLIT, *CONTROL)
LIVE = tuple("=+-@＝＋－＠\t\r\n")
ROWS = tuple(Row((text, Number(Fraction(-7), NumberFormat(0)))) for text in TEXTS)


def test_there_are_four_hundred_payloads() -> None:
    assert len(set(PAYLOADS)) == 400


def test_no_cell_of_a_csv_begins_like_a_formula_and_negative_numbers_stay(tmp_path: Path) -> None:
    write_csv(document(ROWS), tmp_path / "a.csv", untold)

    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))[1 : len(TEXTS) + 1]
    assert len(lines) == len(TEXTS)
    for line in lines:
        seen = line[0].lstrip(' "\u00a0\u200b\ufeff')
        assert not seen.startswith(LIVE), line
        assert line[1] == "-7"


def test_a_csv_that_is_split_at_other_separators_has_no_live_cell_either(tmp_path: Path) -> None:
    write_csv(document(ROWS), tmp_path / "a.csv", untold)

    text = (tmp_path / "a.csv").read_text(encoding="utf-8-sig")
    for payload in SPLIT:
        assert payload not in text
        assert not any(part.startswith(LIVE) for part in text.split(";")[1:])


def test_every_text_of_a_workbook_is_typed_as_text(tmp_path: Path) -> None:
    write_xlsx(document(ROWS), tmp_path / "a.xlsx", untold)

    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n"}
    assert all(row[1].value == -7 for row in book["Table"].iter_rows(min_row=2))
    with zipfile.ZipFile(tmp_path / "a.xlsx") as parts:
        for name in parts.namelist():
            part = parts.read(name)
            assert b"<f>" not in part
            assert b"<hyperlink" not in part
            assert b"ddeLink" not in part


def test_parquet_keeps_texts_and_html_escapes_them(tmp_path: Path) -> None:
    write_parquet(document(ROWS), tmp_path / "a.parquet", untold)

    kept = pq.read_table(tmp_path / "a.parquet").column("Name").to_pylist()
    assert kept[: len(PAYLOADS)] == list(PAYLOADS)
    html = html_of(document((Row(("<script>x</script>", "<img src=//a.test>")),)))
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "<img src=//" not in html
