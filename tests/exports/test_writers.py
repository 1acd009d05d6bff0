"""The writers: what stands in a file is what the document shows, number by number."""

import csv
from decimal import Decimal
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pyarrow.parquet as pq

from server.exports.csv import write_csv
from server.exports.document import Row, cell_text
from server.exports.parquet import write_parquet
from server.exports.xlsx import write_xlsx
from tests.exports.documents import document, numbers, untold


def test_numbers_are_shown_as_the_screen_writes_them() -> None:
    assert [cell_text(row.cells[1]) for row in numbers()] == [
        "2",
        "−1,234.5",
        "66.7%",
        "−12.5 pp",
        "±0.0 pp",
        "100,000,000,000,000,000,001",
        "not loaded",
    ]


def test_csv_holds_bare_numbers_and_ends_its_table_before_its_origin(tmp_path: Path) -> None:
    write_csv(document(numbers()), tmp_path / "a.csv", untold)

    raw = (tmp_path / "a.csv").read_bytes()
    lines = list(csv.reader(raw.decode("utf-8-sig").splitlines()))
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.endswith(b"\r\n")
    assert lines[0] == ["Name", "Value 1"]
    assert [line[1] for line in lines[1:8]] == [
        "2", "-1234.5", "66.7", "-12.5", "0.0", "100000000000000000001", "not loaded",
    ]  # fmt: skip
    assert lines[8] == []
    assert lines[-1] == ["Fingerprint", "f" * 64]
    assert lines[-2] == ["Export", "e" * 32]


def test_xlsx_holds_real_numbers_with_formats_and_frozen_heads(tmp_path: Path) -> None:
    write_xlsx(document(numbers()), tmp_path / "a.xlsx", untold)

    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    sheet = book["Table"]
    found = [(row[1].value, row[1].number_format) for row in sheet.iter_rows(min_row=2)]
    assert sheet.freeze_panes == "B2"
    assert [value for value, _ in found] == [
        2, -1234.5, 0.667, -12.5, 0, "100000000000000000001", "not loaded",
    ]  # fmt: skip
    assert found[2][1].startswith("#,##0.0%;")
    assert '" pp"' in found[3][1]
    assert book.sheetnames == ["Table", "About"]
    about = {row[0].value: row[1].value for row in book["About"].iter_rows()}
    assert about["Fingerprint"] == "f" * 64
    assert about["Period"] == "December 2013"


def test_parquet_is_typed_and_says_why_a_number_is_missing(tmp_path: Path) -> None:
    write_parquet(document(numbers()), tmp_path / "a.parquet", untold)

    table = pq.read_table(tmp_path / "a.parquet")
    assert table.column("Value 1").to_pylist() == [
        Decimal(text) for text in ("2", "-1234.5", "66.7", "-12.5", "0", "100000000000000000001")
    ] + [None]
    assert table.column("Value 1 (absence)").to_pylist() == [None] * 6 + ["not_loaded"]
    assert table.schema.metadata[b"indicube.fingerprint"] == b"f" * 64


def test_an_empty_table_is_a_whole_file_in_every_format(tmp_path: Path) -> None:
    nothing: tuple[Row, ...] = ()
    write_csv(document(nothing), tmp_path / "a.csv", untold)
    write_xlsx(document(nothing), tmp_path / "a.xlsx", untold)
    write_parquet(document(nothing), tmp_path / "a.parquet", untold)

    assert openpyxl.load_workbook(tmp_path / "a.xlsx")["Table"].max_row == 1
    assert pq.read_table(tmp_path / "a.parquet").num_rows == 0
