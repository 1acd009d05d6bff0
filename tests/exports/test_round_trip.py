"""Files of random views, read back by other libraries and compared cell by cell with the answer."""

import csv
import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pyarrow.parquet as pq
import pytest
from lxml import html as lxml_html

from server.exports.contents import content_of
from server.exports.job import file_path
from server.exports.spec import ExportSpec, read_spec
from server.indicators.absence import Absence, Figure
from server.indicators.rounding import round_half_even
from server.metadata.users import named_user
from server.runtime import Runtime
from server.slices.ask import ask
from server.slices.question import read_question
from server.slices.result import SliceResult
from tests.exports.people import analyst, exported
from tests.exports.views import random_slices
from tests.web.people import ADMIN, Browser, settle_people
from web.app import create_app

SLICES = random_slices(24)


def answer_of(runtime: Runtime, spec: ExportSpec) -> SliceResult:
    question = read_question(spec.query, runtime.cubes.model.cube(spec.name))
    return ask(runtime, analyst(runtime), question, spec.language)


def path_of(runtime: Runtime, spec: ExportSpec) -> Path:
    made = exported(runtime, analyst(runtime), spec)
    path = file_path(runtime, made)
    assert path is not None, made.job.error
    return path


def rounded(result: SliceResult, row: Sequence[Figure]) -> list[Decimal | None]:
    """The row's figures as they are shown, worked out from the answer alone."""
    heads = [head for _ in result.columns for head in result.values]
    return [
        None
        if isinstance(figure, Absence)
        else round_half_even(figure * head.unit.scale, head.decimals)
        for figure, head in zip(row, heads, strict=True)
    ]


@pytest.mark.parametrize("spec", SLICES, ids=range(len(SLICES)))
def test_a_csv_says_what_was_answered(own: Runtime, spec: ExportSpec) -> None:
    result = answer_of(own, spec)
    with path_of(own, spec).open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))

    heads, labels = len(result.column_heads) + 1, len(result.row_heads)
    table = lines[heads : lines.index([])]
    assert len(table) == len(result.rows)
    for line, row in zip(table, result.rows, strict=True):
        for text, number in zip(line[labels:], rounded(result, row.cells), strict=True):
            if number is None:
                assert not re.search(r"[0-9]", text), text
            else:
                assert Decimal(text) == number
    assert lines[-1][1] == result.fingerprint


@pytest.mark.parametrize("spec", SLICES, ids=range(len(SLICES)))
def test_a_workbook_says_what_was_answered(own: Runtime, spec: ExportSpec) -> None:
    result = answer_of(own, spec)
    book = openpyxl.load_workbook(path_of(own, replace(spec, format="xlsx")))

    heads, labels = len(result.column_heads) + 1, len(result.row_heads)
    table = list(book.worksheets[0].iter_rows(min_row=heads + 1))
    assert len(table) == len(result.rows)
    for line, row in zip(table, result.rows, strict=True):
        for cell, number in zip(line[labels:], rounded(result, row.cells), strict=True):
            if number is None:
                assert isinstance(cell.value, str)
                continue
            scale = 100 if "%" in cell.number_format else 1
            assert float(number) == pytest.approx(cell.value * scale, rel=1e-12, abs=1e-12)
    assert book.worksheets[-1].cell(book.worksheets[-1].max_row, 2).value == result.fingerprint


@pytest.mark.parametrize("spec", SLICES[:6], ids=range(6))
def test_a_parquet_file_says_what_was_answered(own: Runtime, spec: ExportSpec) -> None:
    result = answer_of(own, spec)
    table = pq.read_table(path_of(own, replace(spec, format="parquet")))

    numbers = [name for name in table.column_names if f"{name} (absence)" in table.column_names]
    assert table.num_rows == len(result.rows)
    for index, row in enumerate(result.rows):
        shown = [table.column(name)[index].as_py() for name in numbers]
        assert shown == rounded(result, row.cells)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "query", ["period=2013-12", "period=2013-Q4&cut=organisation:network", "period=2013-02"]
)
def test_a_scorecard_file_says_what_its_screen_says(
    own: Runtime, language: str, query: str
) -> None:
    """Every number, absence word and status of the page stands in the document, in its words."""
    settle_people(own)
    browser = Browser(create_app(own))
    assert browser.sign_in(ADMIN).status_code == 303
    page: Any = lxml_html.fromstring(
        browser.get(f"/scorecards/punctuality?{query}&lang={language}").text
    )
    screen = [
        [_text(line, name) for name in ("ac", "pl", "dpl", "dpp", "sc")]
        for line in page.xpath('//tr[contains(@class, "board-line")]')
    ]
    period, _, cut = query.partition("&cut=")
    kept = {
        "kind": "scorecard",
        "name": "punctuality",
        "format": "csv",
        "language": language,
        "period": period.removeprefix("period="),
        "cuts": [cut.split(":")] if cut else [],
    }
    with own.metadata.read() as session:
        person = named_user(session, ADMIN).person_at(own.clock())
    document = content_of(own, person, read_spec(kept)).document
    lines = [row for row in document.sheets[0].rows if row.depth == 2]
    told = [
        [cell if isinstance(cell, str) else cell.text for cell in (*row.cells[2:6], row.cells[8])]
        for row in lines
    ]
    assert screen
    assert told == screen
    assert document.fingerprint in page.text_content()


def _text(line: Any, name: str) -> str:
    """What a cell shows: its text without the reason that waits behind it."""
    cell = line.xpath(f'.//td[contains(concat(" ", @class, " "), " {name} ")]')[0]
    for hidden in cell.xpath('.//*[contains(@class, "why")]'):
        hidden.getparent().remove(hidden)
    return str(cell.text_content()).strip()
