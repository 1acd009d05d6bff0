"""All facts of a cell, however many there are: the engine writes them, at one snapshot.

Neither the engine nor this process ever holds more than a few blocks of rows.
"""

from flask import Response

from server.cube.statement_facts import (
    all_facts_statement,
    check_fields,
    fact_count_statement,
)
from web.api.asking import CubeQuestion
from web.api.streams import written_by_engine
from web.visitor import runtime


def all_facts(question: CubeQuestion) -> Response:
    """The facts in no order; the header `Indicube-Rows` says how many there are."""
    browser = question.browser
    cell = browser.cell(question.cuts)
    counted = runtime().store.readers.query(fact_count_statement(cell, browser.snapshot))
    statement = all_facts_statement(
        cell,
        browser.snapshot,
        check_fields(browser.model, question.values.get("fields", ())),
        texts="harmless" if question.format == "csv" else "as they are",
        language=browser.language,
    )
    rows = int(counted.rows[0][0])
    return written_by_engine(question.format, "facts", statement, rows, question.based)
