"""The SELECTs that only the Slicer asks are kept as `.sql` files, to be read in review.

Write them anew with `python -m tests.slicer.test_statements`, then read the difference.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from server.cube.browser import Cubes
from server.cube.statement import Order, Page, Statement
from server.cube.statement_facts import keyed_facts_statement, keyed_fields
from server.store.select_only import check_select
from tests.cube.test_statement import MODEL, SCOPE, SNAPSHOT, Asked

FOLDER = Path(__file__).parent / "statements"
NAMES = ("time.date", "organisation.carrier", "tail_number", "departure_delay")


def _statements() -> dict[str, Statement]:
    cell = Cubes(MODEL, Asked()).browser("departures", SNAPSHOT, SCOPE).cell("time:2013,2")
    known = keyed_fields(cell.cube)
    fields = {name: known[name] for name in NAMES}
    keyed = replace(MODEL.cube("departures"), key="flight")
    by_flight = Cubes(
        replace(MODEL, cubes={"departures": keyed}), Asked()
    ).browser("departures", SNAPSHOT, SCOPE)  # fmt: skip
    order = (Order("departure_delay", is_descending=True), Order("air_time"))
    return {
        "facts": keyed_facts_statement(
            cell, SNAPSHOT, fields, order=order, page=Page(1001, 2002), language="zh"
        ),
        "facts_harmless": keyed_facts_statement(cell, SNAPSHOT, fields, texts="harmless"),
        "fact": keyed_facts_statement(
            cell, SNAPSHOT, fields, key=(12, 34), order=(), page=Page(1)
        ),
        "fact_by_key": keyed_facts_statement(
            by_flight.cell(), SNAPSHOT, fields, key="1545", order=(), page=Page(1)
        ),
    }  # fmt: skip


def _text(statement: Statement) -> str:
    values = (f"-- {key} = {value!r}\n" for key, value in sorted(statement.parameters.items()))
    return f"{''.join(values)}{statement.sql}\n"


@pytest.mark.parametrize("name", _statements())
def test_a_statement_is_what_its_file_says(name: str) -> None:
    assert _text(_statements()[name]) == (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def test_there_is_a_file_for_every_statement_and_no_other() -> None:
    assert {path.stem for path in FOLDER.glob("*.sql")} == set(_statements())


@pytest.mark.parametrize("name", _statements())
def test_a_statement_is_of_the_snapshot_and_within_the_scope(name: str) -> None:
    statement = _statements()[name]

    check_select(statement.sql)
    assert "fact._load <= {top:UInt32}" in statement.sql
    assert "fact._load NOT IN {hidden:Array(UInt32)}" in statement.sql
    assert any("America/New_York" in str(value) for value in statement.parameters.values())
    assert "America" not in statement.sql
    assert "1545" not in statement.sql


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for written, made in _statements().items():
        (FOLDER / f"{written}.sql").write_text(_text(made), encoding="utf-8")
