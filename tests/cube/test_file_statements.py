"""The SELECTs whose answers go into files are kept as `.sql` files too, to be read in review.

Write them anew with `python -m tests.cube.test_file_statements`, then read the difference.
"""

from pathlib import Path

import pytest

from server.cube.browser import Cubes
from server.cube.drilldown import parse_drilldown
from server.cube.statement import Breakdown, Order, Statement, aggregate_statement
from server.cube.statement_facts import all_facts_statement
from server.cube.statement_files import (
    cells_statement,
    digest_statement,
    empty_statement,
    file_statement,
)
from server.store.select_only import check_select
from tests.cube.test_statement import MODEL, SCOPE, SNAPSHOT, Asked

FOLDER = Path(__file__).parent / "file_statements"
FIELDS = ("day", "organisation.carrier", "departure_delay")  # after `_load` and `_row`
TYPES = ("UInt32", "UInt64", "Date32", "LowCardinality(String)", "Nullable(Int16)")

TEXT = "LowCardinality(String)"
CELL_TYPES = (TEXT, TEXT, "UInt64", "Nullable(Int16)")  # key, label, and the two figures


def _statements() -> dict[str, Statement]:
    browser = Cubes(MODEL, Asked()).browser("departures", SNAPSHOT, SCOPE)
    cell = browser.cell("time:2013,2")
    aggregates = [browser.model.aggregate(name) for name in ("flights", "departure_delay_max")]
    drills = parse_drilldown(cell, "origin")
    order = (Order("flights", is_descending=True), Order("origin.origin"))
    cells = aggregate_statement(cell, SNAPSHOT, aggregates, Breakdown(drills), order=order)
    facts = all_facts_statement(cell, SNAPSHOT, FIELDS)
    return {
        "facts": facts,
        "facts_without_rows": empty_statement(facts),
        "facts_harmless": file_statement(facts, TYPES, "harmless"),
        "cells_in_words": cells_statement(
            cells, CELL_TYPES, order, [one.name for one in aggregates]
        ),
        "digest_of_text": digest_statement(facts, TYPES, is_binary=False),
        "digest_of_binary": digest_statement(facts, TYPES, is_binary=True),
    }


def _text(statement: Statement) -> str:
    values = (f"-- {key} = {value!r}\n" for key, value in sorted(statement.parameters.items()))
    return f"{''.join(values)}{statement.sql}\n"


@pytest.mark.parametrize("name", _statements())
def test_a_statement_is_what_its_file_says(name: str) -> None:
    statement = _statements()[name]

    assert _text(statement) == (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def test_there_is_a_file_for_every_statement_and_no_other() -> None:
    assert {path.stem for path in FOLDER.glob("*.sql")} == set(_statements())


@pytest.mark.parametrize("name", _statements())
def test_what_goes_into_a_file_is_of_the_snapshot_and_within_the_scope(name: str) -> None:
    statement = _statements()[name]

    check_select(statement.sql)
    assert "fact._load <= {top:UInt32}" in statement.sql
    assert "fact._load NOT IN {hidden:Array(UInt32)}" in statement.sql
    assert "America" not in statement.sql
    assert any("America/New_York" in str(value) for value in statement.parameters.values())
    for parameter in statement.parameters:
        assert f"{{{parameter}:" in statement.sql


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for written, made in _statements().items():
        (FOLDER / f"{written}.sql").write_text(_text(made), encoding="utf-8")
