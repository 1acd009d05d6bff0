"""A fact row's source line is read back from the spool, byte for byte."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from loaders.context import LoadContext
from loaders.load import run_load
from server.errors import NotFound
from server.ledger.source_line import source_line
from server.ledger.spool import spooled_path
from tests.shop import Question
from tests.shop_loads import HEADER, sales_text

Written = Callable[..., Path]


def zipped(path: Path, text: str) -> Path:
    archive = path.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("in/sales.csv", text)
    return archive


def rows_of(context: LoadContext) -> list[tuple[int, int]]:
    question = Question("SELECT _load, _row FROM sales ORDER BY _row")
    return [(batch, row) for batch, row in context.store.readers.query(question).rows]


@pytest.mark.parametrize("is_zipped", [False, True])
def test_every_row_finds_its_own_line(
    context: LoadContext, written: Written, is_zipped: bool
) -> None:
    text = sales_text(1000, store="Köln, \u201calt\u201d".replace(",", ";"))
    lines = text.splitlines()
    path = written(text)
    run_load(context, "sales", zipped(path, text) if is_zipped else path)

    found = [
        (row, source_line(context.metadata, context.settings.spool, batch, row))
        for batch, row in rows_of(context)
    ]

    assert len(found) == 1000
    assert [line.text for row, line in found] == [lines[row - 1] for row, line in found]
    assert {line.header for _, line in found} == {HEADER.rstrip("\n")}
    assert found[0][1].load.source.startswith("sales.")


def test_quarantined_and_blank_lines_keep_the_numbers_right(
    context: LoadContext, written: Written
) -> None:
    text = HEADER + "\n".join(
        ["", "nonsense", *sales_text(2).splitlines()[1:], "", *sales_text(1, 9).splitlines()[1:]]
    )
    run_load(context, "sales", written(text + "\n"))

    texts = [
        source_line(context.metadata, context.settings.spool, batch, row).text.rpartition(",")[2]
        for batch, row in rows_of(context)
    ]
    assert texts == ["sale 1", "sale 2", "sale 9"]
    assert [row for _, row in rows_of(context)] == [4, 5, 7]


@pytest.mark.parametrize("row", [0, 4, 300, 10**9])
def test_a_line_that_is_not_there_is_not_found(
    context: LoadContext, written: Written, row: int
) -> None:
    run_load(context, "sales", written(sales_text(2)))

    with pytest.raises(NotFound, match=f"no line {row}"):
        source_line(context.metadata, context.settings.spool, 1, row)


def test_a_source_that_left_the_spool_is_said_to_be_gone(
    context: LoadContext, written: Written
) -> None:
    run_load(context, "sales", written(sales_text(2)))
    for kept in context.settings.spool.rglob("*"):
        if kept.is_file():
            assert kept == spooled_path(context.settings.spool, kept.name)
            kept.unlink()

    with pytest.raises(NotFound, match=r"sales\.csv, is not in the spool"):
        source_line(context.metadata, context.settings.spool, 1, 2)
    with pytest.raises(NotFound, match="no batch 9"):
        source_line(context.metadata, context.settings.spool, 9, 2)
