"""Verification: a file matches, was altered, or the facts have moved on since."""

import csv
from dataclasses import replace
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pytest

from server.errors import InvalidInput, NotFound
from server.exports.job import file_path
from server.exports.reading import read_file
from server.exports.spec import ExportSpec
from server.exports.verifying import verify
from server.metadata.definitions import apply_definitions, current_definitions
from server.runtime import Runtime
from tests.exports.pango import needs_pango
from tests.exports.people import NETWORK, analyst, exported

CARD = ExportSpec("scorecard", "punctuality", "csv", "zh")
SLICE = ExportSpec(
    "slice",
    "departures",
    "csv",
    query=(("rows", "organisation:carrier"), ("value", "flights"), ("totals", "1")),
)


def made(runtime: Runtime, spec: ExportSpec) -> Path:
    path = file_path(runtime, exported(runtime, analyst(runtime, "vera", NETWORK), spec))
    assert path is not None
    return path


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet", pytest.param("pdf", marks=needs_pango)])
@pytest.mark.parametrize("spec", [CARD, SLICE], ids=["scorecard", "slice"])
def test_a_file_that_nobody_touched_matches(own: Runtime, spec: ExportSpec, kind: str) -> None:
    path = made(own, replace(spec, format=kind))

    assert verify(own, read_file(path))["verdict"] == "matches"


def test_a_file_that_a_spreadsheet_has_saved_again_still_matches(own: Runtime) -> None:
    path = made(own, replace(SLICE, format="xlsx"))
    openpyxl.load_workbook(path).save(path)

    assert verify(own, read_file(path))["verdict"] == "matches"


@pytest.mark.parametrize("change", ["a number", "a label", "the fingerprint", "a formula"])
def test_a_workbook_with_one_altered_cell_is_found(own: Runtime, change: str) -> None:
    path = made(own, replace(SLICE, format="xlsx"))
    book = openpyxl.load_workbook(path)
    table, about = book.worksheets[0], book.worksheets[-1]
    if change == "a number":
        table["B3"].value += 1
    elif change == "a label":
        table["A3"].value = "Somebody else"
    elif change == "the fingerprint":
        about.cell(about.max_row, 2).value = "0" * 64
    else:
        table["B3"].value = "=1+1"
    book.save(path)

    found = verify(own, read_file(path))
    assert found["verdict"] == "altered"
    assert found["reasons"]


def test_a_csv_with_one_altered_digit_is_found(own: Runtime) -> None:
    path = made(own, SLICE)
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    lines[1][1] = str(int(lines[1][1]) + 1)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(lines)

    assert verify(own, read_file(path))["verdict"] == "altered"


def test_a_changed_definition_moves_the_answer_on_and_not_the_file(own: Runtime) -> None:
    path = made(own, CARD)
    with own.metadata.write() as session:
        body = dict(current_definitions(session, "indicator")["cancellations"].body)
        body["formula"] = f"2 * ({body['formula']})"
        apply_definitions(
            session, "indicator", {"cancellations": body}, "ann", "a test", own.clock()
        )

    found = verify(own, read_file(path))
    assert found["verdict"] == "moved_on"
    assert "definitions" in found["reasons"][0]


def test_a_file_of_nobody_is_said_to_be_one(own: Runtime, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\r\n1,2\r\n", encoding="utf-8")
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    (tmp_path / "a.xlsx").write_text("no workbook", encoding="utf-8")

    with pytest.raises(NotFound, match="No export of this Indicube has made this file"):
        verify(own, read_file(tmp_path / "a.csv"))
    with pytest.raises(InvalidInput, match=r"must end in \.csv, \.xlsx"):
        read_file(tmp_path / "a.txt")
    with pytest.raises(InvalidInput, match="cannot be read as xlsx"):
        read_file(tmp_path / "a.xlsx")
